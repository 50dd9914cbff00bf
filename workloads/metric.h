/* The figures of one run. Lower is better for every metric. */
#ifndef CUPEL_WORKLOADS_METRIC_H
#define CUPEL_WORKLOADS_METRIC_H

#include <stdbool.h>
#include <stddef.h>

enum metric {
    METRIC_CPU,
    METRIC_WALL,
    METRIC_PEAK_MEMORY,
    METRIC_LATENCY_P50, /* of the requests of one run, where a process stays for all of them */
    METRIC_LATENCY_P95,
    METRIC_LATENCY_P99,
    METRIC_STARTUP,   /* CPU time until such a process is ready */
    METRIC_CPU_AFTER, /* CPU time from its last answer to its end; part of METRIC_CPU */
    METRIC_COUNT
};

struct figures {
    double value[METRIC_COUNT]; /* seconds, but peak memory in bytes; negative: not available */
};

/* "cpu", "wall", "peak_memory", "latency.p50" …; the table ends with NULL. */
extern const char *const metric_names[METRIC_COUNT + 1];
const char *metric_name(enum metric metric);
/* The metric of that name, or -1. */
int metric_by_name(const char *name);

bool metric_is_latency(enum metric metric);
/* Where one request's part of it stands:
 * a quantile of one is its latency, which stands in the first of them. */
enum metric metric_of_request(enum metric metric);
/* Only where one process answers many requests. */
bool metric_needs_requests(enum metric metric);
/*
 * The fewest requests of a run that a quantile p may be taken from: 20 / (1 − p), so that 20 of them lie
 * beyond it. 0 for what is no latency.
 */
size_t metric_requests_needed(enum metric metric);
/*
 * The latency metric of `count` requests, in seconds, by linear interpolation between the two nearest
 * (Hyndman & Fan, "Sample quantiles in statistical packages", 1996, definition 7); negative where they are
 * too few. `sorted` ascends.
 */
double metric_latency(enum metric metric, const double *sorted, size_t count);

#endif
