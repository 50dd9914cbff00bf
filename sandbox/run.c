/*
 * One run, seen from outside.
 *
 * Happy path: the spec goes to the slot's lane with stdin and two pipes; stdout and stderr are drained into
 * memory; the lane sends the result, and what the pipes hold then is the rest of them; the handles are closed
 * and the callback is called from the last close.
 *
 * Failure modes: a deadline, too much output, too much on disk or a cancel asks the lane to kill and goes on
 * waiting for the result; a lane that ended, or that could not set the run up, completes the run with an
 * error.
 *
 * Close: there is none; a run always ends by its callback.
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "sandbox/channel.h"
#include "sandbox/client.h"
#include "sandbox/order.h"
#include "sandbox/stream.h"
#include "sandbox/talk.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define RUN_KILL_MS 30000 /* that a lane may take to kill everything and to say so */

static void run_free(struct sandbox_run *run)
{
    struct err ignored; /* what stays is swept with the lease */
    if (run->scratch)
        (void)!folder_remove(run->scratch, &ignored);
    free(run->scratch);
    talk_free(run->talk);
    watch_fini(&run->watch);
    for (size_t i = 0; i < 2; i++) {
        if (run->streams[i].fd >= 0)
            close(run->streams[i].fd);
        text_fini(&run->streams[i].text);
    }
    free(run);
}

static void run_on_handle_closed(uv_handle_t *handle)
{
    struct sandbox_run *run = handle->data;
    if (--run->handles)
        return;
    struct client_lane *lane = run->lane;
    struct sandbox_run **at = &run->sandbox->runs;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    struct sandbox_result *result = &run->result;
    result->out_length = run->streams[0].text.length;
    result->error_length = run->streams[1].text.length;
    result->out = text_take(&run->streams[0].text);
    result->error = text_take(&run->streams[1].text);
    run->done(run, result, &run->error, run->data);
    if (result->workspace_fd >= 0)
        close(result->workspace_fd);
    free(result->out);
    free(result->error);
    run_free(run);
    client_run_over(lane);
}

static void run_close_handles(struct sandbox_run *run, uv_close_cb closed)
{
    uv_handle_t *const handles[] = {(uv_handle_t *)&run->streams[0].pipe,
                                    (uv_handle_t *)&run->streams[1].pipe, (uv_handle_t *)&run->deadline,
                                    (uv_handle_t *)&run->watch.timer};
    run->ending = true;
    talk_hang_up(run);
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        handles[i]->data = run;
        run->handles++;
        uv_close(handles[i], closed);
    }
}

/* Too much on the disk is the run's end;
 * where it only met a disk that others had filled, nothing was learnt about it. */
static void run_judge_disk(struct sandbox_run *run)
{
    const struct disk *disk = &run->watch.disk;
    if (run->error.code || disk->state == DISK_WITHIN)
        return;
    bool reserve = disk->state == DISK_RESERVE;
    if (reserve && !disk->blamed) {
        err_set(&run->error, ERR_SYSTEM,
                "the disk of the workspace has only %" PRIu64 " %s left, which no run may take; make room",
                disk->which == DISK_BYTES ? disk->now.free.of[DISK_BYTES] >> 20
                                          : disk->now.free.of[DISK_FILES],
                disk->which == DISK_BYTES ? "MiB" : "inodes");
        return;
    }
    run->result.end = SANDBOX_DISK_LIMIT;
    run->result.excess = (struct sandbox_excess){.files = disk->which == DISK_FILES,
                                                 .reserve = reserve,
                                                 .limit_bytes = disk->limit.of[DISK_BYTES],
                                                 .limit_files = disk->limit.of[DISK_FILES]};
}

static void run_finish_result(struct sandbox_run *run)
{
    struct sandbox_result *result = &run->result;
    result->out_cut = run->streams[0].cut;
    result->error_cut = run->streams[1].cut;
    if (run->killed && run->reason == SANDBOX_CANCELLED)
        result->end = SANDBOX_CANCELLED;
    else if (result->out_cut || result->error_cut)
        result->end = SANDBOX_OUTPUT_LIMIT;
    else if (watch_is_on(&run->watch))
        run_judge_disk(run);
}

static void run_tick(struct sandbox_run *run);

static void run_on_concluded(void *data)
{
    struct sandbox_run *run = data;
    run->concluded = true;
    run_tick(run);
}

/* True when the last look at an upper on disk has been made, or there is none. */
static bool run_conclude_disk(struct sandbox_run *run)
{
    if (run->concluding || !watch_is_on(&run->watch))
        return !run->concluding || run->concluded;
    run->concluding = true;
    uv_timer_stop(&run->deadline);
    watch_conclude(&run->watch, run_on_concluded);
    return false;
}

