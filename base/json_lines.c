/* JSON lines and plain text as arrays, so that one comparison serves them all. */
#include "base/cleanup.h"
#include "base/json_parser.h"

#include <string.h>

/* End of the line at `at`: the index of its '\n', or `length`. */
static size_t json_line_end(const char *bytes, size_t at, size_t length)
{
    const char *end = memchr(bytes + at, '\n', length - at);
    return end ? (size_t)(end - bytes) : length;
}

static bool json_is_blank(const char *bytes, size_t at, size_t end)
{
    while (at < end && strchr(" \t\r", bytes[at]) && bytes[at])
        at++;
    return at == end;
}

/* The stack holds the elements: makes them the root array and hands the document over. */
static void json_finish_array(struct json_parser *parser, struct json_document **out)
{
    size_t count = parser->count;
    const struct json_value *items = json_parser_store(parser, 0);
    parser->document->root = (struct json_value){.meta = JSON_ARRAY,
                                                 .count = (uint32_t)count,
                                                 .items = items,
                                                 .end = (uint32_t)parser->document->length};
    *out = STEAL(parser->document);
}

static int json_parse_line(struct json_parser *parser, size_t end)
{
    size_t before = parser->at;
    int code = json_parse_value(parser);
    if (code < 0)
        return code;
    if (parser->at > end) {
        parser->at = before;
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "the value does not end on its line");
    }
    if (!json_is_blank(parser->source, parser->at, end))
        return json_parser_fail(parser, JSON_PROBLEM_TRAILING, "something follows the value on its line");
    return 0;
}

int json_read_lines(const char *bytes, size_t length, const struct json_options *options,
                    struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    int code = json_parser_init(&parser, bytes, length, options, error);
    while (code == 0 && parser.at < length) {
        size_t end = json_line_end(parser.source, parser.at, length);
        if (!json_is_blank(parser.source, parser.at, end))
            code = json_parse_line(&parser, end);
        if (code == 0)
            parser.at = end + 1;
    }
    if (code == 0)
        json_finish_array(&parser, out);
    json_parser_fini(&parser);
    return code;
}

int json_wrap_text(const char *bytes, size_t length, struct json_document **out, struct json_error *error)
{
    struct json_parser parser;
    int code = json_parser_init(&parser, bytes, length, NULL, error);
    for (size_t at = 0; code == 0 && at < length;) {
        size_t end = json_line_end(parser.source, at, length);
        end += end < length;
        *json_parser_push(&parser) = (struct json_value){.meta = JSON_STRING,
                                                         .count = (uint32_t)(end - at),
                                                         .bytes = parser.text + at,
                                                         .start = (uint32_t)at,
                                                         .end = (uint32_t)end};
        parser.document->leaves++;
        at = end;
    }
    if (code == 0)
        json_finish_array(&parser, out);
    json_parser_fini(&parser);
    return code;
}
