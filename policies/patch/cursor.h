/*
 * Walks a text line by line with cheap look-ahead: a cursor is a value, so a copy is a look-ahead. Over a
 * part of the text that is indented as a whole, it shows the lines without their indentation.
 */
#ifndef CUPEL_POLICIES_PATCH_CURSOR_H
#define CUPEL_POLICIES_PATCH_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct patch_span {
    const char *bytes; /* borrowed, without the line end */
    size_t length;     /* of bytes */
};

struct patch_cursor {
    const char *text;         /* borrowed */
    size_t length;            /* of text */
    size_t at;                /* offset of the line that patch_cursor_line() shows */
    uint32_t line;            /* its number, 1-based */
    struct patch_span indent; /* taken off every line; a line without it is shown as an empty one */
    bool more;                /* a part of a text that goes on behind it */
};

/* The current line without its "\n" and its indentation; false at the end of the text. */
bool patch_cursor_line(const struct patch_cursor *cursor, struct patch_span *line);
/* Steps to the next line; stays at the end. */
void patch_cursor_next(struct patch_cursor *cursor);

/*
 * Is the current line the first of a diff that is indented, by blanks or as a quotation (`> `), as all its
 * lines are? *part then walks over these lines alone; the blank ones among them need no indentation.
 */
bool patch_cursor_enter_indented(const struct patch_cursor *cursor, struct patch_cursor *part);

bool patch_span_starts(struct patch_span span, const char *prefix);
/* Without carriage returns, spaces and tabs at its end. */
struct patch_span patch_span_trim_end(struct patch_span span);
/* Without spaces, tabs and marks of quotation at its beginning. */
struct patch_span patch_span_trim_start(struct patch_span span);

#endif
