/*
 * Hunks of a unified diff. The counts of the header lead, as in git; where they are wrong, which models often
 * get them, or missing, the body's own end decides, and a note says so.
 */
#ifndef CUPEL_POLICIES_PATCH_HUNK_H
#define CUPEL_POLICIES_PATCH_HUNK_H

#include "policies/patch.h"
#include "policies/patch/cursor.h"

/*
 * Reads every hunk at the cursor into `file` and leaves the cursor behind the last one. Counts that are wrong
 * are repaired with a note in `patch`; `total_lines` is kept up to date against PATCH_MAX_LINES.
 */
WARN_UNUSED int patch_hunk_read_all(struct patch_cursor *cursor, const char *name, struct patch *patch,
                                    struct patch_file *file, size_t *total_lines, struct err *err);

#endif
