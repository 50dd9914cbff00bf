#include "sandbox/zygote/outcome.h"

#include "sandbox/counter.h"
#include "sandbox/instructions.h"
#include "sandbox/task_clock.h"
#include "sandbox/zygote/launch.h"

#include <signal.h>
#include <sys/wait.h>

static void outcome_fill_end(const struct lane_run *run, struct wire_result *result)
{
    const struct plan_page *page = run->page;
    if (page->phase == PLAN_NOT_STARTED) {
        result->end = WIRE_NOT_STARTED;
        result->status = (uint32_t)page->exec_error;
    } else if (page->phase != PLAN_DONE) {
        result->end = run->killed ? WIRE_KILLED : WIRE_SIGNALLED;
        result->status = SIGKILL;
    } else if (WIFSIGNALED(page->wait_status)) {
        result->end = WIRE_SIGNALLED;
        result->status = (uint32_t)WTERMSIG(page->wait_status);
    } else {
        result->end = WIRE_EXITED;
        result->status = (uint32_t)WEXITSTATUS(page->wait_status);
    }
    result->leftovers = page->leftovers;
}

static void outcome_fill_cpu(const struct lane *lane, const struct lane_run *run, struct wire_result *result)
{
    const struct plan_page *page = run->page;
    result->cpu_source = group_cpu_source(&lane->group, &run->group);
    if (result->cpu_source == SANDBOX_CPU_TASK_CLOCK) {
        const uint64_t now = task_clock_read(run->clock);
        result->cpu_ns = now > page->cpu_start_ns ? now - page->cpu_start_ns : 0;
        if (run->clock < 0)
            result->cpu_source = SANDBOX_CPU_NONE;
        return;
    }
    uint64_t end = page->phase == PLAN_DONE
                       ? page->cpu_end_ns
                       : counter_read_cpu(result->cpu_source, group_cpu_fd(&lane->group, &run->group));
    result->cpu_ns = end > page->cpu_start_ns ? end - page->cpu_start_ns : 0;
}

void outcome_fill(const struct lane *lane, const struct lane_run *run, uint64_t largest_bytes,
                  struct wire_result *result)
{
    const struct plan_page *page = run->page;
    outcome_fill_end(run, result);
    if (page->start_ns && page->phase != PLAN_NOT_STARTED) {
        uint64_t end = page->phase == PLAN_DONE ? page->end_ns : launch_now();
        result->wall_ns = end - page->start_ns;
        outcome_fill_cpu(lane, run, result);
    }
    result->minor_faults = page->usage.minor_faults;
    result->major_faults = page->usage.major_faults;
    result->yields = page->usage.yields;
    result->preemptions = page->usage.preemptions;
    result->written_bytes = page->usage.written_bytes;
    result->instructions = instructions_read(run->instructions);
    result->calls = SANDBOX_UNKNOWN;
    if (run->tally.most)
        tally_report(&run->tally, result);
    if (run->calls.filter)
        notifier_report(&run->calls, result->end == WIRE_SIGNALLED && result->status == SIGSYS, result);
    result->out_of_memory = group_read_kills(&lane->group, &run->group);
    /* A group's peak is that of all programs of a warm run. */
    result->peak_source =
        run->warm ? SANDBOX_PEAK_NONE : group_read_peak(&lane->group, &run->group, &result->peak_bytes);
    if (result->peak_source == SANDBOX_PEAK_NONE && largest_bytes) {
        result->peak_source = SANDBOX_PEAK_RUSAGE;
        result->peak_bytes = largest_bytes;
    }
}
