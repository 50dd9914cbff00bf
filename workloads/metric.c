#include "workloads/metric.h"

#include <string.h>

const char *const metric_names[METRIC_COUNT + 1] = {
    [METRIC_CPU] = "cpu",
    [METRIC_WALL] = "wall",
    [METRIC_PEAK_MEMORY] = "peak_memory",
};

const char *metric_name(enum metric metric)
{
    return metric_names[metric];
}

int metric_by_name(const char *name)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        if (strcmp(metric_names[metric], name) == 0)
            return metric;
    }
    return -1;
}
