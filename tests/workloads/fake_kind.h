/*
 * A workload kind without processes: answers come from a function, one a turn of the loop. Start and run
 * failures, and a call at a chosen event, can be injected.
 */
#ifndef CUPEL_TESTS_WORKLOADS_FAKE_KIND_H
#define CUPEL_TESTS_WORKLOADS_FAKE_KIND_H

#include "workloads/count/counts.h"
#include "workloads/reference.h"
#include "workloads/workload.h"

#define FAKE_SAMPLES      4
#define FAKE_SAMPLES_MOST 64 /* in a set of the test's own */

struct fake {
    /* Fills answer (zeroed; stdout by fake_say())
     * and figures of the `count`-th answer of that arm to that sample. */
    void (*answer)(struct fake *fake, const struct arm *arm, size_t index, size_t count,
                   struct answer *answer, struct figures *figures);
    /* Adds to the counts of a counting run, or NULL. */
    void (*count)(struct fake *fake, const struct arm *arm, size_t index, struct counts *counts);
    /* Likewise to the made calls, of a run that counts these. */
    void (*tally)(struct fake *fake, const struct arm *arm, size_t index, struct calls *calls);
    size_t fail_start;  /* run that can't be started, from 1; 0: none */
    size_t fail_answer; /* answer in place of which the run fails, from 1; 0: none */
    size_t hang_at;     /* answer that only cancelling ends, from 1; 0: none */
    size_t act_at;      /* answer before which `act` is called, from 1; 0: none */
    void (*act)(struct fake *fake);
    void *data;                         /* the test's */
    size_t starts;                      /* runs so far */
    bool timed;                         /* whether the latest of them is */
    size_t answers;                     /* answers so far, of all runs */
    uint64_t stagger;                   /* seed of how many turns an answer takes; 0: one each */
    size_t asked[2][FAKE_SAMPLES_MOST]; /* [side][sample] */
    size_t holds;                       /* answers whose run held */
    size_t flying;                      /* runs in flight */
    size_t most_flying;
    bool timed_overlap;  /* a timed run was not alone */
    bool slot_shared;    /* two runs in one slot at once */
    bool arms_overlap;   /* runs of both arms at once */
    size_t flying_of[2]; /* [side] runs in flight */
    uint64_t slots;      /* bit set of slots in use */
};

extern struct fake fake;
/* Of each answer, of every test from now on: whether there is much to look at. */
extern size_t fake_stderr_bytes;
extern const struct workload_kind fake_kind;

void fake_say(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a test of check or measure needs around it: loop, four samples in two strata, arms, a contract. */
struct fake_scene {
    uv_loop_t loop;
    struct sample samples[FAKE_SAMPLES];
    struct sample_set set;
    struct workload workload;
    struct workload_context context;
    struct arm base, candidate;
    struct contract *contract;
};

void fake_scene_init(struct fake_scene *scene);
/* Asserts that nothing is left on the loop. */
void fake_scene_fini(struct fake_scene *scene);
/* What the base answers now to the first `count` samples; reference_fini() it. */
struct reference fake_reference(const struct arm *base, size_t count);
/* Findings that break. */
size_t fake_scene_breaks(const struct fake_scene *scene);

#endif
