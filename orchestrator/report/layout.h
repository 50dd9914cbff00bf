/*
 * Columns on a terminal: words wrapped at a width and hung under their label, styles that cost no column.
 * Takes text that is already escaped; counts columns as terminals do (wide East Asian characters two, marks
 * none).
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_LAYOUT_H
#define CUPEL_ORCHESTRATOR_REPORT_LAYOUT_H

#include "base/text.h"

#include <stdbool.h>

enum layout_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_FAIR, STYLE_OPEN, STYLE_BAD };

struct layout {
    struct text *out; /* borrowed */
    bool color;       /* styles become escape sequences */
    int width;        /* columns of a line */
    int column;       /* where the next character goes, from 0 */
    int hang;         /* column at which continued lines begin */
};

#define LAYOUT_LABEL 13 /* column behind a label */

/* Columns that `string` takes. */
int layout_columns(const char *string);

/* Appends as much of `string` as fits into that many columns; an ellipsis stands for the rest. */
void layout_fit(struct text *out, const char *string, int columns);

/* Ends the line when it holds anything. */
void layout_end_line(struct layout *layout);
void layout_blank_line(struct layout *layout);
/* Goes to that column with spaces, on the next line when it is already passed. */
void layout_go(struct layout *layout, int column);
/* Begins a line with a dim label; what follows hangs at LAYOUT_LABEL. */
void layout_label(struct layout *layout, const char *label);
/* As it is, without wrapping. */
void layout_put(struct layout *layout, enum layout_style style, const char *string);
/* Word by word, wrapped; a word longer than a line is broken. A figure keeps its unit. */
void layout_wrap(struct layout *layout, enum layout_style style, const char *string);
/* Behind spaces, so that it ends `width` columns further. */
void layout_put_right(struct layout *layout, enum layout_style style, const char *string, int width);

#endif
