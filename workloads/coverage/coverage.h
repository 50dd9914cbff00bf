/*
 * What the samples of a workload did and did not show: how many of each stratum could be compared, and which
 * parts of a request were the same in all of them. Pure, but for what is read of stdin_file.
 */
#ifndef CUPEL_WORKLOADS_COVERAGE_COVERAGE_H
#define CUPEL_WORKLOADS_COVERAGE_COVERAGE_H

#include "workloads/samples.h"

struct coverage_stratum {
    char *name;      /* owned */
    double share;    /* of production: 0 to 1 by the manifest, else by the samples' weights; -1: not known */
    size_t samples;  /* in the set, held-out ones included */
    size_t compared; /* of them */
};

struct coverage {
    struct coverage_stratum *strata; /* by name; those that only the manifest names too; owned */
    size_t stratum_count;
    char **fixed;         /* parameters that never varied: variation.h; NULL-terminated; owned */
    size_t fixed_dropped; /* further ones */
    size_t parameters;    /* that were looked at */
};

/* Of a set and of what became of its samples; `fixed` is left empty. */
void coverage_count(struct coverage *coverage, const struct sample_set *set,
                    bool (*was_compared)(const char *id, void *data), void *data);
void coverage_fini(struct coverage *coverage);

/* Over all strata. */
size_t coverage_samples(const struct coverage *coverage);
size_t coverage_compared(const struct coverage *coverage);

/*
 * The largest rate of differing requests at which `compared` of them show none with 5 % probability: the
 * upper bound of Clopper and Pearson (Biometrika 26, 1934) for none, 1 - 0.05^(1/n), which is about 3/n. 1
 * for none.
 */
double coverage_bound(size_t compared);

#endif
