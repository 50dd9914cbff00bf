#include "sandbox/wire_field.h"

#include "base/memory.h"

#include <string.h>

#define WIRE_LIST_MAX 65536 /* elements of any list; a count is also bounded by the bytes that are left */

void wire_put32(struct text *out, uint32_t value)
{
    text_append(out, &value, sizeof value);
}

void wire_put64(struct text *out, uint64_t value)
{
    text_append(out, &value, sizeof value);
}

void wire_put_string(struct text *out, const char *string)
{
    size_t length = string ? strlen(string) : 0;
    wire_put32(out, (uint32_t)length);
    text_append(out, string ? string : "", length + 1);
}

void wire_put_strings(struct text *out, const char *const *strings)
{
    uint32_t count = 0;
    while (strings && strings[count])
        count++;
    wire_put32(out, count);
    for (uint32_t i = 0; i < count; i++)
        wire_put_string(out, strings[i]);
}

static void wire_get(struct wire_reader *in, void *out, size_t size)
{
    if (in->bad || in->left < size) {
        in->bad = true;
        memset(out, 0, size);
        return;
    }
    memcpy(out, in->at, size);
    in->at += size;
    in->left -= size;
}

uint32_t wire_get32(struct wire_reader *in)
{
    uint32_t value;
    wire_get(in, &value, sizeof value);
    return value;
}

uint64_t wire_get64(struct wire_reader *in)
{
    uint64_t value;
    wire_get(in, &value, sizeof value);
    return value;
}

uint32_t wire_get_below(struct wire_reader *in, uint32_t limit)
{
    uint32_t value = wire_get32(in);
    if (value < limit)
        return value;
    in->bad = true;
    return 0;
}

const char *wire_get_string(struct wire_reader *in)
{
    size_t length = wire_get32(in);
    if (in->bad || length >= in->left || in->at[length] != '\0' || memchr(in->at, '\0', length)) {
        in->bad = true;
        return "";
    }
    const char *string = in->at;
    in->at += length + 1;
    in->left -= length + 1;
    return string;
}

size_t wire_get_count(struct wire_reader *in, size_t size)
{
    size_t count = wire_get32(in);
    if (count <= WIRE_LIST_MAX && count <= in->left / size)
        return count;
    in->bad = true;
    return 0;
}

const char **wire_get_strings(struct wire_reader *in)
{
    size_t count = wire_get_count(in, sizeof(uint32_t) + 1);
    const char **strings = memory_zeroed((count + 1) * sizeof *strings);
    for (size_t i = 0; i < count; i++)
        strings[i] = wire_get_string(in);
    return strings;
}

void wire_get_words(struct wire_reader *in, char *words, size_t size)
{
    const char *string = wire_get_string(in);
    size_t length = strnlen(string, size - 1);
    memcpy(words, string, length);
    words[length] = '\0';
}

int wire_finish(const struct wire_reader *in)
{
    return in->bad || in->left ? ERR_INVALID : 0;
}

struct wire_reader wire_open(const char *bytes, size_t length, uint32_t kind)
{
    struct wire_reader in = {.at = bytes, .left = length};
    if (kind && wire_get32(&in) != kind)
        in.bad = true;
    return in;
}
