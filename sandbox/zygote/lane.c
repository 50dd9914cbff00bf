#include "sandbox/zygote/lane.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/landlock.h"
#include "sandbox/privilege.h"
#include "sandbox/zygote/begin.h"
#include "sandbox/zygote/body.h"
#include "sandbox/zygote/freeze.h"
#include "sandbox/zygote/identity.h"
#include "sandbox/zygote/inside.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/lane_run.h"
#include "sandbox/zygote/network.h"
#include "sandbox/zygote/outcome.h"
#include "sandbox/zygote/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LANE_POLLED 3 /* descriptors of a run that are waited for */

static void lane_send_failed(const struct lane *lane, const struct wire_failed *failed)
{
    cleanup_text struct text words = {0};
    wire_encode_failed(failed, &words);
    (void)!channel_send(lane->socket, words.data, words.length, NULL, 0);
}

/* Landlock is a second wall: where the kernel lacks it, or it is switched off at boot, runs go without. */
static void lane_prepare_landlock(struct lane *lane)
{
    lane->landlock = landlock_make(false);
    lane->landlock_tcp = landlock_make(true);
}

static int lane_prepare_ids(struct lane *lane, unsigned slot, struct wire_failed *failed)
{
    const struct wire_setup *setup = lane->setting->setup;
    struct plan_lane *plan = &lane->plan;
    plan->root = setup->root;
    plan->detached = lane->setting->detached;
    plan->template = &lane->template;
    plan->layer_map = -1;
    if (setup->root) {
        plan->uid = setup->layer_uid + (lane->setting->id_mapped ? 1 + slot : 0);
        plan->gid = setup->layer_gid + (lane->setting->id_mapped ? 1 + slot : 0);
    }
    struct identity_map ids = {.inside = PRIVILEGE_INSIDE_ID, .uid = plan->uid, .gid = plan->gid};
    if (identity_make(&ids, &plan->user_namespace, failed) < 0)
        return -1;
    if (!setup->root || !lane->setting->id_mapped)
        return 0;
    ids.inside = setup->layer_uid;
    ids.keep_root = true;
    return identity_make(&ids, &plan->layer_map, failed);
}

static int lane_prepare(struct lane *lane, unsigned slot, struct wire_failed *failed)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_DFL);
    lane->pages = mmap(NULL, LANE_RUNS_MAX * sizeof *lane->pages, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lane->pages == MAP_FAILED)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "shared page");
    for (size_t i = 0; i < LANE_RUNS_MAX; i++)
        lane->runs[i].page = &lane->pages[i];
    /* Of its own, so that two slots share no inode of the template either. */
    if (group_lane_open(&lane->group, lane->setting->setup, slot, failed) < 0 ||
        template_build(&lane->template, lane->setting->setup->root, failed) < 0 ||
        network_isolate(failed) < 0)
        return -1;
    lane_prepare_landlock(lane);
    return lane_prepare_ids(lane, slot, failed);
}

static const struct filter *lane_find_filter(const struct lane *lane, const char *name)
{
    for (size_t i = 0; i < lane->setting->filter_count; i++)
        if (strcmp(lane->setting->filters[i].name, name) == 0)
            return &lane->setting->filters[i];
    return NULL;
}

static void lane_send_result(struct lane_run *run, const struct lane *lane, const struct wire_result *result)
{
    cleanup_text struct text bytes = {0};
    wire_encode_result(result, &bytes);
    (void)!channel_send(lane->socket, bytes.data, bytes.length, &run->workspace, run->workspace >= 0 ? 1 : 0);
    if (run->workspace >= 0)
        close(STEAL_FD(run->workspace));
    run->told = true;
}

static void lane_break(struct lane_run *run, const struct lane *lane, const struct wire_failed *failed)
{
    struct wire_result result = {.id = run->id, .end = WIRE_BROKEN, .status = failed->error};
    memcpy(result.words, failed->words, sizeof result.words);
    lane_send_result(run, lane, &result);
}

/* Everything inside is dead, or only process 1 is about to end. */
static void lane_tell(struct lane *lane, struct lane_run *run, uint64_t largest_bytes)
{
    const struct plan_page *page = run->page;
    if (page->phase == PLAN_FAILED || (page->phase == PLAN_SETTING_UP && !run->killed)) {
        struct wire_failed failed = page->failed;
        if (page->phase == PLAN_SETTING_UP)
            failure_set(&failed, WIRE_LAYER_INTERNAL, EIO, "process 1 of the run ended early");
        lane_break(run, lane, &failed);
        return;
    }
    struct wire_result result = {.id = run->id, .program = page->program};
    outcome_fill(lane, run, largest_bytes, &result);
    lane_send_result(run, lane, &result);
}

