#include "policies/foreign.h"

#include <stdio.h>
#include <string.h>

struct range {
    uint32_t first; /* code point, inclusive */
    uint32_t last;  /* code point, inclusive */
};

/* Code points without a glyph of their own,
 * or with power over their neighbours' order; in code point order. */
static const struct range hidden[] = {
    {0x0000, 0x001f},   /* C0 controls: escape sequences, line ends, tabs */
    {0x007f, 0x009f},   /* DEL and C1: 8-bit escape sequences */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark (bidi) */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors */
    {0x200b, 0x200f},   /* zero width characters, left-to-right and right-to-left mark */
    {0x2028, 0x202e},   /* line and paragraph separator, bidi embeddings and overrides */
    {0x2060, 0x206f},   /* word joiner, invisible operators, bidi isolates */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* half-width Hangul filler */
    {0xfff0, 0xfffb},   /* interlinear annotation */
    {0x1d173, 0x1d17a}, /* musical formatting */
    {0xe0000, 0xe0fff}, /* tags and further selectors */
};

/* Combining marks (general categories Mn and Me) of the blocks that hold most of them; in order. */
static const struct range marks[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x05c7, 0x05c7},   {0x0610, 0x061a},   {0x064b, 0x065f}, {0x0670, 0x0670},
    {0x06d6, 0x06dc}, {0x06df, 0x06e4},   {0x06e7, 0x06e8},   {0x06ea, 0x06ed}, {0x0711, 0x0711},
    {0x0730, 0x074a}, {0x07a6, 0x07b0},   {0x07eb, 0x07f3},   {0x0816, 0x0823}, {0x0825, 0x082d},
    {0x0859, 0x085b}, {0x08d3, 0x08ff},   {0x0900, 0x0902},   {0x093a, 0x093a}, {0x093c, 0x093c},
    {0x0941, 0x0948}, {0x094d, 0x094d},   {0x0951, 0x0957},   {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x0eb1, 0x0eb1},   {0x0eb4, 0x0ebc},   {0x0ec8, 0x0ecd}, {0x0f18, 0x0f19},
    {0x0f71, 0x0f7e}, {0x0f80, 0x0f84},   {0x0f8d, 0x0fbc},   {0x135d, 0x135f}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x20d0, 0x20f0},   {0x2cef, 0x2cf1},   {0x2de0, 0x2dff}, {0x302a, 0x302d},
    {0x3099, 0x309a}, {0xa66f, 0xa672},   {0xa674, 0xa67d},   {0xa69e, 0xa69f}, {0xa8e0, 0xa8f1},
    {0xfe20, 0xfe2f}, {0x1d167, 0x1d169}, {0x1d17b, 0x1d182},
};
#define FOREIGN_MARKS_MAX 4 /* on one character; languages need no more */

/* Smallest code point of a sequence of that many bytes, against overlong forms. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t foreign_sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t foreign_decode(const char *bytes, size_t length, uint32_t *code)
{
    unsigned char lead = (unsigned char)bytes[0];
    size_t wanted = foreign_sequence_length(lead);
    *code = FOREIGN_INVALID;
    if (wanted == 0 || wanted > length)
        return 1;
    uint32_t value = wanted == 1 ? lead : lead & (0x7fU >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (next & 0x3f);
    }
    if (value < smallest[wanted] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *code = value;
    return wanted;
}

static bool foreign_is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code >= ranges[i].first; i++)
        if (code <= ranges[i].last)
            return true;
    return false;
}

bool foreign_is_visible(uint32_t code)
{
    if (code == FOREIGN_INVALID || (code & 0xfffe) == 0xfffe)
        return false;
    return !foreign_is_in(code, hidden, sizeof hidden / sizeof *hidden);
}

bool foreign_is_mark(uint32_t code)
{
    return code != FOREIGN_INVALID && foreign_is_in(code, marks, sizeof marks / sizeof *marks);
}

/* Spells one character that is not shown as itself; `byte` is its first, for those that are none. */
static int foreign_spell(char spelled[static 12], uint32_t code, unsigned char byte)
{
    static const char names[] = "\a\b\t\n\v\f\r";
    static const char letters[] = "abtnvfr";
    const char *at = code != 0 && code < 0x20 ? strchr(names, (int)code) : NULL;
    if (at)
        return snprintf(spelled, 12, "\\%c", letters[at - names]);
    if (code == FOREIGN_INVALID)
        return snprintf(spelled, 12, "\\x%02x", byte);
    if (code < 0x80)
        return snprintf(spelled, 12, "\\x%02x", (unsigned)code);
    return code < 0x10000 ? snprintf(spelled, 12, "\\u%04x", (unsigned)code)
                          : snprintf(spelled, 12, "\\U%08x", (unsigned)code);
}

static void foreign_append_marked(struct text *out, const char *foreign, size_t limit, bool quoted)
{
    size_t length = foreign ? strlen(foreign) : 0;
    size_t used = 0;
    size_t piled = FOREIGN_MARKS_MAX; /* nothing of the foreign text stands before the first */
    for (size_t at = 0; at < length;) {
        uint32_t code;
        char spelled[12];
        size_t taken = foreign_decode(foreign + at, length - at, &code);
        const char *piece = foreign + at;
        size_t piece_length = taken;
        piled = foreign_is_mark(code) ? piled + 1 : 0;
        if (!foreign_is_visible(code) || piled > FOREIGN_MARKS_MAX) {
            piece_length = (size_t)foreign_spell(spelled, code, (unsigned char)foreign[at]);
            piece = spelled;
        } else if (quoted && code == '"') {
            piece = "\\\"";
            piece_length = 2;
        }
        if (used + piece_length > limit) {
            text_append_string(out, "…");
            return;
        }
        text_append(out, piece, piece_length);
        used += piece_length;
        at += taken;
    }
}

void foreign_append(struct text *out, const char *foreign, size_t limit)
{
    foreign_append_marked(out, foreign, limit, false);
}

void foreign_append_quoted(struct text *out, const char *foreign, size_t limit)
{
    text_append_char(out, '"');
    foreign_append_marked(out, foreign, limit, true);
    text_append_char(out, '"');
}

void foreign_append_valid(struct text *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t taken = foreign_decode(bytes + at, length - at, &code);
        if (code == FOREIGN_INVALID)
            text_printf(out, "\\x%02x", (unsigned char)bytes[at]);
        else
            text_append(out, bytes + at, taken);
        at += taken;
    }
}
