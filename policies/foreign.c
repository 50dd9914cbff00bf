#include "policies/foreign.h"

#include <stdio.h>
#include <string.h>

struct range {
    uint32_t first; /* code point, inclusive */
    uint32_t last;  /* code point, inclusive */
};

/* Code points without a glyph of their own, or with power over their neighbours' order; in code point order.
 */
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

bool foreign_is_visible(uint32_t code)
{
    if (code == FOREIGN_INVALID || (code & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (code < hidden[i].first)
            return true;
        if (code <= hidden[i].last)
            return false;
    }
    return true;
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
    for (size_t at = 0; at < length;) {
        uint32_t code;
        char spelled[12];
        size_t taken = foreign_decode(foreign + at, length - at, &code);
        const char *piece = foreign + at;
        size_t piece_length = taken;
        if (!foreign_is_visible(code)) {
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
