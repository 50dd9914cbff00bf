/* Reports whose conclusions follow from their raw data, of every verdict. */
#ifndef CUPEL_TESTS_RECHECK_HONEST_H
#define CUPEL_TESTS_RECHECK_HONEST_H

#include "tests/report/case.h"

/* Raw pairs of one workload in order: noise, decide and size ones, with that ratio of candidate over base. */
void honest_set_pairs(struct workload_evidence *workload, size_t decide, size_t size, double ratio);
/* A stratum with a pair for each size pair, of that ratio. */
void honest_add_stratum(struct workload_evidence *workload, const char *name, double ratio);

/* n² before, n after, and a production that asks for little: where it stands can be told. */
void honest_add_curve(struct evidence *evidence, struct policy *policy);

/* One variant that does nothing, one that costs over half
 * of what the candidate saves, one that doesn't build. */
void honest_add_layout(struct evidence *evidence, struct policy *policy);

struct honest_case {
    const char *name;                                 /* of the test */
    enum verdict verdict;                             /* that it must get */
    void (*bend)(struct evidence *, struct policy *); /* from the recommended one */
};
extern const struct honest_case honest_cases[];
extern const size_t honest_case_count;
const struct honest_case *honest_find(const char *name);

/* A report of that case, its conclusions drawn; cJSON_Delete() it. */
cJSON *honest_report(const struct honest_case *honest);

/* A batch's view: `count` candidates with these ratios
 * on their only workload, their family closed over them. */
cJSON *honest_batch(const double *ratios, size_t count);

/* Puts a value where the pointer leads, or takes away what is there (NULL). */
void honest_tamper(cJSON *document, const char *pointer, const char *json);

/* Canonical bytes; text_fini() them. */
struct text honest_bytes(const cJSON *document);

#endif
