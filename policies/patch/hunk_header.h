/* The line above a hunk, as diff writes it and as models write it, and where a file's headers begin. */
#ifndef CUPEL_POLICIES_PATCH_HUNK_HEADER_H
#define CUPEL_POLICIES_PATCH_HUNK_HEADER_H

#include "policies/patch.h"
#include "policies/patch/cursor.h"

/* Is this "@@ -1,2 +3,4 @@"? Fills the four numbers where it is. */
bool patch_hunk_read_header(struct patch_span line, struct patch_hunk *hunk);

/*
 * Is this a hunk's header of any sort? One that is damaged, but has its numbers, is read and `damaged`; one
 * without them ("@@", "@@ ... @@", "@@ f() @@") is `unnumbered`.
 */
bool patch_hunk_read_any_header(struct patch_span line, struct patch_hunk *hunk, bool *damaged);

/* "--- x" and "+++ y": the names of a file, or lines of a body that look like them. */
bool patch_hunk_pair_follows(const struct patch_cursor *cursor);

/* The two of them followed by a hunk's header: a file starts here. */
bool patch_hunk_file_follows(const struct patch_cursor *cursor);

#endif
