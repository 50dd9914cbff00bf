#include "base/json.h"

#include "base/cleanup.h"
#include "base/json_fold.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define JSON_BLOCK_FIRST ((size_t)4 << 10) /* bytes of the first block of values */
/* Blocks double up to this size, which leaves room for their heads in whole pages. */
#define JSON_BLOCK_MOST (((size_t)8 << 20) - 64)

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"null",     "a boolean", "a boolean", "a number",
                                        "a string", "an array",  "an object"};
    return names[type];
}

const char *json_parser_fail(struct json_parser *parser, const char *at, enum json_problem problem,
                             const char *format, ...)
{
    struct json_error *error = parser->error;
    error->problem = problem;
    error->offset = (size_t)(at - parser->source);
    error->line = 1;
    const char *line = parser->source;
    for (const char *byte = parser->source; byte < at; byte++) {
        if (*byte == '\n') {
            error->line++;
            line = byte + 1;
        }
    }
    error->column = (uint32_t)(at - line + 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    parser->code = problem == JSON_PROBLEM_DEPTH || problem == JSON_PROBLEM_SIZE ? ERR_LIMIT : ERR_INVALID;
    return NULL;
}

/* A padded copy of the text in a block of the document. */
static char *json_copy_text(struct json_document *document, const char *bytes, size_t length)
{
    struct json_block *block = json_block_take(document->pool, length + JSON_PADDING);
    block->used = block->size; /* nothing else goes in */
    block->next = document->blocks;
    document->blocks = block;
    if (length)
        memcpy(block->content, bytes, length);
    memset(block->content + length, 0, JSON_PADDING);
    return block->content;
}

static void json_parser_open_text(struct json_parser *parser, const char *bytes, size_t length,
                                  const struct json_options *options)
{
    struct json_document *document = MEMORY_NEW(struct json_document);
    document->pool = options->pool;
    document->length = length;
    bool borrow = options->views && options->borrow;
    document->source = borrow ? bytes : json_copy_text(document, bytes, length);
    parser->copy = options->views ? NULL : json_copy_text(document, bytes, length);
    document->text = parser->copy ? parser->copy : document->source;
    parser->document = document;
    parser->source = document->source;
    parser->text = document->text;
    parser->end = document->source + length;
    parser->stack = json_stack_take(document->pool);
}

int json_parser_init(struct json_parser *parser, const char *bytes, size_t length,
                     const struct json_options *options, struct json_error *error)
{
    static const struct json_options plain = {0};
    options = options ? options : &plain;
    *parser = (struct json_parser){
        .error = error, .source = "", .pool = options->pool, .block_size = JSON_BLOCK_FIRST / 2};
    *error = (struct json_error){.problem = JSON_PROBLEM_NONE};
    size_t most = options->max_bytes ? options->max_bytes : JSON_DEFAULT_BYTES;
    if (most > UINT32_MAX - JSON_PADDING)
        most = UINT32_MAX - JSON_PADDING; /* offsets are 32 bits wide */
    parser->comments = options->comments;
    parser->trailing = options->trailing;
    parser->max_depth = options->max_depth ? options->max_depth : JSON_DEFAULT_DEPTH;
    parser->window = options->views ? options->window : 0;
    if (length > most)
        json_parser_fail(parser, parser->source, JSON_PROBLEM_SIZE, "longer than %zu bytes", most);
    else
        json_parser_open_text(parser, bytes, length, options);
    return parser->code;
}

void json_parser_fini(struct json_parser *parser)
{
    json_stack_release(parser->pool, parser->stack);
    free(parser->cuts);
    json_free(parser->document);
}

void json_parser_grow(struct json_parser *parser)
{
    parser->stack.capacity = parser->stack.capacity ? parser->stack.capacity * 2 : 64;
    parser->stack.values =
        memory_resize(parser->stack.values, parser->stack.capacity, sizeof *parser->stack.values);
}

char *json_parser_room(struct json_parser *parser, size_t bytes)
{
    struct json_document *document = parser->document;
    struct json_block *block = document->blocks;
    bytes = (bytes + 7) & ~(size_t)7;
    if (!block || block->size - block->used < bytes) {
        size_t size = parser->block_size * 2 < JSON_BLOCK_MOST ? parser->block_size * 2 : JSON_BLOCK_MOST;
        parser->block_size = size;
        block = json_block_take(document->pool, size < bytes ? bytes : size);
        block->next = document->blocks;
        document->blocks = block;
    }
    char *room = block->content + block->used;
    block->used += bytes;
    return room;
}

void json_parser_return(struct json_parser *parser, size_t bytes)
{
    parser->document->blocks->used -= bytes & ~(size_t)7;
}

const struct json_value *json_parser_store(struct json_parser *parser, size_t base)
{
    size_t bytes = (parser->count - base) * sizeof(struct json_value);
    struct json_value *stored = (struct json_value *)(void *)json_parser_room(parser, bytes);
    memcpy(stored, parser->stack.values + base, bytes);
    parser->count = base;
    return stored + 1;
}

/* One value and nothing else. */
static void json_parse_document(struct json_parser *parser)
{
    const char *at = json_skip_space(parser, parser->source);
    if (at && at >= parser->end)
        at = json_parser_fail(parser, at, JSON_PROBLEM_EMPTY, "expected a value, found nothing");
    if (at)
        at = json_parse_value(parser, at);
    if (at)
        at = json_skip_space(parser, at);
    if (!at)
        return;
    if (at < parser->end)
        json_parser_fail(parser, at, JSON_PROBLEM_TRAILING, "something follows the value");
    if (parser->trailing)
        parser->code = 0;
    parser->document->root = parser->stack.values[0];
}

int json_read(const char *bytes, size_t length, const struct json_options *options,
              struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    if (json_parser_init(&parser, bytes, length, options, error) == 0)
        json_parse_document(&parser);
    if (parser.code == 0)
        *out = STEAL(parser.document);
    json_parser_fini(&parser);
    return parser.code;
}

void json_free(struct json_document *document)
{
    if (!document)
        return;
    json_folds_free(document->folds);
    json_block_release(document->pool, document->blocks);
    free(document);
}

const struct json_value *json_root(const struct json_document *document)
{
    return &document->root;
}

const struct json_value *json_find(const struct json_value *value, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = json_count(value); i-- > 0;) {
        const struct json_value *name = json_key(value, i);
        if (name->count == length && !memcmp(name->bytes, key, length))
            return name + 1;
    }
    return NULL;
}

size_t json_count_leaves(const struct json_document *document)
{
    return document->leaves;
}

struct json_extent json_extent(const struct json_document *document, const struct json_value *value)
{
    struct json_extent extent;
    enum json_type type = json_type(value);
    if (type == JSON_ARRAY || type == JSON_OBJECT)
        return value->items[-1].extent;
    if (type != JSON_STRING && type != JSON_NUMBER)
        return value->extent;
    if (json_is_escaped(value)) {
        memcpy(&extent, value->bytes - sizeof extent, sizeof extent);
        return extent;
    }
    uint32_t quote = type == JSON_STRING && !(value->meta & JSON_META_LINE);
    uint32_t start = (uint32_t)(value->bytes - document->text) - quote;
    return (struct json_extent){.start = start, .end = start + value->count + 2 * quote};
}

const char *json_source(const struct json_document *document, const struct json_value *value, size_t *length)
{
    struct json_extent extent = json_extent(document, value);
    *length = extent.end - extent.start;
    return document->source + extent.start;
}

const char *json_text(const struct json_document *document)
{
    return document->source;
}

size_t json_length(const struct json_document *document)
{
    return document->length;
}
