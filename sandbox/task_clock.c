#include "sandbox/task_clock.h"

#include <sys/syscall.h>
#include <unistd.h>

struct perf_event_attr task_clock_attributes(void)
{
    return (struct perf_event_attr){.type = PERF_TYPE_SOFTWARE,
                                    .size = sizeof(struct perf_event_attr),
                                    .config = PERF_COUNT_SW_TASK_CLOCK,
                                    .disabled = 1,
                                    .inherit = 1,
                                    .enable_on_exec = 1,
                                    .exclude_kernel = 1, /* paranoid 2 asks for it; the clock ignores it */
                                    .exclude_hv = 1};
}

bool task_clock_works(void)
{
    struct perf_event_attr attributes = task_clock_attributes();
    long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return false;
    close((int)fd);
    return true;
}

uint64_t task_clock_read(int fd)
{
    uint64_t spent = 0;
    return fd >= 0 && read(fd, &spent, sizeof spent) == (ssize_t)sizeof spent ? spent : 0;
}
