#include "policies/policy/metrics.h"

int policy_metrics_read(double figures[METRIC_COUNT], double high, const struct json_file *file,
                        const struct json_value *object, struct err *err)
{
    const char *known[METRIC_COUNT + 1] = {NULL};
    if (!object)
        return 0;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        known[metric] = metric_name((enum metric)metric);
    int code = json_want_object(file, object, err);
    if (code == 0)
        code = json_check_keys(file, object, known, err);
    for (int metric = 0; code == 0 && metric < METRIC_COUNT; metric++) {
        const struct json_value *value = json_find(object, known[metric]);
        if (value && json_type(value) == JSON_NULL)
            figures[metric] = -1;
        else if (value)
            code = json_want_number(file, value, 1e-9, high, &figures[metric], err);
    }
    return code;
}