/* The tick: goes on when the result, with it both streams, and the last look at the disk are there. */
static void run_tick(struct sandbox_run *run)
{
    if (run->ending || !run->has_result || !run_conclude_disk(run))
        return;
    run_finish_result(run);
    run_close_handles(run, run_on_handle_closed);
}

static void run_on_deadline(uv_timer_t *timer);

void run_kill(struct sandbox_run *run, enum sandbox_end reason)
{
    if (run->killed) {
        if (reason == SANDBOX_CANCELLED)
            run->reason = reason;
        return;
    }
    run->killed = true;
    run->reason = reason;
    if (run->host) {
        run_kill(run->host, reason);
        return;
    }
    cleanup_text struct text command = {0};
    wire_encode_command(WIRE_KILL, run->id, &command);
    /* A lane that can't be told is gone, and its end fails the run. */
    (void)!channel_send(run->lane->socket, command.data, command.length, NULL, 0);
    uv_timer_start(&run->deadline, run_on_deadline, RUN_KILL_MS, 0);
}

/* The first time the run is over its limit;
 * the second time the lane doesn't do as it was told, and all of it ends. */
static void run_on_deadline(uv_timer_t *timer)
{
    struct sandbox_run *run = timer->data;
    if (run->killed)
        kill(run->sandbox->zygote.pid, SIGKILL);
    else
        run_kill(run, SANDBOX_TIMED_OUT);
}

static void run_on_disk(void *data)
{
    run_kill(data, SANDBOX_DISK_LIMIT);
}

static enum sandbox_end run_end_of(const struct sandbox_run *run, const struct wire_result *wire)
{
    switch ((enum wire_end)wire->end) {
    case WIRE_NOT_STARTED:
        return SANDBOX_NOT_STARTED;
    case WIRE_EXITED:
        return wire->out_of_memory ? SANDBOX_MEMORY_LIMIT : SANDBOX_EXITED;
    case WIRE_KILLED:
        return run->killed ? run->reason : SANDBOX_SIGNALLED;
    default:
        return wire->out_of_memory ? SANDBOX_MEMORY_LIMIT : SANDBOX_SIGNALLED;
    }
}

static void run_take_counts(struct sandbox_run *run, const struct wire_result *wire)
{
    run->result.usage = (struct sandbox_usage){.minor_faults = wire->minor_faults,
                                               .major_faults = wire->major_faults,
                                               .yields = wire->yields,
                                               .preemptions = wire->preemptions,
                                               .written_bytes = wire->written_bytes,
                                               .instructions = wire->instructions};
    run->result.calls = wire->calls;
    memcpy(run->calls, wire->call_rows, sizeof run->calls);
    for (size_t i = 0; i < wire->call_row_count; i++)
        run->call_rows[i] =
            (struct sandbox_call_row){.call = run->calls[i].call, .count = run->calls[i].count};
    run->result.call_rows = run->call_rows;
    run->result.call_row_count = wire->call_row_count;
}

void run_take_result(struct sandbox *sandbox, const struct wire_result *wire, int workspace)
{
    struct sandbox_run *run = sandbox->runs;
    while (run && run->id != wire->id)
        run = run->next;
    if (!run || run->has_result) {
        if (workspace >= 0)
            close(workspace);
        return;
    }
    run->has_result = true;
    run->program = wire->program;
    run->result = (struct sandbox_result){.end = run_end_of(run, wire),
                                          .status = (int)wire->status,
                                          .wall_ns = wire->wall_ns,
                                          .cpu_ns = wire->cpu_ns,
                                          .peak_bytes = wire->peak_bytes,
                                          .leftovers = wire->leftovers,
                                          .workspace_fd = workspace};
    run_take_counts(run, wire);
    stream_drain(run);
    if (wire->end == WIRE_BROKEN && run->killed && run->reason == SANDBOX_CANCELLED)
        run->result.end = SANDBOX_CANCELLED;
    else if (wire->end == WIRE_BROKEN)
        err_set_errno(&run->error, (int)wire->status, "sandbox: %s", wire->words);
    run_tick(run);
}

void run_end_with(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err)
{
    run->has_result = true;
    run->result = *result;
    run->result.out = run->result.error = NULL;
    run->result.workspace_fd = -1;
    run->error = *err;
    run_tick(run);
}

void run_fail_lane(struct sandbox *sandbox, const struct client_lane *lane)
{
    for (struct sandbox_run *run = sandbox->runs; run; run = run->next) {
        if (run->lane != lane || run->has_result)
            continue;
        run->has_result = true;
        run->result.workspace_fd = -1;
        run->error = lane->why;
        run_tick(run);
    }
}

