/* Typed access to a configuration, and the contract's rules in it:
 * any document ends in a value or in words. */
#include "base/json_access.h"
#include "workloads/contract/contract.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_access(const struct json_file *file, const struct json_value *value)
{
    static const char *const names[] = {"path", "ignore", "alpha", NULL};
    struct err err = {0};
    const char *string;
    char **strings;
    double number;
    int64_t integer;
    bool flag;
    int choice;
    if (json_check_keys(file, value, names, &err) < 0)
        assert(err.message[0]);
    if (json_want_string(file, value, &string, &err) < 0)
        assert(err.message[0]);
    if (json_want_strings(file, value, &strings, NULL, &err) == 0)
        json_free_strings(strings);
    if (json_want_number(file, value, -1e3, 1e3, &number, &err) == 0)
        assert(number >= -1e3 && number <= 1e3);
    if (json_want_integer(file, value, -5, INT64_MAX, &integer, &err) == 0)
        assert(integer >= -5);
    if (json_want_bool(file, value, &flag, &err) < 0 &&
        json_want_choice(file, value, names, &choice, &err) < 0)
        assert(err.message[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_file file;
    struct err err = {0};
    struct json_options options = {.comments = true, .max_depth = 100};
    if (json_file_read(&file, "fuzz.json", (const char *)data, size, &options, &err) < 0)
        return 0;
    const struct json_value *root = json_root(file.document);
    fuzz_access(&file, root);
    if (json_type(root) == JSON_OBJECT) {
        for (size_t i = 0; i < json_count(root) && i < 50; i++)
            fuzz_access(&file, json_member(root, i, NULL, NULL));
    }
    struct rules *rules;
    if (rules_read(&rules, &file, root, &err) == 0)
        rules_free(rules);
    json_file_fini(&file);
    return 0;
}
