#include "base/decimal.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <string.h>

#define DECIMAL_GROUP_DIGITS    18 /* that are hashed at a time */
#define DECIMAL_EXPONENT_DIGITS 17 /* more could overflow 64 bits together with the digits' own places */

/* Skips digits; how many there were. */
static size_t decimal_skip_digits(const char **at, const char *end)
{
    const char *start = *at;
    while (*at < end && **at >= '0' && **at <= '9')
        (*at)++;
    return (size_t)(*at - start);
}

/* The exponent behind e or E; false when malformed. */
static bool decimal_parse_exponent(const char *at, const char *end, int64_t *exponent, bool *enormous)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    if (!decimal_skip_digits(&at, end) || at != end)
        return false;
    while (digits < end && *digits == '0')
        digits++;
    *enormous = end - digits > DECIMAL_EXPONENT_DIGITS;
    for (*exponent = 0; !*enormous && digits < end; digits++)
        *exponent = *exponent * 10 + (*digits - '0');
    if (negative)
        *exponent = -*exponent;
    return true;
}

/* Narrows the digits from `start` to `end` (with at most one '.') to the significant ones. */
static void decimal_trim(struct decimal *out, const char *start, size_t whole, const char *end)
{
    const char *first = start;
    while (first < end && (*first == '0' || *first == '.'))
        first++;
    out->zero = first == end;
    while (end > first && (end[-1] == '0' || end[-1] == '.'))
        end--;
    out->first = first;
    out->span = (size_t)(end - first);
    int64_t place = first - start;
    out->top = place < (int64_t)whole ? (int64_t)whole - 1 - place : (int64_t)whole - place;
}

bool decimal_parse(struct decimal *out, const char *text, size_t length)
{
    *out = (struct decimal){.text = text, .length = length};
    const char *at = text;
    const char *end = text + length;
    if (at < end && *at == '-') {
        out->negative = true;
        at++;
    }
    const char *start = at;
    size_t whole = decimal_skip_digits(&at, end);
    if (!whole || (whole > 1 && *start == '0'))
        return false;
    if (at < end && *at == '.') {
        at++;
        if (!decimal_skip_digits(&at, end))
            return false;
    }
    int64_t exponent = 0;
    const char *digits_end = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        if (!decimal_parse_exponent(at + 1, end, &exponent, &out->enormous))
            return false;
        at = end;
    }
    if (at != end)
        return false;
    decimal_trim(out, start, whole, digits_end);
    if (out->zero) {
        out->enormous = false;
        out->top = 0;
    } else {
        out->top += exponent;
    }
    return true;
}

/* The digits of a decimal one by one; zero behind the last. */
struct decimal_reader {
    const char *at;
    const char *end;
};

static int decimal_next_digit(struct decimal_reader *reader)
{
    if (reader->at < reader->end && *reader->at == '.')
        reader->at++;
    return reader->at < reader->end ? *reader->at++ - '0' : 0;
}

static struct decimal_reader decimal_read_digits(const struct decimal *decimal)
{
    return (struct decimal_reader){.at = decimal->first, .end = decimal->first + decimal->span};
}

bool decimal_equal(const struct decimal *a, const struct decimal *b)
{
    if (a->length == b->length && !memcmp(a->text, b->text, a->length))
        return true;
    if (a->zero || b->zero)
        return a->zero && b->zero;
    if (a->enormous || b->enormous || a->negative != b->negative || a->top != b->top)
        return false;
    struct decimal_reader left = decimal_read_digits(a);
    struct decimal_reader right = decimal_read_digits(b);
    while (left.at < left.end || right.at < right.end) {
        if (decimal_next_digit(&left) != decimal_next_digit(&right))
            return false;
    }
    return true;
}

