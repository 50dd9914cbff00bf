/* The reader: as JSON, with comments, as lines, and as text.
 * What is accepted must survive being read again. */
#include "base/json.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t fuzz_count(const struct json_value *value)
{
    size_t count = 1;
    for (size_t i = 0; json_type(value) == JSON_ARRAY && i < json_count(value); i++)
        count += fuzz_count(json_element(value, i));
    for (size_t i = 0; json_type(value) == JSON_OBJECT && i < json_count(value); i++) {
        size_t length;
        const char *key;
        count += fuzz_count(json_member(value, i, &key, &length));
        assert(key[length] == 0);
    }
    if (json_type(value) == JSON_NUMBER)
        assert(strlen(json_bytes(value, NULL)) == value->count);
    return count;
}

static void fuzz_read_again(const struct json_document *document)
{
    size_t length;
    const char *source = json_source(document, json_root(document), &length);
    struct json_document *again;
    struct json_error error;
    if (json_read(source, length, &(struct json_options){.comments = true}, &again, &error))
        abort();
    assert(fuzz_count(json_root(document)) == fuzz_count(json_root(again)));
    json_free(again);
}

/* Two trees of the same text: values, spelling and places. */
static void fuzz_match(const struct json_document *one, const struct json_value *a,
                       const struct json_document *other, const struct json_value *b)
{
    size_t length;
    size_t other_length;
    const char *source = json_source(one, a, &length);
    const char *other_source = json_source(other, b, &other_length);
    assert(json_type(a) == json_type(b) && json_count(a) == json_count(b) &&
           json_is_escaped(a) == json_is_escaped(b));
    assert(length == other_length && !memcmp(source, other_source, length));
    if (json_type(a) == JSON_STRING || json_type(a) == JSON_NUMBER)
        assert(!memcmp(json_bytes(a, NULL), json_bytes(b, NULL), json_count(a)));
    for (size_t i = 0; json_type(a) == JSON_OBJECT && i < json_count(a); i++) {
        fuzz_match(one, json_key(a, i), other, json_key(b, i));
        fuzz_match(one, json_key(a, i) + 1, other, json_key(b, i) + 1);
    }
    for (size_t i = 0; json_type(a) == JSON_ARRAY && i < json_count(a); i++)
        fuzz_match(one, json_element(a, i), other, json_item(b, i));
}

typedef int fuzz_reader(const char *bytes, size_t length, const struct json_options *options,
                        struct json_document **out, struct json_error *error);

/* Long arrays that are read again by the window are what they are in whole. */
static void fuzz_windows(fuzz_reader *read, const char *text, size_t size)
{
    struct json_document *whole = NULL;
    struct json_document *windowed = NULL;
    struct json_error error;
    struct json_error other;
    struct json_options options = {.max_depth = 200, .views = true};
    int code = read(text, size, &options, &whole, &error);
    options.window = size % 7 + 1;
    assert(read(text, size, &options, &windowed, &other) == code && error.offset == other.offset);
    if (code == 0) {
        assert(json_count_leaves(whole) == json_count_leaves(windowed));
        fuzz_match(whole, json_root(whole), windowed, json_root(windowed));
    }
    json_free(whole);
    json_free(windowed);
}

/* Views of a borrowed text are what a copy is, and what follows a value may be let pass. */
static void fuzz_views(const char *text, size_t size)
{
    struct json_document *copied = NULL;
    struct json_document *viewed = NULL;
    struct json_error error;
    struct json_error other;
    char *padded = calloc(size + JSON_PADDING, 1);
    if (!padded)
        abort();
    memcpy(padded, text, size);
    struct json_options options = {.max_depth = 200, .trailing = true};
    int code = json_read(text, size, &options, &copied, &error);
    options.views = options.borrow = true;
    assert(json_read(padded, size, &options, &viewed, &other) == code);
    assert(error.problem == other.problem && error.offset == other.offset &&
           !strcmp(error.message, other.message));
    if (code == 0)
        fuzz_match(copied, json_root(copied), viewed, json_root(viewed));
    json_free(copied);
    json_free(viewed);
    free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_views((const char *)data, size);
    fuzz_windows(json_read, (const char *)data, size);
    fuzz_windows(json_read_lines, (const char *)data, size);
    fuzz_windows(json_wrap_text, (const char *)data, size);
    struct json_document *document;
    struct json_error error;
    for (int comments = 0; comments < 2; comments++) {
        struct json_options options = {.comments = comments, .max_depth = 200};
        if (json_read((const char *)data, size, &options, &document, &error) == 0) {
            fuzz_read_again(document);
            json_free(document);
        } else {
            assert(error.problem && error.offset <= size && error.message[0]);
        }
    }
    if (json_read_lines((const char *)data, size, NULL, &document, &error) == 0) {
        fuzz_count(json_root(document));
        json_free(document);
    }
    if (json_wrap_text((const char *)data, size, NULL, &document, &error) == 0) {
        fuzz_count(json_root(document));
        json_free(document);
    }
    return 0;
}
