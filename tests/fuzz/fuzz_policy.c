/* Policies come from repositories; so do the sources and manifests that the screen reads with them. */
#include "policies/policy.h"
#include "policies/screen.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* One file name for each reader of the screen. */
static const char *const fuzz_paths[] = {"x.c",       "x.py",           "x.js",           "x.go",
                                         "x.rs",      "X.java",         "package.json",   "go.mod",
                                         "setup.cfg", "pyproject.toml", "CMakeLists.txt", "requirements.txt",
                                         "pom.xml",   "Makefile"};

static void fuzz_screen(const struct policy *policy, const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof fuzz_paths / sizeof *fuzz_paths; i++) {
        const struct screen_file file = {.old_path = fuzz_paths[i],
                                         .new_path = fuzz_paths[i],
                                         .old_mode = 0100644,
                                         .new_mode = 0100644,
                                         .old_bytes = bytes,
                                         .old_length = size / 2,
                                         .new_bytes = bytes,
                                         .new_length = size};
        const struct screen_input input = {.files = &file, .count = 1};
        struct screen_result result;
        screen_patch(&input, policy, &result);
        for (size_t j = 0; j < result.refusal_count; j++)
            fuzz_require(result.refusals[j].path && result.refusals[j].rule && result.refusals[j].sentence);
        screen_result_fini(&result);
    }
}

/* Read once: the inputs are what is tested here. */
static const struct policy *fuzz_default_policy(void)
{
    static struct policy policy;
    struct err err = {0};
    if (!policy.name)
        fuzz_require(policy_read(&policy, NULL, NULL, CUPEL_SOURCE "/policies", &err) == 0);
    return &policy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_file file = {0};
    struct policy policy;
    struct err err = {0};
    const struct json_options options = {.comments = true, .max_depth = 64};
    /* Screened bytes end where they end: a copy without a NUL behind it shows an overrun. */
    char *copy = malloc(size ? size : 1);
    fuzz_require(copy != NULL);
    memcpy(copy, data, size);
    fuzz_screen(fuzz_default_policy(), copy, size);
    if (json_file_read(&file, "fuzz.json", (const char *)data, size, &options, &err) == 0) {
        if (policy_read(&policy, &file, json_root(file.document), CUPEL_SOURCE "/policies", &err) == 0) {
            fuzz_require(policy.name && policy.minimum_improvement > 0 && policy.minimum_improvement < 1);
            fuzz_require(policy.touch.max_files > 0 && policy.sign_off.signatures > 0);
            fuzz_screen(&policy, copy, size);
            policy_fini(&policy);
        } else {
            fuzz_require(err.code < 0 && err.message[0]);
        }
    }
    json_file_fini(&file);
    free(copy);
    return 0;
}
