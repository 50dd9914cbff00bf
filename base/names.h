/* The known name that a mistyped one probably meant. */
#ifndef CUPEL_BASE_NAMES_H
#define CUPEL_BASE_NAMES_H

#include <stddef.h>

/*
 * The nearest of the NULL-terminated `known` within a third of its length (optimal string alignment, Damerau
 * 1964), or NULL; borrowed from the list.
 */
const char *names_nearest(const char *name, size_t length, const char *const *known);

#endif
