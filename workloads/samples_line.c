/* A sample written as a line of a sample file. */
#include "base/text.h"
#include "workloads/samples.h"

#include <string.h>

/*
 * The character at `at`, a surrogate's three bytes included, as the JSON reader hands lone ones over; its
 * length, or 0 for bytes that are none. RFC 3629, section 4.
 */
static size_t line_decode(const char *bytes, size_t at, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)bytes[at];
    size_t size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
    if (size == 0 || size > length - at)
        return 0;
    *code = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[at + i];
        if ((byte & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (byte & 0x3f);
    }
    return *code >= least[size] && *code <= 0x10ffff ? size : 0;
}

static bool line_is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code < 0xe000;
}

/* A JSON string. False: the bytes are no characters. */
static bool line_write_string(struct text *out, const char *bytes, size_t length)
{
    text_append_char(out, '"');
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t size = line_decode(bytes, at, length, &code);
        if (size == 0)
            return false;
        if (code == '"' || code == '\\')
            text_printf(out, "\\%c", (char)code);
        else if (code == '\n')
            text_append_string(out, "\\n");
        else if (code < 0x20 || code == 0x7f || line_is_surrogate(code))
            text_printf(out, "\\u%04x", code);
        else
            text_append(out, bytes + at, size);
        at += size;
    }
    text_append_char(out, '"');
    return true;
}

static bool line_write_member(struct text *out, const char *key, const char *bytes, size_t length)
{
    text_printf(out, ", \"%s\": ", key);
    return line_write_string(out, bytes, length);
}

static bool line_write_arguments(struct text *out, char *const *arguments)
{
    if (!arguments[0])
        return true;
    text_append_string(out, ", \"args\": [");
    for (size_t i = 0; arguments[i]; i++) {
        text_append_string(out, i > 0 ? ", " : "");
        if (!line_write_string(out, arguments[i], strlen(arguments[i])))
            return false;
    }
    text_append_char(out, ']');
    return true;
}

static bool line_write_environment(struct text *out, char *const *environment)
{
    if (!environment[0])
        return true;
    text_append_string(out, ", \"env\": {");
    for (size_t i = 0; environment[i]; i++) {
        const char *value = strchr(environment[i], '=');
        text_append_string(out, i > 0 ? ", " : "");
        if (!line_write_string(out, environment[i], (size_t)(value - environment[i])))
            return false;
        text_append_string(out, ": ");
        if (!line_write_string(out, value + 1, strlen(value + 1)))
            return false;
    }
    text_append_char(out, '}');
    return true;
}

/* A request is JSON already, on a line of its own. */
static bool line_write_request(struct text *out, const char *request, size_t length)
{
    text_append_string(out, ", \"request\": ");
    text_append(out, request, length - 1);
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t size = line_decode(request, at, length, &code);
        if (size == 0 || line_is_surrogate(code))
            return false;
        at += size;
    }
    return true;
}

bool samples_write_line(const struct sample *sample, struct text *out)
{
    text_append_string(out, "{\"id\": ");
    bool written = line_write_string(out, sample->id, strlen(sample->id)) &&
                   line_write_arguments(out, sample->args) &&
                   line_write_environment(out, sample->environment);
    if (sample->stdin_bytes)
        written = written && line_write_member(out, "stdin", sample->stdin_bytes, sample->stdin_length);
    if (sample->stdin_file)
        written =
            written && line_write_member(out, "stdin_file", sample->stdin_file, strlen(sample->stdin_file));
    if (sample->request)
        written = written && line_write_request(out, sample->request, sample->request_length);
    text_append_char(out, '}');
    return written;
}
