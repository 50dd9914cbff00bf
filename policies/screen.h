/* The screen: what a patch may touch, decided on the diff before anything runs. Pure. */
#ifndef CUPEL_POLICIES_SCREEN_H
#define CUPEL_POLICIES_SCREEN_H

#include "policies/policy.h"

#include <stddef.h>

/* One changed file with both contents; modes are git's (0100644, 0100755, 0120000, 0160000; 0: absent). */
struct screen_file {
    const char *old_path; /* NULL: added */
    const char *new_path; /* NULL: deleted */
    uint32_t old_mode, new_mode;
    const char *old_bytes; /* NULL when absent */
    size_t old_length;
    const char *new_bytes;
    size_t new_length;
    uint32_t added, removed; /* lines */
};

struct screen_input {
    const struct screen_file *files;
    size_t count;
    const char *const *protected_paths; /* cupel.json, samples, policy; NULL-terminated */
    /*
     * Does the base tree use this module anywhere? For new imports; asks by language and module name as
     * imports_scan() gives them. Three more "languages" ask about the tree itself: "path" (a file of that
     * path, or one whose path ends in "/" and it), "folder" (a folder likewise), "go-module" (the name in a
     * go.mod).
     */
    bool (*base_uses_module)(const char *language, const char *module, void *data);
    void *data;
};

struct refusal {
    char *path;     /* raw, as the patch names it */
    uint32_t line;  /* in the new file (old file for removals); 0: the whole file */
    char *rule;     /* "touch.forbidden_paths: cupel.json" */
    char *sentence; /* what was found and what would be allowed */
    bool unsafe;    /* refused under report_only too */
};

struct screen_result {
    struct refusal *refusals; /* reasons to refuse */
    size_t refusal_count;
    struct refusal *remarks; /* found, but only reported under this policy */
    size_t remark_count;
};

/* Is this the text that stands in Git LFS's stead for a file (git-lfs, docs/spec.md), and not its content? */
bool screen_is_lfs_pointer(const char *bytes, size_t length);

void screen_patch(const struct screen_input *input, const struct policy *policy,
                  struct screen_result *result);
void screen_result_fini(struct screen_result *result);

#endif