static void lane_read_control(struct lane *lane, struct lane_run *run)
{
    struct channel_message message;
    int got;
    while ((got = channel_receive(run->control, &message, MSG_DONTWAIT)) == 1) {
        int *target = message.bytes[0] == PLAN_SIGNAL_WORKSPACE      ? &run->workspace
                      : message.bytes[0] == PLAN_SIGNAL_CLOCK        ? &run->clock
                      : message.bytes[0] == PLAN_SIGNAL_INSTRUCTIONS ? &run->instructions
                      : message.bytes[0] == PLAN_SIGNAL_LISTENER     ? &run->calls.listener
                                                                     : NULL;
        if (target && *target < 0 && message.fd_count == 1) {
            *target = message.fds[0];
            message.fd_count = 0;
        }
        channel_close_fds(&message);
        if (message.bytes[0] == PLAN_SIGNAL_BEGUN && !run->told)
            begin_tell(lane, run);
        if (message.bytes[0] == PLAN_SIGNAL_DONE && !run->told && !run->hold)
            lane_tell(lane, run, run->page->largest_bytes);
    }
    if (got != -EAGAIN && run->control >= 0)
        close(STEAL_FD(run->control));
}

static bool lane_is_alone(const struct lane *lane, const struct lane_run *but)
{
    for (size_t i = 0; i < LANE_RUNS_MAX; i++)
        if (lane->runs[i].used && &lane->runs[i] != but)
            return false;
    return true;
}

/* Ports in TIME_WAIT and the counters in /proc/net would tell the next service what this one left there. */
static void lane_renew_network(const struct lane *lane)
{
    struct wire_failed failed = {0};
    if (network_isolate(&failed) == 0)
        return;
    lane_send_failed(lane, &failed);
    _exit(1);
}

static void lane_release(struct lane *lane, struct lane_run *run)
{
    const int fds[] = {run->pidfd,     run->control,      run->clock,
                       run->workspace, run->instructions, run->calls.listener};
    const bool alone = lane_is_alone(lane, run);
    const bool networked = run->networked;
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    freeze_forget(run);
    group_run_disarm(&lane->group, &run->group, alone);
    *run = (struct lane_run){.page = run->page};
    if (networked && alone)
        lane_renew_network(lane);
}

