#include "workloads/measure/trace.h"

#include "base/memory.h"
#include "workloads/measure/method.h"

#include <stdlib.h>
#include <string.h>

void trace_init(struct trace *trace, size_t samples)
{
    *trace = (struct trace){.samples = samples};
    trace->asked = memory_zeroed((samples + 1) * sizeof *trace->asked);
}

void trace_fini(struct trace *trace)
{
    free(trace->rows);
    free(trace->asked);
    *trace = (struct trace){0};
}

void trace_begin(struct trace *trace, size_t requests)
{
    trace->count = 0;
    trace->requests = requests;
    trace->run = NULL;
    trace->run_count = 0;
}

void trace_add(struct trace *trace, const void *run, bool candidate, size_t index, double value)
{
    if (run != trace->run) {
        memset(trace->asked, 0, trace->samples * sizeof *trace->asked);
        trace->run = run;
        trace->run_count++;
        trace->position = 0;
    }
    bool early = (double)trace->position++ < measure_method.early * (double)trace->requests;
    size_t before = trace->asked[index]++;
    if (value < 0)
        return;
    MEMORY_GROW(trace->rows, trace->count, trace->capacity);
    trace->rows[trace->count++] = (struct trace_row){.index = index,
                                                     .candidate = candidate,
                                                     .run = trace->run_count - 1,
                                                     .asked = before,
                                                     .early = early,
                                                     .value = value};
}
