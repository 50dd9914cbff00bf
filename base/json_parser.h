/* Inside of the JSON reader: what json.c, json_parse.c,
 * json_string.c and json_lines.c share. Not for other rooms. */
#ifndef CUPEL_BASE_JSON_PARSER_H
#define CUPEL_BASE_JSON_PARSER_H

#include "base/json.h"

#include <string.h>

/* A piece of memory: text, or values of closed containers, contiguous for each container. */
struct json_block {
    struct json_block *next;
    size_t size; /* bytes of content */
    size_t used; /* bytes of content */
    _Alignas(8) char content[];
};

/* For `size` bytes: from the pool where it has one large enough. */
struct json_block *json_block_take(struct json_pool *pool, size_t size);
/* Back to the pool, or to the heap; the whole list. */
void json_block_release(struct json_pool *pool, struct json_block *blocks);

struct json_document {
    const char *source; /* the text as it came, padded; in a block, or borrowed */
    const char *text;   /* the same with a NUL behind each token; in a block; views: the source itself */
    size_t length;
    size_t leaves;             /* scalars and empty containers */
    struct json_block *blocks; /* newest first; owned */
    struct json_pool *pool;    /* where the blocks go back to; borrowed, may be NULL */
    struct json_fold *folds;   /* arrays of which only the text is kept; owned */
    bool lines;                /* a text's, each an element */
    struct json_value root;
};

struct json_frame {
    uint32_t start; /* source offset of the bracket */
    uint32_t base;  /* on the parser's stack: room for the extent, then the children */
    enum json_type type;
};

/* What is still open, kept in the pool between documents. */
struct json_stack {
    struct json_value *values; /* of open containers; owned */
    size_t capacity;
    struct json_frame *frames; /* the open containers; owned */
    size_t frame_capacity;
};
struct json_stack json_stack_take(struct json_pool *pool);
void json_stack_release(struct json_pool *pool, struct json_stack stack);

struct json_parser {
    struct json_document *document;
    const char *source; /* borrowed from the document */
    const char *text;   /* likewise: what values point into */
    char *copy;         /* the text where tokens get a NUL behind them; NULL: views */
    const char *end;    /* of the source; NULs follow */
    bool comments;
    bool trailing;
    uint32_t max_depth;
    size_t block_size;       /* bytes of the newest block of values */
    struct json_pool *pool;  /* borrowed; may be NULL */
    struct json_stack stack; /* owned */
    size_t count;            /* values on it */
    size_t depth;            /* open containers */
    size_t window;           /* bytes of an array's text that make it a folded one; 0: none is */
    struct json_cut *cuts;   /* of the open containers, with windows; owned */
    size_t cut_capacity;
    struct json_error *error; /* borrowed */
    int code;                 /* of the failure, or 0 */
};

/* Copies the text unless it is borrowed; ERR_LIMIT when it is too long. */
WARN_UNUSED int json_parser_init(struct json_parser *parser, const char *bytes, size_t length,
                                 const struct json_options *options, struct json_error *error);
/* Frees what only parsing needs; the document too unless it was taken. */
void json_parser_fini(struct json_parser *parser);

/* Elements will stand on the stack, behind the root's extent; then the document is an array of them. */
void json_parser_begin_array(struct json_parser *parser);
void json_parser_finish_array(struct json_parser *parser, struct json_document **out);
/* The line at `at` onto the stack; behind it. */
const char *json_parser_push_line(struct json_parser *parser, const char *at);

/* What follows goes on at `at` and returns where it stopped; NULL when it failed. */
const char *json_skip_spaces(struct json_parser *parser, const char *at);
/* Reads one value onto the stack. */
const char *json_parse_value(struct json_parser *parser, const char *at);
/* Reads the string whose opening quote is at `quote`, and which needs a closer look at `stop`. */
const char *json_parse_odd_string(struct json_parser *parser, const char *quote, const char *stop,
                                  struct json_value *out);

/* Notes problem and place; the message is a printf format. Always NULL. */
const char *json_parser_fail(struct json_parser *parser, const char *at, enum json_problem problem,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Moves the stack from `base` on (an extent first, then children) into the arena; the children. */
const struct json_value *json_parser_store(struct json_parser *parser, size_t base);
/* Bytes of the arena, aligned to 8; the newest may be given back from `used` on. */
char *json_parser_room(struct json_parser *parser, size_t bytes);
void json_parser_return(struct json_parser *parser, size_t bytes);
void json_parser_grow(struct json_parser *parser);

/* The caller has asked for room with json_parser_reserve(). */
static inline struct json_value *json_parser_push(struct json_parser *parser)
{
    return &parser->stack.values[parser->count++];
}

/* Room for four values. */
static inline void json_parser_reserve(struct json_parser *parser)
{
    if (parser->count + 4 > parser->stack.capacity)
        json_parser_grow(parser);
}

/* Mostly there is none, or a single one. */
static inline const char *json_skip_space(struct json_parser *parser, const char *at)
{
    at += *at == ' ';
    unsigned char byte = (unsigned char)*at;
    return byte > ' ' && byte != '/' ? at : json_skip_spaces(parser, at);
}

#endif
