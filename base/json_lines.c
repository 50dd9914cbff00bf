/* JSON lines and plain text as arrays, so that one comparison serves them all. */
#include "base/cleanup.h"
#include "base/json_fold.h"

/* The '\n' that ends the line at `at`, or the text's end. */
static const char *json_line_end(const struct json_parser *parser, const char *at)
{
    const char *end = memchr(at, '\n', (size_t)(parser->end - at));
    return end ? end : parser->end;
}

static bool json_is_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at == end;
}

void json_parser_begin_array(struct json_parser *parser)
{
    json_parser_reserve(parser);
    *json_parser_push(parser) =
        (struct json_value){.extent = {.end = (uint32_t)(parser->end - parser->source)}};
}

void json_parser_finish_array(struct json_parser *parser, struct json_document **out)
{
    size_t count = parser->count - 1;
    const struct json_value *items = json_parser_store(parser, 0);
    parser->document->root =
        (struct json_value){.meta = JSON_ARRAY, .count = (uint32_t)count, .items = items};
    *out = STEAL(parser->document);
}

/* The same where the array may have become a folded one. */
static void json_finish_lines(struct json_parser *parser, struct json_cut *cut, struct json_document **out)
{
    if (!cut->fold) {
        json_parser_finish_array(parser, out);
        return;
    }
    struct json_extent whole = {.end = (uint32_t)(parser->end - parser->source)};
    parser->document->root = json_cut_finish(parser, cut, 1, whole);
    *out = STEAL(parser->document);
}

/* Before an element of the outermost array, at `at`. */
static void json_cut_lines(struct json_parser *parser, struct json_cut *cut, const char *at)
{
    if (parser->window && parser->count > 1 && json_cut_is_due(parser, cut, at))
        json_cut_window(parser, cut, 1, at);
}

static void json_parse_line(struct json_parser *parser, const char *at, const char *end)
{
    const char *behind = json_parse_value(parser, at);
    if (!behind)
        return;
    if (behind > end)
        json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "the value does not end on its line");
    else if (!json_is_blank(behind, end))
        json_parser_fail(parser, behind, JSON_PROBLEM_TRAILING, "something follows the value on its line");
}

int json_read_lines(const char *bytes, size_t length, const struct json_options *options,
                    struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    struct json_cut cut = {.barred = true};
    if (json_parser_init(&parser, bytes, length, options, error) == 0) {
        json_parser_begin_array(&parser);
        cut = json_cut_begin(&parser, parser.source);
    }
    for (const char *at = parser.source; parser.code == 0 && at < parser.end;) {
        const char *end = json_line_end(&parser, at);
        if (!json_is_blank(at, end)) {
            at = json_skip_space(&parser, at);
            json_cut_lines(&parser, &cut, at);
            json_parse_line(&parser, at, end);
        }
        at = end + 1;
    }
    if (parser.code == 0)
        json_finish_lines(&parser, &cut, out);
    json_parser_fini(&parser);
    return parser.code;
}

const char *json_parser_push_line(struct json_parser *parser, const char *at)
{
    const char *end = json_line_end(parser, at);
    end += end < parser->end;
    json_parser_reserve(parser);
    *json_parser_push(parser) = (struct json_value){.meta = JSON_STRING | JSON_META_LINE,
                                                    .count = (uint32_t)(end - at),
                                                    .bytes = parser->text + (at - parser->source)};
    return end;
}

int json_wrap_text(const char *bytes, size_t length, const struct json_options *options,
                   struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    struct json_cut cut = {.barred = true};
    if (json_parser_init(&parser, bytes, length, options, error) == 0) {
        parser.document->lines = true;
        json_parser_begin_array(&parser);
        cut = json_cut_begin(&parser, parser.source);
    }
    for (const char *at = parser.source; parser.code == 0 && at < parser.end;) {
        json_cut_lines(&parser, &cut, at);
        at = json_parser_push_line(&parser, at);
        parser.document->leaves++;
    }
    if (parser.code == 0)
        json_finish_lines(&parser, &cut, out);
    json_parser_fini(&parser);
    return parser.code;
}
