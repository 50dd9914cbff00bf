/* What the header lines of one file have said so far, and what it comes to:
 * its two paths and the kind of change. */
#ifndef CUPEL_POLICIES_PATCH_SAID_H
#define CUPEL_POLICIES_PATCH_SAID_H

#include "policies/patch.h"

/* Names are raw, prefixes still on. */
struct patch_said {
    char *pair_old, *pair_new;   /* of `diff --git` or `---`/`+++`; owned */
    char *git_old, *git_new;     /* of `diff --git` where `---`/`+++` follow; owned */
    char *moved_from, *moved_to; /* of rename and copy lines, which have no prefix; owned */
    bool has_pair;               /* pair_old and pair_new are set, NULL for /dev/null */
    bool added, deleted, copied; /* by an extended header */
    bool one_name;               /* of two that `diff --git` gives, already without its prefix */
};

void patch_said_fini(struct patch_said *said);
#define cleanup_said __attribute__((cleanup(patch_said_fini)))

/*
 * Fills the file's paths and kind of change, and takes the names for it. Its modes and `source` are those of
 * the header already; a note tells of unusual prefixes. ERR_INVALID where lines contradict each other; `name`
 * is the patch's in messages.
 */
WARN_UNUSED int patch_said_settle(const char *name, struct patch *patch, struct patch_file *file,
                                  struct patch_said *said, struct err *err);

#endif
