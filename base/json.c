#include "base/json.h"

#include "base/cleanup.h"
#include "base/json_parser.h"
#include "base/memory.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define JSON_BLOCK_FIRST ((size_t)4 << 10) /* bytes of the first block of values */
#define JSON_BLOCK_MOST  ((size_t)8 << 20) /* blocks double up to this size */

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"null",     "a boolean", "a boolean", "a number",
                                        "a string", "an array",  "an object"};
    return names[type];
}

int json_parser_fail(struct json_parser *parser, enum json_problem problem, const char *format, ...)
{
    struct json_error *error = parser->error;
    error->problem = problem;
    error->offset = parser->at;
    error->line = 1;
    size_t line_start = 0;
    for (size_t i = 0; parser->source && i < parser->at; i++) {
        if (parser->source[i] == '\n') {
            error->line++;
            line_start = i + 1;
        }
    }
    error->column = (uint32_t)(parser->at - line_start + 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return problem == JSON_PROBLEM_DEPTH || problem == JSON_PROBLEM_SIZE ? ERR_LIMIT : ERR_INVALID;
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

int json_parser_init(struct json_parser *parser, const char *bytes, size_t length,
                     const struct json_options *options, struct json_error *error)
{
    *parser = (struct json_parser){.error = error, .length = length, .block_size = JSON_BLOCK_FIRST / 2};
    *error = (struct json_error){.problem = JSON_PROBLEM_NONE};
    size_t most = options && options->max_bytes ? options->max_bytes : JSON_DEFAULT_BYTES;
    if (most > UINT32_MAX - JSON_PADDING)
        most = UINT32_MAX - JSON_PADDING; /* offsets are 32 bits wide */
    parser->comments = options && options->comments;
    parser->max_depth = options && options->max_depth ? options->max_depth : JSON_DEFAULT_DEPTH;
    if (length > most)
        return json_parser_fail(parser, JSON_PROBLEM_SIZE, "longer than %zu bytes", most);
    struct json_document *document = MEMORY_NEW(struct json_document);
    document->pool = options ? options->pool : NULL;
    document->source = json_copy_text(document, bytes, length);
    document->text = json_copy_text(document, bytes, length);
    document->length = length;
    parser->document = document;
    parser->source = document->source;
    parser->text = document->text;
    return 0;
}

void json_parser_fini(struct json_parser *parser)
{
    free(parser->stack);
    free(parser->frames);
    json_free(parser->document);
}

struct json_value *json_parser_push(struct json_parser *parser)
{
    MEMORY_GROW(parser->stack, parser->count, parser->capacity);
    return &parser->stack[parser->count++];
}

const struct json_value *json_parser_store(struct json_parser *parser, size_t base)
{
    size_t bytes = (parser->count - base) * sizeof(struct json_value);
    struct json_document *document = parser->document;
    struct json_block *block = document->blocks;
    if (block->size - block->used < bytes) {
        size_t size = parser->block_size * 2 < JSON_BLOCK_MOST ? parser->block_size * 2 : JSON_BLOCK_MOST;
        parser->block_size = size;
        block = json_block_take(document->pool, size < bytes ? bytes : size);
        block->next = document->blocks;
        document->blocks = block;
    }
    struct json_value *stored = (struct json_value *)(void *)(block->content + block->used);
    if (bytes)
        memcpy(stored, parser->stack + base, bytes);
    block->used += bytes;
    parser->count = base;
    return stored;
}

/* Skips one comment whose slash is at the parser's place. */
static int json_skip_comment(struct json_parser *parser)
{
    const char *source = parser->source;
    if (source[parser->at + 1] == '/') {
        while (parser->at < parser->length && source[parser->at] != '\n')
            parser->at++;
        return 0;
    }
    if (source[parser->at + 1] != '*')
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "unexpected '/'");
    const char *end = memmem(source + parser->at + 2, parser->length - parser->at, "*/", 2);
    if (!end)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "a comment is not closed");
    parser->at = (size_t)(end - source) + 2;
    return 0;
}

static int json_skip_spaces(struct json_parser *parser)
{
    for (;;) {
        char byte = parser->source[parser->at];
        if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r') {
            parser->at++;
        } else if (byte == '/' && parser->comments) {
            int code = json_skip_comment(parser);
            if (code < 0)
                return code;
        } else {
            return 0;
        }
    }
}

