#include "sandbox/zygote/freeze.h"

#include "base/cleanup.h"
#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define FREEZE_LOOKS 2000 /* half a millisecond apart: a second for what takes microseconds */

static struct plan_page *freeze_page; /* of this process 1 */

/* The sender's number is 0 when it lives outside our pid namespace (pid_namespaces(7)). */
static void freeze_on_signal(int signal, siginfo_t *info, void *context)
{
    int error = errno;
    (void)context;
    if (info->si_pid == 0) {
        (void)!kill(-1, signal == SIGUSR1 ? SIGSTOP : SIGCONT);
        freeze_page->stopped = signal == SIGUSR1;
    }
    errno = error;
}

void freeze_obey(struct plan_page *page)
{
    struct sigaction action = {.sa_sigaction = freeze_on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    freeze_page = page;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
}

static bool freeze_is(const struct lane_run *run, bool freeze)
{
    return run->group.folder >= 0 ? group_is_frozen(&run->group) == freeze
                                  : (run->page->stopped != 0) == freeze;
}

int freeze_set(struct lane_run *run, bool freeze)
{
    static const struct timespec pause = {.tv_nsec = 500000};
    if (run->group.folder < 0 && run->page->phase != PLAN_RUNNING) {
        errno = EAGAIN;
        return -1;
    }
    if (run->group.folder >= 0 ? group_freeze(&run->group, freeze) < 0
                               : kernel_pidfd_kill(run->pidfd, freeze ? SIGUSR1 : SIGUSR2) < 0)
        return -1;
    run->frozen = freeze;
    for (int i = 0; i < FREEZE_LOOKS; i++) {
        if (freeze_is(run, freeze))
            return 0;
        nanosleep(&pause, NULL);
    }
    errno = ETIMEDOUT;
    return -1;
}
