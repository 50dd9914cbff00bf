#include "orchestrator/recheck/field.h"

#include "base/memory.h"

#include <float.h>
#include <string.h>

/* The member of any type, or NULL with the failure noted. */
static const struct json_value *field_get(struct field_reader *reader, const struct json_value *object,
                                          const char *key)
{
    if (reader->failed || !object)
        return NULL;
    reader->failed = json_want_object(reader->file, object, reader->err);
    if (reader->failed)
        return NULL;
    const struct json_value *value = json_find(object, key);
    if (!value)
        reader->failed = json_complain(reader->file, object, reader->err, "lacks \"%s\"", key);
    return value;
}

const struct json_value *field_object(struct field_reader *reader, const struct json_value *object,
                                      const char *key)
{
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_object(reader->file, value, reader->err);
    return reader->failed ? NULL : value;
}

const struct json_value *field_array(struct field_reader *reader, const struct json_value *object,
                                     const char *key, size_t most)
{
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_array(reader->file, value, reader->err);
    if (value && !reader->failed && json_count(value) > most)
        reader->failed = json_complain(reader->file, value, reader->err, "holds %zu elements, more than %zu",
                                       json_count(value), most);
    return reader->failed ? NULL : value;
}

size_t field_length(const struct field_reader *reader, const struct json_value *array)
{
    return reader->failed || !array ? 0 : json_count(array);
}

bool field_is_null(struct field_reader *reader, const struct json_value *object, const char *key)
{
    const struct json_value *value = field_get(reader, object, key);
    return value && json_type(value) == JSON_NULL;
}

const char *field_string(struct field_reader *reader, const struct json_value *object, const char *key)
{
    const char *string = NULL;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_string(reader->file, value, &string, reader->err);
    return string;
}

char *field_text(struct field_reader *reader, const struct json_value *object, const char *key)
{
    if (field_is_null(reader, object, key))
        return NULL;
    const char *string = field_string(reader, object, key);
    return string ? memory_copy_string(string) : NULL;
}

char *field_digest(struct field_reader *reader, const struct json_value *object, const char *key)
{
    static const char scheme[] = "sha256:";
    if (field_is_null(reader, object, key))
        return NULL;
    const char *string = field_string(reader, object, key);
    if (!string)
        return NULL;
    const char *digits = string + strlen(scheme);
    if (strncmp(string, scheme, strlen(scheme)) == 0 && strlen(digits) == 64 &&
        strspn(digits, "0123456789abcdef") == 64)
        return memory_copy_string(digits);
    field_refuse(reader, json_find(object, key), "must be \"sha256:\" and 64 lower-case digits");
    return NULL;
}

char **field_strings(struct field_reader *reader, const struct json_value *object, const char *key)
{
    char **strings = NULL;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_strings(reader->file, value, &strings, NULL, reader->err);
    return strings;
}

bool field_bool(struct field_reader *reader, const struct json_value *object, const char *key)
{
    bool flag = false;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_bool(reader->file, value, &flag, reader->err);
    return flag;
}

double field_number(struct field_reader *reader, const struct json_value *object, const char *key, double low,
                    double high)
{
    double number = 0;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_number(reader->file, value, low, high, &number, reader->err);
    return number;
}

double field_figure(struct field_reader *reader, const struct json_value *object, const char *key)
{
    if (field_is_null(reader, object, key))
        return -1;
    return field_number(reader, object, key, 0, DBL_MAX);
}

size_t field_count(struct field_reader *reader, const struct json_value *object, const char *key,
                   int64_t most)
{
    int64_t count = 0;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_integer(reader->file, value, 0, most, &count, reader->err);
    return (size_t)count;
}

int field_choice(struct field_reader *reader, const struct json_value *object, const char *key,
                 const char *const *names)
{
    int choice = 0;
    const struct json_value *value = field_get(reader, object, key);
    if (value)
        reader->failed = json_want_choice(reader->file, value, names, &choice, reader->err);
    return choice;
}

struct gain field_gain(struct field_reader *reader, const struct json_value *object)
{
    if (field_is_null(reader, object, "gain"))
        return (struct gain){.known = false};
    const struct json_value *gain = field_object(reader, object, "gain");
    return (struct gain){
        .known = !reader->failed,
        .point = field_number(reader, gain, "point", -DBL_MAX, DBL_MAX),
        .low = field_number(reader, gain, "low", -DBL_MAX, DBL_MAX),
        .high = field_number(reader, gain, "high", -DBL_MAX, DBL_MAX),
    };
}

void field_refuse(struct field_reader *reader, const struct json_value *value, const char *words)
{
    if (!reader->failed && value)
        reader->failed = json_complain(reader->file, value, reader->err, "%s", words);
}
