#include "policies/policy/pointers.h"

#include "base/json_pointer.h"

int policy_pointers_check(const struct json_file *file, const struct json_value *array, struct err *err)
{
    for (size_t i = 0; json_type(array) == JSON_ARRAY && i < json_count(array); i++) {
        const struct json_value *element = json_element(array, i);
        char **segments;
        size_t count;
        struct err why = {0};
        if (json_type(element) != JSON_STRING)
            continue;
        if (json_pointer_split(json_bytes(element, NULL), &segments, &count, &why) < 0)
            return json_complain(file, element, err, "%s", why.message);
        json_free_strings(segments);
    }
    return 0;
}
