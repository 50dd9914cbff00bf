#include "base/unicode.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define UNICODE_DEEPEST 4           /* a decomposition's own parts decompose at most three levels further */
#define UNICODE_RAW     0x80000000u /* marks a byte that is not UTF-8 */

/* Hangul syllables decompose by arithmetic (The Unicode Standard, section 3.12). */
enum {
    HANGUL_S = 0xac00,
    HANGUL_L = 0x1100,
    HANGUL_V = 0x1161,
    HANGUL_T = 0x11a7,
    HANGUL_VS = 21,
    HANGUL_TS = 28,
    HANGUL_COUNT = 11172
};

struct unicode_text {
    uint32_t *codes; /* owned */
    size_t count;
    size_t capacity;
};

static void unicode_text_fini(struct unicode_text *text)
{
    free(text->codes);
}

/* One code point and its length; any byte that begins none comes back marked. */
static uint32_t unicode_decode(const unsigned char *bytes, size_t length, size_t *used)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = bytes[0];
    size_t size = lead < 0x80                   ? 1
                  : lead >= 0xf0 && lead < 0xf8 ? 4
                  : lead >= 0xe0 && lead < 0xf0 ? 3
                  : lead >= 0xc0 && lead < 0xe0 ? 2
                                                : 0;
    *used = 1;
    if (size == 1)
        return lead;
    if (!size || size > length)
        return UNICODE_RAW | lead;
    uint32_t code = lead & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return UNICODE_RAW | lead;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (code < least[size] || code > 0x10ffff)
        return UNICODE_RAW | lead;
    *used = size;
    return code;
}

static uint8_t unicode_class_of(uint32_t code)
{
    size_t low = 0;
    size_t high = unicode_class_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct unicode_class *row = &unicode_classes[middle];
        if (code < row->first)
            high = middle;
        else if (code > row->last)
            low = middle + 1;
        else
            return row->class;
    }
    return 0;
}

static const struct unicode_decomposition *unicode_decomposition_of(uint32_t code)
{
    size_t low = 0;
    size_t high = unicode_decomposition_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unicode_decompositions[middle].code == code)
            return &unicode_decompositions[middle];
        if (code < unicode_decompositions[middle].code)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static void unicode_append(struct unicode_text *text, uint32_t code)
{
    MEMORY_GROW(text->codes, text->count, text->capacity);
    text->codes[text->count++] = code;
}

static void unicode_append_decomposed(struct unicode_text *text, uint32_t code)
{
    if (code >= HANGUL_S && code < HANGUL_S + HANGUL_COUNT) {
        uint32_t index = code - HANGUL_S;
        unicode_append(text, HANGUL_L + index / (HANGUL_VS * HANGUL_TS));
        unicode_append(text, HANGUL_V + index / HANGUL_TS % HANGUL_VS);
        if (index % HANGUL_TS)
            unicode_append(text, HANGUL_T + index % HANGUL_TS);
        return;
    }
    uint32_t tail[UNICODE_DEEPEST];
    size_t tail_count = 0;
    const struct unicode_decomposition *row;
    /* Only the first part decomposes further, so the second ones wait in reverse. */
    while (tail_count < UNICODE_DEEPEST && (row = unicode_decomposition_of(code))) {
        if (row->parts[1])
            tail[tail_count++] = row->parts[1];
        code = row->parts[0];
    }
    unicode_append(text, code);
    while (tail_count)
        unicode_append(text, tail[--tail_count]);
}

struct unicode_mark {
    uint32_t code;
    uint32_t place; /* keeps equal classes in their order */
    uint8_t class;
};

static int unicode_order_marks(const void *left, const void *right)
{
    const struct unicode_mark *a = left;
    const struct unicode_mark *b = right;
    if (a->class != b->class)
        return (int)a->class - (int)b->class;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Sorts a run of combining marks by class; runs are as long as their author likes, so not by insertion. */
static void unicode_sort_run(uint32_t *codes, size_t count)
{
    cleanup_free struct unicode_mark *marks = memory_resize(NULL, count, sizeof *marks);
    for (size_t i = 0; i < count; i++)
        marks[i] = (struct unicode_mark){
            .code = codes[i], .place = (uint32_t)i, .class = unicode_class_of(codes[i])};
    qsort(marks, count, sizeof *marks, unicode_order_marks);
    for (size_t i = 0; i < count; i++)
        codes[i] = marks[i].code;
}

static void unicode_decompose(struct unicode_text *text, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t used;
        uint32_t code = unicode_decode((const unsigned char *)bytes + at, length - at, &used);
        at += used;
        if (code & UNICODE_RAW)
            unicode_append(text, code);
        else
            unicode_append_decomposed(text, code);
    }
    for (size_t i = 0; i < text->count;) {
        size_t end = i;
        while (end < text->count && unicode_class_of(text->codes[end]))
            end++;
        if (end - i > 1)
            unicode_sort_run(text->codes + i, end - i);
        i = end + 1;
    }
}

static bool unicode_is_ascii(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    }
    return true;
}

bool unicode_is_canonically_equal(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (a_length == b_length && !memcmp(a, b, a_length))
        return true;
    /* ASCII is its own form D; few characters beyond it
     * decompose to ASCII alone, and those are checked below. */
    if (unicode_is_ascii(a, a_length) && unicode_is_ascii(b, b_length))
        return false;
    __attribute__((cleanup(unicode_text_fini))) struct unicode_text left = {0};
    __attribute__((cleanup(unicode_text_fini))) struct unicode_text right = {0};
    unicode_decompose(&left, a, a_length);
    unicode_decompose(&right, b, b_length);
    return left.count == right.count && !memcmp(left.codes, right.codes, left.count * sizeof *left.codes);
}

static void unicode_encode(struct text *out, uint32_t code)
{
    if (code & UNICODE_RAW || code < 0x80) {
        text_append_char(out, (char)(code & 0xff));
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    unsigned lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    text_append_char(out, (char)(lead | code >> 6 * more));
    while (more-- > 0)
        text_append_char(out, (char)(0x80 | (code >> 6 * more & 0x3f)));
}

char *unicode_form_d(const char *bytes, size_t length, size_t *form_length)
{
    __attribute__((cleanup(unicode_text_fini))) struct unicode_text form = {0};
    struct text out = {0};
    unicode_decompose(&form, bytes, length);
    for (size_t i = 0; i < form.count; i++)
        unicode_encode(&out, form.codes[i]);
    *form_length = out.length;
    return text_take(&out);
}
