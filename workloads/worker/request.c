#include "workloads/worker/request.h"

#include "base/decimal.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_ID_SHOWN 12 /* bytes */

static bool request_is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* A string's end: the index behind its closing quote. */
static size_t request_skip_string(const char *source, size_t at, size_t length)
{
    for (at++; at < length && source[at] != '"'; at++)
        at += source[at] == '\\';
    return at < length ? at + 1 : length;
}

char *request_make_line(const char *source, size_t length, size_t *line_length)
{
    struct text line = {0};
    text_reserve(&line, length + 1);
    for (size_t at = 0; at < length;) {
        size_t end = source[at] == '"' ? request_skip_string(source, at, length) : at + 1;
        if (!request_is_space(source[at]))
            text_append(&line, source + at, end - at);
        at = end;
    }
    text_append_char(&line, '\n');
    *line_length = line.length;
    return text_take(&line);
}

void request_read_id(struct request_id *id, const struct json_value *value)
{
    *id = (struct request_id){.type = JSON_NULL};
    const struct json_value *member = json_type(value) == JSON_OBJECT ? json_find(value, "id") : NULL;
    if (!member || (json_type(member) != JSON_STRING && json_type(member) != JSON_NUMBER))
        return;
    const char *bytes = json_bytes(member, &id->length);
    id->type = json_type(member);
    id->bytes = memory_copy_bytes(bytes, id->length);
}

void request_id_fini(struct request_id *id)
{
    free(id->bytes);
    *id = (struct request_id){.type = JSON_NULL};
}

bool request_ids_agree(const struct request_id *asked, const struct request_id *answered)
{
    struct decimal a;
    struct decimal b;
    if (!asked->bytes || !answered->bytes)
        return true;
    if (asked->type != answered->type)
        return false;
    if (asked->length == answered->length && !memcmp(asked->bytes, answered->bytes, asked->length))
        return true;
    return asked->type == JSON_NUMBER && decimal_parse(&a, asked->bytes, asked->length) &&
           decimal_parse(&b, answered->bytes, answered->length) && decimal_equal(&a, &b);
}

void request_id_describe(const struct request_id *id, char words[static 20])
{
    bool plain = id->bytes && id->length <= REQUEST_ID_SHOWN;
    for (size_t i = 0; plain && i < id->length; i++)
        plain = (unsigned char)id->bytes[i] < 0x80 && isprint((unsigned char)id->bytes[i]);
    const char *quote = id->type == JSON_STRING ? "\"" : "";
    if (plain)
        snprintf(words, 20, "%s%.*s%s", quote, REQUEST_ID_SHOWN, id->bytes, quote);
    else
        snprintf(words, 20, "another");
}
