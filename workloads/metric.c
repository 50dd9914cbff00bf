#include "workloads/metric.h"

#include <string.h>

#define METRIC_BEYOND 20 /* requests beyond a quantile, at least */

const char *const metric_names[METRIC_COUNT + 1] = {
    [METRIC_CPU] = "cpu",
    [METRIC_WALL] = "wall",
    [METRIC_PEAK_MEMORY] = "peak_memory",
    [METRIC_LATENCY_P50] = "latency.p50",
    [METRIC_LATENCY_P95] = "latency.p95",
    [METRIC_LATENCY_P99] = "latency.p99",
    [METRIC_STARTUP] = "startup",
    [METRIC_CPU_AFTER] = "cpu_after",
};

/* Hundredths, since 1 − 0.95 is not 0.05 in doubles; 0: no quantile. */
static const unsigned metric_percents[METRIC_COUNT] = {
    [METRIC_LATENCY_P50] = 50,
    [METRIC_LATENCY_P95] = 95,
    [METRIC_LATENCY_P99] = 99,
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

bool metric_is_latency(enum metric metric)
{
    return metric_percents[metric] > 0;
}

enum metric metric_of_request(enum metric metric)
{
    return metric_is_latency(metric) ? METRIC_LATENCY_P50 : metric;
}

bool metric_needs_requests(enum metric metric)
{
    return metric_is_latency(metric) || metric == METRIC_STARTUP || metric == METRIC_CPU_AFTER;
}

size_t metric_requests_needed(enum metric metric)
{
    return metric_is_latency(metric) ? METRIC_BEYOND * 100 / (100 - metric_percents[metric]) : 0;
}

double metric_latency(enum metric metric, const double *sorted, size_t count)
{
    if (!metric_is_latency(metric) || count < metric_requests_needed(metric))
        return -1;
    double place = (double)(count - 1) * metric_percents[metric] / 100;
    size_t below = (size_t)place;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}
