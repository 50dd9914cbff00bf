/*
 * What the counting runs of a workload explain, as words: the differences between base and candidate that
 * came out alike both times. They decide nothing.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_COUNTED_WORDS_H
#define CUPEL_ORCHESTRATOR_REPORT_COUNTED_WORDS_H

#include "orchestrator/report/ranked_words.h"

/* "3.1 % fewer instructions, 12 fewer system calls (read −10, mmap −2)"; nothing where nothing differs.
 * `workload` is a row of a candidate's `workloads`. */
void counted_append_words(struct text *out, const cJSON *workload, ranked_escape *escape);

#endif
