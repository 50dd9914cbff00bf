#include "sandbox/filters.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <string.h>

struct filters_error {
    const char *name; /* as the data spells it */
    int value;        /* errno */
};

static const struct filters_error filters_errors[] = {
    {"EPERM", EPERM},   {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS},
    {"EACCES", EACCES}, {"ENOTTY", ENOTTY}, {"EAFNOSUPPORT", EAFNOSUPPORT},
};

struct filters_reader {
    const struct json_file *file; /* for messages */
    struct wire_profile *profile; /* being filled */
    size_t capacity;              /* rows allocated */
};

static int filters_want_errno(const struct json_file *file, const struct json_value *value, uint32_t *out,
                              struct err *err)
{
    const char *name;
    if (json_want_string(file, value, &name, err) < 0)
        return err->code;
    for (size_t i = 0; i < sizeof filters_errors / sizeof filters_errors[0]; i++)
        if (strcmp(filters_errors[i].name, name) == 0) {
            *out = (uint32_t)filters_errors[i].value;
            return 0;
        }
    return json_complain(file, value, err,
                         "must be one of EPERM, EINVAL, ENOSYS, EACCES, ENOTTY, EAFNOSUPPORT");
}

/* A number, or a string such as "0x5412": masks and request codes are known by their hexadecimal form. */
static int filters_want_word(const struct json_file *file, const struct json_value *value, uint64_t *out,
                             struct err *err)
{
    if (json_type(value) == JSON_STRING) {
        const char *words = json_bytes(value, NULL);
        char *end;
        errno = 0;
        *out = strtoull(words, &end, 16);
        if (strncmp(words, "0x", 2) != 0 || *end || errno)
            return json_complain(file, value, err, "must be a number or a string such as \"0x7f\"");
        return 0;
    }
    int64_t number;
    if (json_want_integer(file, value, 0, INT64_MAX, &number, err) < 0)
        return err->code;
    *out = (uint64_t)number;
    return 0;
}

static int filters_want_condition(const struct json_file *file, const struct json_value *value,
                                  struct wire_condition *out, struct err *err)
{
    static const char *const keys[] = {"argument", "equals", "differs", "at_most", "mask", NULL};
    if (json_want_object(file, value, err) < 0 || json_check_keys(file, value, keys, err) < 0)
        return err->code;
    const struct json_value *argument = json_find(value, "argument");
    const struct json_value *mask = json_find(value, "mask");
    const struct json_value *operand = NULL;
    static const uint32_t operators[] = {WIRE_EQUALS, WIRE_DIFFERS, WIRE_AT_MOST};
    for (size_t i = 0; i < 3 && !operand; i++) {
        operand = json_find(value, keys[1 + i]);
        out->operator= operators[i];
    }
    if (!argument || !operand || (mask && out->operator!= WIRE_EQUALS))
        return json_complain(file, value, err,
                             "must have argument and equals (with mask), differs or at_most");
    int64_t number;
    if (json_want_integer(file, argument, 0, 5, &number, err) < 0 ||
        filters_want_word(file, operand, &out->value, err) < 0)
        return err->code;
    out->argument = (uint32_t)number;
    if (!mask)
        return 0;
    out->operator= WIRE_MASKED;
    return filters_want_word(file, mask, &out->mask, err);
}

static int filters_want_conditions(const struct json_file *file, const struct json_value *value,
                                   struct wire_row *row, struct err *err)
{
    if (json_want_array(file, value, err) < 0)
        return err->code;
    if (json_count(value) > WIRE_CONDITIONS_MAX)
        return json_complain(file, value, err, "must have at most %d conditions", WIRE_CONDITIONS_MAX);
    for (size_t i = 0; i < json_count(value); i++)
        if (filters_want_condition(file, json_element(value, i), &row->condition[i], err) < 0)
            return err->code;
    row->conditions = (uint32_t)json_count(value);
    return 0;
}

