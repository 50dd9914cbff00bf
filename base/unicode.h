/*
 * Canonical equivalence (Unicode Standard Annex #15): two strings have the same normalisation form C exactly
 * when they have the same form D, which needs no composition. Data of the Unicode version in unicode_data.c.
 */
#ifndef CUPEL_BASE_UNICODE_H
#define CUPEL_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8 both; bytes that are not UTF-8 are equal to themselves only. */
bool unicode_is_canonically_equal(const char *a, size_t a_length, const char *b, size_t b_length);

/* The text in normalisation form D; bytes that are not UTF-8 stay. The caller's, with a NUL behind it. */
char *unicode_form_d(const char *bytes, size_t length, size_t *form_length);

/* Inside: the tables, sorted by code point. */
struct unicode_decomposition {
    uint32_t code;
    uint32_t parts[2]; /* one level; the second 0 for a singleton */
};
struct unicode_class {
    uint32_t first; /* code points of one canonical combining class */
    uint32_t last;
    uint8_t class;
};
extern const struct unicode_decomposition unicode_decompositions[];
extern const size_t unicode_decomposition_count;
extern const struct unicode_class unicode_classes[];
extern const size_t unicode_class_count;

#endif