void run_cancel_all(struct sandbox *sandbox)
{
    for (struct sandbox_run *run = sandbox->runs; run; run = run->next)
        run_kill(run, SANDBOX_CANCELLED);
}

void sandbox_run_cancel(struct sandbox_run *run)
{
    run_kill(run, SANDBOX_CANCELLED);
}

static int run_open_input(struct sandbox_run *run, const struct sandbox_spec *spec, int *input,
                          struct err *err)
{
    if (spec->talks)
        return talk_open(run, spec, input, err);
    *input = order_open_stdin(spec, err);
    return *input < 0 ? err->code : 0;
}

static int run_send(struct sandbox_run *run, const struct sandbox_spec *asked, int requests, struct err *err)
{
    struct sandbox_spec own = *asked;
    const struct sandbox_spec *spec = &own;
    cleanup_free char *upper = NULL;
    cleanup_free char *work = NULL;
    char *paths[2] = {NULL, NULL};
    int made = order_make_scratch(run, &own, paths, err);
    upper = paths[0];
    work = paths[1];
    if (made < 0)
        return made;
    const struct disk_amount room = {.of = {spec->limits.workspace_bytes, order_files(spec)}};
    if (spec->upper && watch_start(&run->watch, spec->upper, &room, run_on_disk, run, err) < 0)
        return err->code;
    cleanup_text struct text body = {0};
    order_encode(spec, requests >= 0, &body);
    cleanup_fd int input = -1;
    int outputs[2];
    if (run_open_input(run, spec, &input, err) < 0 || stream_make_pipes(run, outputs, err) < 0)
        return err->code;
    const int fds[] = {input, outputs[0], outputs[1], requests};
    int code = order_send(run->lane->socket, WIRE_RUN, run->id, &body, fds, requests < 0 ? 3 : 4, err);
    close(outputs[0]);
    close(outputs[1]);
    return code;
}

static void run_on_given_up(uv_handle_t *handle)
{
    struct sandbox_run *run = handle->data;
    if (--run->handles == 0)
        run_free(run);
}

/* Nothing was promised: no callback. */
void run_give_up(struct sandbox_run *run)
{
    run_close_handles(run, run_on_given_up);
}

struct sandbox_run *run_new(struct sandbox *sandbox, struct client_lane *lane, sandbox_run_cb done,
                            void *data)
{
    struct sandbox_run *run = MEMORY_NEW(struct sandbox_run);
    run->sandbox = sandbox;
    run->lane = lane;
    run->id = ++sandbox->next_id;
    run->done = done;
    run->data = data;
    run->result.workspace_fd = -1;
    for (size_t i = 0; i < 2; i++) {
        run->streams[i].run = run;
        run->streams[i].fd = -1;
        uv_pipe_init(sandbox->loop, &run->streams[i].pipe, 0);
        run->streams[i].pipe.data = &run->streams[i];
    }
    uv_timer_init(sandbox->loop, &run->deadline);
    run->deadline.data = run;
    watch_init(&run->watch, sandbox->loop);
    return run;
}

void run_go(struct sandbox_run *run, uint64_t wall_ms)
{
    struct sandbox *sandbox = run->sandbox;
    uv_update_time(sandbox->loop);
    if (wall_ms)
        uv_timer_start(&run->deadline, run_on_deadline, wall_ms, 0);
    run->next = sandbox->runs;
    sandbox->runs = run;
    client_run_begins(run->lane);
    stream_start(run);
}

int run_start(struct sandbox *sandbox, const struct sandbox_spec *spec, int requests, sandbox_run_cb done,
              void *data, struct sandbox_run **out, struct err *err)
{
    struct client_lane *lane;
    if (order_check(sandbox, spec, err) < 0 || client_lane_find(sandbox, spec->slot, &lane, err) < 0)
        return err->code;
    struct sandbox_run *run = run_new(sandbox, lane, done, data);
    run->output_bytes = spec->limits.output_bytes;
    if (run_send(run, spec, requests, err) < 0) {
        run_give_up(run);
        return err_wrap(err, "start %s", spec->argv[0]);
    }
    run_go(run, requests < 0 ? spec->limits.wall_ms : 0);
    *out = run;
    return 0;
}

int sandbox_run_start(struct sandbox *sandbox, const struct sandbox_spec *spec, sandbox_run_cb done,
                      void *data, struct sandbox_run **out, struct err *err)
{
    return run_start(sandbox, spec, -1, done, data, out, err);
}
