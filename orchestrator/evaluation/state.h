/* What the rooms of this folder share: one evaluation under way. Nobody else includes this. */
#ifndef CUPEL_ORCHESTRATOR_EVALUATION_STATE_H
#define CUPEL_ORCHESTRATOR_EVALUATION_STATE_H

#include "base/machine.h"
#include "orchestrator/arms/build.h"
#include "orchestrator/arms/workroom.h"
#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/job.h"
#include "workloads/check.h"
#include "workloads/count/count.h"
#include "workloads/coverage/variation.h"
#include "workloads/curve/generate.h"
#include "workloads/curve/sweep.h"
#include "workloads/edge/ask.h"
#include "workloads/measure/measure.h"
#include "workloads/reduce/reduce.h"
#include "workloads/variants/versus.h"

#include <stdatomic.h>

#define ARMS       2 /* base and candidate, by enum arm_side */
#define LAYERS_MAX 5 /* build, patch, prepared, base, NULL */

/* One workload under evaluation. */
struct workload_case {
    const struct workload *workload; /* of the configuration */
    struct sample_set samples;
    bool loaded;                          /* samples are there */
    struct variation variation;           /* of the samples, once they are loaded */
    struct contract *contract;            /* owned */
    struct reference own;                 /* the base's answers, where it was asked here */
    const struct reference *known;        /* the base's answers, own or of an earlier evaluation */
    struct tape *tape;                    /* of the untimed answers, while the contract is checked; or NULL */
    bool ask_anew;                        /* the base no longer gives the known answers */
    struct generated generated;           /* samples of chosen sizes, where the configuration makes some */
    struct reference generated_reference; /* the base's answers to them */
    struct edges edges;                   /* samples with edge values; no held-out one among them */
};

/*
 * The sample of that id as it was asked: of the file, held out, of a chosen size, or with an edge value. *set
 * is the set that it is in; both stay until the evaluation ends. NULL: there is none.
 */
const struct sample *workload_case_find(const struct workload_case *workload_case, const char *id,
                                        const struct sample_set **set);

/* The folders of one arm; owned paths, NULL where a layer isn't there. */
struct arm_folders {
    char *patch;
    char *build, *build_work;
    char *tests, *tests_work;
    const char *below_build[LAYERS_MAX]; /* layers under the build */
    const char *built[LAYERS_MAX];       /* layers of tests and runs */
};

/* One layout variant of the base, as it was built. */
struct built_variant {
    char *layer, *work; /* folders; owned */
    char *problem;      /* why it isn't measured, a sentence; owned; NULL: it is */
    bool same;          /* as the base, byte by byte */
};

/* Layout variants of one base: built once, by the first that measures them. */
struct variant_shelf {
    char *folder; /* where they are built; NULL: in the evaluation's working folder; owned */
    struct built_variant items[VARIANTS_MOST];
    size_t count;         /* that are through, from the first on */
    struct digest digest; /* of the base's build */
    bool has_digest;      /* it is known */
};
void variant_shelf_fini(struct variant_shelf *shelf);

/* Which finding's smallest input is looked for: reductions.c. */
struct reductions {
    size_t at, finding;    /* workload, and index of its findings */
    size_t count;          /* findings of it so far */
    uint64_t began_ns;     /* with this workload */
    bool over;             /* nothing more is looked for */
    struct reduce *reduce; /* NULL while none is under way */
    void (*then)(struct evaluation *evaluation);
};

struct evaluation {
    struct evaluation_input input;
    struct machine machine; /* over the table in evaluation.c */
    bool pending;           /* a stage is under way; its callback will tick */
    bool forgotten;         /* what an earlier process left can't be used from here on */
    bool gated;             /* a stage has ended and waits for evaluation_go_on() */
    bool ticking;           /* inside the tick function: a stage that is through at once doesn't recurse */
    bool conclusive;        /* evidence suffices: straight to the end */
    bool cancelled;
    char *cancel_reason;     /* owned */
    uint64_t stage_began_ns; /* loop's hrtime */
    uint64_t began_ns;
    struct err err;                                      /* ours, or the user's input */
    struct job job;                                      /* the blocking part of the current stage */
    void (*answers_then)(struct evaluation *evaluation); /* what follows the job of answers.c */

