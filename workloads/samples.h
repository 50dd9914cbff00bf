/*
 * A sample set: JSON lines with `id`, the request in the kind's fields, `stratum`, `weight`, `at`, and the
 * manifest beside it (`<file>.manifest.json`: source, window, population, strata, scrubbed, sha256).
 */
#ifndef CUPEL_WORKLOADS_SAMPLES_H
#define CUPEL_WORKLOADS_SAMPLES_H

#include "base/digest.h"
#include "base/error.h"
#include "base/json_access.h"
#include "base/text.h"
#include "workloads/held_out_id.h"
#include "workloads/worker/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
    char *id;          /* unique; "line 12" where the line has none */
    char **args;       /* NULL-terminated, added to `run`; never NULL */
    char *stdin_bytes; /* NULL: none */
    size_t stdin_length;
    /* Below the samples' folder, relative; absolute in a set of our own making; NULL: none. */
    char *stdin_file;
    char **environment; /* NULL-terminated NAME=value; never NULL */
    char *request;      /* of a worker: a line with its '\n'; NULL: none */
    size_t request_length;
    struct request_id request_id; /* of `request` */
    char *stratum;                /* "all" where the line names none */
    double weight;                /* production weight; 1 where absent; 0: checked, not timed */
    char *at;                     /* capture time as written, or NULL */
    bool held_out;                /* the operator's own: checked like the others, timed in size pairs alone */
};

/* A stratum of the manifest. */
struct sample_stratum {
    char *name;        /* owned */
    double population; /* requests of it in the captured window; -1: not said */
};

struct sample_set {
    char *path;   /* host path of the file */
    char *folder; /* its folder, mounted read-only as ${samples} */
    struct sample *items;
    size_t count;
    struct digest digest; /* SHA-256 of the file's bytes */
    bool has_manifest;
    char *manifest_source;         /* the manifest's `source`, or NULL */
    double population;             /* requests in the captured window, or 0 */
    struct sample_stratum *strata; /* of the manifest; owned; NULL: it names none */
    size_t stratum_count;
    /* What samples_hold_out() joined: the last `held_out_count` items. */
    size_t held_out_count;
    char *held_out_folder;         /* of their file; never mounted; NULL: none are held out */
    struct digest held_out_digest; /* SHA-256 of their file's bytes */
    size_t held_out_visible;       /* of them: also among the visible ones, so not timed */
};

#define SAMPLES_BYTES_MOST  ((size_t)1 << 30) /* of the file */
#define SAMPLES_STRATA_MOST 256               /* more are no strata: each needs samples in every size pair */

/*
 * Loads and checks: unknown keys, types, duplicate ids, no samples at all, all weights 0, stdin_file that is
 * missing or leaves the folder, a manifest whose sha256 differs or whose strata are none. Errors name file
 * and line.
 */
WARN_UNUSED int samples_load(struct sample_set *set, const char *path, struct err *err);
/* For the fuzz target and tests: the same from bytes; stdin files are not looked up. */
WARN_UNUSED int samples_parse(struct sample_set *set, const char *name, const char *bytes, size_t length,
                              struct err *err);
/* Other samples, from their text, instead of those that are there; their files are looked up in the same
 * folder, and the digest becomes theirs. */
WARN_UNUSED int samples_replace(struct sample_set *set, const char *name, const char *bytes, size_t length,
                                struct err *err);
void samples_fini(struct sample_set *set);
/* One sample that owns all that it holds. */
void sample_fini(struct sample *sample);

/*
 * Joins the samples of another file, which code under test can't know, to the set: they get ids that begin
 * with SAMPLES_HELD_OUT, and weight 0 where a visible sample asks the same. "${samples}" in their arguments
 * is the visible samples' folder, and what they name there must exist; theirs is mounted nowhere. Errors are
 * those of samples_load(), and a file that is the visible one. The set is whole also after an error.
 */
WARN_UNUSED int samples_hold_out(struct sample_set *set, const char *path, struct err *err);

/*
 * Appends what the sample asks as a line of a sample file, without its end: reading it again asks the same.
 * False, with something unfinished, where it holds bytes that are no UTF-8.
 */
WARN_UNUSED bool samples_write_line(const struct sample *sample, struct text *out);

/* The host folder that a sample's stdin_file is below. */
static inline const char *samples_folder_of(const struct sample_set *set, const struct sample *sample)
{
    return sample->held_out ? set->held_out_folder : set->folder;
}

/* openat2(2) with RESOLVE_BENEATH: neither "..", nor a link, nor an absolute path leads out of the folder;
 * EXDEV where one tries. A descriptor, or -1 and errno. */
WARN_UNUSED int samples_open_beneath(int folder, const char *path);

#endif
