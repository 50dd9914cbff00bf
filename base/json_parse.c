/* Values: a loop with a stack of open containers, since foreign input would choose the depth of a recursion.
 */
#include "base/json_fold.h"
#include "base/json_scan.h"
#include "base/memory.h"

/* Most strings are as they were written. */
static inline const char *json_parse_string(struct json_parser *parser, const char *quote,
                                            struct json_value *out)
{
    const char *end = json_scan_plain(quote + 1);
    if (*end != '"')
        return json_parse_odd_string(parser, quote, end, out);
    *out = (struct json_value){.meta = JSON_STRING,
                               .count = (uint32_t)(end - quote - 1),
                               .bytes = parser->text + (quote + 1 - parser->source)};
    if (parser->copy)
        parser->copy[end - parser->source] = 0;
    return end + 1;
}

/* Behind a comment whose slash is at `at`. */
static const char *json_skip_comment(struct json_parser *parser, const char *at)
{
    if (at[1] == '/') {
        const char *end = memchr(at, '\n', (size_t)(parser->end - at));
        return end ? end : parser->end;
    }
    if (at[1] != '*')
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "unexpected '/'");
    const char *end = memmem(at + 2, (size_t)(parser->end - at) - 2, "*/", 2);
    if (!end)
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "a comment is not closed");
    return end + 2;
}

/* Indented text has its spaces by the dozen. */
static const char *json_skip_run(const char *at)
{
    static const char eight[8] = "        ";
    while (!memcmp(at, eight, sizeof eight))
        at += sizeof eight;
    while (*at == ' ')
        at++;
    return at;
}

const char *json_skip_spaces(struct json_parser *parser, const char *at)
{
    for (;;) {
        if (*at == '\n' || *at == '\t' || *at == '\r')
            at++;
        else if (*at == ' ')
            at = json_skip_run(at);
        else if (*at == '/' && parser->comments)
            at = json_skip_comment(parser, at);
        else
            return at;
        if (!at)
            return NULL;
    }
}

/* "expected X, found Y" for the byte at `at`. */
static const char *json_unexpected(struct json_parser *parser, const char *at, const char *expected)
{
    if (at >= parser->end)
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "expected %s, found the end", expected);
    unsigned char byte = (unsigned char)*at;
    if (byte == 0xef && !memcmp(at, "\xef\xbb\xbf", 3))
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "expected %s, found a byte order mark",
                                expected);
    if (byte > 0x20 && byte < 0x7f)
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "expected %s, found '%c'", expected, byte);
    return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "expected %s, found byte 0x%02x", expected,
                            byte);
}

static inline bool json_is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

/* At least one digit. */
static inline const char *json_skip_digits(struct json_parser *parser, const char *at)
{
    if (!json_is_digit(*at))
        return json_unexpected(parser, at, "a digit");
    while (json_is_digit(*at))
        at++;
    return at;
}

static const char *json_parse_number(struct json_parser *parser, const char *at, struct json_value *out)
{
    const char *start = at;
    at += *at == '-';
    at = *at == '0' ? at + 1 : json_skip_digits(parser, at);
    if (at && *at == '.')
        at = json_skip_digits(parser, at + 1);
    if (at && (*at | 0x20) == 'e') {
        at++;
        at = json_skip_digits(parser, at + (*at == '+' || *at == '-'));
    }
    if (!at)
        return NULL;
    *out = (struct json_value){.meta = JSON_NUMBER,
                               .count = (uint32_t)(at - start),
                               .bytes = parser->text + (start - parser->source)};
    if (parser->copy)
        parser->copy[at - parser->source] = 0;
    return at;
}

static const char *json_parse_literal(struct json_parser *parser, const char *at, struct json_value *out)
{
    uint32_t start = (uint32_t)(at - parser->source);
    enum json_type type;
    if (!memcmp(at, "true", 4))
        type = JSON_TRUE;
    else if (!memcmp(at, "null", 4))
        type = JSON_NULL;
    else if (!memcmp(at, "false", 5))
        type = JSON_FALSE;
    else
        return json_unexpected(parser, at, "a value");
    uint32_t length = type == JSON_FALSE ? 5 : 4;
    *out = (struct json_value){.meta = type, .extent = {.start = start, .end = start + length}};
    return at + length;
}

static inline const char *json_parse_scalar(struct json_parser *parser, const char *at)
{
    struct json_value *out = json_parser_push(parser);
    parser->document->leaves++;
    if (*at == '"')
        return json_parse_string(parser, at, out);
    if (json_is_digit(*at) || *at == '-')
        return json_parse_number(parser, at, out);
    return json_parse_literal(parser, at, out);
}

/* A cheap prefilter for looking keys up: ends and length, 24 bits; equal keys always agree. */
static inline uint32_t json_key_hash(const char *bytes, size_t length)
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

/* A key, its colon, and the space before the value. */
static inline const char *json_parse_key(struct json_parser *parser, const char *at)
{
    if (*at != '"')
        return json_unexpected(parser, at, "a key in double quotes");
    struct json_value *key = json_parser_push(parser);
    at = json_parse_string(parser, at, key);
    if (!at)
        return NULL;
    key->meta |= json_key_hash(key->bytes, key->count);
    if (*at != ':') {
        at = json_skip_space(parser, at);
        if (at && *at != ':')
            at = json_unexpected(parser, at, "':'");
        if (!at)
            return NULL;
    }
    return json_skip_space(parser, at + 1);
}

