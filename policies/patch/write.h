/*
 * Some parts of a patch as a patch of their own, in the patch's order, with the counts and line numbers that
 * git writes. Pure. Hunks of a file are made against the same old text, so any of them apply without the
 * others; a file that comes to be by one part and is changed by another does not.
 */
#ifndef CUPEL_POLICIES_PATCH_WRITE_H
#define CUPEL_POLICIES_PATCH_WRITE_H

#include "base/text.h"
#include "policies/patch/part.h"

/* The parts whose bits are set in `take` (part 1 is bit 0). Nothing is written for none. */
void patch_write_parts(const struct patch *patch, const struct patch_parts *parts, uint32_t take,
                       struct text *out);

/* All files that came in one mail of a series. */
void patch_write_series(const struct patch *patch, uint32_t series, struct text *out);

/*
 * A path as git writes it (quote.c): `prefix` in front, quoted with C escapes where it holds quotes,
 * backslashes or bytes beyond printable ASCII.
 */
void patch_write_path(struct text *out, const char *prefix, const char *path);

#endif
