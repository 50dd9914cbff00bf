/* Evidence made by hand for the tests of verdict and report:
 * one true improvement, to be bent case by case. */
#ifndef CUPEL_TESTS_REPORT_CASE_H
#define CUPEL_TESTS_REPORT_CASE_H

#include "orchestrator/report/report.h"

/* 15.8 % less CPU time on "summary", 1,200 samples compared;
 * wall time and peak memory held. evidence_fini() it. */
void case_recommended(struct evidence *evidence);
/* Everything of ours that the recommended case has, but nothing happened yet: no stage, no workload. */
void case_empty(struct evidence *evidence);
/* One more workload, a copy of the first under another name, weight and primary outcome. */
struct workload_evidence *case_add_workload(struct evidence *evidence, const char *name, double weight,
                                            enum metric_outcome outcome);
/* Pairs of PHASE_DECIDE with that ratio of candidate over
 * base for every metric, replacing those that are there. */
void case_set_pairs(struct workload_evidence *workload, size_t count, double ratio);
void case_add_finding(struct workload_evidence *workload, enum finding_class class, const char *pattern,
                      const char *before, const char *after);
/* To the newest finding: an input that differs only when stdin /n is 0; NULL: none, and why. */
void case_add_reproduction(struct workload_evidence *workload, const char *request, const char *why_none);
/* A stratum of the coverage. */
void case_add_coverage(struct workload_evidence *workload, const char *name, double share, size_t samples,
                       size_t compared);
void case_add_refusal(struct evidence *evidence, const char *path, uint32_t line, const char *rule,
                      const char *sentence);
void case_add_stratum(struct workload_evidence *workload, const char *name, double weight, double point,
                      bool harmful);
void case_fail(struct evidence *evidence, enum stage stage, const char *sentence, const char *log);
char **case_strings(const char *first);

/* The default policy's figures; nothing in it is owned. */
extern const struct policy case_policy;
extern const struct report_context case_context;

/* Samples were held out of the workload, with that outcome; 14.1 % less on them. */
void case_hold_out(struct workload_evidence *workload, enum held_out_outcome outcome);

#endif
