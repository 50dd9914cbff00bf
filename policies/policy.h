/* The team's rules, from policies/<name>.json or an object that extends one.
 * docs/policies.md explains each key. */
#ifndef CUPEL_POLICIES_POLICY_H
#define CUPEL_POLICIES_POLICY_H

#include "base/digest.h"
#include "base/error.h"
#include "base/json_access.h"
#include "workloads/edge/values.h"
#include "workloads/metric.h"

#include <stdbool.h>
#include <stdint.h>

enum policy_intent { INTENT_OPTIMIZE, INTENT_NO_REGRESSION };

struct policy_touch {
    char **forbidden_paths;      /* globs, NULL-terminated: "cupel.json", ".github/<star><star>" */
    char **allowed_paths;        /* globs; empty: everything that is not forbidden */
    uint32_t max_files;          /* changed files */
    uint32_t max_lines;          /* added + removed */
    bool allow_binaries;         /* files with a NUL near their start */
    bool allow_symlinks;         /* new or changed symbolic links, inside the tree */
    bool allow_submodules;       /* new or changed gitlinks */
    bool allow_mode_changes;     /* of the executable bit */
    bool allow_new_dependencies; /* in package manifests, lock files and build descriptions */
    bool allow_new_imports;      /* of any module that the base nowhere uses */
    bool allow_standard_imports; /* of those, the harmless ones of the language's standard library */
    bool report_only;            /* exploratory: refuses only what is unsafe, reports the rest */
};

/* What computing costs, for the line with money; no rule. */
struct policy_price {
    double cpu_hour;       /* of one CPU hour, in `currency`; negative: none, and no money is shown */
    double requests_a_day; /* of production, all workloads together; negative likewise */
    char *currency;        /* as people write it, "EUR"; NULL: none given */
};

/* Who must decide, and for how long a decision holds. */
struct policy_sign_off {
    uint32_t signatures;   /* people who must sign */
    uint32_t expires_days; /* age at which a decision holds no longer */
    bool exclude_author;   /* who wrote or committed the patch doesn't count */
    char **signers;        /* globs of principals that count; empty: all that may sign; NULL-terminated */
    char **bots;           /* globs of principals that never count; NULL-terminated */
};

struct policy {
    char *name;                      /* of the outermost policy, or of what it extends */
    enum policy_intent intent;       /* optimize: must be faster; no-regression: must not be slower */
    double minimum_improvement;      /* fraction of the base's value, 0.10 */
    double regression_threshold;     /* δ, 0.05 */
    double guardrail[METRIC_COUNT];  /* δ; negative: none */
    double budget[METRIC_COUNT];     /* absolute ceiling in the metric's unit; negative: none */
    double false_discovery_rate;     /* of a batch, 0.10 */
    double time_budget_s;            /* measuring, all workloads together */
    struct policy_touch touch;       /* what a patch may change */
    char **compile_only_suffixes;    /* ".c", … : not read at run time; NULL-terminated */
    char **suspicious_calls;         /* classes of refused calls, or calls; NULL-terminated */
    char **suspicious_gains;         /* what a gain must not depend on (suspicion.h); NULL-terminated */
    char **forbid_learned_noise;     /* pointers under which noise can't be learned; NULL-terminated */
    bool require_full_isolation;     /* "isolation": "full" */
    struct policy_sign_off sign_off; /* who must decide */
    struct policy_price price;       /* cost figures */
    struct edge_values edge_values;  /* what production's requests are changed to */
    struct digest digest;            /* of the effective policy, canonical */
};

/*
 * `value`: a bundled name, or an object with an optional "extends" (a bundled name; "default" where absent);
 * NULL: "default". `folder` holds the bundled files, edge_values.json among them. Unknown keys are errors
 * that name the nearest known one. The policy needs policy_fini() when 0 came back.
 */
WARN_UNUSED int policy_read(struct policy *policy, const struct json_file *file,
                            const struct json_value *value, const char *folder, struct err *err);
void policy_fini(struct policy *policy);

/*
 * Does the value name a policy file ("rules/performance.json") and not a bundled policy? The caller reads
 * that file from where it trusts, and hands its root to policy_read().
 */
bool policy_names_file(const struct json_value *value);

/* Path globs: "*" within a segment, "**" across segments, "?" one byte; a trailing "/" means all below. */
bool policy_glob_matches(const char *glob, const char *path);

#endif
