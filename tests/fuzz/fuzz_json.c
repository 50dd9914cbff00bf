/* The reader: as JSON, with comments, as lines, and as text. What is accepted must survive being read again.
 */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
    if (json_wrap_text((const char *)data, size, &document, &error) == 0) {
        fuzz_count(json_root(document));
        json_free(document);
    }
    return 0;
}
