#include "workloads/edge/fit.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool fit_is_number(const char *text, size_t length)
{
    char copy[64];
    char *end = NULL;
    if (length == 0 || length >= sizeof copy || isspace((unsigned char)*text))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    (void)strtod(copy, &end);
    return *end == '\0';
}

/* 2024-02-29, perhaps with a time behind it. */
static bool fit_is_date(const char *text, size_t length)
{
    static const char form[] = "dddd-dd-dd";
    if (length < sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

static bool fit_is_word(const char *text, size_t length)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0)
            return true;
    return false;
}

/* Of text, in JSON with its quotes. */
static struct edge_fit fit_of(const char *text, size_t length, bool json)
{
    struct edge_fit fit = {.quoted = json && length >= 2 && *text == '"'};
    text += fit.quoted;
    length -= 2 * (size_t)fit.quoted;
    bool apart = json && !fit.quoted && length > 0;
    fit.kind = fit_is_number(text, length) ? EDGE_NUMBER
               : fit_is_date(text, length) ? EDGE_DATE
               : fit_is_word(text, length) ? EDGE_WORD
               : apart && *text == '['     ? EDGE_ARRAY
               : apart && *text == '{'     ? EDGE_OBJECT
                                           : EDGE_TEXT;
    return fit;
}

struct edge_fit edge_fit_of(const struct edge_place *place, const char *text)
{
    return fit_of(text + place->start, place->end - place->start, place->json);
}

bool edge_fit_is_near(struct edge_fit fit, const struct edge_value *value)
{
    switch (value->act) {
    case EDGE_OF_ANOTHER:
        return true;
    case EDGE_SET:
        break;
    case EDGE_OTHER_CASE:
    case EDGE_OTHER_FORM:
    case EDGE_LEADING_SPACE:
    case EDGE_TRAILING_SPACE:
        return fit.kind == EDGE_TEXT;
    case EDGE_FIRST_ITEM:
    case EDGE_ONE_ITEM:
    case EDGE_ITEMS_TWICE:
        return fit.kind == EDGE_ARRAY;
    case EDGE_EXTRA_KEY:
        return fit.kind == EDGE_OBJECT;
    default:
        return false;
    }
    struct edge_fit other = fit_of(value->text, value->length, fit.quoted || *value->text == '"');
    return fit.kind == other.kind && fit.quoted == other.quoted && fit.kind != EDGE_TEXT;
}

static struct edge_value fit_copy(const struct edge_value *value)
{
    struct edge_value copy = *value;
    copy.text = value->text ? memory_copy_bytes(value->text, value->length) : NULL;
    copy.label = value->label ? memory_copy_string(value->label) : NULL;
    return copy;
}

/* As a string of JSON; text without control bytes, which a parameter may hold. */
static struct edge_value fit_quote(const struct edge_value *value)
{
    struct text text = {0};
    text_append_char(&text, '"');
    for (size_t i = 0; i < value->length; i++) {
        unsigned char byte = (unsigned char)value->text[i];
        if (byte < ' ')
            text_printf(&text, "\\u%04x", byte);
        else
            text_printf(&text, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
    text_append_char(&text, '"');
    struct edge_value quoted = *value;
    quoted.length = text.length;
    quoted.text = text_take(&text);
    quoted.label =
        *value->label == '"' ? memory_copy_string(value->label) : memory_format("\"%s\"", value->label);
    return quoted;
}

static bool fit_has(const struct edge_list *list, const struct edge_value *value)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].act == EDGE_SET && list->items[i].length == value->length &&
            memcmp(list->items[i].text, value->text, value->length) == 0)
            return true;
    return false;
}

struct edge_list edge_fit_strings(const struct edge_values *values)
{
    const struct edge_list *json = &values->json;
    const struct edge_list *parameters = &values->parameters;
    struct edge_list list = {0};
    list.items = memory_zeroed((json->count + parameters->count + 1) * sizeof *list.items);
    for (size_t i = 0; i < json->count; i++)
        list.items[list.count++] = fit_copy(&json->items[i]);
    for (size_t i = 0; i < parameters->count; i++) {
        if (parameters->items[i].act != EDGE_SET)
            continue;
        struct edge_value quoted = fit_quote(&parameters->items[i]);
        quoted.nothing = false; /* those have their turn as they are spelled in `json` */
        if (fit_has(&list, &quoted)) {
            free(quoted.text);
            free(quoted.label);
        } else {
            list.items[list.count++] = quoted;
        }
    }
    return list;
}
