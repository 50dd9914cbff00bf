/*
 * A sample set: JSON lines with `id`, the request in the kind's fields, `stratum`, `weight`, `at`, and the
 * manifest beside it (`<file>.manifest.json`: source, window, population, strata, scrubbed, sha256).
 */
#ifndef CUPEL_WORKLOADS_SAMPLES_H
#define CUPEL_WORKLOADS_SAMPLES_H

#include "base/digest.h"
#include "base/error.h"
#include "base/json_access.h"

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
    char *stratum;      /* "all" where the line names none */
    double weight;      /* production weight; 1 where absent; 0: checked, not timed */
    char *at;           /* capture time as written, or NULL */
};

struct sample_set {
    char *path;   /* host path of the file */
    char *folder; /* its folder, mounted read-only as ${samples} */
    struct sample *items;
    size_t count;
    struct digest digest; /* SHA-256 of the file's bytes */
    bool has_manifest;
    char *manifest_source; /* the manifest's `source`, or NULL */
    double population;     /* requests in the captured window, or 0 */
};

#define SAMPLES_BYTES_MOST  ((size_t)1 << 30) /* of the file */
#define SAMPLES_STRATA_MOST 256               /* more are no strata: each needs samples in every size pair */

/*
 * Loads and checks: unknown keys, types, duplicate ids, no samples at all, all weights 0, stdin_file that is
 * missing or leaves the folder, a manifest whose sha256 differs. Errors name file and line.
 */
WARN_UNUSED int samples_load(struct sample_set *set, const char *path, struct err *err);
/* For the fuzz target and tests: the same from bytes; stdin files are not looked up. */
WARN_UNUSED int samples_parse(struct sample_set *set, const char *name, const char *bytes, size_t length,
                              struct err *err);
void samples_fini(struct sample_set *set);

#endif
