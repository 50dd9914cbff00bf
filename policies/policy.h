/* The team's rules, from policies/<name>.json or an object that extends one. */
#ifndef CUPEL_POLICIES_POLICY_H
#define CUPEL_POLICIES_POLICY_H

#include "base/digest.h"
#include "base/error.h"
#include "base/json_access.h"
#include "workloads/metric.h"

#include <stdbool.h>
#include <stdint.h>

enum policy_intent { INTENT_OPTIMIZE, INTENT_NO_REGRESSION };

struct policy_touch {
    char **forbidden_paths;   /* globs, NULL-terminated: "cupel.json", ".github/<star><star>" */
    char **allowed_paths;     /* globs; empty: everything that is not forbidden */
    uint32_t max_files;
    uint32_t max_lines;       /* added + removed */
    bool allow_binaries, allow_symlinks, allow_submodules, allow_mode_changes;
    bool allow_new_dependencies, allow_new_imports;
    bool report_only;         /* exploratory: refuses only what is unsafe, reports the rest */
};

struct policy {
    char *name;
    enum policy_intent intent;
    double minimum_improvement;
    double regression_threshold;            /* δ, 0.05 */
    double guardrail[METRIC_COUNT];         /* δ; negative: none */
    double budget[METRIC_COUNT];            /* absolute ceiling in the metric's unit; negative: none */
    double false_discovery_rate;
    double time_budget_s;                   /* measuring, all workloads together */
    struct policy_touch touch;
    char **compile_only_suffixes;           /* ".c", … : not read at run time; NULL-terminated */
    char **forbid_learned_noise;            /* pointers under which noise can't be learned; NULL-terminated */
    bool require_full_isolation;
    uint32_t required_signatures;
    struct digest digest;                   /* of the effective policy, canonical */
};

/*
 * `value`: a bundled name, or an object with an optional "extends"; NULL: "default". `folder` holds the bundled
 * files. Unknown keys are errors that name the nearest known one.
 */
WARN_UNUSED int policy_read(struct policy *policy, const struct json_file *file, const struct json_value *value,
                            const char *folder, struct err *err);
void policy_fini(struct policy *policy);

/* Path globs: "*" within a segment, "**" across segments, "?" one byte; a trailing "/" means all below. */
bool policy_glob_matches(const char *glob, const char *path);

#endif