/* Folded multiplication (after W. Yi's wyhash, 2019): each bit of either moves about half of the result's. */
static uint64_t decimal_fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xff51afd7ed558ccd));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t decimal_hash(const struct decimal *decimal, uint64_t seed)
{
    if (decimal->zero)
        return decimal_fold(seed, 0);
    /* The power is masked: nobody may choose one that makes a factor 0, and all numbers of it one. */
    uint64_t hash = decimal_fold(seed + 1 + decimal->negative, (uint64_t)decimal->top ^ seed);
    struct decimal_reader reader = decimal_read_digits(decimal);
    if (decimal->enormous)
        reader = (struct decimal_reader){.at = decimal->text, .end = decimal->text + decimal->length};
    while (reader.at < reader.end) {
        uint64_t group = 1; /* the leading 1 keeps 01 and 1 apart */
        for (int i = 0; i < DECIMAL_GROUP_DIGITS && reader.at < reader.end; i++)
            group = group * 10 + (uint64_t)(unsigned)decimal_next_digit(&reader);
        hash = decimal_fold(hash, group);
    }
    return hash;
}

bool decimal_hash_short(const char *text, size_t length, uint64_t seed, uint64_t *hash)
{
    bool negative = *text == '-';
    uint64_t group = 1; /* the digits from the first to the last that is not 0, as decimal_hash() has them */
    size_t significant = 0;
    size_t zeros = 0; /* behind them, up to here */
    size_t digits = 0;
    size_t first = 0;
    size_t whole = SIZE_MAX;
    for (size_t i = negative; i < length; i++) {
        unsigned digit = (unsigned)text[i] - '0';
        if (text[i] == '.') {
            whole = digits;
            continue;
        }
        if (digit > 9)
            return false;
        digits++;
        zeros += digit == 0;
        if (digit == 0)
            continue;
        if (significant == 0) {
            first = digits - 1;
            zeros = 0;
        }
        significant += zeros + 1;
        if (significant > DECIMAL_GROUP_DIGITS)
            return false;
        for (; zeros; zeros--)
            group *= 10;
        group = group * 10 + digit;
    }
    whole = whole == SIZE_MAX ? digits : whole;
    *hash =
        significant == 0
            ? decimal_fold(seed, 0)
            : decimal_fold(decimal_fold(seed + 1 + negative, ((uint64_t)whole - 1 - (uint64_t)first) ^ seed),
                           group);
    return true;
}

/* A magnitude written out: digit i (0..9) stands at the power low + i. */
struct magnitude {
    uint8_t *digits; /* owned */
    size_t count;
    int64_t low;
};

static void magnitude_fini(struct magnitude *magnitude)
{
    free(magnitude->digits);
}
#define cleanup_magnitude __attribute__((cleanup(magnitude_fini)))

static size_t decimal_count_digits(const struct decimal *decimal)
{
    return decimal->span - (decimal->span && memchr(decimal->first, '.', decimal->span));
}

static int64_t decimal_low(const struct decimal *decimal)
{
    return decimal->top - (int64_t)decimal_count_digits(decimal) + 1;
}

/* Adds (or subtracts) the decimal's magnitude into digits
 * that start at `low`; signed digits, not yet carried. */
static void decimal_spread(const struct decimal *decimal, int sign, int8_t *digits, int64_t low)
{
    struct decimal_reader reader = decimal_read_digits(decimal);
    for (int64_t place = decimal->top - low; reader.at < reader.end; place--)
        digits[place] = (int8_t)(digits[place] + sign * decimal_next_digit(&reader));
}

/* Carries signed digits into 0..9; the borrow or carry that is left at the top. */
static int decimal_carry(int8_t *digits, size_t count)
{
    int carry = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digits[i] + carry;
        carry = digit < 0 ? -((9 - digit) / 10) : digit / 10;
        digits[i] = (int8_t)(digit - carry * 10);
    }
    return carry;
}

