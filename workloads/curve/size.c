#include "workloads/curve/size.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/json_pointer.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_STDIN_MOST ((size_t)64 << 20) /* of a stdin file that is looked into */
#define SIZE_ARGUMENTS  4096

static const char *const size_keys[] = {"of", "values", "generate", NULL};

/* "arg:K", K from 1. */
static bool size_parse_argument(struct size *size, const char *words)
{
    const char *digits = words + strlen("arg:");
    if (strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 4 || atoi(digits) < 1 ||
        atoi(digits) > SIZE_ARGUMENTS)
        return false;
    size->of = SIZE_ARGUMENT;
    size->argument = (size_t)atoi(digits) - 1;
    return true;
}

/* False, and SIZE_WORDS, where the words say nothing that a program could find. */
static bool size_parse(struct size *size, const char *words)
{
    struct err ignored = {0};
    size->words = memory_copy_string(words);
    if (*words == '/') {
        size_t count = 0;
        if (json_pointer_split(words, &size->segments, &count, &ignored) < 0)
            return false;
        size->of = SIZE_POINTER;
        return true;
    }
    if (strncmp(words, "arg:", strlen("arg:")) == 0)
        return size_parse_argument(size, words);
    size->of = strcmp(words, "stdin.bytes") == 0   ? SIZE_BYTES
               : strcmp(words, "stdin.lines") == 0 ? SIZE_LINES
               : strcmp(words, "stratum") == 0     ? SIZE_STRATUM
                                                   : SIZE_WORDS;
    return size->of != SIZE_WORDS;
}

static int size_read_values(struct size *size, const struct json_file *file, const struct json_value *value,
                            struct err *err)
{
    if (json_want_array(file, value, err) < 0)
        return err->code;
    if (json_count(value) == 0 || json_count(value) > SIZE_VALUES_MOST)
        return json_complain(file, value, err, "must hold 1 to %d sizes", SIZE_VALUES_MOST);
    size->values = memory_zeroed(json_count(value) * sizeof *size->values);
    for (size_t i = 0; i < json_count(value); i++) {
        int64_t n = 0;
        if (json_want_integer(file, json_element(value, i), 0, (int64_t)SIZE_MOST, &n, err) < 0)
            return err->code;
        if (i > 0 && (double)n <= size->values[i - 1])
            return json_complain(file, json_element(value, i), err,
                                 "must be greater than the size before it");
        size->values[size->value_count++] = (double)n;
    }
    return 0;
}

static int size_read_generate(struct size *size, const struct json_file *file, const struct json_value *value,
                              struct err *err)
{
    if (json_want_strings(file, value, &size->generate, NULL, err) < 0)
        return err->code;
    if (!size->generate[0] || !*size->generate[0])
        return json_complain(file, value, err, "must be a non-empty array of strings");
    if (!size->values)
        return json_complain(file, value, err, "needs \"values\": the sizes to make samples of");
    for (char **argument = size->generate; *argument; argument++)
        if (strstr(*argument, SIZE_PLACEHOLDER))
            return 0;
    return json_complain(file, value, err, "must have " SIZE_PLACEHOLDER " in one of its arguments");
}

static int size_read_object(struct size *size, const struct json_file *file, const struct json_value *value,
                            struct err *err)
{
    const char *words = NULL;
    const struct json_value *of = json_find(value, "of");
    const struct json_value *values = json_find(value, "values");
    const struct json_value *generate = json_find(value, "generate");
    if (json_check_keys(file, value, size_keys, err) < 0)
        return err->code;
    if (!of)
        return json_complain(file, value, err, "\"of\" is missing: where the size stands in a request");
    if (json_want_string(file, of, &words, err) < 0)
        return err->code;
    if (!size_parse(size, words))
        return json_complain(file, of, err,
                             "must be a JSON Pointer into the JSON of stdin, \"arg:1\", \"stdin.bytes\", "
                             "\"stdin.lines\" or \"stratum\"");
    if (values && size_read_values(size, file, values, err) < 0)
        return err->code;
    return generate ? size_read_generate(size, file, generate, err) : 0;
}

int size_read(struct size **out, const struct json_file *file, const struct json_value *value,
              struct err *err)
{
    struct size *size = MEMORY_NEW(struct size);
    const char *words = NULL;
    int code = 0;
    if (json_type(value) == JSON_OBJECT)
        code = size_read_object(size, file, value, err);
    else if (json_type(value) == JSON_STRING && (code = json_want_string(file, value, &words, err)) == 0)
        (void)size_parse(size, words);
    else if (code == 0)
        code = json_complain(file, value, err, "must be a string or an object, not %s",
                             json_type_name(json_type(value)));
    if (code < 0) {
        size_free(size);
        return code;
    }
    *out = size;
    return 0;
}

