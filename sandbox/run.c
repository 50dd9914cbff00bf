/*
 * One run, seen from outside.
 *
 * Happy path: the spec goes to the slot's lane with stdin and two pipes; stdout and stderr are drained into
 * memory; the lane sends the result; when it is there and both pipes have ended, the handles are closed and
 * the callback is called from the last close.
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

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define RUN_KILL_MS 30000 /* that a lane may take to kill everything and to say so */

#define RUN_PIPE_BYTES (1 << 20) /* so that a burst of output seldom waits for us */

static void run_free(struct sandbox_run *run)
{
    struct err ignored; /* what stays is swept with the lease */
    if (run->scratch)
        (void)!folder_remove(run->scratch, &ignored);
    free(run->scratch);
    watch_fini(&run->watch);
    for (size_t i = 0; i < 2; i++)
        text_fini(&run->streams[i].text);
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
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        handles[i]->data = run;
        run->handles++;
        uv_close(handles[i], closed);
    }
}

/* Too much on the disk is the run's end; where it only met a disk that others had filled, nothing was learnt
 * about it. */
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

/* The tick: goes on when the result, the end of both streams and the last look at the disk are there. */
static void run_tick(struct sandbox_run *run)
{
    bool drained = !run->streams[0].open && !run->streams[1].open;
    if (run->ending || !run->has_result || (!drained && !run->error.code) || !run_conclude_disk(run))
        return;
    run_finish_result(run);
    run_close_handles(run, run_on_handle_closed);
}

static void run_on_deadline(uv_timer_t *timer);

static void run_kill(struct sandbox_run *run, enum sandbox_end reason)
{
    if (run->killed) {
        if (reason == SANDBOX_CANCELLED)
            run->reason = reason;
        return;
    }
    run->killed = true;
    run->reason = reason;
    cleanup_text struct text command = {0};
    wire_encode_command(WIRE_KILL, run->id, &command);
    /* A lane that can't be told is gone, and its end fails the run. */
    (void)!channel_send(run->lane->socket, command.data, command.length, NULL, 0);
    uv_timer_start(&run->deadline, run_on_deadline, RUN_KILL_MS, 0);
}

/* The first time the run is over its limit; the second time the lane doesn't do as it was told, and all of it
 * ends. */
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

static void run_on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct run_stream *stream = handle->data;
    (void)suggested;
    /* One buffer for all: a read callback follows at once, and copies. */
    *buffer = uv_buf_init(stream->run->sandbox->buffer, CLIENT_READ_BYTES);
}

static void run_on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buffer)
{
    struct run_stream *stream = handle->data;
    struct sandbox_run *run = stream->run;
    if (count == 0)
        return;
    if (count < 0) {
        uv_read_stop(handle);
        stream->open = false;
        run_tick(run);
        return;
    }
    size_t room = run->output_bytes - stream->text.length;
    size_t kept = (size_t)count < room ? (size_t)count : room;
    text_append(&stream->text, buffer->base, kept);
    if ((size_t)count > kept) {
        stream->cut = true;
        run_kill(run, SANDBOX_OUTPUT_LIMIT);
    }
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
                                               .written_bytes = wire->written_bytes};
    memcpy(run->calls, wire->refusals, sizeof run->calls);
    for (size_t i = 0; i < wire->refusal_count; i++)
        run->refusals[i] = (struct sandbox_refusal){.call = run->calls[i].call, .count = run->calls[i].count};
    run->result.refusals = run->refusals;
    run->result.refusal_count = wire->refusal_count;
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
    run->result = (struct sandbox_result){.end = run_end_of(run, wire),
                                          .status = (int)wire->status,
                                          .wall_ns = wire->wall_ns,
                                          .cpu_ns = wire->cpu_ns,
                                          .peak_bytes = wire->peak_bytes,
                                          .leftovers = wire->leftovers,
                                          .workspace_fd = workspace};
    run_take_counts(run, wire);
    if (wire->end == WIRE_BROKEN && run->killed && run->reason == SANDBOX_CANCELLED)
        run->result.end = SANDBOX_CANCELLED;
    else if (wire->end == WIRE_BROKEN)
        err_set_errno(&run->error, (int)wire->status, "sandbox: %s", wire->words);
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