/* |after - before|; false when it would be wider than DECIMAL_MOST_DIGITS. */
static bool decimal_distance(const struct decimal *before, const struct decimal *after, struct magnitude *out)
{
    int64_t high = before->zero || (!after->zero && after->top > before->top) ? after->top : before->top;
    int64_t low = before->zero || (!after->zero && decimal_low(after) < decimal_low(before))
                      ? decimal_low(after)
                      : decimal_low(before);
    if (high - low > DECIMAL_MOST_DIGITS)
        return false;
    size_t count = (size_t)(high - low) + 2;
    int8_t *digits = memory_zeroed(count);
    decimal_spread(after, after->negative ? -1 : 1, digits, low);
    decimal_spread(before, before->negative ? 1 : -1, digits, low);
    if (decimal_carry(digits, count) < 0) {
        for (size_t i = 0; i < count; i++)
            digits[i] = (int8_t)-digits[i];
        decimal_carry(digits, count); /* ten's complement: the borrow at the top cancels out */
    }
    *out = (struct magnitude){.digits = (uint8_t *)digits, .count = count, .low = low};
    return true;
}

static struct magnitude decimal_write_out(const struct decimal *decimal)
{
    size_t count = decimal_count_digits(decimal);
    struct magnitude out = {.digits = memory_zeroed(count + 1), .count = count, .low = decimal_low(decimal)};
    decimal_spread(decimal, 1, (int8_t *)out.digits, out.low);
    return out;
}

static struct magnitude magnitude_multiply(const struct magnitude *a, const struct magnitude *b)
{
    struct magnitude out = {.digits = memory_zeroed(a->count + b->count + 1),
                            .count = a->count + b->count,
                            .low = a->low + b->low};
    for (size_t i = 0; i < a->count; i++) {
        unsigned carry = 0;
        for (size_t j = 0; j < b->count || carry; j++) {
            unsigned sum = out.digits[i + j] + carry + (j < b->count ? a->digits[i] * b->digits[j] : 0u);
            out.digits[i + j] = (uint8_t)(sum % 10);
            carry = sum / 10;
        }
    }
    return out;
}

/* The digit at a power of ten. */
static int magnitude_digit(const struct magnitude *magnitude, int64_t power)
{
    int64_t place = power - magnitude->low;
    return place >= 0 && place < (int64_t)magnitude->count ? magnitude->digits[place] : 0;
}

/* Power of the first digit that is not zero; false for zero. */
static bool magnitude_top(const struct magnitude *magnitude, int64_t *top)
{
    for (size_t i = magnitude->count; i-- > 0;) {
        if (magnitude->digits[i]) {
            *top = magnitude->low + (int64_t)i;
            return true;
        }
    }
    return false;
}

static bool magnitude_is_at_most(const struct magnitude *a, const struct magnitude *b)
{
    int64_t a_top;
    int64_t b_top;
    if (!magnitude_top(a, &a_top))
        return true;
    if (!magnitude_top(b, &b_top))
        return false;
    if (a_top != b_top)
        return a_top < b_top;
    int64_t low = a->low < b->low ? a->low : b->low;
    for (int64_t power = a_top; power >= low; power--) {
        int difference = magnitude_digit(a, power) - magnitude_digit(b, power);
        if (difference)
            return difference < 0;
    }
    return true;
}

bool decimal_is_close(const struct decimal *before, const struct decimal *after,
                      const struct decimal *absolute, const struct decimal *relative)
{
    if (decimal_equal(before, after))
        return true;
    cleanup_magnitude struct magnitude distance = {0};
    if (before->enormous || after->enormous || !decimal_distance(before, after, &distance))
        return false;
    if (absolute && !absolute->enormous) {
        cleanup_magnitude struct magnitude limit = decimal_write_out(absolute);
        if (magnitude_is_at_most(&distance, &limit))
            return true;
    }
    if (relative && !relative->enormous) {
        cleanup_magnitude struct magnitude share = decimal_write_out(relative);
        cleanup_magnitude struct magnitude size = decimal_write_out(before);
        cleanup_magnitude struct magnitude limit = magnitude_multiply(&share, &size);
        return magnitude_is_at_most(&distance, &limit);
    }
    return false;
}
