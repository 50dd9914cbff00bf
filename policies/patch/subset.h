/*
 * The parts of a patch that may stand alone: its commits (mails of a series) or, of a single patch, its
 * hunks, where whatever is more than changed lines (a new, deleted or renamed file, a mode) is one part with
 * all its hunks. Pure.
 */
#ifndef CUPEL_POLICIES_PATCH_SUBSET_H
#define CUPEL_POLICIES_PATCH_SUBSET_H

#include "policies/patch.h"

#include "base/text.h"

#define PATCH_MAX_UNITS 64 /* a patch of more parts is not taken apart */

struct patch_unit {
    char *name;       /* "hunk 2 of src/sum.c", "mail 1 (Cache the sum)", "new file src/x.c"; owned */
    uint32_t series;  /* of a mail; otherwise that of its file */
    size_t file;      /* index into patch->files; of a mail its first */
    size_t hunk;      /* index into its hunks; PATCH_UNIT_WHOLE: the whole file or mail */
    uint32_t source;  /* line in the patch text */
    uint32_t added;   /* lines */
    uint32_t removed; /* lines */
};

#define PATCH_UNIT_WHOLE SIZE_MAX

struct patch_units {
    struct patch_unit *items; /* in the patch's order; owned */
    size_t count;             /* of items */
    bool mails;               /* they are mails, otherwise hunks and files */
};

/* ERR_LIMIT, with a sentence, for more than PATCH_MAX_UNITS. */
WARN_UNUSED int patch_units_find(const struct patch *patch, struct patch_units *units, struct err *err);
void patch_units_fini(struct patch_units *units);

/*
 * The text of a patch that holds only the units with take[i] set, in the patch's order, with line numbers
 * that fit the base. Whether it applies is for repository_intake() to say: hunks of a file are made against
 * the same old text and stand alone, but a mail may need the mails before it, and a file that comes twice
 * needs its first coming.
 */
void patch_subset(const struct patch *patch, const struct patch_units *units, const bool *take,
                  struct text *out);

#endif
