/* What stands around diffs: fences, words that offer a choice, and changes in formats that are not read. */
#ifndef CUPEL_POLICIES_PATCH_PROSE_H
#define CUPEL_POLICIES_PATCH_PROSE_H

#include "policies/patch/cursor.h"

/* ``` or ~~~, perhaps indented or quoted; or the tag that closes a block: </diff>. */
bool patch_prose_is_fence(struct patch_span line);

/* "Option B", "Alternatively, …": what follows may be meant instead of what stands above. */
bool patch_prose_offers_choice(struct patch_span line);

/*
 * The sentence to refuse with where a change begins here that is no unified diff: an envelope, an edit block,
 * a context, normal or combined diff, a binary patch without its header. NULL: none.
 */
const char *patch_prose_foreign_format(const struct patch_cursor *cursor);

#endif
