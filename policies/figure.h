/* Figures in words, the same in a reason and in every view of a report. Pure. */
#ifndef CUPEL_POLICIES_FIGURE_H
#define CUPEL_POLICIES_FIGURE_H

#include "base/text.h"
#include "workloads/measure/measurement.h"

/* "CPU time", "wall time", "peak memory", "p95 latency" */
const char *figure_metric_words(enum metric metric);

void figure_append_count(struct text *out, double count);      /* "1,200" */
void figure_append_percent(struct text *out, double fraction); /* "15.8 %", "−8.1 %" */
void figure_append_share(struct text *out, double fraction);   /* "10 %", "2.5 %": as people set it */
void figure_append_seconds(struct text *out, double seconds);  /* "44.1 ms", "3.1 s", "2 min 5 s" */
void figure_append_bytes(struct text *out, double bytes);      /* "3.1 MiB" */
/* A metric's value in its unit; "–" when it is negative or not finite. */
void figure_append_value(struct text *out, enum metric metric, double value);

/* "15.8 % less CPU time (14.9–16.6 %)",
 * "8.1 % more CPU time (−0.2 to 16.5 %)"; the metric's name may be empty. */
void figure_append_gain(struct text *out, const struct gain *gain, const char *metric_words);
/* The interval alone, in the direction of the gain: "14.9–16.6 %". */
void figure_append_interval(struct text *out, double low, double high);

#endif
