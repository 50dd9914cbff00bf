/* Inside of the JSON reader: long arrays of which only the text is kept. Not for other rooms. */
#ifndef CUPEL_BASE_JSON_FOLD_H
#define CUPEL_BASE_JSON_FOLD_H

#include "base/json_parser.h"

/* An open array, or another container around one, while documents are read with windows. */
struct json_cut {
    struct json_block *block; /* the arena's newest when the array began; borrowed, NULL: none */
    size_t used;              /* bytes of it */
    size_t first;             /* index of the window's first element */
    uint32_t start;           /* source offset of the same */
    struct json_fold *fold;   /* NULL: no window is full yet; borrowed from the document */
    bool inside;              /* of an array that is folded */
    bool barred;              /* it can't be folded: inside of one, around one, or no array */
};

/* At the first element, `at`. */
struct json_cut json_cut_begin(const struct json_parser *parser, const char *at);
/* The window ends before the element at `at`: its values, on the stack from `base` on, are forgotten. */
void json_cut_window(struct json_parser *parser, struct json_cut *cut, size_t base, const char *at);
/* The folded array whose last window's values stand on the stack from `base` on; `extent` is its own. */
struct json_value json_cut_finish(struct json_parser *parser, struct json_cut *cut, size_t base,
                                  struct json_extent extent);

/* Whether the window is full where the element at `at` begins. */
static inline bool json_cut_is_due(const struct json_parser *parser, const struct json_cut *cut,
                                   const char *at)
{
    return !cut->barred && (size_t)(at - parser->source) - cut->start >= parser->window;
}

/* All of them; their windows too. */
void json_folds_free(struct json_fold *folds);

#endif
