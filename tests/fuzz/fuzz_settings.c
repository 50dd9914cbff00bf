/* cupel.json and the operator's file as wholes: any bytes end in settings or in one line of words. */
#include "orchestrator/settings/configuration.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* Every policy file that a configuration names is there and is the input itself. */
struct fuzz_input {
    const char *bytes;
    size_t length;
};

static int fuzz_read(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    const struct fuzz_input *input = data;
    (void)path;
    (void)err;
    *bytes = memory_copy_bytes(input->bytes, input->length);
    *length = input->length;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.bytes = (const char *)data, .length = size};
    const struct configuration_origin origin = {
        .policies = CUPEL_SOURCE "/policies", .read = fuzz_read, .data = &input};
    struct configuration configuration;
    struct operator_settings settings;
    struct err err = {0};
    if (configuration_read(&configuration, "cupel.json", input.bytes, size, &origin, &err) == 0) {
        fuzz_require(configuration.workload_count > 0 && configuration.rules && configuration.policy.name);
        configuration_fini(&configuration);
    } else {
        fuzz_require(err.message[0] && !strchr(err.message, '\n'));
    }
    err = (struct err){0};
    if (operator_read(&settings, "operator.json", input.bytes, size, "/nonexistent", &err) == 0)
        operator_fini(&settings);
    else
        fuzz_require(err.message[0] && !strchr(err.message, '\n'));
    return 0;
}
