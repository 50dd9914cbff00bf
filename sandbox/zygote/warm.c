/*
 * Process 1 of a warm run.
 *
 * Happy path: it sets the scene as for any run and gives up by itself what a program gives up (credentials,
 * Landlock, filter). A child that shares our memory until exec, and inherits all that with the run's pipes,
 * waits for the request. When the program and all that it left are dead and counted, the result goes straight
 * to the client; then we look whether the sandbox is as it was, and say so.
 *
 * Failure modes: a step of ours that breaks is told through the lane, and ends the run. A deadline or a
 * cancel kills us from outside; the lane reports what the page says of the program. Where a program left
 * something behind, that is our last word, so that no later program meets it.
 *
 * Close: the end of the channel is ours.
 *
 * Programs run as the user that we are, and can still do nothing to us: process 1 gets no signal from inside
 * its own namespace (pid_namespaces(7)) and has no handler; it is not dumpable, so that nobody traces or
 * opens it; the filter keeps limits and priorities to oneself; the scheduling policy, which it doesn't, is
 * looked at.
 */
#include "sandbox/zygote/warm.h"

#include "base/cleanup.h"
#include "sandbox/channel.h"
#include "sandbox/zygote/body.h"
#include "sandbox/zygote/inside.h"
#include "sandbox/zygote/launch.h"
#include "sandbox/zygote/outcome.h"
#include "sandbox/zygote/residue.h"
#include "sandbox/zygote/task.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct warm {
    const struct lane *lane;        /* our copy */
    struct lane_run *run;           /* our copy */
    struct plan *plan;              /* of every launch; its record is `launched` */
    struct wire_run launched;       /* the run's, with arguments and environment of the program */
    struct residue residue;         /* that there must not be */
    struct channel_message request; /* of the program in flight; its descriptors are the child's */
    struct body body;               /* of `request` */
    struct wire_program program;    /* in `body`; without arguments where no request came */
};

static void __attribute__((noreturn)) warm_fail(const struct warm *warm, const char *step)
{
    failure_set(&warm->plan->page->failed, WIRE_LAYER_INTERNAL, errno, "warm run: %s", step);
    inside_fail(warm->plan);
}

/* Nothing stays of what the lane had open besides streams, channels and counters. */
static void warm_close_others(const struct warm *warm)
{
    const struct plan *plan = warm->plan;
    const struct residue_folder *folders = warm->residue.folders;
    const int kept[] = {0,
                        1,
                        2,
                        plan->control,
                        plan->requests,
                        plan->cpu_fd,
                        warm->run->group.folder,
                        warm->lane->group.memory >= 0 ? warm->lane->group.files.kills : -1,
                        folders[RESIDUE_TMP].fd,
                        folders[RESIDUE_SHM].fd,
                        folders[RESIDUE_UPPER].fd,
                        folders[RESIDUE_QUEUES].fd};
    inside_close_all_but(kept, sizeof kept / sizeof kept[0]);
}

static void warm_prepare(struct warm *warm)
{
    struct plan *plan = warm->plan;
    inside_set_scene(plan);
    if (launch_place_streams(plan) < 0)
        warm_fail(warm, "place descriptors");
    if (residue_open(&warm->residue, plan->upper_view) < 0)
        warm_fail(warm, "open what must stay empty");
    launch_give_up(plan);
    if (plan->cpu_source == SANDBOX_CPU_TASK_CLOCK)
        warm->run->clock = plan->cpu_fd;
    warm_close_others(warm);
}

/* What a kill of ours finds on the page belongs to this program or to none. */
static void warm_begin(struct warm *warm, uint64_t program)
{
    struct plan_page *page = warm->plan->page;
    page->program = 0;
    page->phase = PLAN_SETTING_UP;
    page->exec_error = page->wait_status = 0;
    page->leftovers = 0;
    page->start_ns = page->end_ns = page->cpu_start_ns = page->cpu_end_ns = 0;
    page->largest_bytes = 0;
    page->usage = (struct sandbox_usage){0};
    page->program = program;
}

/* The next request, or false when there will be none. */
static bool warm_receive(struct warm *warm)
{
    uint32_t kind;
    uint64_t id;
    struct body *body = &warm->body;
    const struct channel_message *request = &warm->request;
    if (channel_receive(warm->plan->requests, &warm->request, 0) != 1 ||
        wire_decode_order(request->bytes, request->length, &kind, &id, &body->bytes, &body->length) < 0 ||
        kind != WIRE_REPEAT || body_open(request, body) < 0 ||
        wire_decode_program(body->bytes, body->length, &warm->program) < 0)
        return false;
    warm->launched.argv = warm->program.argv;
    warm->launched.environment = warm->program.environment;
    warm_begin(warm, id);
    return true;
}

/* The program's process is there before its request: less is left to do when one comes. */
static int warm_body(void *data)
{
    struct warm *warm = data;
    const struct channel_message *request = &warm->request;
    cleanup_fd int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (setsid() < 0 || dup2(empty, 0) < 0)
        launch_fail(warm->plan, "prepare a process");
    if (!warm_receive(warm))
        _exit(0);
    if (request->fd_count > warm->body.fds && dup2(request->fds[warm->body.fds], 0) < 0)
        launch_fail(warm->plan, "place stdin");
    launch_execute(warm->plan);
}

static int warm_send_result(const struct warm *warm, bool *ran_out)
{
    const struct plan_page *page = warm->plan->page;
    struct wire_result result = {
        .id = page->program, .instructions = SANDBOX_UNKNOWN, .calls = SANDBOX_UNKNOWN};
    cleanup_text struct text bytes = {0};
    outcome_fill(warm->lane, warm->run, page->largest_bytes, &result);
    *ran_out = result.out_of_memory > 0;
    wire_encode_result(&result, &bytes);
    return channel_send(warm->plan->requests, bytes.data, bytes.length, NULL, 0);
}

/* Whether there is a next program: false after this one left something, and when nobody listens. Kills by the
 * memory limit are counted from the beginning, so that one is enough. */
static bool warm_send_verdict(const struct warm *warm, bool ran_out)
{
    const bool ready = !ran_out && residue_is_none(&warm->residue);
    cleanup_text struct text bytes = {0};
    wire_encode_command(ready ? WIRE_READY : WIRE_SPENT, warm->plan->page->program, &bytes);
    return channel_send(warm->plan->requests, bytes.data, bytes.length, NULL, 0) == 0 && ready;
}

/* One program, from its request to its verdict; false when nothing can come after it. */
static bool warm_serve(struct warm *warm)
{
    struct plan *plan = warm->plan;
    bool ran_out;
    pid_t program = task_start(warm_body, warm, 0);
    if (program < 0)
        warm_fail(warm, "start a process");
    if (plan->page->phase == PLAN_FAILED)
        inside_fail(plan);
    const bool asked = warm->program.argv != NULL;
    inside_see_to_end(plan, program);
    wire_fini_program(&warm->program);
    body_close(&warm->body);
    if (!asked)
        return false;
    if (plan->page->phase == PLAN_RUNNING)
        plan->page->phase = PLAN_DONE;
    return warm_send_result(warm, &ran_out) == 0 && warm_send_verdict(warm, ran_out);
}

void warm_main(const struct lane *lane, struct lane_run *run, struct plan *plan)
{
    static struct warm warm;
    warm = (struct warm){.lane = lane, .run = run, .plan = plan, .launched = *plan->run};
    plan->run = &warm.launched;
    warm_prepare(&warm);
    while (warm_serve(&warm))
        continue;
    _exit(0);
}
