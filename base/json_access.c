#include "base/json_access.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define JSON_FILE_MOST ((size_t)64 << 20)

/* Reads what `fd` gives, at most one byte more than allowed, so that a growing file can't fill memory. */
static int json_file_slurp(int fd, const char *path, struct text *content, struct err *err)
{
    for (;;) {
        text_reserve(content, 65536);
        ssize_t got = read(fd, content->data + content->length, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "%s", path);
        if (got == 0)
            return 0;
        content->length += (size_t)got;
        if (content->length > JSON_FILE_MOST)
            return err_set(err, ERR_LIMIT, "%s: longer than 64 MiB", path);
    }
}

int json_file_load(struct json_file *file, const char *path, const struct json_options *options,
                   struct err *err)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
    if (fd < 0)
        return err_set_errno(err, errno, "%s", path);
    struct stat status;
    if (fstat(fd, &status) < 0)
        return err_set_errno(err, errno, "%s", path);
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_INVALID, "%s: not a regular file", path);
    cleanup_text struct text content = {0};
    int code = json_file_slurp(fd, path, &content, err);
    if (code < 0)
        return code;
    return json_file_read(file, path, text_string(&content), content.length, options, err);
}

int json_file_read(struct json_file *file, const char *name, const char *bytes, size_t length,
                   const struct json_options *options, struct err *err)
{
    struct json_error error;
    struct json_document *document = NULL;
    int code = json_read(bytes, length, options, &document, &error);
    if (code < 0)
        return err_set(err, code, "%s:%u:%u: %s", name, error.line, error.column, error.message);
    *file = (struct json_file){.name = memory_copy_string(name), .document = document};
    return 0;
}

void json_file_fini(struct json_file *file)
{
    free(file->name);
    json_free(file->document);
    *file = (struct json_file){0};
}

int json_complain(const struct json_file *file, const struct json_value *value, struct err *err,
                  const char *format, ...)
{
    cleanup_text struct text message = {0};
    text_printf(&message, "%s:%u: ", file->name, json_line(file->document, value));
    size_t before = message.length;
    json_pointer_of(file->document, value, &message);
    if (message.length > before)
        text_append_string(&message, ": ");
    va_list arguments;
    va_start(arguments, format);
    char words[ERR_MESSAGE_MAX];
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    text_append_string(&message, words);
    return err_set(err, ERR_INVALID, "%s", text_string(&message));
}

int json_want_object(const struct json_file *file, const struct json_value *value, struct err *err)
{
    if (json_type(value) == JSON_OBJECT)
        return 0;
    return json_complain(file, value, err, "must be an object, not %s", json_type_name(json_type(value)));
}

int json_want_array(const struct json_file *file, const struct json_value *value, struct err *err)
{
    if (json_type(value) == JSON_ARRAY)
        return 0;
    return json_complain(file, value, err, "must be an array, not %s", json_type_name(json_type(value)));
}

int json_want_string(const struct json_file *file, const struct json_value *value, const char **out,
                     struct err *err)
{
    if (json_type(value) != JSON_STRING)
        return json_complain(file, value, err, "must be a string, not %s", json_type_name(json_type(value)));
    size_t length;
    const char *bytes = json_bytes(value, &length);
    if (memchr(bytes, 0, length))
        return json_complain(file, value, err, "must not contain a NUL");
    *out = bytes;
    return 0;
}

int json_want_bool(const struct json_file *file, const struct json_value *value, bool *out, struct err *err)
{
    enum json_type type = json_type(value);
    if (type != JSON_TRUE && type != JSON_FALSE)
        return json_complain(file, value, err, "must be true or false, not %s", json_type_name(type));
    *out = type == JSON_TRUE;
    return 0;
}

int json_want_number(const struct json_file *file, const struct json_value *value, double low, double high,
                     double *out, struct err *err)
{
    if (json_type(value) != JSON_NUMBER)
        return json_complain(file, value, err, "must be a number, not %s", json_type_name(json_type(value)));
    double number = strtod(json_bytes(value, NULL), NULL);
    if (!isfinite(number))
        return json_complain(file, value, err, "is too large a number");
    if (number >= low && number <= high) {
        *out = number;
        return 0;
    }
    if (!isfinite(high) || high >= 1e300)
        return json_complain(file, value, err, "must be a number of at least %.15g", low);
    if (!isfinite(low) || low <= -1e300)
        return json_complain(file, value, err, "must be a number of at most %.15g", high);
    return json_complain(file, value, err, "must be a number from %.15g to %.15g", low, high);
}

int json_want_integer(const struct json_file *file, const struct json_value *value, int64_t low, int64_t high,
                      int64_t *out, struct err *err)
{
    if (json_type(value) != JSON_NUMBER)
        return json_complain(file, value, err, "must be an integer, not %s",
                             json_type_name(json_type(value)));
    const char *text = json_bytes(value, NULL);
    if (text[strcspn(text, ".eE")])
        return json_complain(file, value, err, "must be an integer");
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno == 0 && number >= low && number <= high) {
        *out = number;
        return 0;
    }
    if (high == INT64_MAX)
        return json_complain(file, value, err, "must be an integer of at least %lld", (long long)low);
    return json_complain(file, value, err, "must be an integer from %lld to %lld", (long long)low,
                         (long long)high);
}

int json_want_strings(const struct json_file *file, const struct json_value *value, char ***out,
                      size_t *count, struct err *err)
{
    int code = json_want_array(file, value, err);
    if (code < 0)
        return code;
    char **strings = memory_resize(NULL, json_count(value) + 1, sizeof *strings);
    size_t done = 0;
    for (; done < json_count(value); done++) {
        const char *string;
        code = json_want_string(file, json_element(value, done), &string, err);
        if (code < 0)
            break;
        strings[done] = memory_copy_string(string);
    }
    strings[done] = NULL;
    if (code < 0) {
        json_free_strings(strings);
        return code;
    }
    *out = strings;
    if (count)
        *count = done;
    return 0;
}

void json_free_strings(char **strings)
{
    for (char **string = strings; string && *string; string++)
        free(*string);
    free(strings);
}
