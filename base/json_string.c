/* Strings that were escaped, or that break off. */
#include "base/json_parser.h"
#include "base/json_scan.h"

static int json_hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* The four hexadecimal digits at `digits`, or -1. Stops at the first wrong byte, so the padding is enough. */
static int32_t json_hex_unit(const char *digits)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = json_hex_digit(digits[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* A lone surrogate gets its three generalised bytes (WTF-8), so that it stays different from U+FFFD. */
static char *json_put_code_point(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* Decodes the \u escape at `at`, with its second half where it has one. */
static const char *json_decode_unit(struct json_parser *parser, const char *at, char **out)
{
    int32_t unit = json_hex_unit(at + 2);
    if (unit < 0)
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "\\u needs four hexadecimal digits");
    at += 6;
    uint32_t code = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
        int32_t low = json_hex_unit(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
            at += 6;
        }
    }
    *out = json_put_code_point(*out, code);
    return at;
}

static const char *json_decode_escape(struct json_parser *parser, const char *at, char **out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (at[1] == 'u')
        return json_decode_unit(parser, at, out);
    const char *found = at[1] ? strchr(from, at[1]) : NULL;
    if (!found)
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "invalid escape in a string");
    *(*out)++ = to[found - from];
    return at + 2;
}

/* The quote that closes, or the control byte or end at which the string breaks off. */
static const char *json_find_stop(const char *at)
{
    at = json_scan_plain(at);
    while (*at == '\\')
        at = at[1] ? json_scan_plain(at + 2) : at + 1;
    return at;
}

static const char *json_string_breaks_off(struct json_parser *parser, const char *at)
{
    if (at >= parser->end || *at == '\n')
        return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX, "a string is not closed");
    return json_parser_fail(parser, at, JSON_PROBLEM_SYNTAX,
                            "control byte 0x%02x in a string must be escaped", (unsigned char)*at);
}

/* Decodes into the arena, behind the string's extent. Every escape is longer than its bytes. */
static const char *json_parse_escaped(struct json_parser *parser, const char *quote, struct json_value *out)
{
    const char *stop = json_find_stop(quote + 1);
    struct json_extent extent = {.start = (uint32_t)(quote - parser->source),
                                 .end = (uint32_t)(stop + 1 - parser->source)};
    size_t room = sizeof extent + (size_t)(stop - quote) + JSON_PADDING;
    char *bytes = json_parser_room(parser, room) + sizeof extent;
    char *put = bytes;
    memcpy(bytes - sizeof extent, &extent, sizeof extent);
    for (const char *at = quote + 1; at < stop;) {
        const char *next = json_scan_plain(at);
        memcpy(put, at, (size_t)(next - at));
        put += next - at;
        at = next < stop ? json_decode_escape(parser, next, &put) : next;
        if (!at)
            return NULL;
    }
    if (*stop != '"')
        return json_string_breaks_off(parser, stop);
    memset(put, 0, JSON_PADDING);
    *out = (struct json_value){
        .meta = JSON_STRING | JSON_META_ESCAPED, .count = (uint32_t)(put - bytes), .bytes = bytes};
    json_parser_return(parser, (size_t)(stop - quote) - out->count);
    return stop + 1;
}

const char *json_parse_odd_string(struct json_parser *parser, const char *quote, const char *stop,
                                  struct json_value *out)
{
    return *stop == '\\' ? json_parse_escaped(parser, quote, out) : json_string_breaks_off(parser, stop);
}
