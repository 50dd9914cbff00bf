/*
 * Does a gain depend on what a measurement has more of than production may have: the same request again, or a
 * process that has been warm for long? Pure; the same traces give the same bytes.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_SIGNALS_H
#define CUPEL_WORKLOADS_MEASURE_SIGNALS_H

#include "workloads/measure/measurement.h"
#include "workloads/measure/trace.h"

/*
 * Adds a size pair to each signal. Repeats: samples that a run asked more than once, their first figures
 * against the mean of the later ones, so that both sides hold the same samples with the same weight.
 */
void signals_add_pair(struct signal signals[static SIGNAL_COUNT], const struct trace *trace);

/*
 * Fills gains and flag from the pairs. `only_later`: the later part's gain reaches the minimum improvement,
 * the first part's falls short of a half of it (measure_method.doubt), and the 95 % interval of their
 * difference, from which what slows a whole run down cancels, lies above that half.
 */
void signals_judge(struct signal *signal, double minimum_improvement);

#endif
