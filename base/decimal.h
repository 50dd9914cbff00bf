/*
 * Decimal numbers as written, of any length, without rounding. A decimal is a view of its text and needs no
 * memory; equality and order are exact. Tolerances are exact too, up to DECIMAL_MOST_DIGITS digits of span.
 */
#ifndef CUPEL_BASE_DECIMAL_H
#define CUPEL_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_MOST_DIGITS ((int64_t)1 << 20) /* a wider difference is never within a tolerance */

struct decimal {
    const char *text;  /* the whole number as written; borrowed */
    size_t length;     /* bytes of text */
    const char *first; /* first significant digit */
    size_t span;       /* bytes from it to the last significant digit, a '.' between them included */
    int64_t top;       /* power of ten of the first significant digit */
    bool negative;
    bool zero;     /* of either sign */
    bool enormous; /* exponent beyond 17 digits: equal only to the same spelling */
};

/* Takes the grammar of a JSON number (RFC 8259, section 6); false for anything else. */
bool decimal_parse(struct decimal *out, const char *text, size_t length);
/* Same number, however spelled; -0 equals 0. */
bool decimal_equal(const struct decimal *a, const struct decimal *b);
/* Equal for equal decimals; under a secret seed, nobody can prepare two others that share it. */
uint64_t decimal_hash(const struct decimal *decimal, uint64_t seed);
/*
 * The same for the text of a decimal, faster, where it has no exponent and at most 18 significant digits;
 * false where it has.
 */
bool decimal_hash_short(const char *text, size_t length, uint64_t seed, uint64_t *hash);
/* |after - before| <= absolute, or <= relative * |before|; either may be NULL. */
bool decimal_is_close(const struct decimal *before, const struct decimal *after,
                      const struct decimal *absolute, const struct decimal *relative);

#endif
