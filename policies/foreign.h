/*
 * Foreign text (from a patch, a workload, a repository) as data: what would move a cursor, reverse a line,
 * end it or hide in it is spelled out in ASCII, so that it can stand inside a sentence of ours. Pure.
 */
#ifndef CUPEL_POLICIES_FOREIGN_H
#define CUPEL_POLICIES_FOREIGN_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOREIGN_INVALID UINT32_MAX

/*
 * Decodes one character of UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
 * Returns the bytes taken, at least 1 of `length` > 0; *code is FOREIGN_INVALID for a byte that begins no
 * character.
 */
size_t foreign_decode(const char *bytes, size_t length, uint32_t *code);

/* Shows as itself: no control, no line or paragraph end, no bidi control, nothing without a glyph. */
bool foreign_is_visible(uint32_t code);

/* A mark that is drawn onto the character before it and takes no column. */
bool foreign_is_mark(uint32_t code);

/*
 * Appends `foreign` with everything invisible spelled out: \n, \t, \x1b for bytes, \u202e, \U000e0041. Marks
 * beyond the fourth on one character are spelled out too: a pile of them covers the lines around. Cut before
 * more than `limit` bytes would be added, with an ellipsis behind. NULL counts as empty.
 */
void foreign_append(struct text *out, const char *foreign, size_t limit);

/* The same within double quotes ours, quotes inside shown as \": an end can't be forged. */
void foreign_append_quoted(struct text *out, const char *foreign, size_t limit);

/*
 * Makes `bytes` valid UTF-8 for a document: each byte that begins no character becomes the four characters
 * \xNN, so that different bytes stay different. Everything else, controls too, stays as it is. NULL counts as
 * empty.
 */
void foreign_append_valid(struct text *out, const char *bytes, size_t length);

#endif