/* Mostly there is none, or a single one. */
static inline int json_skip_space(struct json_parser *parser)
{
    parser->at += parser->source[parser->at] == ' ';
    unsigned char byte = (unsigned char)parser->source[parser->at];
    return byte > ' ' && byte != '/' ? 0 : json_skip_spaces(parser);
}

/* "expected X, found Y" for the byte at the parser's place. */
static int json_unexpected(struct json_parser *parser, const char *expected)
{
    if (parser->at >= parser->length)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "expected %s, found the end", expected);
    unsigned char byte = (unsigned char)parser->source[parser->at];
    if (byte == 0xef && !memcmp(parser->source + parser->at, "\xef\xbb\xbf", 3))
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "expected %s, found a byte order mark",
                                expected);
    if (byte > 0x20 && byte < 0x7f)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "expected %s, found '%c'", expected, byte);
    return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "expected %s, found byte 0x%02x", expected, byte);
}

static int json_skip_digits(struct json_parser *parser)
{
    size_t start = parser->at;
    while (parser->source[parser->at] >= '0' && parser->source[parser->at] <= '9')
        parser->at++;
    return parser->at == start ? json_unexpected(parser, "a digit") : 0;
}

static int json_parse_number(struct json_parser *parser, struct json_value *out)
{
    const char *source = parser->source;
    size_t start = parser->at;
    int code = 0;
    if (source[parser->at] == '-')
        parser->at++;
    if (source[parser->at] == '0')
        parser->at++;
    else
        code = json_skip_digits(parser);
    if (code == 0 && source[parser->at] == '.') {
        parser->at++;
        code = json_skip_digits(parser);
    }
    if (code == 0 && (source[parser->at] | 0x20) == 'e') {
        parser->at++;
        if (source[parser->at] == '+' || source[parser->at] == '-')
            parser->at++;
        code = json_skip_digits(parser);
    }
    if (code < 0)
        return code;
    parser->text[parser->at] = 0;
    *out = (struct json_value){.meta = JSON_NUMBER,
                               .count = (uint32_t)(parser->at - start),
                               .bytes = parser->text + start,
                               .start = (uint32_t)start,
                               .end = (uint32_t)parser->at};
    return 0;
}

static int json_parse_literal(struct json_parser *parser, struct json_value *out)
{
    static const struct {
        const char *word;
        uint32_t length;
        enum json_type type;
    } literals[] = {{"null", 4, JSON_NULL}, {"true", 4, JSON_TRUE}, {"false", 5, JSON_FALSE}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        if (memcmp(parser->source + parser->at, literals[i].word, literals[i].length))
            continue;
        *out = (struct json_value){.meta = literals[i].type,
                                   .start = (uint32_t)parser->at,
                                   .end = (uint32_t)parser->at + literals[i].length};
        parser->at += literals[i].length;
        return 0;
    }
    return json_unexpected(parser, "a value");
}

static int json_open_container(struct json_parser *parser, enum json_type type)
{
    if (parser->depth >= parser->max_depth)
        return json_parser_fail(parser, JSON_PROBLEM_DEPTH, "nested deeper than %u levels",
                                parser->max_depth);
    MEMORY_GROW(parser->frames, parser->depth, parser->frame_capacity);
    parser->frames[parser->depth++] =
        (struct json_frame){.start = (uint32_t)parser->at, .base = (uint32_t)parser->count, .type = type};
    parser->at++;
    return 0;
}

static void json_close_container(struct json_parser *parser)
{
    struct json_frame *frame = &parser->frames[--parser->depth];
    size_t values = parser->count - frame->base;
    parser->document->leaves -= values > 0; /* counted when it was opened */
    const struct json_value *items = json_parser_store(parser, frame->base);
    parser->at++;
    *json_parser_push(parser) =
        (struct json_value){.meta = frame->type,
                            .count = (uint32_t)(frame->type == JSON_OBJECT ? values / 2 : values),
                            .items = items,
                            .start = frame->start,
                            .end = (uint32_t)parser->at};
}

/* A cheap prefilter for looking keys up: ends and length, 24 bits; equal keys always agree. */
static uint32_t json_key_hash(const char *bytes, size_t length)
{
    uint64_t head;
    uint64_t tail = 0;
    memcpy(&head, bytes, 8); /* the padding is there even behind the last key */
    head = le64toh(head);
    if (length < 8)
        head &= (UINT64_C(1) << (8 * length)) - 1;
    else
        memcpy(&tail, bytes + length - 8, 8);
    uint64_t mixed = (head + length) * UINT64_C(0x9e3779b97f4a7c15) ^ tail * UINT64_C(0xc2b2ae3d27d4eb4f);
    mixed ^= mixed >> 29;
    return (uint32_t)((mixed * UINT64_C(0xbf58476d1ce4e5b9)) >> 32) & JSON_META_HASH;
}