    struct configuration own_configuration; /* from the base commit */
    bool owns_configuration;
    const struct configuration *configuration;
    struct candidate candidate;
    bool has_candidate; /* resolved, possibly not applied */
    bool applied;
    git_oid base_commit, base_tree;
    git_oid trust_commit,
        trust_tree; /* whose configuration, policy and samples count; mostly the base's own */
    struct evidence evidence;

    struct workroom room;
    struct evaluation_kept kept;
    const struct base_layers *shared; /* the known base's, where they hold here; NULL: the base builds here */
    char *logs;                       /* folder */
    char *tree;                       /* exported base */
    char *trusted;                    /* exported trust tree: the same folder where they are one */
    char *prepare, *prepare_work;     /* layer of `prepare`, or NULL */
    const char *prepare_layers[2];    /* what `prepare` stands on */
    struct arm_folders folders[ARMS];
    struct arm arms[ARMS];
    char **environment;                 /* of every arm */
    struct sandbox_mount *build_mounts; /* operator's and the samples; strings borrowed */
    size_t build_mount_count;
    struct build builds[ARMS];
    struct build *building;         /* the one under way, or NULL */
    atomic_bool identity_cancelled; /* told to the pool's thread that compares what was built */

    struct workload_case *cases;
    size_t case_count;
    size_t current; /* case under way */
    struct workload_context context;
    struct check *check;
    struct count *count;
    bool awaits_turn;                                     /* before the measurement */
    struct pairs_key *keys;                               /* of each case, once one is measured; owned */
    struct pairs_found found;                             /* what the case under way goes on from */
    void (*recalled_then)(struct evaluation *evaluation); /* what follows the job of continue.c */
    size_t other_processes;                               /* of the same change: see pairs_found */
    struct measure *measure;
    struct generate *generate;
    struct sweep *sweep;
    struct variant_shelf variants; /* where the base isn't shared */
    struct versus *versus;
    struct arm variant_arms[VARIANTS_MOST];
    const char *variant_layers[VARIANTS_MOST][LAYERS_MAX];
    char **variant_environment; /* of the build under way; owned; NULL: none is */
    uint64_t variants_began_ns; /* when the variant under way began */
    double variants_s;          /* spent on building variants: no part of the policy's budget */
    struct edge_ask *edge_ask;
    void (*edges_then)(struct evaluation *evaluation); /* what follows the edge values */
    struct reductions reductions;
    void (*curves_then)(struct evaluation *evaluation); /* what follows the samples of chosen sizes */
    const char *trusted_layers[2];                      /* the trusted tree, where the base is another */
    uv_timer_t deadline;                                /* input.timeout_s */
};

/* Called by a stage when it is through: the outcome of its record, a sentence (owned, or NULL). Then ticks.
 */
void evaluation_stage_passed(struct evaluation *evaluation, char *sentence);
void evaluation_stage_skipped(struct evaluation *evaluation, char *sentence);
/* The candidate failed here: evidence is conclusive. `log` owned or NULL. */
void evaluation_stage_failed(struct evaluation *evaluation, char *sentence, char *log);
/* We or the input failed. */
void evaluation_stage_error(struct evaluation *evaluation, const struct err *err);
void evaluation_tell(struct evaluation *evaluation, const char *detail, size_t done, size_t total);
/* What stays on the screen: of the current workload. */
void evaluation_announce(struct evaluation *evaluation, const char *sentence);

/* --timeout is over: of the timer `deadline`. */
void evaluation_on_deadline(uv_timer_t *timer);

bool evaluation_is_base_alone(const struct evaluation *evaluation);

/* The stage that the machine stands in was finished by an earlier process: takes its record, then ticks. */
void evaluation_stage_recalled(struct evaluation *evaluation);
/* Starts the stage that the machine stands in, for real. */
void evaluation_start_stage(struct evaluation *evaluation);

/* Did an earlier process finish the stage that the machine stands in? Then stage_recall_start() takes its
 * place, which falls back to evaluation_start_stage() where what it left is gone or changed. */
bool recall_covers(const struct evaluation *evaluation);
/* Likewise of that stage, before any is looked at. */
bool recall_knows(const struct evaluation *evaluation, enum stage stage);
void stage_recall_start(struct evaluation *evaluation);

/* Answers of untimed runs, kept for a process that takes this one's place; see answers.c. Both go on in the
 * evaluation, at once where nothing is kept. */
