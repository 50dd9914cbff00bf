/* A measurement of the fake kind from start to end, for tests. */
#ifndef CUPEL_TESTS_MEASURE_MEASURING_H
#define CUPEL_TESTS_MEASURE_MEASURING_H

#include "tests/workloads/fake_kind.h"
#include "workloads/measure/measure.h"

struct outcome {
    int calls;
    int code;
    char message[256];
    struct measurement measurement;
    struct measure *measure; /* in flight */
    char said[512];          /* what progress said, the feasibility words at least */
};

/* One knob set of a measurement; what is zero stays as it is usual. */
struct knobs {
    bool noise_only;
    double time_budget_s;
    double block_s;
    double weight_share;
    enum workload_cache cache;
    char *(*watch)(enum arm_side, const struct answer *, void *); /* instead of reference and contract */
};

struct outcome measure_run(struct fake_scene *scene, struct knobs knobs);

/* Deterministic figures: a ripple in place of noise, and what the candidate saves. */
void figures_set(struct figures *figures, const struct fake *self, double seconds, double gain);

/* For fake.answer: a quarter saved, but half lost at the rare sample; nothing saved; wrong after a while. */
void answer_gain(struct fake *self, const struct arm *arm, size_t index, size_t count, struct answer *answer,
                 struct figures *figures);
void answer_nothing(struct fake *self, const struct arm *arm, size_t index, size_t count,
                    struct answer *answer, struct figures *figures);
void answer_turns_wrong(struct fake *self, const struct arm *arm, size_t index, size_t count,
                        struct answer *answer, struct figures *figures);

#endif