static int json_parse_key(struct json_parser *parser)
{
    if (parser->source[parser->at] != '"')
        return json_unexpected(parser, "a key in double quotes");
    struct json_value *key = json_parser_push(parser);
    int code = json_parse_string(parser, key);
    if (code < 0)
        return code;
    key->meta |= json_key_hash(key->bytes, key->count);
    code = json_skip_space(parser);
    if (code < 0)
        return code;
    if (parser->source[parser->at] != ':')
        return json_unexpected(parser, "':'");
    parser->at++;
    return 0;
}

enum json_step { JSON_STEP_VALUE, JSON_STEP_KEY, JSON_STEP_AFTER, JSON_STEP_FIRST };

/* Reads a scalar, or opens a container. */
static int json_step_value(struct json_parser *parser, enum json_step *step)
{
    *step = JSON_STEP_AFTER;
    parser->document->leaves++;
    switch (parser->source[parser->at]) {
    case '{':
        *step = JSON_STEP_FIRST;
        return json_open_container(parser, JSON_OBJECT);
    case '[':
        *step = JSON_STEP_FIRST;
        return json_open_container(parser, JSON_ARRAY);
    case '"':
        return json_parse_string(parser, json_parser_push(parser));
    case '-':
    case '0' ... '9':
        return json_parse_number(parser, json_parser_push(parser));
    default:
        return json_parse_literal(parser, json_parser_push(parser));
    }
}

/* Behind an opening bracket (`first`) or behind a value: closes, or says what comes next. */
static int json_step_after(struct json_parser *parser, bool first, enum json_step *step)
{
    const struct json_frame *frame = &parser->frames[parser->depth - 1];
    bool is_object = frame->type == JSON_OBJECT;
    char close = is_object ? '}' : ']';
    char byte = parser->source[parser->at];
    *step = JSON_STEP_AFTER;
    if (byte == close) {
        json_close_container(parser);
        return 0;
    }
    if (!first) {
        if (byte != ',')
            return json_unexpected(parser, is_object ? "',' or '}'" : "',' or ']'");
        parser->at++;
        int code = json_skip_space(parser);
        if (code < 0)
            return code;
        if (parser->comments && parser->source[parser->at] == close) {
            json_close_container(parser);
            return 0;
        }
    }
    *step = is_object ? JSON_STEP_KEY : JSON_STEP_VALUE;
    return 0;
}

int json_parse_value(struct json_parser *parser)
{
    enum json_step step = JSON_STEP_VALUE;
    for (;;) {
        if (step == JSON_STEP_AFTER && parser->depth == 0)
            return 0;
        int code = json_skip_space(parser);
        if (code < 0)
            return code;
        switch (step) {
        case JSON_STEP_VALUE:
            code = json_step_value(parser, &step);
            break;
        case JSON_STEP_KEY:
            code = json_parse_key(parser);
            step = JSON_STEP_VALUE;
            break;
        case JSON_STEP_AFTER:
            code = json_step_after(parser, false, &step);
            break;
        case JSON_STEP_FIRST:
            code = json_step_after(parser, true, &step);
            break;
        }
        if (code < 0)
            return code;
    }
}

/* One value and nothing else. */
static int json_parse_document(struct json_parser *parser)
{
    int code = json_skip_space(parser);
    if (code < 0)
        return code;
    if (parser->at >= parser->length)
        return json_parser_fail(parser, JSON_PROBLEM_EMPTY, "expected a value, found nothing");
    code = json_parse_value(parser);
    if (code == 0)
        code = json_skip_space(parser);
    if (code < 0)
        return code;
    if (parser->at < parser->length)
        return json_parser_fail(parser, JSON_PROBLEM_TRAILING, "something follows the value");
    parser->document->root = parser->stack[0];
    return 0;
}

int json_read(const char *bytes, size_t length, const struct json_options *options,
              struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    int code = json_parser_init(&parser, bytes, length, options, error);
    if (code == 0)
        code = json_parse_document(&parser);
    if (code == 0)
        *out = STEAL(parser.document);
    json_parser_fini(&parser);
    return code;
}

void json_free(struct json_document *document)
{
    if (!document)
        return;
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

const char *json_source(const struct json_document *document, const struct json_value *value, size_t *length)
{
    *length = value->end - value->start;
    return document->source + value->start;
}