void answers_open(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
void answers_finish(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
/* Every answer came from a tape: nothing was run. */
bool answers_were_played(const struct evaluation *evaluation);

/* Looks up what was measured of the current case before, then goes on; at once where nothing is kept. An
 * error ends the stage instead. */
void continue_recall(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
/* Keeps a pair: measure_input's `pair_ended`. */
void continue_keep(const struct pair_record *record, void *data);
/* Tells that the case goes on from earlier pairs, where it does; `settled`: and runs none. */
void continue_tell(struct evaluation *evaluation, bool settled);

/* The stages; each ends in exactly one of the calls above, at once or later. */
void stage_intake_start(struct evaluation *evaluation);
void stage_screen_start(struct evaluation *evaluation);
void stage_worktrees_start(struct evaluation *evaluation);
void stage_prepare_start(struct evaluation *evaluation);
void stage_build_start(struct evaluation *evaluation);
void stage_tests_start(struct evaluation *evaluation);
void stage_identity_start(struct evaluation *evaluation);
void stage_contract_start(struct evaluation *evaluation);
void stage_measure_start(struct evaluation *evaluation);
void stage_build_cancel(struct evaluation *evaluation);
void stage_identity_cancel(struct evaluation *evaluation);
void stage_contract_cancel(struct evaluation *evaluation);
void stage_measure_cancel(struct evaluation *evaluation);

/* What layout alone does: variants.c. Behind the last decision; goes on with curves_measure(). */
void variants_measure(struct evaluation *evaluation);
void variants_cancel(struct evaluation *evaluation);

/* How the cost grows with n: curves.c. Samples of chosen sizes of the current workload join its contract,
 * then it goes on with `then`. */
void curves_check(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
/* Behind the last decision; ends the stage. */
void curves_measure(struct evaluation *evaluation);
/* Whichever of the two is under way. */
void curves_cancel(struct evaluation *evaluation);

/* Edge values: edges.c. Changed requests of the current workload join its contract, then it goes on with
 * `then`; at once where there is nothing to ask. */
void edges_check(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
/* Whether it was under way. */
bool edges_cancel(struct evaluation *evaluation);

/* Ends the stage by a timed answer that differed. */
void evaluation_fail_timed(struct evaluation *evaluation);

/* Looks for the smallest inputs that show what broke the contract, then goes on with `then`; the contracts
 * are not kept again behind it. Mostly within seconds. */
void reductions_run(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation));
/* False: nothing is looked for at the moment. */
bool reductions_cancel(struct evaluation *evaluation);

/* The contract of the current workload so far, for the evidence; again whenever answers were added to it. */
void evaluation_keep_contract(struct evaluation *evaluation);
/* Seconds that are left of the policy's budget and of --timeout; at least 1. */
double evaluation_time_left(const struct evaluation *evaluation);

/* The blocking job that fills the patch layers; `data` is the evaluation. After `prepare`, before the build.
 */
WARN_UNUSED int layout_write_patch(void *data, struct err *err);
/* The layer that this evaluation keeps for later, of the stage that the machine stands in; NULL: none. */
const char *layout_kept_layer(const struct evaluation *evaluation);

/* Layers of a known base, for those who share them. */
struct base_layers {
    char *prepare, *build; /* folders; NULL: none; owned by the known base */
    struct evaluation_kept kept;
    struct variant_shelf *variants; /* owned likewise; filled by the evaluation that measures */
};

/* Layers of an earlier evaluation of this base that hold here, or NULL. */
const struct base_layers *known_base_layers(const struct evaluation *evaluation);
/* Answers of an earlier evaluation that hold for this case, or NULL. */
const struct reference *known_base_find(const struct evaluation *evaluation,
                                        const struct workload_case *workload_case);

/* Adds what the base of an earlier evaluation was refused in that command. */
void known_base_add_counts(const struct evaluation *evaluation, struct command_evidence *row);

/* Leaves the one sample of input.replay, once those of the workload are loaded. Blocking. */
WARN_UNUSED int replay_narrow(struct evaluation *evaluation, struct err *err);

/*
 * Joins the operator's held-out samples to those of each case that has any, once all are loaded. ERR_INVALID
 * for a place that code under test could look into. Blocking.
 */
WARN_UNUSED int held_out_load(struct evaluation *evaluation, struct err *err);

/* Sentences about what was and was not measured, from what is known at the end. */
void evaluation_write_assumptions(struct evaluation *evaluation);

#endif
