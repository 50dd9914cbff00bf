#include "orchestrator/report/layout.h"

#include "policies/foreign.h"

#include <string.h>

static const char *const sequences[] = {
    [STYLE_PLAIN] = "",          [STYLE_BOLD] = "\033[1m",    [STYLE_DIM] = "\033[2m",
    [STYLE_GOOD] = "\033[1;32m", [STYLE_FAIR] = "\033[1;33m", [STYLE_OPEN] = "\033[1;36m",
    [STYLE_BAD] = "\033[1;31m",
};

struct span {
    uint32_t first; /* code point, inclusive */
    uint32_t last;  /* code point, inclusive */
};

/* Unicode Standard Annex 11, the blocks that are wide as a whole. */
static const struct span wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool layout_is_in(uint32_t code, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= spans[i].first && code <= spans[i].last)
            return true;
    return false;
}

static int layout_code_columns(uint32_t code)
{
    if (foreign_is_mark(code))
        return 0;
    return layout_is_in(code, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

static int layout_columns_of(const char *bytes, size_t length)
{
    int columns = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += foreign_decode(bytes + at, length - at, &code);
        columns += layout_code_columns(code);
    }
    return columns;
}

int layout_columns(const char *string)
{
    return layout_columns_of(string, strlen(string));
}

void layout_fit(struct text *out, const char *string, int columns)
{
    size_t length = strlen(string);
    bool whole = layout_columns_of(string, length) <= columns;
    int left = whole ? columns : columns - 1;
    size_t at = 0;
    while (at < length) {
        uint32_t code;
        size_t taken = foreign_decode(string + at, length - at, &code);
        left -= layout_code_columns(code);
        if (left < 0)
            break;
        at += taken;
    }
    text_append(out, string, at);
    if (!whole && columns > 0)
        text_append_string(out, "…");
}

void layout_end_line(struct layout *layout)
{
    struct text *out = layout->out;
    if (layout->column == 0)
        return;
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    text_append_char(out, '\n');
    layout->column = 0;
}

void layout_blank_line(struct layout *layout)
{
    layout_end_line(layout);
    text_append_char(layout->out, '\n');
}

void layout_go(struct layout *layout, int column)
{
    if (layout->column > column)
        layout_end_line(layout);
    for (; layout->column < column; layout->column++)
        text_append_char(layout->out, ' ');
}

static void layout_styled(struct layout *layout, enum layout_style style, const char *bytes, size_t length)
{
    bool styled = layout->color && style != STYLE_PLAIN;
    if (styled)
        text_append_string(layout->out, sequences[style]);
    text_append(layout->out, bytes, length);
    if (styled)
        text_append_string(layout->out, "\033[0m");
    layout->column += layout_columns_of(bytes, length);
}

void layout_put(struct layout *layout, enum layout_style style, const char *string)
{
    layout_styled(layout, style, string, strlen(string));
}

void layout_put_right(struct layout *layout, enum layout_style style, const char *string, int width)
{
    layout_go(layout, layout->column + (width > layout_columns(string) ? width - layout_columns(string) : 0));
    layout_put(layout, style, string);
}

void layout_label(struct layout *layout, const char *label)
{
    layout_end_line(layout);
    layout_go(layout, 2);
    layout_put(layout, STYLE_DIM, label);
    layout->hang = LAYOUT_LABEL;
    layout_go(layout, LAYOUT_LABEL);
}

/* A figure stays with its unit. */
static bool layout_is_unit(const char *word)
{
    static const char *const units[] = {"%", "s", "ms", "µs", "min", "bytes", "KiB", "MiB", "GiB"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i]);
        if (strncmp(word, units[i], length) == 0 && (word[length] == '\0' || strchr(" ,;:.)", word[length])))
            return true;
    }
    return false;
}

/* Bytes up to the next space at which a line may end. */
static size_t layout_word(const char *string)
{
    size_t length = strcspn(string, " ");
    while (length > 0 && string[length] == ' ' && string[length - 1] >= '0' && string[length - 1] <= '9' &&
           layout_is_unit(string + length + 1))
        length += 1 + strcspn(string + length + 1, " ");
    return length;
}

/* A word without room on a line of its own goes on where the line ends, character by character. */
static void layout_break_word(struct layout *layout, enum layout_style style, const char *word, size_t length)
{
    size_t start = 0;
    int columns = layout->column;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t taken = foreign_decode(word + at, length - at, &code);
        if (columns + layout_code_columns(code) > layout->width && at > start) {
            layout_styled(layout, style, word + start, at - start);
            layout_end_line(layout);
            layout_go(layout, layout->hang);
            columns = layout->column;
            start = at;
        }
        columns += layout_code_columns(code);
        at += taken;
    }
    layout_styled(layout, style, word + start, length - start);
}

void layout_wrap(struct layout *layout, enum layout_style style, const char *string)
{
    bool first = true;
    while (*string) {
        size_t length = layout_word(string);
        int columns = layout_columns_of(string, length);
        bool room = layout->column + !first + columns <= layout->width;
        bool alone = layout->column <= layout->hang;
        if (!room && !alone &&
            (layout->hang + columns <= layout->width || layout->column + 1 >= layout->width)) {
            layout_end_line(layout);
            layout_go(layout, layout->hang);
        } else if (!first) {
            layout_put(layout, STYLE_PLAIN, " ");
        }
        layout_break_word(layout, style, string, length);
        first = false;
        string += length;
        string += *string == ' ';
    }
}
