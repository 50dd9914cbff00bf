/* The conditions as an object of a document, both ways, by one table. */
#include "orchestrator/calibrate/conditions.h"

#include "orchestrator/report/member.h"

#include <stdio.h>

#define CONDITIONS_FIGURE_MOST 1e12

struct conditions_row {
    const char *key;
    bool text;     /* else a figure */
    size_t offset; /* in struct conditions */
};

#define CONDITIONS_TEXT_ROW(field)                                                                           \
    {                                                                                                        \
#field, true, offsetof(struct conditions, field)                                                     \
    }
#define CONDITIONS_FIGURE_ROW(field)                                                                         \
    {                                                                                                        \
#field, false, offsetof(struct conditions, field)                                                    \
    }

static const struct conditions_row conditions_rows[] = {
    CONDITIONS_TEXT_ROW(governor),    CONDITIONS_TEXT_ROW(siblings), CONDITIONS_TEXT_ROW(hypervisor),
    CONDITIONS_TEXT_ROW(isolated),    CONDITIONS_TEXT_ROW(tickless), CONDITIONS_TEXT_ROW(huge_pages),
    CONDITIONS_FIGURE_ROW(turbo),     CONDITIONS_FIGURE_ROW(smt),    CONDITIONS_FIGURE_ROW(battery),
    CONDITIONS_FIGURE_ROW(aslr),      CONDITIONS_FIGURE_ROW(quota),  CONDITIONS_FIGURE_ROW(load),
    CONDITIONS_FIGURE_ROW(pressure),  CONDITIONS_FIGURE_ROW(steal),  CONDITIONS_FIGURE_ROW(others),
    CONDITIONS_FIGURE_ROW(throttled),
};

#define CONDITIONS_ROWS (sizeof conditions_rows / sizeof *conditions_rows)

cJSON *conditions_build(const struct conditions *conditions)
{
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; i < CONDITIONS_ROWS; i++) {
        const struct conditions_row *row = &conditions_rows[i];
        const char *field = (const char *)conditions + row->offset;
        if (row->text)
            member_add_string(object, row->key, *field ? field : NULL);
        else
            member_add_figure(object, row->key, *(const double *)(const void *)field);
    }
    return object;
}

static int conditions_parse_row(const struct json_file *file, const struct json_value *value, bool text,
                                void *field, struct err *err)
{
    const char *string;
    if (json_type(value) == JSON_NULL) {
        if (!text)
            *(double *)field = -1;
        return 0;
    }
    if (!text)
        return json_want_number(file, value, 0, CONDITIONS_FIGURE_MOST, field, err);
    if (json_want_string(file, value, &string, err) < 0)
        return err->code;
    if (snprintf(field, CONDITIONS_TEXT, "%s", string) >= CONDITIONS_TEXT)
        return json_complain(file, value, err, "is longer than %d bytes", CONDITIONS_TEXT - 1);
    return 0;
}

int conditions_parse(const struct json_file *file, const struct json_value *object,
                     struct conditions *conditions, struct err *err)
{
    const char *known[CONDITIONS_ROWS + 1] = {NULL};
    *conditions = (struct conditions){.turbo = -1};
    for (size_t i = 0; i < CONDITIONS_ROWS; i++)
        known[i] = conditions_rows[i].key;
    if (json_want_object(file, object, err) < 0 || json_check_keys(file, object, known, err) < 0)
        return err->code;
    for (size_t i = 0; i < CONDITIONS_ROWS; i++) {
        const struct conditions_row *row = &conditions_rows[i];
        const struct json_value *value = json_find(object, row->key);
        if (!value)
            return json_complain(file, object, err, "lacks \"%s\"", row->key);
        if (conditions_parse_row(file, value, row->text, (char *)conditions + row->offset, err) < 0)
            return err->code;
    }
    return 0;
}
