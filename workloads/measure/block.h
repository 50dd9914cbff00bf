/* Which samples one pair of runs answers, and in what order: a pure function of the sample set and a seed. */
#ifndef CUPEL_WORKLOADS_MEASURE_BLOCK_H
#define CUPEL_WORKLOADS_MEASURE_BLOCK_H

#include "workloads/samples.h"
#include "workloads/workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The strata of a set, in order of their first sample; samples of weight 0 are left out. A plan is for the
 * visible samples or for the held-out ones; strata have the same numbers in both.
 */
struct block_plan {
    const struct sample_set *samples; /* borrowed */
    size_t *timed;                    /* indices of samples that may be timed, grouped by stratum; owned */
    size_t timed_count;
    size_t *in_order;             /* the same indices in the file's order; owned */
    struct block_stratum *strata; /* owned */
    size_t stratum_count;
    size_t *stratum_of; /* by sample index; owned */
    double *weight_of;  /* likewise; owned */
    double weight;      /* sum of all */
};

struct block_stratum {
    const char *name; /* borrowed from the set */
    size_t first;     /* of `timed` */
    size_t count;
    double weight; /* sum of its samples */
};

void block_plan_init(struct block_plan *plan, const struct sample_set *samples);
/*
 * The held-out samples of the set of `visible`: their weights are scaled so that each stratum has its share
 * of the visible set; what is in no visible stratum is left out. Nothing may be timed where no stratum is
 * common to both.
 */
void block_plan_init_held_out(struct block_plan *plan, const struct block_plan *visible);
void block_plan_fini(struct block_plan *plan);

/* Samples a run, so that the base takes about `block_s` seconds; 1 when that is 0. */
size_t block_size(double block_s, double sample_seconds);

struct block {
    size_t *indices; /* into the set, in the order of the run; owned */
    bool *extra;     /* only for its stratum's row or held out: not part of the run's total; owned */
    size_t count;    /* extras included */
};

/*
 * Draws `size` samples with probability proportional to weight, evenly over the strata, then shuffles. With
 * WORKLOAD_CACHE_REPLAY it is a contiguous window in the file's order. `cover` adds a sample of each stratum
 * that the draw left out, so that rare strata are seen in every size pair. Same arguments, same block.
 */
void block_draw(const struct block_plan *plan, size_t size, enum workload_cache cache, bool cover,
                uint64_t seed, struct block *block);
/*
 * Of a size pair where samples are held out: a block of each plan, both with `cover`, in one order. They are
 * shuffled together, so that whatever happens while they run happens to both; with WORKLOAD_CACHE_REPLAY one
 * window follows the other, by a coin of the seed. Held-out samples are extras.
 */
void block_draw_both(const struct block_plan *visible, const struct block_plan *held_out, size_t size,
                     enum workload_cache cache, uint64_t seed, struct block *block);
void block_fini(struct block *block);

#endif
