/* The figures of one run. Lower is better for every metric. */
#ifndef CUPEL_WORKLOADS_METRIC_H
#define CUPEL_WORKLOADS_METRIC_H

enum metric { METRIC_CPU, METRIC_WALL, METRIC_PEAK_MEMORY, METRIC_COUNT };

struct figures {
    double value[METRIC_COUNT]; /* seconds, seconds, bytes; negative: not available */
};

/* "cpu", "wall", "peak_memory"; the table ends with NULL. */
extern const char *const metric_names[METRIC_COUNT + 1];
const char *metric_name(enum metric metric);
/* The metric of that name, or -1. */
int metric_by_name(const char *name);

#endif
