#include "sandbox/zygote/freeze.h"

#include "base/cleanup.h"
#include "sandbox/task_clock.h"
#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define FREEZE_LOOKS    2000 /* half a millisecond apart: a second for what takes microseconds */
#define FREEZE_HASTY    16   /* of them at first, 20 µs apart */
#define FREEZE_CALM     20   /* looks in a row without CPU use: a busy machine may keep somebody waiting */
#define FREEZE_SLACK_NS 10000000 /* a system call that was under way ends while frozen */

/* What is waited for, in this order. */
enum freeze_step {
    FREEZE_STARTED, /* process 1 can be told, and ends with its lane */
    FREEZE_STOPPED, /* everybody was stopped */
    FREEZE_STILL,   /* and uses no CPU any more */
    FREEZE_MOVING,  /* everybody may go on */
};

static struct plan_page *freeze_page; /* of this process 1 */

/* The sender's number is 0 when it lives outside our pid namespace (pid_namespaces(7)); with a code of its
 * own choice a program could claim that (rt_sigqueueinfo(2)). */
static void freeze_on_signal(int signal, siginfo_t *info, void *context)
{
    int error = errno;
    (void)context;
    if (info->si_code == SI_USER && info->si_pid == 0) {
        (void)!kill(-1, signal == SIGUSR1 ? SIGSTOP : SIGCONT);
        freeze_page->stopped = signal == SIGUSR1;
    }
    errno = error;
}

void freeze_obey(struct plan_page *page)
{
    struct sigaction action = {.sa_sigaction = freeze_on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    /* One after the other: of two pending signals the handler of the later would run first. */
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaddset(&action.sa_mask, SIGUSR2);
    freeze_page = page;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
}

static uint64_t freeze_read_clock(const struct lane_run *run)
{
    return task_clock_read(run->clock);
}

static bool freeze_reached(struct lane_run *run, enum freeze_step step)
{
    const bool grouped = run->group.folder >= 0;
    const uint64_t before = run->frozen_ns;
    switch (step) {
    case FREEZE_STARTED:
        return run->page->phase != PLAN_SETTING_UP;
    case FREEZE_STOPPED:
        return grouped ? group_is_frozen(&run->group) : run->page->stopped != 0;
    case FREEZE_STILL:
        run->frozen_ns = freeze_read_clock(run);
        run->calm = run->frozen_ns == before ? run->calm + 1 : 0;
        return run->clock < 0 || run->calm >= FREEZE_CALM;
    default:
        return grouped ? !group_is_frozen(&run->group) : run->page->stopped == 0;
    }
}

/* -1 and errno: ESRCH when the run ends meanwhile. */
static int freeze_await(struct lane_run *run, enum freeze_step step)
{
    static const struct timespec pause = {.tv_nsec = 500000};
    static const struct timespec short_pause = {.tv_nsec = 20000};
    struct pollfd ended = {.fd = run->pidfd, .events = POLLIN};
    for (int i = 0; i < FREEZE_LOOKS; i++) {
        if (freeze_reached(run, step))
            return 0;
        const bool hasty = i < FREEZE_HASTY && step != FREEZE_STILL;
        if (ppoll(&ended, 1, hasty ? &short_pause : &pause, NULL) > 0) {
            errno = ESRCH;
            return -1;
        }
    }
    errno = step == FREEZE_STILL ? EBUSY : ETIMEDOUT;
    return -1;
}

static int freeze_tell(const struct lane_run *run, bool freeze)
{
    return run->group.folder >= 0 ? group_freeze(&run->group, freeze)
                                  : kernel_pidfd_kill(run->pidfd, freeze ? SIGUSR1 : SIGUSR2);
}

int freeze_begin(struct lane_run *run)
{
    if (run->frozen)
        return 0;
    if (freeze_await(run, FREEZE_STARTED) < 0)
        return -1;
    if (run->page->phase != PLAN_RUNNING) {
        errno = ESRCH;
        return -1;
    }
    run->calm = 0;
    if (freeze_tell(run, true) == 0 && freeze_await(run, FREEZE_STOPPED) == 0 &&
        freeze_await(run, FREEZE_STILL) == 0) {
        run->frozen = true;
        return 0;
    }
    int error = errno;
    (void)!freeze_tell(run, false);
    errno = error;
    return -1;
}

int freeze_end(struct lane_run *run)
{
    if (!run->frozen)
        return 0;
    const bool moved = freeze_read_clock(run) > run->frozen_ns + FREEZE_SLACK_NS;
    if (freeze_tell(run, false) < 0 || freeze_await(run, FREEZE_MOVING) < 0)
        return -1;
    run->frozen = false;
    errno = EBUSY;
    return moved ? -1 : 0;
}

void freeze_forget(const struct lane_run *run)
{
    if (run->frozen && run->group.folder >= 0)
        (void)!group_freeze(&run->group, false);
}
