#include "workloads/reduce/leaf.h"

#include "base/memory.h"

#include <ctype.h>
#include <string.h>

static bool leaf_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t leaf_skip_digits(const char *bytes, size_t at, size_t length)
{
    while (at < length && leaf_is_digit(bytes[at]))
        at++;
    return at;
}

/* RFC 8259, section 6. */
static bool leaf_is_number(const char *bytes, size_t length)
{
    size_t at = length > 0 && bytes[0] == '-';
    size_t end = leaf_skip_digits(bytes, at, length);
    if (end == at || (bytes[at] == '0' && end > at + 1))
        return false;
    at = end;
    if (at < length && bytes[at] == '.') {
        end = leaf_skip_digits(bytes, at + 1, length);
        if (end == at + 1)
            return false;
        at = end;
    }
    if (at < length && (bytes[at] == 'e' || bytes[at] == 'E')) {
        at++;
        at += at < length && (bytes[at] == '+' || bytes[at] == '-');
        end = leaf_skip_digits(bytes, at, length);
        if (end == at)
            return false;
        at = end;
    }
    return at == length;
}

/* Bytes of the character at `at`; a byte that begins none counts alone. */
static size_t leaf_character(const char *bytes, size_t at, size_t end)
{
    unsigned char lead = (unsigned char)bytes[at];
    size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (size > end - at)
        return 1;
    for (size_t i = 1; i < size; i++)
        if (((unsigned char)bytes[at + i] & 0xc0) != 0x80)
            return 1;
    return size;
}

static bool leaf_is_half(const char *bytes, size_t at, size_t end, const char *digits)
{
    return end - at >= 6 && bytes[at] == '\\' && bytes[at + 1] == 'u' && toupper(bytes[at + 2]) == 'D' &&
           bytes[at + 3] && strchr(digits, toupper(bytes[at + 3]));
}

/* An escape of a JSON string; both halves of a surrogate pair are one. */
static size_t leaf_escape(const char *bytes, size_t at, size_t end)
{
    if (at + 1 >= end || bytes[at + 1] != 'u' || end - at < 6)
        return end - at < 2 ? 1 : 2;
    bool pair = leaf_is_half(bytes, at, end, "89AB") && leaf_is_half(bytes, at + 6, end, "CDEF");
    return pair ? 12 : 6;
}

static size_t leaf_piece(enum tree_kind kind, const char *bytes, size_t at, size_t end)
{
    return kind == TREE_STRING && bytes[at] == '\\' ? leaf_escape(bytes, at, end)
                                                    : leaf_character(bytes, at, end);
}

uint32_t *leaf_split(enum tree_kind kind, const char *bytes, size_t length, size_t *count)
{
    size_t quotes = kind == TREE_STRING ? 1 : 0; /* on each side */
    size_t end = length - quotes;
    *count = 0;
    /* A word has no shorter one, and a single digit none either. */
    if (kind == TREE_WORD || length > UINT32_MAX || length <= 2 * quotes ||
        (kind == TREE_NUMBER && length == 1))
        return NULL;
    uint32_t *starts = memory_resize(NULL, length + 1, sizeof *starts);
    for (size_t at = quotes; at < end; at += leaf_piece(kind, bytes, at, end))
        starts[(*count)++] = (uint32_t)at;
    starts[*count] = (uint32_t)end;
    return starts;
}

bool leaf_join(enum tree_kind kind, const char *bytes, size_t length, const uint32_t *starts, size_t count,
               const bool *keep, struct text *out)
{
    text_clear(out);
    text_append(out, bytes, starts[0]);
    for (size_t i = 0; i < count; i++)
        if (keep[i])
            text_append(out, bytes + starts[i], starts[i + 1] - starts[i]);
    text_append(out, bytes + starts[count], length - starts[count]);
    if (kind != TREE_NUMBER)
        return true;
    if (out->length == 0)
        text_append_char(out, '0');
    return leaf_is_number(text_string(out), out->length);
}

/* The last digit is another one; then 0, or 2 beside 0 and 1; then the other sign, or -1 beside 0. */
static bool leaf_number_beside(const char *bytes, size_t length, size_t which, struct text *out)
{
    bool zero = length == 1 && bytes[0] == '0';
    if (which == 1) {
        text_append_char(out, zero ? '2' : '0');
        return true;
    }
    if (which == 2) {
        bool negative = bytes[0] == '-';
        text_append_string(out, zero ? "-1" : negative ? "" : "-");
        text_append(out, bytes + negative, zero ? 0 : length - negative);
        return true;
    }
    text_append(out, bytes, length);
    char *last = &out->data[length - 1];
    *last = *last == '9' ? '8' : (char)(*last + 1);
    return true;
}

/* The last character is another one; then there is one more. No third. */
static bool leaf_text_beside(const char *bytes, size_t length, size_t which, struct text *out)
{
    bool grows = which == 1 || length == 0;
    if (which > 1)
        return false;
    text_append(out, bytes, grows ? length : length - 1);
    text_append_char(out, length > 0 && bytes[length - 1] == 'a' ? 'b'
                          : which == 1 && length == 0            ? '0'
                                                                 : 'a');
    return true;
}

static bool leaf_word_beside(const char *bytes, size_t which, struct text *out)
{
    static const char *const beside[][1 + LEAF_NEIGHBOURS] = {
        {"true", "false", "null"}, {"false", "true", "null"}, {"null", "0", "\"\""}};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        if (bytes[0] == beside[i][0][0] && beside[i][1 + which])
            text_append_string(out, beside[i][1 + which]);
    return out->length > 0;
}

bool leaf_is_option(const char *bytes, size_t length)
{
    return length > 1 && bytes[0] == '-' && !leaf_is_number(bytes, length);
}

bool leaf_neighbour(enum tree_kind kind, const char *bytes, size_t length, size_t which, struct text *out)
{
    size_t end = length;
    text_clear(out);
    if (which >= LEAF_NEIGHBOURS || kind <= TREE_ARRAY || (kind == TREE_WORD && length == 0))
        return false;
    if (kind == TREE_WORD)
        return leaf_word_beside(bytes, which, out);
    if (kind == TREE_STRING) {
        /* A last piece that is an escape, or more than one byte, is left as it is. */
        size_t count;
        uint32_t *starts = leaf_split(kind, bytes, length, &count);
        bool plain = count == 0 || starts[count] - starts[count - 1] == 1;
        free(starts);
        text_append_char(out, '"');
        bool made = leaf_text_beside(bytes + 1, length - 2, plain ? which : 1, out);
        text_append_char(out, '"');
        return made && (plain || which == 0);
    }
    while (kind == TREE_TEXT && end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r'))
        end--;
    if (leaf_is_number(bytes, end))
        leaf_number_beside(bytes, end, which, out);
    else if (leaf_is_option(bytes, end) || (end > 0 && (unsigned char)bytes[end - 1] >= 0x80))
        return false;
    else if (!leaf_text_beside(bytes, end, which, out))
        return false;
    text_append(out, bytes + end, length - end);
    return true;
}
