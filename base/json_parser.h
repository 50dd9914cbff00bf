/* Inside of the JSON reader: what json.c, json_string.c and json_lines.c share. Not for other rooms. */
#ifndef CUPEL_BASE_JSON_PARSER_H
#define CUPEL_BASE_JSON_PARSER_H

#include "base/json.h"

#define JSON_PADDING 16 /* NUL bytes behind the source, so that eight bytes can always be loaded */

struct json_chunk {
    struct json_chunk *next;
    size_t used;                /* values */
    size_t size;                /* values */
    struct json_value values[]; /* children of closed containers, contiguous for each container */
};

struct json_document {
    char *source; /* the text as it came, padded; owned */
    char *text;   /* the same with strings decoded in place and tokens NUL-terminated; owned */
    size_t length;
    size_t leaves;             /* scalars and empty containers */
    struct json_chunk *chunks; /* newest first; owned */
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
