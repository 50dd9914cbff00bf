/* Where the body of a hunk ends: by the counts of its header, or where these are no help by its lines. */
#ifndef CUPEL_POLICIES_PATCH_EXTENT_H
#define CUPEL_POLICIES_PATCH_EXTENT_H

#include "policies/patch.h"
#include "policies/patch/cursor.h"

/*
 * What a line of nothing is. Editors and models strip the space of an empty context line; of an added or
 * deleted file there is no context, so there it is a line of the one side that there is.
 */
enum extent_blank {
    BLANK_CONTEXT,
    BLANK_ADDED,
    BLANK_REMOVED,
    BLANK_ADDED_INSIDE, /* added between two added lines, else context: where only so the counts are right */
    BLANK_ADDED_BESIDE  /* added beside an added line, likewise */
};

/* Where a body ends and what it holds, before any line is stored. */
struct patch_extent {
    struct patch_cursor end;       /* first line behind the body */
    uint64_t old_count, new_count; /* lines of either side */
    size_t line_count;             /* body lines, markers left out */
    enum extent_blank blank;       /* how lines of nothing were counted */
    uint32_t changed_blank;        /* the first that was counted as a change; 0: none */
    bool changes;                  /* has a '+' or '-' line */
    size_t leading, trailing;      /* lines of context before the first change, and behind the last */
    bool returns;                  /* every line ends in a carriage return */
};

/* As the header says. False when the body ends early, one side overflows, or the body goes on. */
bool patch_extent_measure_stated(struct patch_cursor at, const struct patch_hunk *hunk,
                                 enum extent_blank blank, struct patch_extent *extent);

/* As far as the lines look like a body; blank lines at its end are left to the prose behind it. */
void patch_extent_measure_natural(struct patch_cursor at, enum extent_blank blank,
                                  struct patch_extent *extent);

/* ' ', '+' or '-' for the line at `at`; `before` is the kind of the line above, 0 for none. */
char patch_extent_line_kind(const struct patch_cursor *at, enum extent_blank blank, char before);

/*
 * May the body end here, though its counts say something else? In front of a blank line, a fence, another
 * header: anything else may be a damaged line of it.
 */
bool patch_extent_may_end(const struct patch_cursor *at);

/* A "--- x" and "+++ y" pair inside may be content or the next file's header; *where is its line. */
bool patch_extent_is_ambiguous(struct patch_cursor at, const struct patch_extent *extent, uint32_t *where);

/*
 * May the text end inside the hunk, with more than context missing? It ends there, the header promises more
 * or nothing, and it has less context at its end than at its beginning. Where both sides lack the same number
 * of lines, these were context, which takes nothing from the change.
 */
bool patch_extent_is_cut(const struct patch_hunk *hunk, const struct patch_extent *extent);

/* Nothing at all, but for a carriage return. */
bool patch_extent_is_blank(struct patch_span line);

/* "\ No newline at end of file" */
bool patch_extent_is_marker(struct patch_span line);

/* "-- " and what follows under a format-patch mail. */
bool patch_extent_is_signature(const struct patch_cursor *cursor);

#endif
