#include "sandbox/zygote/begin.h"

#include "base/cleanup.h"
#include "sandbox/channel.h"

void begin_tell(const struct lane *lane, const struct lane_run *run)
{
    struct wire_started started = {.id = run->id,
                                   .start_ns = run->page->start_ns,
                                   .cpu_start_ns = run->page->cpu_start_ns,
                                   .cpu_source = group_cpu_source(&lane->group, &run->group)};
    enum sandbox_peak_source source;
    cleanup_fd int peak = group_open_peak(&lane->group, &run->group, &source, &started.peak_before);
    int cpu =
        started.cpu_source == SANDBOX_CPU_TASK_CLOCK ? run->clock : group_cpu_fd(&lane->group, &run->group);
    int fds[2];
    size_t count = 0;
    if (cpu < 0)
        started.cpu_source = SANDBOX_CPU_NONE;
    else
        fds[count++] = cpu;
    if (peak >= 0)
        fds[count++] = peak;
    started.peak_source = source;
    cleanup_text struct text bytes = {0};
    wire_encode_started(&started, &bytes);
    (void)!channel_send(lane->socket, bytes.data, bytes.length, fds, count);
}
