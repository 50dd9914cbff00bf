/*
 * Diffs that stand apart from each other, in fences or with prose between them, may be parts of one change or
 * a choice of several. Whoever wrote them knows; merged by us they could be a change that nobody meant.
 */
#ifndef CUPEL_POLICIES_PATCH_BLOCKS_H
#define CUPEL_POLICIES_PATCH_BLOCKS_H

#include "policies/patch.h"

/*
 * Drops a file that an earlier block has word for word, with a note. ERR_INVALID where two blocks change one
 * file differently.
 */
WARN_UNUSED int patch_blocks_check(struct patch *patch, const char *name, struct err *err);

/* Frees what one file holds. */
void patch_blocks_free_file(struct patch_file *file);

#endif
