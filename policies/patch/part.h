/*
 * A patch taken apart, so that its parts can be tried: hunk by hunk; what is more than changed lines (a new,
 * deleted, renamed or copied file, a mode, something binary) is one piece with all its hunks. Pure.
 */
#ifndef CUPEL_POLICIES_PATCH_PART_H
#define CUPEL_POLICIES_PATCH_PART_H

#include "policies/patch.h"

#define PATCH_MAX_PIECES 4096 /* a patch of more is not taken apart */
#define PATCH_MOST_PARTS 32   /* sets of parts are bits of 32 */

/* The smallest thing that can be left out. */
struct patch_piece {
    size_t file;           /* index into patch->files */
    size_t hunk;           /* index into its hunks; unused of a whole file */
    bool whole;            /* the file with all that happens to it */
    size_t added, removed; /* lines */
};

/* Pieces that are tried together: those that stand behind each other in the patch. */
struct patch_part {
    size_t first, count;   /* of pieces */
    size_t added, removed; /* lines */
};

struct patch_parts {
    struct patch_piece *pieces; /* in the patch's order; owned */
    size_t piece_count;         /* of pieces */
    struct patch_part *parts;   /* in the patch's order; owned */
    size_t count;               /* of parts; less than the pieces where some were put together */
};

/*
 * At most `most` parts (PATCH_MOST_PARTS at most). Beyond, neighbours are put together, the smallest pair
 * first, those of one file before those of different ones. ERR_LIMIT for more than PATCH_MAX_PIECES.
 */
WARN_UNUSED int patch_parts_split(const struct patch *patch, size_t most, struct patch_parts *parts,
                                  struct err *err);
void patch_parts_fini(struct patch_parts *parts);

/* `hunk 2 of "src/a.c", line 40`, `new file "x"`; names are escaped and in quotes. Owned. */
char *patch_part_name(const struct patch *patch, const struct patch_parts *parts, size_t index);

#endif
