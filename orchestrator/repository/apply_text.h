/* Hunks against the text of one file: see place.h for where they go. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_APPLY_TEXT_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_APPLY_TEXT_H

#include "base/text.h"
#include "policies/patch.h"

#define APPLY_MAX_BYTES ((size_t)256 << 20) /* of a file that hunks apply to */

/*
 * Appends the new text to `out`. False with *failure (owned sentence: file, hunk, expected, found) when a
 * hunk has no place. `patch` takes the notes.
 */
bool apply_text(struct patch *patch, const struct patch_file *file, const char *old, size_t length,
                struct text *out, char **failure);

#endif
