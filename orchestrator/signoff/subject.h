/* What a decision is about: the facts of one report that must still hold when the decision is used. */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_SUBJECT_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_SUBJECT_H

#include "base/digest.h"
#include "base/error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* The samples that one workload was asked. */
struct subject_samples {
    char *workload; /* its name; foreign text */
    char *digest;   /* "sha256:…" of the file */
};

/* Digests are written "sha256:<64 digits>", object ids as git's hexadecimal digits. All owned. */
struct subject {
    char *id;                        /* of the candidate: what commands take */
    char *verdict;                   /* as verdict_name() says it */
    char *report;                    /* digest of the canonical report */
    char *base_commit, *base_tree;   /* what the candidate was compared with */
    char *candidate_commit;          /* tip of a commit, branch or range; NULL: a patch */
    char *candidate_tree;            /* NULL: does not apply */
    char *patch;                     /* digest of the normalised patch */
    char *policy, *configuration;    /* digests of what was in force */
    char *environment;               /* digest of the report's environment, canonical */
    char *runner;                    /* digest of the cupel that made the report; NULL: unknown */
    struct subject_samples *samples; /* of each workload, in the report's order */
    size_t sample_count;             /* of samples */
};

/*
 * From a canonical report (report_view_parse) and its digest. ERR_INVALID when it lacks what a decision needs
 * or holds something else there: what comes back is safe in paths, revisions and sentences, but for the
 * verdict and the workloads' names.
 */
WARN_UNUSED int subject_read(struct subject *subject, const cJSON *document, const struct digest *digest,
                             struct err *err);
void subject_fini(struct subject *subject);

/* "1a2b…": forty lower-case digits; "sha256:1a2b…": 64 of them. */
bool subject_is_oid(const char *string);
bool subject_is_digest(const char *string);

/* What differs between two subjects, as a person calls it ("policy", "base"); NULL: nothing. */
const char *subject_difference(const struct subject *one, const struct subject *two);

#endif
