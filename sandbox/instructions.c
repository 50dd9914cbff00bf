#include "sandbox/instructions.h"

#include <sys/syscall.h>
#include <unistd.h>

int instructions_ask_kernel(struct perf_event_attr *attributes, pid_t pid, int cpu, int group,
                            unsigned long flags)
{
    return (int)syscall(SYS_perf_event_open, attributes, pid, cpu, group, flags);
}

int instructions_open(instructions_opener open)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attributes,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .inherit = 1,
        .enable_on_exec = 1,
        .exclude_kernel = 1, /* all that paranoid 2 allows, and interrupts are nobody's work */
        .exclude_hv = 1,
    };
    int fd = open(&attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -1 : fd;
}

uint64_t instructions_read(int fd)
{
    struct {
        uint64_t value;   /* counted */
        uint64_t enabled; /* ns in which it was wanted */
        uint64_t running; /* ns in which it counted */
    } counter;
    if (fd < 0 || read(fd, &counter, sizeof counter) != (ssize_t)sizeof counter)
        return UINT64_MAX;
    return counter.enabled == counter.running && counter.running > 0 ? counter.value : UINT64_MAX;
}
