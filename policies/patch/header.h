/*
 * The lines above the hunks: `diff --git` with its extended headers, and the bare `---`/`+++` pair of plain
 * unified diffs. Paths come out raw: unquoted, without a/ and b/.
 */
#ifndef CUPEL_POLICIES_PATCH_HEADER_H
#define CUPEL_POLICIES_PATCH_HEADER_H

#include "policies/patch.h"
#include "policies/patch/cursor.h"

/* The cursor is at `diff --git`, or where patch_header_starts_bare() is true;
 * leaves it at the first hunk or behind the headers. */
WARN_UNUSED int patch_header_read_git(struct patch_cursor *cursor, const char *name, struct patch *patch,
                                      struct patch_file *file, struct err *err);

/*
 * Do a file's headers start here without their `diff --git`: lines such as `new file mode` and `rename from`,
 * up to a pair of `---` and `+++` or to the second name of a rename?
 */
bool patch_header_starts_bare(const struct patch_cursor *cursor);

/* The cursor is at `--- `, with patch_hunk_file_follows() true; leaves it at the first hunk. */
WARN_UNUSED int patch_header_read_plain(struct patch_cursor *cursor, const char *name, struct patch *patch,
                                        struct patch_file *file, struct err *err);

#endif