/* A pipe whose reading end goes to the loop; the writing end is the caller's. */
static int run_open_stream(struct sandbox_run *run, size_t index, int *out, struct err *err)
{
    struct run_stream *stream = &run->streams[index];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set_errno(err, errno, "make a pipe");
    /* Refused when the user's pipes are full already; a small one works too. */
    (void)!fcntl(ends[0], F_SETPIPE_SZ, RUN_PIPE_BYTES);
    int status = uv_pipe_open(&stream->pipe, ends[0]);
    if (status < 0) {
        close(ends[0]);
        close(ends[1]);
        return err_set_errno(err, -status, "watch a pipe");
    }
    stream->open = true;
    uv_read_start((uv_stream_t *)&stream->pipe, run_on_allocate, run_on_read);
    *out = ends[1];
    return 0;
}

static int run_send(struct sandbox_run *run, const struct sandbox_spec *asked, struct err *err)
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
    cleanup_text struct text command = {0};
    if (order_encode(run, spec, &body) < 0)
        return err_set(err, ERR_LIMIT, "arguments and environment of %s are larger than %u bytes",
                       spec->argv[0], WIRE_BODY_MAX);
    cleanup_fd int record = zygote_client_memfd("run", body.data, body.length, false);
    if (record < 0)
        return err_set_errno(err, errno, "make a memfd");
    cleanup_fd int input = order_open_stdin(spec, err);
    cleanup_fd int output = -1;
    cleanup_fd int error = -1;
    if (input < 0 || run_open_stream(run, 0, &output, err) < 0 || run_open_stream(run, 1, &error, err) < 0)
        return err->code;
    const int fds[] = {record, input, output, error};
    wire_encode_command(WIRE_RUN, run->id, &command);
    int code = channel_send(run->lane->socket, command.data, command.length, fds, 4);
    return code < 0 ? err_set_errno(err, -code, "reach the sandbox") : 0;
}

static void run_on_abandoned(uv_handle_t *handle)
{
    struct sandbox_run *run = handle->data;
    if (--run->handles == 0)
        run_free(run);
}

int sandbox_run_start(struct sandbox *sandbox, const struct sandbox_spec *spec, sandbox_run_cb done,
                      void *data, struct sandbox_run **out, struct err *err)
{
    struct client_lane *lane;
    if (order_check(sandbox, spec, err) < 0 || client_lane_find(sandbox, spec->slot, &lane, err) < 0)
        return err->code;
    struct sandbox_run *run = MEMORY_NEW(struct sandbox_run);
    run->sandbox = sandbox;
    run->lane = lane;
    run->id = ++sandbox->next_id;
    run->output_bytes = spec->limits.output_bytes;
    run->done = done;
    run->data = data;
    run->result.workspace_fd = -1;
    for (size_t i = 0; i < 2; i++) {
        run->streams[i].run = run;
        uv_pipe_init(sandbox->loop, &run->streams[i].pipe, 0);
        run->streams[i].pipe.data = &run->streams[i];
    }
    uv_timer_init(sandbox->loop, &run->deadline);
    run->deadline.data = run;
    watch_init(&run->watch, sandbox->loop);
    if (run_send(run, spec, err) < 0) {
        /* Nothing was promised: no callback. */
        run_close_handles(run, run_on_abandoned);
        return err_wrap(err, "start %s", spec->argv[0]);
    }
    uv_update_time(sandbox->loop);
    uv_timer_start(&run->deadline, run_on_deadline, spec->limits.wall_ms, 0);
    run->next = sandbox->runs;
    sandbox->runs = run;
    client_run_begins(lane);
    *out = run;
    return 0;
}