/* Process 1 is dead, and with it everything in its pid namespace. */
static void lane_reap(struct lane *lane, struct lane_run *run)
{
    struct rusage usage = {0};
    int status;
    while (wait4(run->pid, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    if (run->control >= 0)
        lane_read_control(lane, run);
    if (!run->told)
        lane_tell(lane, run, (uint64_t)usage.ru_maxrss * 1024);
    lane_release(lane, run);
}

static int lane_clone(struct lane *lane, struct lane_run *run, struct plan *plan, struct wire_failed *failed)
{
    int ends[2];
    if (channel_pair(ends) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "control channel");
    struct clone_args args = {.flags = CLONE_NEWPID | CLONE_NEWIPC | CLONE_PIDFD,
                              .pidfd = (uint64_t)(uintptr_t)&run->pidfd,
                              .exit_signal = SIGCHLD};
    if (run->group.folder >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)run->group.folder;
    }
    plan->control = ends[1];
    run->pid = kernel_clone3(&args);
    if (run->pid == 0) {
        close(lane->socket);
        if (plan->run->warm)
            warm_main(lane, run, plan);
        inside_main(plan);
    }
    int error = errno;
    close(ends[1]);
    run->control = ends[0];
    return run->pid < 0 ? failure_set(failed, WIRE_LAYER_NAMESPACES, error, "namespaces of the run") : 0;
}

static int lane_start(struct lane *lane, struct lane_run *run, const struct wire_run *wanted,
                      struct plan *plan, struct wire_failed *failed)
{
    unsigned index = (unsigned)(run - lane->runs);
    memset(run->page, 0, sizeof *run->page);
    plan->filter = lane_find_filter(lane, wanted->profile);
    if (!plan->filter)
        return failure_set(failed, WIRE_LAYER_SECCOMP, ENOENT, "filter profile %s", wanted->profile);
    run->warm = wanted->warm;
    run->calls.filter = wanted->counting ? plan->filter : NULL;
    run->tally.most = wanted->calls_most;
    if (plan_open(plan, failed) < 0 || group_run_arm(&lane->group, &run->group, index, wanted, failed) < 0)
        return -1;
    plan->cpu_source = group_cpu_source(&lane->group, &run->group);
    plan->cpu_fd = group_cpu_fd(&lane->group, &run->group);
    run->networked = filter_allows_tcp(plan->filter);
    /* Told when the network has been renewed: what the client asks for next belongs to the new one. */
    run->hold |= run->networked;
    plan->landlock = run->networked ? lane->landlock_tcp : lane->landlock;
    plan->limit_data = !group_limits_memory(&lane->group);
    return lane_clone(lane, run, plan, failed);
}

static struct lane_run *lane_take_place(struct lane *lane)
{
    for (size_t i = 0; i < LANE_RUNS_MAX; i++)
        if (!lane->runs[i].used) {
            struct lane_run *run = &lane->runs[i];
            *run = (struct lane_run){.used = true,
                                     .pidfd = -1,
                                     .control = -1,
                                     .clock = -1,
                                     .instructions = -1,
                                     .workspace = -1,
                                     .page = run->page,
                                     .calls = {.listener = -1},
                                     .group = {.folder = -1, .cpu = -1}};
            return run;
        }
    return NULL;
}

/*
 * A place, after a wait where told runs hold all of them: their namespaces may take longer to go, on a busy
 * machine, than the next runs to come. NULL when as many as can be are really in flight.
 */
static struct lane_run *lane_await_place(struct lane *lane)
{
    for (;;) {
        struct lane_run *run = lane_take_place(lane);
        struct pollfd polled[LANE_RUNS_MAX];
        size_t told = 0;
        for (size_t i = 0; i < LANE_RUNS_MAX; i++) {
            polled[i] =
                (struct pollfd){.fd = lane->runs[i].told ? lane->runs[i].pidfd : -1, .events = POLLIN};
            told += lane->runs[i].told;
        }
        if (run || !told)
            return run;
        if (poll(polled, LANE_RUNS_MAX, -1) < 0)
            continue;
        for (size_t i = 0; i < LANE_RUNS_MAX; i++)
            if (polled[i].revents)
                lane_reap(lane, &lane->runs[i]);
    }
}

/* The plan's from here on; what is left in the message is the body's. */
static void lane_take_fds(struct channel_message *message, const struct body *body, struct plan *plan)
{
    for (size_t i = 0; i < 3; i++)
        plan->stdio[i] = message->fds[body->fds + i];
    if (plan->run->warm)
        plan->requests = message->fds[body->fds + 3];
    message->fd_count = body->fds;
}

static void lane_accept(struct lane *lane, struct channel_message *message, uint64_t id)
{
    struct wire_failed failed = {0};
    struct lane_run *run = lane_await_place(lane);
    struct lane_run spare = {.id = id, .workspace = -1};
    struct body body = {0};
    struct wire_run wanted = {0};
    struct plan plan = {.lane = &lane->plan,
                        .run = &wanted,
                        .stdio = {-1, -1, -1},
                        .requests = -1,
                        .upper = -1,
                        .upper_view = -1};
    int code = -1;
    if (!run)
        failure_set(&failed, WIRE_LAYER_INTERNAL, EAGAIN, "more than %d runs in a slot", LANE_RUNS_MAX);
    else if (body_open(message, &body) < 0 || wire_decode_run(body.bytes, body.length, &wanted) < 0 ||
             message->fd_count != body.fds + (wanted.warm ? 4 : 3))
        failure_set(&failed, WIRE_LAYER_INTERNAL, EPROTO, "read the run");
    else {
        run->id = id;
        run->hold = wanted.upper[0] != '\0';
        plan.page = run->page;
        lane_take_fds(message, &body, &plan);
        code = lane_start(lane, run, &wanted, &plan, &failed);
        plan_close(&plan);
    }
    wire_fini_run(&wanted);
    body_close(&body);
    if (code == 0)
        return;
    lane_break(run ? run : &spare, lane, &failed);
    if (run)
        lane_release(lane, run);
}

static void lane_kill(struct lane *lane, uint64_t id)
{
    for (size_t i = 0; i < LANE_RUNS_MAX; i++)
        if (lane->runs[i].used && lane->runs[i].id == id && !lane->runs[i].told) {
            lane->runs[i].killed = true;
            kernel_pidfd_kill(lane->runs[i].pidfd, SIGKILL);
        }
}

/* One datagram with an errno, or 0 and perhaps a descriptor, at the socket that came with the question. */
static void lane_answer(const struct channel_message *question, int error, int fd)
{
    const int32_t words = error;
    if (question->fd_count == 1)
        (void)!channel_send(question->fds[0], &words, sizeof words, &fd, fd >= 0 ? 1 : 0);
}

static void lane_freeze(struct lane *lane, const struct channel_message *question, uint64_t id, bool freeze)
{
    int error = ESRCH;
    for (size_t i = 0; i < LANE_RUNS_MAX; i++) {
        struct lane_run *run = &lane->runs[i];
        if (!run->used || run->id != id)
            continue;
        lane_read_control(lane, run); /* its clock, or its end, may just have come */
        if (!run->told && !run->killed)
            error = (freeze ? freeze_begin(run) : freeze_end(run)) < 0 ? errno : 0;
    }
    lane_answer(question, error, -1);
}

static void lane_make_socket(const struct channel_message *question, uint64_t kind)
{
    cleanup_fd int fd = network_make_socket((int)(kind >> 32), (int)(kind & UINT32_MAX));
    lane_answer(question, fd < 0 ? errno : 0, fd);
}

static void lane_end(struct lane *lane)
{
    for (size_t i = 0; i < LANE_RUNS_MAX; i++)
        if (lane->runs[i].used)
            kernel_pidfd_kill(lane->runs[i].pidfd, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    _exit(0);
}

static void lane_read_client(struct lane *lane)
{
    struct channel_message message;
    uint32_t kind;
    uint64_t number;
    const char *body;
    size_t length;
    if (channel_receive(lane->socket, &message, 0) != 1)
        lane_end(lane);
    if (wire_decode_order(message.bytes, message.length, &kind, &number, &body, &length) == 0) {
        if (kind == WIRE_RUN)
            lane_accept(lane, &message, number);
        else if (kind == WIRE_KILL)
            lane_kill(lane, number);
        else if (kind == WIRE_FREEZE || kind == WIRE_THAW)
            lane_freeze(lane, &message, number, kind == WIRE_FREEZE);
        else if (kind == WIRE_SOCKET)
            lane_make_socket(&message, number);
    }
    channel_close_fds(&message);
}

/* One turn: whatever the client says, and whatever the runs say or how they end. */
static void lane_turn(struct lane *lane)
{
    struct pollfd polled[1 + LANE_POLLED * LANE_RUNS_MAX];
    size_t count = 0;
    polled[count++] = (struct pollfd){.fd = lane->socket, .events = POLLIN};
    for (size_t i = 0; i < LANE_RUNS_MAX; i++) {
        const struct lane_run *run = &lane->runs[i];
        polled[count++] = (struct pollfd){.fd = run->used ? run->pidfd : -1, .events = POLLIN};
        polled[count++] = (struct pollfd){.fd = run->used ? run->control : -1, .events = POLLIN};
        polled[count++] = (struct pollfd){.fd = run->used ? run->calls.listener : -1, .events = POLLIN};
    }
    if (poll(polled, count, -1) < 0)
        return;
    for (size_t i = 0; i < LANE_RUNS_MAX; i++) {
        struct lane_run *run = &lane->runs[i];
        const struct pollfd *own = &polled[1 + LANE_POLLED * i];
        if (own[2].revents && run->used && run->tally.most)
            tally_serve(&run->tally, &run->calls.listener, run->pidfd, own[2].revents);
        else if (own[2].revents && run->used)
            notifier_serve(&run->calls, own[2].revents);
        if (own[1].revents && run->used)
            lane_read_control(lane, run);
        if (own[0].revents && run->used)
            lane_reap(lane, run);
    }
    if (polled[0].revents)
        lane_read_client(lane);
}

void lane_main(const struct lane_setting *setting, unsigned slot, int socket)
{
    static struct lane lane;
    struct wire_failed failed = {0};
    lane.setting = setting;
    lane.socket = socket;
    if (lane_prepare(&lane, slot, &failed) < 0) {
        lane_send_failed(&lane, &failed);
        _exit(1);
    }
    for (;;)
        lane_turn(&lane);
}