/* Behind the closing bracket at `at` of an array that is folded by now. */
static const char *json_close_folded(struct json_parser *parser, const char *at)
{
    const struct json_frame *frame = &parser->stack.frames[parser->depth];
    struct json_extent extent = {.start = frame->start, .end = (uint32_t)(at + 1 - parser->source)};
    struct json_value folded = json_cut_finish(parser, &parser->cuts[parser->depth], frame->base + 1, extent);
    parser->count = frame->base;
    *json_parser_push(parser) = folded;
    return at + 1;
}

/* Behind the closing bracket at `at`: its values leave the stack, and their container comes onto it. */
static const char *json_close_container(struct json_parser *parser, const char *at)
{
    const struct json_frame *frame = &parser->stack.frames[--parser->depth];
    if (parser->window && parser->cuts[parser->depth].fold)
        return json_close_folded(parser, at);
    size_t values = parser->count - frame->base - 1;
    parser->document->leaves += values == 0;
    struct json_value *first = &parser->stack.values[frame->base];
    *first =
        (struct json_value){.extent = {.start = frame->start, .end = (uint32_t)(at + 1 - parser->source)}};
    const struct json_value *items = json_parser_store(parser, frame->base);
    *json_parser_push(parser) =
        (struct json_value){.meta = frame->type,
                            .count = (uint32_t)(frame->type == JSON_OBJECT ? values / 2 : values),
                            .items = items};
    return at + 1;
}

/* Before an element at `at` that is not its array's first. */
static void json_cut_array(struct json_parser *parser, const char *at)
{
    struct json_cut *cut = &parser->cuts[parser->depth - 1];
    if (!json_cut_is_due(parser, cut, at))
        return;
    for (size_t i = 0; i + 1 < parser->depth; i++)
        parser->cuts[i].barred = true;
    json_cut_window(parser, cut, parser->stack.frames[parser->depth - 1].base + 1, at);
}

/* Behind a value: closes what closes; to the next value, with its key, or with *more false to the end. */
static inline const char *json_continue(struct json_parser *parser, const char *at, bool *more)
{
    while (parser->depth) {
        bool is_object = parser->stack.frames[parser->depth - 1].type == JSON_OBJECT;
        char close = is_object ? '}' : ']';
        at = json_skip_space(parser, at);
        if (at && *at == ',') {
            at = json_skip_space(parser, at + 1);
            if (at && !(parser->comments && *at == close)) {
                *more = true;
                if (parser->window && !is_object)
                    json_cut_array(parser, at);
                return is_object ? json_parse_key(parser, at) : at;
            }
        }
        if (at && *at != close)
            at = json_unexpected(parser, at, is_object ? "',' or '}'" : "',' or ']'");
        if (!at)
            return NULL;
        at = json_close_container(parser, at);
    }
    *more = false;
    return at;
}

/* The container that has just been opened, and whose first value is at `at`. */
static void json_begin_cut(struct json_parser *parser, const char *at)
{
    size_t depth = parser->depth - 1;
    MEMORY_GROW(parser->cuts, depth, parser->cut_capacity);
    const struct json_cut *outer = depth > 0 ? &parser->cuts[depth - 1] : NULL;
    struct json_cut *cut = &parser->cuts[depth];
    *cut = json_cut_begin(parser, at);
    cut->inside = outer && (outer->inside || outer->fold);
    cut->barred = cut->inside || parser->stack.frames[depth].type != JSON_ARRAY;
}

/* Behind an opening bracket: to its first value, with its key; with *more false when there is none. */
static const char *json_open_container(struct json_parser *parser, const char *at, bool *more)
{
    enum json_type type = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
    if (parser->depth >= parser->max_depth)
        return json_parser_fail(parser, at, JSON_PROBLEM_DEPTH, "nested deeper than %u levels",
                                parser->max_depth);
    MEMORY_GROW(parser->stack.frames, parser->depth, parser->stack.frame_capacity);
    parser->stack.frames[parser->depth++] = (struct json_frame){
        .start = (uint32_t)(at - parser->source), .base = (uint32_t)parser->count, .type = type};
    parser->count++; /* room for the extent */
    at = json_skip_space(parser, at + 1);
    if (at && parser->window)
        json_begin_cut(parser, at);
    if (at && *at == (type == JSON_OBJECT ? '}' : ']')) {
        *more = false;
        return json_close_container(parser, at);
    }
    *more = true;
    return at && type == JSON_OBJECT ? json_parse_key(parser, at) : at;
}

const char *json_parse_value(struct json_parser *parser, const char *at)
{
    bool more = true;
    while (at && more) {
        json_parser_reserve(parser);
        more = false;
        if (*at == '{' || *at == '[')
            at = json_open_container(parser, at, &more);
        else
            at = json_parse_scalar(parser, at);
        if (at && !more)
            at = json_continue(parser, at, &more);
    }
    return at;
}
