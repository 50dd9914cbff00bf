#include "orchestrator/batch/record.h"

#include "base/cleanup.h"
#include "base/json_access.h"
#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A field by both of its names, and the value found. */
struct record_field {
    const char *name;               /* ours */
    const char *prediction;         /* of predictions files; NULL: none */
    const struct json_value *value; /* NULL: not there, or null */
    const char *found;              /* under which name; NULL: not there */
};

enum record_key {
    RECORD_ID,
    RECORD_DIFF,
    RECORD_MODEL,
    RECORD_AUTHOR,
    RECORD_RATIONALE,
    RECORD_CLAIM,
    RECORD_KEYS
};

/* What is being read, for the faults. */
struct record {
    struct proposal *proposal;
    const char *file;
    uint32_t line;
};

__attribute__((format(printf, 2, 3))) static void record_fault(struct record *record, const char *format, ...)
{
    char words[512];
    va_list arguments;
    if (record->proposal->fault)
        return; /* the first is the one to mend */
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    record->proposal->fault = memory_format("%s:%u: %s", record->file, record->line, words);
}

static bool record_is(const struct json_value *key, const char *name)
{
    size_t length;
    const char *bytes = json_bytes(key, &length);
    return name && length == strlen(name) && memcmp(bytes, name, length) == 0;
}

/* Every key that means something to us comes once, under one of its names. */
static void record_find(struct record *record, const struct json_value *object, struct record_field *fields)
{
    for (size_t i = 0; i < json_count(object); i++)
        for (size_t j = 0; j < RECORD_KEYS; j++) {
            struct record_field *field = &fields[j];
            const struct json_value *key = json_key(object, i);
            const char *name = record_is(key, field->name)         ? field->name
                               : record_is(key, field->prediction) ? field->prediction
                                                                   : NULL;
            if (!name)
                continue;
            if (field->found == name)
                record_fault(record, "the record has `%s` twice", name);
            else if (field->found)
                record_fault(record, "the record has `%s` and `%s`, which mean the same", field->found, name);
            field->found = name;
            field->value = json_member(object, i, NULL, NULL);
            if (json_type(field->value) == JSON_NULL)
                field->value = NULL;
        }
}

/* A copy of a text without NULs; NULL where there is none, or with a fault. */
static char *record_take_text(struct record *record, const struct record_field *field, size_t most)
{
    size_t length;
    if (!field->value)
        return NULL;
    if (json_type(field->value) != JSON_STRING) {
        record_fault(record, "`%s` must be a string, and is %s", field->found,
                     json_type_name(json_type(field->value)));
        return NULL;
    }
    const char *bytes = json_bytes(field->value, &length);
    if (memchr(bytes, '\0', length)) {
        record_fault(record, "`%s` holds a NUL", field->found);
        return NULL;
    }
    if (most && length > most) {
        record_fault(record, "`%s` has %zu bytes; at most %zu are taken", field->found, length, most);
        return NULL;
    }
    return length ? memory_copy_bytes(bytes, length) : NULL;
}

/* An id may be a number, as instance ids of some data sets are. */
static char *record_take_id(struct record *record, const struct record_field *field)
{
    if (field->value && json_type(field->value) == JSON_NUMBER && json_count(field->value) <= RECORD_MAX_NAME)
        return memory_copy_string(json_bytes(field->value, NULL));
    char *id = record_take_text(record, field, RECORD_MAX_NAME);
    if (!id && !record->proposal->fault && field->value)
        record_fault(record, "`%s` is empty", field->found);
    return id;
}

static void record_take_claim(struct record *record, const struct record_field *field)
{
    if (field->value && json_type(field->value) == JSON_NUMBER) {
        record->proposal->claim = memory_copy_bytes(
            json_bytes(field->value, NULL),
            json_count(field->value) > RECORD_MAX_NAME ? RECORD_MAX_NAME : json_count(field->value));
        double value = strtod(json_bytes(field->value, NULL), NULL);
        record->proposal->claimed_gain = isfinite(value) ? value : NAN;
    } else if (field->value && json_type(field->value) != JSON_STRING) {
        record_fault(record, "`%s` must be a number or a string, and is %s", field->found,
                     json_type_name(json_type(field->value)));
    } else {
        record->proposal->claim = record_take_text(record, field, RECORD_MAX_NAME);
    }
}

/* Cut between characters, so that what stays is the UTF-8 that it was. */
static void record_cut(char *text)
{
    size_t length = text ? strlen(text) : 0, cut = PROPOSAL_TEXT_MAX;
    if (length <= cut)
        return;
    while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    text[cut] = '\0';
}

static void record_take_diff(struct record *record, const struct record_field *field)
{
    size_t length = 0;
    if (!field->found) {
        record_fault(record, "the record has neither `diff` nor `model_patch`");
        return;
    }
    if (field->value && json_type(field->value) != JSON_STRING) {
        record_fault(record, "`%s` must be a string, and is %s", field->found,
                     json_type_name(json_type(field->value)));
        return;
    }
    const char *bytes = field->value ? json_bytes(field->value, &length) : "";
    size_t blanks = 0;
    while (blanks < length && strchr(" \t\r\n", bytes[blanks]) && bytes[blanks])
        blanks++;
    if (blanks == length)
        record_fault(record, "`%s` is empty: no change was proposed", field->found);
    record->proposal->bytes = memory_copy_bytes(bytes, length);
    record->proposal->request.bytes = record->proposal->bytes;
    record->proposal->request.length = length;
}

static void record_take(struct record *record, const struct json_value *root)
{
    struct record_field fields[RECORD_KEYS] = {
        [RECORD_ID] = {.name = "id", .prediction = "instance_id"},
        [RECORD_DIFF] = {.name = "diff", .prediction = "model_patch"},
        [RECORD_MODEL] = {.name = "model", .prediction = "model_name_or_path"},
        [RECORD_AUTHOR] = {.name = "author"},
        [RECORD_RATIONALE] = {.name = "rationale"},
        [RECORD_CLAIM] = {.name = "claimed_gain"},
    };
    struct proposal *proposal = record->proposal;
    if (json_type(root) != JSON_OBJECT) {
        record_fault(record, "a record must be an object, and this is %s", json_type_name(json_type(root)));
        return;
    }
    record_find(record, root, fields);
    proposal->id = record_take_id(record, &fields[RECORD_ID]);
    proposal->model = record_take_text(record, &fields[RECORD_MODEL], RECORD_MAX_NAME);
    proposal->author = record_take_text(record, &fields[RECORD_AUTHOR], RECORD_MAX_NAME);
    proposal->rationale = record_take_text(record, &fields[RECORD_RATIONALE], 0);
    record_cut(proposal->rationale);
    record_take_claim(record, &fields[RECORD_CLAIM]);
    record_take_diff(record, &fields[RECORD_DIFF]);
}

void record_read(struct proposal *proposal, const char *file, uint32_t line, const char *bytes, size_t length)
{
    cleanup_json struct json_document *document = NULL;
    struct json_error error;
    struct record record = {.proposal = proposal, .file = file, .line = line};
    const struct json_options options = {.max_depth = 64, .max_bytes = RECORD_MAX_BYTES};
    proposal->claimed_gain = NAN;
    if (length > RECORD_MAX_BYTES)
        record_fault(&record, "the record has more than %zu bytes", RECORD_MAX_BYTES);
    else if (json_read(bytes, length, &options, &document, &error) < 0) {
        record.line += error.line - (error.line > 0);
        record_fault(&record, "not JSON: %s (column %u)", error.message, error.column);
    } else
        record_take(&record, json_root(document));
}
