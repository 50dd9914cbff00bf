/*
 * One candidate through every stage, on the loop. This room alone knows the order of the stages.
 */
#ifndef CUPEL_ORCHESTRATOR_EVALUATION_EVALUATION_H
#define CUPEL_ORCHESTRATOR_EVALUATION_EVALUATION_H

#include "orchestrator/pairs/entry.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/configuration.h"
#include "policies/evidence.h"
#include "sandbox/sandbox.h"

#include <stdbool.h>

struct evaluation;
struct known_base;

/* Where the evaluation stands; strings are borrowed for the call. */
struct evaluation_progress {
    const char *stage;    /* "build" */
    const char *sentence; /* "builds base and candidate" */
    const char *detail;   /* "summary: base answers", or NULL */
    size_t done, total;   /* 0, 0 where nothing can be counted */
    bool lasting;         /* a detail to be read later too, and not only while it holds */
};

#define EVALUATION_TAPES_MAX 64 /* workloads whose answers are kept; more are asked again */

/*
 * What an evaluation leaves below `keep` for one that takes it up again, by the stage that made it. Digests
 * are checked before anything of it is used again.
 */
struct evaluation_kept {
    int64_t patched_at; /* mtime given to the patch layers, microseconds since the epoch; 0: not written */
    bool has_prepare, has_build;
    struct digest prepare, build;                /* of the layers: identity.h */
    struct digest answers[EVALUATION_TAPES_MAX]; /* of each workload's tape (tape.h); zeros: there is none */
};

/* A candidate or a base whose first stages an earlier process finished. Borrowed. */
struct evaluation_recall {
    struct evidence *evidence; /* parts of it are moved out */
    const struct evaluation_kept *kept;
};

/* Where pairs are kept, and what evaluations go on from: pairs/book.h. */
struct evaluation_pairs {
    /* Blocks, on the pool. `found` is zeroed before; what is in it is the caller's also after a failure. */
    int (*recall)(void *data, const struct pairs_search *search, struct pairs_found *found, struct err *err);
    /* Keeps a pair, found by `change`; then evaluation_pair_kept(). Borrows for the call. */
    void (*keep)(void *data, struct evaluation *evaluation, const struct digest *change,
                 const struct pairs_entry *entry);
    void *data;
};

/* One sample instead of all of the one workload: the contract alone, and nothing but it. */
struct evaluation_replay {
    char *line;       /* of a sample file, without its end; owned by the caller; NULL: filled from `sample` */
    const char *name; /* what errors call the line */
    const char *sample; /* id of the workload's own sample; NULL: there is a line */
};

struct evaluation_input {
    uv_loop_t *loop;
    struct sandbox *sandbox;
    struct repository *repository;             /* used by this evaluation alone while it runs */
    const struct intake_request *request;      /* the candidate; NULL: the base alone, as `check` does */
    const char *base;                          /* for the base alone: its revision, or NULL for HEAD */
    const struct configuration *configuration; /* given from outside; NULL: cupel.json of the base commit */
    const struct operator_settings *settings;
    const char *policies; /* folder of bundled policies */
    const char *state;    /* the repository's state folder */
    char *const *only;    /* names of workloads, NULL-terminated; NULL: all */
    double timeout_s;     /* of the whole evaluation; 0: none */
    bool dry_run;         /* stops behind the screen */
    bool answers_only;    /* stops behind the contract: all that others need of the base */
    struct evaluation_replay
        *replay;               /* NULL: all samples. With one workload in `only`; skips tests and identity */
    const struct claim *claim; /* what whoever proposed the candidate says of it; NULL: nothing */
    const struct evaluation_pairs *pairs; /* NULL: none are kept or looked for */
    enum pairs_family family;             /* what the evaluation is for */
    const char *keep; /* existing folder for the layers that outlive this evaluation; NULL: none does */
    const struct evaluation_recall *recall; /* stages that need not be repeated, or NULL */
    size_t family_size;                     /* distinct trees submitted together; 0 and 1: this one alone */
    const char *machine_note; /* what to know of the machine's calibration; "" or NULL: nothing */
    /* This evaluation's place among `places` in one sandbox, of which `lanes` do something at once; zeros: it
     * is alone. */
    unsigned lane, lanes, places;
    const struct known_base *known_base; /* answers of an earlier evaluation of the base alone, or NULL */
    /* Called once before the measurement, which begins with evaluation_take_turn(): timed runs of several
     * evaluations go one after the other. NULL: at once. */
    void (*await_turn)(struct evaluation *evaluation, void *data);
    /*
     * Called behind each stage that ended by itself; the next begins with evaluation_go_on(), which may come
     * at once. Not for stages that were recalled. NULL: it goes on by itself.
     */
    void (*stage_ended)(struct evaluation *evaluation, enum stage stage, void *data);
    void (*progress)(const struct evaluation_progress *progress, void *data); /* may be NULL */
    /* Exactly once, never from inside start. err: ours or the user's input; evidence holds what was found. */
    void (*done)(struct evaluation *evaluation, const struct err *err, void *data);
    void *data;
};

/* Input is copied; what it points to stays borrowed until `done`. */
struct evaluation *evaluation_start(const struct evaluation_input *input);

/* Stops: kills every sandbox, cleans up; `done` comes with ERR_CANCELLED and the reason. */
void evaluation_cancel(struct evaluation *evaluation, const char *reason);

/* The measurement that `await_turn` was called for may begin. */
void evaluation_take_turn(struct evaluation *evaluation);

/* The next stage may begin; with an error, ours, the evaluation ends by it. */
void evaluation_go_on(struct evaluation *evaluation, const struct err *err);

/* The pair is durable; with an error, ours, the evaluation ends by it. */
void evaluation_pair_kept(struct evaluation *evaluation, const struct err *err);

/* After `done`. Borrowed until evaluation_free(). */
const struct evidence *evaluation_evidence(const struct evaluation *evaluation);
/* After `done`: hands the evidence over, evidence_fini() it; the evaluation's own is empty from then on. */
void evaluation_take_evidence(struct evaluation *evaluation, struct evidence *evidence);
/* What stands below `keep` now. */
const struct evaluation_kept *evaluation_kept(const struct evaluation *evaluation);
/* NULL when it failed before it was read. */
const struct configuration *evaluation_configuration(const struct evaluation *evaluation);
/* The folder with the logs of prepare, build and tests; it outlives the evaluation. NULL: none. */
const char *evaluation_logs(const struct evaluation *evaluation);
/*
 * After `done`: the base's answers, where it was asked here, and of a base alone its layers, where it kept
 * them; the caller's (known_base_free()). They serve evaluations whose base, configuration and samples are
 * the same; others ask anew. The layers must stay where they are for as long.
 */
struct known_base *evaluation_take_base(struct evaluation *evaluation);
void known_base_free(struct known_base *known);
void evaluation_free(struct evaluation *evaluation);

#endif
