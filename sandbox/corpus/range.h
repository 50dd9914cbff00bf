/*
 * Where attempts are made: a folder with a layer that holds the attacker and an input file, one open sandbox,
 * and whatever an attempt could find of the machine (an inheritable descriptor, an abstract socket).
 */
#ifndef CUPEL_SANDBOX_CORPUS_RANGE_H
#define CUPEL_SANDBOX_CORPUS_RANGE_H

#include "base/text.h"
#include "sandbox/corpus/survivors.h"
#include "sandbox/sandbox.h"

#define RANGE_SLOTS 2 /* the attempt's own, and one beside it */

struct range {
    char *folder;                   /* everything of ours; owned */
    char *layer;                    /* lower folder with the attacker; owned */
    char *input;                    /* stdin of every run; owned */
    char *state;                    /* the sandbox's; owned */
    uv_loop_t loop;                 /* of the sandbox */
    struct sandbox *sandbox;        /* open */
    bool warm;                      /* runs of slot 0 that can share a sandbox do */
    struct sandbox_warm *shared;    /* by them, or NULL */
    uint64_t warm_memory;           /* bytes that they get at least; 0: as the attempt says */
    char *upper;                    /* on disk, of the run under way, or NULL; owned */
    char *upper_paths[2];           /* upper and work folder below it; owned */
    int planted[4];                 /* descriptors that nothing inside may see; -1 none */
    struct survivors_view baseline; /* what is there between attempts */
};

struct range_answer {
    struct text heard;            /* of a conversation */
    struct sandbox_result result; /* out, error and workspace_fd are owned: range_forget() */
    struct err err;               /* infrastructure failure */
    bool over;                    /* the callback came */
    struct sandbox_run *run;      /* in flight */
};

/*
 * `parent`: folder in which the range's own is made; `options->state` is ignored. Refuses (ERR_UNAVAILABLE)
 * outside of a mount namespace that isolate_mounts() made. Runs once in each slot, so that what stays is
 * known. range_close() in either case.
 */
WARN_UNUSED int range_open(struct range *range, const struct sandbox_options *options, const char *attacker,
                           const char *parent, struct err *err);
/* Returns how many folders of the sandbox are still there afterwards: 0. */
size_t range_close(struct range *range);

/* Defaults: 20 s, 512 MiB, 1 MiB of output, 8 MiB of workspace,
 * /tmp and /dev/shm, 2000 files in the workspace, 64 processes. */
struct sandbox_spec range_spec(const struct range *range, const char *const *argv, const char *profile);
/* Has the run write to a new folder on disk instead of a tmpfs;
 * range_remove_upper() after its end, or after failure. */
WARN_UNUSED int range_make_upper(struct range *range, struct sandbox_spec *spec, struct err *err);
WARN_UNUSED int range_remove_upper(struct range *range, struct err *err);
/* To a conversation more is said than its pipe holds, and its input ended; its output is in the result. */
void range_start(struct range *range, const struct sandbox_spec *spec, struct range_answer *answer);
void range_wait(struct range *range, struct range_answer *answer);
/* Ends the shared sandbox; the next run starts another. */
void range_cool(struct range *range);
/* In a run's callback: `out`, `error` and `workspace_fd` are the caller's from then on. */
void range_keep_result(const struct sandbox_result *result, struct sandbox_result *kept);
void range_forget(struct range_answer *answer);

#endif