static int filters_want_action(const struct json_file *file, const struct json_value *value,
                               struct wire_row *row, const struct json_value **calls, struct err *err)
{
    const struct json_value *allow = json_find(value, "allow");
    const struct json_value *refuse = json_find(value, "refuse");
    const struct json_value *ignore = json_find(value, "ignore");
    const struct json_value *error = json_find(value, "errno");
    if (!!allow + !!refuse + !!ignore != 1 || !!refuse != !!error)
        return json_complain(file, value, err, "must have allow, ignore, or refuse with errno");
    *calls = allow ? allow : refuse ? refuse : ignore;
    row->action = allow ? WIRE_ALLOW : refuse ? WIRE_REFUSE : WIRE_IGNORE;
    return refuse ? filters_want_errno(file, error, &row->error, err) : 0;
}

static int filters_want_row(struct filters_reader *reader, const struct json_value *value, struct err *err)
{
    static const char *const keys[] = {"why", "allow", "refuse", "ignore", "errno", "if", NULL};
    const struct json_file *file = reader->file;
    const struct json_value *calls = NULL;
    const char *why;
    struct wire_row row = {0};
    if (json_want_object(file, value, err) < 0 || json_check_keys(file, value, keys, err) < 0)
        return err->code;
    if (!json_find(value, "why"))
        return json_complain(file, value, err, "must say why");
    if (json_want_string(file, json_find(value, "why"), &why, err) < 0 ||
        filters_want_action(file, value, &row, &calls, err) < 0 || json_want_array(file, calls, err) < 0)
        return err->code;
    const struct json_value *conditions = json_find(value, "if");
    if (conditions && filters_want_conditions(file, conditions, &row, err) < 0)
        return err->code;
    struct wire_profile *profile = reader->profile;
    for (size_t i = 0; i < json_count(calls); i++) {
        if (json_want_string(file, json_element(calls, i), &row.call, err) < 0)
            return err->code;
        MEMORY_GROW(profile->rows, profile->row_count, reader->capacity);
        profile->rows[profile->row_count++] = row;
    }
    return 0;
}

static int filters_read(struct filters_reader *reader, struct err *err)
{
    static const char *const keys[] = {"version", "about", "default", "rows", NULL};
    const struct json_file *file = reader->file;
    const struct json_value *root = json_root(file->document);
    int64_t version;
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, keys, err) < 0)
        return err->code;
    const struct json_value *rows = json_find(root, "rows");
    if (!json_find(root, "version") || !json_find(root, "default") || !rows)
        return json_complain(file, root, err, "must have version, default and rows");
    if (json_want_integer(file, json_find(root, "version"), 1, 1, &version, err) < 0 ||
        filters_want_errno(file, json_find(root, "default"), &reader->profile->default_error, err) < 0 ||
        json_want_array(file, rows, err) < 0)
        return err->code;
    for (size_t i = 0; i < json_count(rows); i++)
        if (filters_want_row(reader, json_element(rows, i), err) < 0)
            return err->code;
    return 0;
}

int filters_load(struct filters *filters, const char *folder, struct err *err)
{
    static const char *const names[] = {"build", "workload", "service"};
    static const struct json_options options = {.comments = true};
    *filters = (struct filters){0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cleanup_free char *path = memory_format("%s/%s.json", folder, names[i]);
        struct filters_reader reader = {.file = &filters->files[i], .profile = &filters->profiles[i]};
        if (json_file_load(&filters->files[i], path, &options, err) < 0) {
            filters_fini(filters);
            return err_wrap(err, "seccomp rows");
        }
        filters->count = i + 1;
        filters->profiles[i].name = names[i];
        if (filters_read(&reader, err) < 0) {
            filters_fini(filters);
            return err_wrap(err, "seccomp rows");
        }
    }
    return 0;
}

void filters_fini(struct filters *filters)
{
    for (size_t i = 0; i < filters->count; i++) {
        json_file_fini(&filters->files[i]);
        free(filters->profiles[i].rows);
    }
    filters->count = 0;
}
