/* RFC 8785, "JSON Canonicalization Scheme": the bytes whose SHA-256 is signed. */
#include "base/memory.h"
#include "orchestrator/report/number.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <stdlib.h>
#include <string.h>

#define CANONICAL_DEPTH 64 /* levels; our documents have 8 */

static int canonical_value(const cJSON *value, int depth, struct text *out, struct err *err);

/* Bytes up to the next that is no ASCII character standing for itself: nearly all of a document. */
static size_t canonical_plain(const char *string)
{
    size_t length = 0;
    while ((unsigned char)string[length] >= 0x20 && (unsigned char)string[length] < 0x80 &&
           string[length] != '"' && string[length] != '\\')
        length++;
    return length;
}

static int canonical_string(const char *string, struct text *out, struct err *err)
{
    static const char letters[] = "btnvfr";
    size_t length = strlen(string);
    text_append_char(out, '"');
    for (size_t at = 0; at < length;) {
        size_t plain = canonical_plain(string + at);
        text_append(out, string + at, plain);
        at += plain;
        if (at == length)
            break;
        uint32_t code;
        size_t taken = foreign_decode(string + at, length - at, &code);
        if (code == FOREIGN_INVALID)
            return err_set(err, ERR_INVALID, "report: a string is not valid UTF-8 at byte %zu", at);
        if (code == '"' || code == '\\')
            text_printf(out, "\\%c", (char)code);
        else if (code >= '\b' && code <= '\r' && code != '\v')
            text_printf(out, "\\%c", letters[code - '\b']);
        else if (code < 0x20)
            text_printf(out, "\\u%04x", (unsigned)code);
        else
            text_append(out, string + at, taken);
        at += taken;
    }
    text_append_char(out, '"');
    return 0;
}

/* First UTF-16 unit of a code point, or the second one of a pair. */
static uint32_t canonical_unit(uint32_t code, bool second)
{
    if (code < 0x10000)
        return code;
    return second ? 0xdc00 + ((code - 0x10000) & 0x3ff) : 0xd800 + ((code - 0x10000) >> 10);
}

/* By UTF-16 code units, which differs from UTF-8 order above U+FFFF (RFC 8785 section 3.2.3). */
static int canonical_compare_keys(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same])
        same++;
    while (same > 0 && ((unsigned char)a[same] & 0xc0) == 0x80)
        same--;
    size_t left = strlen(a + same);
    size_t right = strlen(b + same);
    if (left == 0 || right == 0)
        return (left > 0) - (right > 0);
    uint32_t one;
    uint32_t two;
    foreign_decode(a + same, left, &one);
    foreign_decode(b + same, right, &two);
    if (one == two)
        return 0;
    uint32_t high_one = canonical_unit(one, false);
    uint32_t high_two = canonical_unit(two, false);
    if (high_one != high_two)
        return high_one < high_two ? -1 : 1;
    return canonical_unit(one, true) < canonical_unit(two, true) ? -1 : 1;
}

static int canonical_compare_members(const void *a, const void *b)
{
    return canonical_compare_keys((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static int canonical_members(const cJSON **members, size_t count, int depth, struct text *out,
                             struct err *err)
{
    text_append_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(members[i - 1]->string, members[i]->string) == 0)
            return err_set(err, ERR_INVALID, "report: the key \"%.60s\" occurs twice", members[i]->string);
        if (i > 0)
            text_append_char(out, ',');
        int status = canonical_string(members[i]->string, out, err);
        if (status < 0)
            return status;
        text_append_char(out, ':');
        status = canonical_value(members[i], depth + 1, out, err);
        if (status < 0)
            return status;
    }
    text_append_char(out, '}');
    return 0;
}

static int canonical_object(const cJSON *object, int depth, struct text *out, struct err *err)
{
    size_t count = 0;
    for (const cJSON *member = object->child; member; member = member->next)
        count++;
    const cJSON **members = memory_resize(NULL, count, sizeof(const cJSON *));
    count = 0;
    for (const cJSON *member = object->child; member; member = member->next)
        members[count++] = member;
    if (count > 1)
        qsort(members, count, sizeof *members, canonical_compare_members);
    int status = canonical_members(members, count, depth, out, err);
    free(members);
    return status;
}

static int canonical_array(const cJSON *array, int depth, struct text *out, struct err *err)
{
    text_append_char(out, '[');
    for (const cJSON *element = array->child; element; element = element->next) {
        if (element != array->child)
            text_append_char(out, ',');
        int status = canonical_value(element, depth + 1, out, err);
        if (status < 0)
            return status;
    }
    text_append_char(out, ']');
    return 0;
}

static int canonical_number(double value, struct text *out, struct err *err)
{
    char digits[NUMBER_MAX];
    if (!number_format(value, digits))
        return err_set(err, ERR_INVALID, "report: a number is infinite or none at all");
    text_append_string(out, digits);
    return 0;
}

static int canonical_value(const cJSON *value, int depth, struct text *out, struct err *err)
{
    if (depth > CANONICAL_DEPTH)
        return err_set(err, ERR_INVALID, "report: more than %d levels", CANONICAL_DEPTH);
    switch (value->type & 0xff) {
    case cJSON_False:
        text_append_string(out, "false");
        return 0;
    case cJSON_True:
        text_append_string(out, "true");
        return 0;
    case cJSON_NULL:
        text_append_string(out, "null");
        return 0;
    case cJSON_Number:
        return canonical_number(value->valuedouble, out, err);
    case cJSON_String:
        return canonical_string(value->valuestring, out, err);
    case cJSON_Array:
        return canonical_array(value, depth, out, err);
    case cJSON_Object:
        return canonical_object(value, depth, out, err);
    default:
        return err_set(err, ERR_INVALID, "report: a value of no JSON type");
    }
}

int report_canonicalise(const cJSON *document, struct text *out, struct err *err)
{
    return canonical_value(document, 0, out, err);
}
