/* Samples of chosen sizes, printed by a program of the configuration, once for each size, in the sandbox. */
#ifndef CUPEL_WORKLOADS_CURVE_GENERATE_H
#define CUPEL_WORKLOADS_CURVE_GENERATE_H

#include "workloads/curve/size.h"
#include "workloads/workload.h"

#define GENERATE_SECONDS 60                   /* that one run may take */
#define GENERATE_BYTES   ((uint64_t)64 << 20) /* that it may print */
#define GENERATE_SAMPLES 8                    /* that it may print for one size */

struct generate;

/* What was printed: a set of its own beside that of the workload. */
struct generated {
    struct sample_set set;              /* ids "n = 100", or "n = 100, 2 of 3"; of weight 0 */
    double values[SIZE_VALUES_MOST];    /* sizes */
    size_t first[SIZE_VALUES_MOST + 1]; /* [value] index of its first sample; one more for the end */
    size_t count;                       /* values */
};
void generated_fini(struct generated *generated);

struct generate_input {
    const struct workload_context *context;
    const struct workload *workload;  /* with a `size` that has `generate` */
    const struct sample_set *samples; /* whose folder is mounted, and becomes that of the set */
    const char *const *layers;        /* NULL-terminated; where the program is looked for; borrowed */
    const double *values;             /* sizes, ascending, at most SIZE_VALUES_MOST; copied */
    size_t value_count;
    unsigned slot;
    void (*done)(struct generated *generated, const struct err *err, void *data);
    void *data; /* `done`: once, never from start; take over by copying and zeroing */
};

/* A program that fails or prints no samples is ERR_INVALID, with its first words. */
WARN_UNUSED int generate_start(struct generate **out, const struct generate_input *input, struct err *err);
void generate_cancel(struct generate *generate); /* `done` still comes, with ERR_CANCELLED */

/* For the fuzz target and tests: adds what was printed for one size. Foreign text. */
WARN_UNUSED int generated_add(struct generated *generated, double n, const char *bytes, size_t length,
                              struct err *err);

#endif
