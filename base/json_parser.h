/* Inside of the JSON reader: what json.c, json_string.c and json_lines.c share. Not for other rooms. */
#ifndef CUPEL_BASE_JSON_PARSER_H
#define CUPEL_BASE_JSON_PARSER_H

#include "base/json.h"

#define JSON_PADDING 16 /* NUL bytes behind the source, so that eight bytes can always be loaded */

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
    char *source; /* the text as it came, padded; in a block */
    char *text;   /* the same with strings decoded in place and tokens NUL-terminated; in a block */
    size_t length;
    size_t leaves;             /* scalars and empty containers */
    struct json_block *blocks; /* newest first; owned */
    struct json_pool *pool;    /* where the blocks go back to; borrowed, may be NULL */
    struct json_value root;
};

struct json_frame {
    uint32_t start; /* source offset of the bracket */
    uint32_t base;  /* first child on the parser's stack */
    enum json_type type;
};

struct json_parser {
    struct json_document *document;
    const char *source; /* borrowed from the document */
    char *text;         /* borrowed from the document */
    size_t at;          /* next byte */
    size_t length;      /* where reading stops; source[length] may be anything for lines */
    bool comments;
    uint32_t max_depth;
    size_t block_size;        /* bytes of the newest block of values */
    struct json_value *stack; /* values whose container is still open; owned */
    size_t count;
    size_t capacity;
    struct json_frame *frames; /* open containers; owned */
    size_t depth;
    size_t frame_capacity;
    struct json_error *error; /* borrowed */
};

/* Copies the text; ERR_LIMIT when it is too long. */
WARN_UNUSED int json_parser_init(struct json_parser *parser, const char *bytes, size_t length,
                                 const struct json_options *options, struct json_error *error);
/* Frees what only parsing needs; the document too unless it was taken. */
void json_parser_fini(struct json_parser *parser);

/* Reads one value at the parser's place onto the stack. */
WARN_UNUSED int json_parse_value(struct json_parser *parser);
/* Moves the stack from `base` on into the arena. */
const struct json_value *json_parser_store(struct json_parser *parser, size_t base);
struct json_value *json_parser_push(struct json_parser *parser);

/* Reads the string whose opening quote is at the parser's place. */
WARN_UNUSED int json_parse_string(struct json_parser *parser, struct json_value *out);

/* Notes problem and place; the message is a printf format. Returns the error code. */
int json_parser_fail(struct json_parser *parser, enum json_problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
