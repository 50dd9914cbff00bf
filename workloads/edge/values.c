#include "workloads/edge/values.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/worker/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_LABEL_MOST  32    /* bytes of a label */
#define VALUES_REPEAT_MOST 65536 /* an argument of more than 128 KiB could not be passed: MAX_ARG_STRLEN */

/* Which acts a list may name. */
enum { ON_PARAMETERS = 1, ON_JSON = 2 };

static const struct {
    const char *name;
    int on;
} values_acts[EDGE_ACTS + 1] = {
    [EDGE_SET] = {"set", 0},
    [EDGE_ABSENT] = {"absent", ON_PARAMETERS | ON_JSON},
    [EDGE_BARE] = {"bare", ON_PARAMETERS},
    [EDGE_TWICE] = {"twice", ON_PARAMETERS},
    [EDGE_BRACKETS] = {"brackets", ON_PARAMETERS},
    [EDGE_IN_ARRAY] = {"in-array", ON_JSON},
    [EDGE_FIRST_ITEM] = {"first-item", ON_JSON},
    [EDGE_ONE_ITEM] = {"one-item", ON_JSON},
    [EDGE_ITEMS_TWICE] = {"items-twice", ON_JSON},
    [EDGE_DUPLICATE_KEY] = {"duplicate-key", ON_JSON},
    [EDGE_EXTRA_KEY] = {"extra-key", ON_JSON},
    [EDGE_OTHER_CASE] = {"other-case", ON_PARAMETERS | ON_JSON},
    [EDGE_OTHER_FORM] = {"other-form", ON_PARAMETERS | ON_JSON},
    [EDGE_LEADING_SPACE] = {"leading-space", ON_PARAMETERS | ON_JSON},
    [EDGE_TRAILING_SPACE] = {"trailing-space", ON_PARAMETERS | ON_JSON},
    [EDGE_OF_ANOTHER] = {"of-another", ON_PARAMETERS | ON_JSON},
    [EDGE_REVERSED] = {"reversed", 0},
};

static const char *const values_keys[] = {"$schema", "version", "cases",  "seconds", "parameters",
                                          "json",    "filters", "ranges", NULL};
static const char *const values_set_keys[] = {"set", "nothing", NULL};
static const char *const values_do_keys[] = {"do", "nothing", NULL};
static const char *const values_repeat_keys[] = {"repeat", "times", "nothing", NULL};

const char *edge_act_name(enum edge_act act)
{
    return values_acts[act].name;
}

