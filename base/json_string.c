#include "base/json_parser.h"

#include <endian.h>
#include <string.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Index of the first quote, backslash or control byte at or after `at`. The padding's NULs end every scan. */
static size_t json_scan_plain(const char *source, size_t at)
{
    for (;; at += 8) {
        uint64_t word;
        memcpy(&word, source + at, sizeof word);
        word = le64toh(word);
        uint64_t quote = word ^ (ONES * '"');
        uint64_t slash = word ^ (ONES * '\\');
        /* Zero-byte test (Warren, Hacker's Delight, 6-1): exact for the lowest hit, which is the one wanted.
         */
        uint64_t hit =
            (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((word - ONES * 0x20) & ~word)) & HIGHS;
        if (hit)
            return at + ((size_t)__builtin_ctzll(hit) >> 3);
    }
}

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

/* Decodes the \u escape at the parser's place (on its backslash), with its second half where it has one. */
static int json_decode_unit(struct json_parser *parser, char **out)
{
    const char *source = parser->source;
    int32_t unit = json_hex_unit(source + parser->at + 2);
    if (unit < 0)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "\\u needs four hexadecimal digits");
    parser->at += 6;
    uint32_t code = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xdc00 && source[parser->at] == '\\' && source[parser->at + 1] == 'u') {
        int32_t low = json_hex_unit(source + parser->at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
            parser->at += 6;
        }
    }
    *out = json_put_code_point(*out, code);
    return 0;
}

static int json_decode_escape(struct json_parser *parser, char **out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char letter = parser->source[parser->at + 1];
    if (letter == 'u')
        return json_decode_unit(parser, out);
    const char *found = letter ? strchr(from, letter) : NULL;
    if (!found)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "invalid escape in a string");
    *(*out)++ = to[found - from];
    parser->at += 2;
    return 0;
}

/* From the first backslash on: decodes in place, which always fits since every escape is longer than its
 * bytes. */
static int json_decode_rest(struct json_parser *parser, struct json_value *out)
{
    char *put = parser->text + parser->at;
    for (;;) {
        if (parser->source[parser->at] == '"')
            break;
        if (parser->source[parser->at] != '\\')
            return -1; /* a control byte or the end; the caller words it */
        int code = json_decode_escape(parser, &put);
        if (code < 0)
            return code;
        size_t next = json_scan_plain(parser->source, parser->at);
        memcpy(put, parser->source + parser->at, next - parser->at);
        put += next - parser->at;
        parser->at = next;
    }
    *put = 0;
    out->count = (uint32_t)(put - out->bytes);
    out->meta |= JSON_META_ESCAPED;
    return 0;
}

int json_parse_string(struct json_parser *parser, struct json_value *out)
{
    size_t start = parser->at;
    parser->at = json_scan_plain(parser->source, start + 1);
    out->meta = JSON_STRING;
    out->bytes = parser->text + start + 1;
    out->start = (uint32_t)start;
    if (parser->source[parser->at] == '"') {
        out->count = (uint32_t)(parser->at - start - 1);
        parser->text[parser->at] = 0;
    } else if (json_decode_rest(parser, out) < 0) {
        if (parser->error->problem)
            return ERR_INVALID;
        if (parser->at >= parser->length || parser->source[parser->at] == '\n')
            return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "a string is not closed");
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX,
                                "control byte 0x%02x in a string must be escaped",
                                (unsigned char)parser->source[parser->at]);
    }
    if (parser->at >= parser->length)
        return json_parser_fail(parser, JSON_PROBLEM_SYNTAX, "a string is not closed");
    parser->at++;
    out->end = (uint32_t)parser->at;
    return 0;
}
