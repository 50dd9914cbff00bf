/*
 * Where a hunk fits in the text of a file, strictly: all context and removed lines must be there, at the
 * stated line or, where they occur exactly once elsewhere, there. No fuzz. As in git, a hunk that starts at
 * line 1 without context must match the beginning, and one without context at its end must match the end. A
 * hunk without line numbers fits where its lines occur, once in the whole file.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_PLACE_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_PLACE_H

#include "policies/patch.h"

/* How the patch's line ends stand to the file's. */
enum place_ends { ENDS_SAME, ENDS_ADD_RETURN, ENDS_STRIP_RETURN };

struct place_line {
    const char *bytes; /* borrowed */
    size_t length;     /* without the "\n" */
    bool ended;        /* by "\n" */
};

/* The old text of a file, in lines. */
struct place_text {
    const char *bytes;    /* borrowed */
    size_t *starts;       /* offset of each line and the end of the text; owned */
    size_t line_count;    /* of the text */
    size_t cursor;        /* lines that earlier hunks have copied or replaced */
    enum place_ends ends; /* of the patch against the text */
    uint64_t searched;    /* line comparisons spent so far */
};

/* The lines of a hunk's old side, by index into hunk->lines. */
struct place_pattern {
    const struct patch_hunk *hunk; /* borrowed */
    size_t *lines;                 /* owned */
    size_t count;                  /* of lines */
    size_t stated;                 /* line that the header names, 0-based */
    bool at_beginning, at_end;     /* must match there */
};

/* Splits the text and settles how its line ends stand to those of the file's hunks. */
void place_text_init(struct place_text *text, const struct patch_file *file, const char *bytes,
                     size_t length);
void place_text_fini(struct place_text *text);
struct place_line place_text_line(const struct place_text *text, size_t index);

void place_pattern_init(struct place_pattern *pattern, const struct patch_hunk *hunk);
void place_pattern_fini(struct place_pattern *pattern);
/* The patch line that stands at `index` of the pattern. */
const struct patch_line *place_pattern_line(const struct place_pattern *pattern, size_t index);

/* Length of a patch line's own bytes, without a return that is to be stripped. */
size_t place_line_length(const struct place_text *text, const struct patch_line *line);

/*
 * Is line `line` of the text what the pattern wants at `index`? A last line of context may lack the newline
 * that the patch does not know to be missing.
 */
bool place_line_matches(const struct place_text *text, const struct place_pattern *pattern, size_t line,
                        size_t index);

/* Number of pattern lines that match at `at`, up to the first that does not. */
size_t place_count_matching(const struct place_text *text, const struct place_pattern *pattern, size_t at);

/*
 * Finds the one place of the hunk. Returns how many there are: 1 with places[0] set; 2 or more, with the
 * first two, where the stated line is none of them; 0.
 */
size_t place_find(struct place_text *text, const struct place_pattern *pattern, size_t places[2]);

/* Why place_find() found none, or several: file, hunk, line, expected, found. Owned. */
char *place_explain(const struct place_text *text, const struct patch_file *file,
                    const struct place_pattern *pattern, size_t number, size_t found, const size_t places[2]);

#endif