void size_free(struct size *size)
{
    if (!size)
        return;
    free(size->words);
    json_free_strings(size->segments);
    free(size->values);
    json_free_strings(size->generate);
    free(size);
}

/* A number as people write it: no sign, no hexadecimal, no "inf". */
static bool size_of_number(const char *text, size_t length, double *n)
{
    char digits[64];
    char *end = NULL;
    if (length == 0 || length >= sizeof digits || *text < '0' || *text > '9')
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    if (strspn(digits, "0123456789.eE+") != length)
        return false;
    *n = strtod(digits, &end);
    return *end == '\0' && *n <= SIZE_MOST;
}

static size_t size_count_characters(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return count;
}

static bool size_of_value(const struct json_value *value, double *n)
{
    size_t length = 0;
    const char *bytes = NULL;
    switch (json_type(value)) {
    case JSON_NUMBER:
        bytes = json_bytes(value, &length);
        return size_of_number(bytes, length, n);
    case JSON_STRING:
        bytes = json_bytes(value, &length);
        *n = (double)size_count_characters(bytes, length);
        return true;
    case JSON_ARRAY:
    case JSON_OBJECT:
        *n = (double)json_count(value);
        return true;
    default:
        return false;
    }
}

static const struct json_value *size_step(const struct json_value *value, const char *segment)
{
    size_t length = strlen(segment);
    if (json_type(value) == JSON_OBJECT)
        return json_find(value, segment);
    if (json_type(value) != JSON_ARRAY || length == 0 || length > 9 ||
        strspn(segment, "0123456789") != length)
        return NULL;
    size_t index = (size_t)atol(segment);
    return index < json_count(value) ? json_element(value, index) : NULL;
}

/* A last segment "length" that leads nowhere is that of what stands before it. */
static bool size_of_pointer(const struct size *size, const struct json_value *value, double *n)
{
    for (char **segment = size->segments; *segment; segment++) {
        const struct json_value *next = size_step(value, *segment);
        if (!next)
            return !segment[1] && strcmp(*segment, "length") == 0 && json_type(value) != JSON_NUMBER &&
                   size_of_value(value, n);
        value = next;
    }
    return size_of_value(value, n);
}

static bool size_of_json(const struct size *size, const char *bytes, size_t length, double *n)
{
    cleanup_json struct json_document *document = NULL;
    const struct json_options options = {.max_bytes = SIZE_STDIN_MOST};
    struct json_error ignored;
    return json_read(bytes, length, &options, &document, &ignored) == 0 &&
           size_of_pointer(size, json_root(document), n);
}

/* The last run of digits. */
static bool size_of_name(const char *name, double *n)
{
    const char *end = name + strlen(name);
    while (end > name && (end[-1] < '0' || end[-1] > '9'))
        end--;
    const char *start = end;
    while (start > name && start[-1] >= '0' && start[-1] <= '9')
        start--;
    return size_of_number(start, (size_t)(end - start), n);
}

static size_t size_count_lines(const char *bytes, size_t length)
{
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    return lines + (length > 0 && bytes[length - 1] != '\n');
}

bool size_of_request(const struct size *size, const struct sample *sample, const char *bytes, size_t length,
                     double *n)
{
    size_t count = 0;
    switch (size->of) {
    case SIZE_POINTER:
        return size_of_json(size, bytes, length, n);
    case SIZE_ARGUMENT:
        while (sample->args[count])
            count++;
        return size->argument < count &&
               size_of_number(sample->args[size->argument], strlen(sample->args[size->argument]), n);
    case SIZE_BYTES:
        *n = (double)length;
        return true;
    case SIZE_LINES:
        *n = (double)size_count_lines(bytes, length);
        return true;
    case SIZE_STRATUM:
        return size_of_name(sample->stratum, n);
    default:
        return false;
    }
}

bool size_of_sample(const struct size *size, const struct sample_set *set, const struct sample *sample,
                    double *n)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err ignored = {0};
    /* A worker's stdin is its requests, a line each. */
    if (sample->request)
        return size_of_request(size, sample, sample->request, sample->request_length - 1, n);
    bool looks = size->of == SIZE_POINTER || size->of == SIZE_BYTES || size->of == SIZE_LINES;
    if (!looks || !sample->stdin_file)
        return size_of_request(size, sample, sample->stdin_bytes ? sample->stdin_bytes : "",
                               sample->stdin_length, n);
    cleanup_free char *path = memory_format("%s/%s", set->folder, sample->stdin_file);
    return folder_read_file(path, SIZE_STDIN_MOST, &bytes, &length, &ignored) == 0 &&
           size_of_request(size, sample, bytes, length, n);
}