char *edge_value_label(const char *text, size_t length, bool quoted)
{
    cleanup_text struct text label = {0};
    bool plain = length > 0;
    for (size_t i = 0; i < length; i++)
        plain = plain && (unsigned char)text[i] > ' ' && text[i] != '"';
    const char *quote = plain || quoted ? "" : "\"";
    size_t shown = length < VALUES_LABEL_MOST ? length : VALUES_LABEL_MOST;
    while (shown < length && ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--;
    text_append_string(&label, quote);
    for (size_t i = 0; i < shown; i++)
        text_append_char(&label, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    text_printf(&label, "%s%s", shown < length ? "…" : "", quote);
    return text_take(&label);
}

static int values_read_repeat(struct edge_value *entry, bool json, const struct json_file *file,
                              const struct json_value *value, struct err *err)
{
    const struct json_value *times = json_find(value, "times");
    const char *unit = NULL;
    int64_t count = 0;
    if (json_check_keys(file, value, values_repeat_keys, err) < 0 ||
        json_want_string(file, json_find(value, "repeat"), &unit, err) < 0)
        return err->code;
    if (!times)
        return json_complain(file, value, err, "\"times\" is missing");
    if (json_want_integer(file, times, 1, VALUES_REPEAT_MOST, &count, err) < 0)
        return err->code;
    if (strlen(unit) != 1 || !isalnum((unsigned char)*unit))
        return json_complain(file, json_find(value, "repeat"), err, "must be one letter or digit");
    cleanup_text struct text text = {0};
    for (int64_t i = 0; i < count + (json ? 2 : 0); i++)
        text_append_char(&text, json && (i == 0 || i == count + 1) ? '"' : *unit);
    entry->length = text.length;
    entry->text = text_take(&text);
    entry->label = memory_format("\"%s\" × %d", unit, (int)count);
    return 0;
}

static int values_read_set(struct edge_value *entry, bool json, const struct json_file *file,
                           const struct json_value *value, struct err *err)
{
    const char *text = NULL;
    if (json) {
        size_t length = 0;
        const char *source = json_source(file->document, value, &length);
        entry->text = request_make_line(source, length, &entry->length);
        entry->text[--entry->length] = '\0'; /* the line's end */
    } else {
        if (json_want_string(file, value, &text, err) < 0)
            return err->code;
        entry->text = memory_copy_string(text);
        entry->length = strlen(text);
    }
    entry->label = edge_value_label(entry->text, entry->length, json);
    return 0;
}

static int values_read_act(struct edge_value *entry, bool json, const struct json_file *file,
                           const struct json_value *value, struct err *err)
{
    const char *names[EDGE_ACTS + 1] = {NULL};
    enum edge_act acts[EDGE_ACTS];
    int count = 0;
    int choice = 0;
    for (int act = 0; act < EDGE_ACTS; act++) {
        if (!(values_acts[act].on & (json ? ON_JSON : ON_PARAMETERS)))
            continue;
        acts[count] = (enum edge_act)act;
        names[count++] = values_acts[act].name;
    }
    if (json_check_keys(file, value, values_do_keys, err) < 0 ||
        json_want_choice(file, json_find(value, "do"), names, &choice, err) < 0)
        return err->code;
    entry->act = acts[choice];
    return 0;
}

/* A plain value, {"set": v}, {"do": "absent"} or {"repeat": "a", "times": 256}, each of the last three
 * perhaps with "nothing". */
static int values_read_entry(struct edge_value *entry, bool json, const struct json_file *file,
                             const struct json_value *value, struct err *err)
{
    bool object = json_type(value) == JSON_OBJECT;
    const struct json_value *nothing = object ? json_find(value, "nothing") : NULL;
    if (nothing && json_want_bool(file, nothing, &entry->nothing, err) < 0)
        return err->code;
    if (!object)
        return values_read_set(entry, json, file, value, err);
    if (json_find(value, "do"))
        return values_read_act(entry, json, file, value, err);
    if (json_find(value, "repeat"))
        return values_read_repeat(entry, json, file, value, err);
    if (!json_find(value, "set"))
        return json_complain(file, value, err, "must have one of \"set\", \"do\" and \"repeat\"");
    if (json_check_keys(file, value, values_set_keys, err) < 0)
        return err->code;
    return values_read_set(entry, json, file, json_find(value, "set"), err);
}

static int values_read_list(struct edge_list *list, bool json, const struct json_file *file,
                            const struct json_value *array, struct err *err)
{
    if (!array)
        return 0;
    if (json_want_array(file, array, err) < 0)
        return err->code;
    size_t more = json_count(array);
    if (more > EDGE_VALUES_MOST - list->count)
        return json_complain(file, array, err, "more than %d values", EDGE_VALUES_MOST);
    list->items = memory_resize(list->items, list->count + more + 1, sizeof *list->items);
    for (size_t i = 0; i < more; i++) {
        struct edge_value *entry = &list->items[list->count++];
        *entry = (struct edge_value){.act = EDGE_SET};
        if (values_read_entry(entry, json, file, json_element(array, i), err) < 0)
            return err->code;
    }
    return 0;
}

static void values_append(char ***list, char **more, size_t count)
{
    size_t kept = 0;
    while (*list && (*list)[kept])
        kept++;
    *list = memory_resize(*list, kept + count + 1, sizeof **list);
    memcpy(*list + kept, more, count * sizeof *more);
    (*list)[kept + count] = NULL;
    free(more);
}

static int values_read_filters(struct edge_values *values, const struct json_file *file,
                               const struct json_value *array, struct err *err)
{
    char **words = NULL;
    size_t count = 0;
    if (!array)
        return 0;
    if (json_want_strings(file, array, &words, &count, err) < 0)
        return err->code;
    values_append(&values->filters, words, count);
    return 0;
}

static int values_read_ranges(struct edge_values *values, const struct json_file *file,
                              const struct json_value *array, struct err *err)
{
    if (!array)
        return 0;
    if (json_want_array(file, array, err) < 0)
        return err->code;
    for (size_t i = 0; i < json_count(array); i++) {
        char **words = NULL;
        size_t count = 0;
        if (json_want_strings(file, json_element(array, i), &words, &count, err) < 0)
            return err->code;
        values_append(&values->ranges, words, count);
        if (count != 2)
            return json_complain(file, json_element(array, i), err,
                                 "must be the two words of a range's low and high end");
    }
    return 0;
}

static int values_read_budget(struct edge_values *values, const struct json_file *file,
                              const struct json_value *object, struct err *err)
{
    const struct json_value *version = json_find(object, "version");
    const struct json_value *cases = json_find(object, "cases");
    const struct json_value *seconds = json_find(object, "seconds");
    int64_t number = 0;
    if (version && json_want_integer(file, version, 1, 1, &number, err) < 0)
        return err->code;
    if (cases) {
        if (json_want_integer(file, cases, 0, EDGE_CASES_MOST, &number, err) < 0)
            return err->code;
        values->cases = (size_t)number;
    }
    return seconds ? json_want_number(file, seconds, 0.1, 86400, &values->seconds, err) : 0;
}

int edge_values_read(struct edge_values *values, const struct json_file *file,
                     const struct json_value *object, struct err *err)
{
    if (json_want_object(file, object, err) < 0 || json_check_keys(file, object, values_keys, err) < 0 ||
        values_read_budget(values, file, object, err) < 0 ||
        values_read_list(&values->parameters, false, file, json_find(object, "parameters"), err) < 0 ||
        values_read_list(&values->json, true, file, json_find(object, "json"), err) < 0 ||
        values_read_filters(values, file, json_find(object, "filters"), err) < 0)
        return err->code;
    return values_read_ranges(values, file, json_find(object, "ranges"), err);
}

int edge_values_load(struct edge_values *values, const char *path, struct err *err)
{
    const struct json_options options = {.comments = true, .max_depth = 16};
    struct json_file file = {0};
    if (json_file_load(&file, path, &options, err) < 0)
        return err->code;
    int code = edge_values_read(values, &file, json_root(file.document), err);
    json_file_fini(&file);
    return code;
}

static void values_digest_list(const struct edge_list *list, struct digest_stream *stream)
{
    digest_add_field(stream, &list->count, sizeof list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct edge_value *value = &list->items[i];
        const char *name = edge_act_name(value->act);
        digest_add_field(stream, name, strlen(name));
        digest_add_field(stream, value->text ? value->text : "", value->length);
        digest_add_field(stream, value->nothing ? "1" : "0", 1);
    }
}

static void values_digest_words(char *const *words, struct digest_stream *stream)
{
    for (; words && *words; words++)
        digest_add_field(stream, *words, strlen(*words));
    digest_add_field(stream, "", 0);
}

void edge_values_digest(const struct edge_values *values, struct digest_stream *stream)
{
    cleanup_free char *budget = memory_format("%zu %.17g", values->cases, values->seconds);
    digest_add_field(stream, budget, strlen(budget));
    values_digest_list(&values->parameters, stream);
    values_digest_list(&values->json, stream);
    values_digest_words(values->filters, stream);
    values_digest_words(values->ranges, stream);
}

void edge_list_fini(struct edge_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].text);
        free(list->items[i].label);
    }
    free(list->items);
    *list = (struct edge_list){0};
}

void edge_values_fini(struct edge_values *values)
{
    edge_list_fini(&values->parameters);
    edge_list_fini(&values->json);
    json_free_strings(values->filters);
    json_free_strings(values->ranges);
    *values = (struct edge_values){0};
}
