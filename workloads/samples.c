#include "workloads/samples.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_DEPTH 128 /* of a request, its line included */

static const char *const samples_keys[] = {"id",      "args", "stdin",   "stdin_file", "env",
                                           "request", "at",   "stratum", "weight",     NULL};

static int samples_read_text(const struct json_file *file, const struct json_value *row, const char *key,
                             char **out, struct err *err)
{
    const struct json_value *value = json_find(row, key);
    if (!value)
        return 0;
    const char *text = NULL;
    if (json_want_string(file, value, &text, err) < 0)
        return err->code;
    if (!*text)
        return json_complain(file, value, err, "must not be empty");
    *out = memory_copy_string(text);
    return 0;
}

static int samples_read_arguments(const struct json_file *file, const struct json_value *row,
                                  struct sample *sample, struct err *err)
{
    const struct json_value *value = json_find(row, "args");
    if (value)
        return json_want_strings(file, value, &sample->args, NULL, err);
    sample->args = memory_zeroed(sizeof *sample->args);
    return 0;
}

static int samples_read_stdin(const struct json_file *file, const struct json_value *row,
                              struct sample *sample, struct err *err)
{
    const struct json_value *value = json_find(row, "stdin");
    if (samples_read_text(file, row, "stdin_file", &sample->stdin_file, err) < 0)
        return err->code;
    if (!value)
        return 0;
    if (sample->stdin_file)
        return json_complain(file, value, err, "\"stdin\" and \"stdin_file\" exclude each other");
    if (json_type(value) != JSON_STRING)
        return json_complain(file, value, err,
                             "must be a string: JSON goes in as its text, or by \"stdin_file\"");
    const char *bytes = json_bytes(value, &sample->stdin_length);
    sample->stdin_bytes = memory_copy_bytes(bytes, sample->stdin_length);
    return 0;
}

static int samples_read_environment(const struct json_file *file, const struct json_value *row,
                                    struct sample *sample, struct err *err)
{
    const struct json_value *value = json_find(row, "env");
    if (!value) {
        sample->environment = memory_zeroed(sizeof *sample->environment);
        return 0;
    }
    if (json_want_object(file, value, err) < 0)
        return err->code;
    sample->environment = memory_zeroed((json_count(value) + 1) * sizeof *sample->environment);
    for (size_t i = 0; i < json_count(value); i++) {
        const char *key = NULL;
        const char *text = NULL;
        size_t length = 0;
        const struct json_value *member = json_member(value, i, &key, &length);
        if (length == 0 || memchr(key, 0, length) || memchr(key, '=', length))
            return json_complain(file, value, err, "the name of a variable must not be empty or hold \"=\"");
        if (json_want_string(file, member, &text, err) < 0)
            return err->code;
        sample->environment[i] = memory_format("%s=%s", key, text);
    }
    return 0;
}

static void samples_read_request(const struct json_file *file, const struct json_value *row,
                                 struct sample *sample)
{
    const struct json_value *value = json_find(row, "request");
    if (!value)
        return;
    size_t length = 0;
    const char *source = json_source(file->document, value, &length);
    sample->request = request_make_line(source, length, &sample->request_length);
    request_read_id(&sample->request_id, value);
}

static int samples_read_row(const struct json_file *file, const struct json_value *row, struct sample *sample,
                            struct err *err)
{
    sample->weight = 1;
    if (json_want_object(file, row, err) < 0 || json_check_keys(file, row, samples_keys, err) < 0 ||
        samples_read_text(file, row, "id", &sample->id, err) < 0 ||
        samples_read_text(file, row, "stratum", &sample->stratum, err) < 0 ||
        samples_read_text(file, row, "at", &sample->at, err) < 0 ||
        samples_read_arguments(file, row, sample, err) < 0 ||
        samples_read_stdin(file, row, sample, err) < 0 ||
        samples_read_environment(file, row, sample, err) < 0)
        return err->code;
    samples_read_request(file, row, sample);
    const struct json_value *weight = json_find(row, "weight");
    if (weight && json_want_number(file, weight, 0, 1e12, &sample->weight, err) < 0)
        return err->code;
    if (!sample->id)
        sample->id = memory_format("line %u", json_line(file->document, row));
    if (!sample->stratum)
        sample->stratum = memory_copy_string("all");
    return 0;
}

