/* The parts of a candidate that several files read; stored.h is what others include. */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_STORED_PARTS_H
#define CUPEL_ORCHESTRATOR_RECHECK_STORED_PARTS_H

#include "orchestrator/recheck/field.h"
#include "policies/evidence.h"

/* Each fills its part of the evidence, which is freed as a whole also after a failure. */

/* Patch, claim, screen, stages, signs of gaming. */
void stored_read_candidate(struct field_reader *reader, const struct json_value *candidate,
                           struct evidence *evidence);
/* "commands": what builds and tests were refused. */
void stored_read_commands(struct field_reader *reader, const struct json_value *candidate,
                          struct evidence *evidence);
/* "counts" of one workload. */
void stored_read_counts(struct field_reader *reader, const struct json_value *object,
                        struct workload_evidence *workload);
/* "workloads": all but the rows of the metrics that were judged. */
void stored_read_workloads(struct field_reader *reader, const struct json_value *candidate,
                           struct evidence *evidence);
/* "contract": findings, excuses and unused rules of the workloads that were read before. */
void stored_read_contract(struct field_reader *reader, const struct json_value *candidate,
                          struct evidence *evidence);
/* "coverage" of the contract: likewise. */
void stored_read_coverage(struct field_reader *reader, const struct json_value *contract,
                          struct evidence *evidence);
/* "measurements" of the workloads that were read before. */
void stored_read_measurements(struct field_reader *reader, const struct json_value *candidate,
                              struct evidence *evidence);
/* "seed" of a pair. */
uint64_t stored_read_seed(struct field_reader *reader, const struct json_value *object);
/* "pairs" of one row: the figures of one metric. The first row that comes says how many there are. */
void stored_read_pairs(struct field_reader *reader, const struct json_value *row, enum metric metric,
                       struct measurement *measurement);
/* "cache" and "held_out" of one workload. */
void stored_read_samples(struct field_reader *reader, const struct json_value *object,
                         struct workload_evidence *workload);
/* "held_out" and "signals" of one row; rows that are not the primary's hold null and []. */
void stored_read_held_out(struct field_reader *reader, const struct json_value *row, bool primary,
                          struct held_out *held_out);
void stored_read_signals(struct field_reader *reader, const struct json_value *row, bool primary,
                         struct signal signals[static SIGNAL_COUNT]);
/* "curve" of the primary's row. */
void stored_read_curve(struct field_reader *reader, const struct json_value *row,
                       struct workload_evidence *workload);
/* "layout" of one row: the figures of its metric. The first row that comes names the variants. */
void stored_read_layout(struct field_reader *reader, const struct json_value *row, enum metric metric,
                        bool first, struct workload_evidence *workload);
/* The workload that `object` names, or NULL after a failure. */
struct workload_evidence *stored_find_workload(struct field_reader *reader, const struct json_value *object,
                                               struct evidence *evidence);

#endif
