/*
 * Source text as words, strings and punctuation, without comments: enough of seven languages to find imports
 * however they are laid out, and not a parser of any.
 */
#ifndef CUPEL_POLICIES_SCREEN_TOKEN_H
#define CUPEL_POLICIES_SCREEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind { TOKEN_WORD, TOKEN_STRING, TOKEN_MARK, TOKEN_LINE_END };

struct token {
    enum token_kind kind;
    const char *bytes; /* borrowed; of a string what is between its quotes, escapes not resolved */
    size_t length;     /* of bytes */
    uint32_t line;     /* 1-based */
};

/* What differs between languages. */
struct token_rules {
    const char *line_comment; /* "//" or "#" */
    bool block_comments;      /* slash-star */
    const char *quotes;       /* bytes that open a string ending on its line */
    const char *long_quotes;  /* bytes that open a string over several lines */
    bool triple_quotes;       /* three quotes open a string over several lines */
    bool char_literals;       /* 'x' is a character, 'x a lifetime */
};

struct token_reader {
    const struct token_rules *rules;
    const char *text; /* borrowed */
    size_t length;    /* of text */
    size_t at;        /* next byte */
    uint32_t line;    /* of `at` */
};

/* The next token; false at the end. */
bool token_next(struct token_reader *reader, struct token *token);
bool token_is_word(const struct token *token, const char *word);
bool token_is_mark(const struct token *token, char mark);

#endif