struct samples_place {
    const char *text; /* an id, or the name of a stratum */
    size_t index;     /* of the sample */
};

static int samples_order(const void *left, const void *right)
{
    const struct samples_place *a = left;
    const struct samples_place *b = right;
    int order = strcmp(a->text, b->text);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int samples_check_ids(const struct json_file *file, const struct sample_set *set,
                             struct samples_place *places, struct err *err)
{
    for (size_t i = 0; i < set->count; i++)
        places[i] = (struct samples_place){set->items[i].id, i};
    qsort(places, set->count, sizeof *places, samples_order);
    for (size_t i = 1; i < set->count; i++) {
        if (strcmp(places[i - 1].text, places[i].text) != 0)
            continue;
        const struct json_value *first = json_element(json_root(file->document), places[i - 1].index);
        const struct json_value *second = json_element(json_root(file->document), places[i].index);
        return json_complain(file, second, err, "the id \"%s\" is taken by line %u", places[i].text,
                             json_line(file->document, first));
    }
    return 0;
}

static int samples_check_strata(const struct json_file *file, const struct sample_set *set,
                                struct samples_place *places, struct err *err)
{
    size_t strata = 1;
    for (size_t i = 0; i < set->count; i++)
        places[i] = (struct samples_place){set->items[i].stratum, i};
    qsort(places, set->count, sizeof *places, samples_order);
    for (size_t i = 1; i < set->count; i++)
        strata += strcmp(places[i - 1].text, places[i].text) != 0;
    if (strata > SAMPLES_STRATA_MOST)
        return err_set(err, ERR_LIMIT, "%s: %zu strata; the most are %d", file->name, strata,
                       SAMPLES_STRATA_MOST);
    return 0;
}

static int samples_check_set(const struct json_file *file, const struct sample_set *set, struct err *err)
{
    if (set->count == 0)
        return err_set(err, ERR_INVALID, "%s: there are no samples in it", file->name);
    double weight = 0;
    for (size_t i = 0; i < set->count; i++)
        weight += set->items[i].weight;
    if (!(weight > 0))
        return err_set(err, ERR_INVALID, "%s: all weights are 0, so nothing could be timed", file->name);
    cleanup_free struct samples_place *places = memory_zeroed(set->count * sizeof *places);
    if (samples_check_ids(file, set, places, err) < 0)
        return err->code;
    return samples_check_strata(file, set, places, err);
}

int samples_parse(struct sample_set *set, const char *name, const char *bytes, size_t length, struct err *err)
{
    cleanup_json struct json_document *document = NULL;
    cleanup_free char *label = memory_copy_string(name);
    const struct json_options options = {.max_depth = SAMPLES_DEPTH, .max_bytes = SAMPLES_BYTES_MOST};
    struct json_error error;
    int code = json_read_lines(bytes, length, &options, &document, &error);
    if (code < 0)
        return err_set(err, code, "%s:%u:%u: %s", name, error.line, error.column, error.message);
    const struct json_file file = {.name = label, .document = document};
    const struct json_value *root = json_root(document);
    *set = (struct sample_set){.count = json_count(root), .digest = digest_of(bytes, length)};
    set->items = memory_zeroed((set->count + 1) * sizeof *set->items);
    for (size_t i = 0; i < set->count && code == 0; i++)
        code = samples_read_row(&file, json_element(root, i), &set->items[i], err);
    if (code == 0)
        code = samples_check_set(&file, set, err);
    if (code < 0)
        samples_fini(set);
    return code;
}

void sample_fini(struct sample *sample)
{
    free(sample->id);
    json_free_strings(sample->args);
    free(sample->stdin_bytes);
    free(sample->stdin_file);
    json_free_strings(sample->environment);
    free(sample->request);
    request_id_fini(&sample->request_id);
    free(sample->stratum);
    free(sample->at);
    *sample = (struct sample){0};
}

void samples_fini(struct sample_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        sample_fini(&set->items[i]);
    free(set->items);
    free(set->path);
    free(set->folder);
    free(set->manifest_source);
    for (size_t i = 0; i < set->stratum_count; i++)
        free(set->strata[i].name);
    free(set->strata);
    free(set->held_out_folder);
    *set = (struct sample_set){0};
}
