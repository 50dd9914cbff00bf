/* Foreign build files, one content under every name that init looks at: the proposal must always parse. */
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/init/init.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fuzz_bytes {
    const uint8_t *bytes; /* borrowed */
    size_t length;
};

static char *fuzz_read(const char *path, size_t *length, void *data)
{
    const struct fuzz_bytes *content = data;
    (void)path;
    *length = content->length;
    return memory_copy_bytes(content->bytes, content->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const files[] = {
        "CMakeLists.txt", "src/CMakeLists.txt", "meson.build",    "Makefile.am", "configure.ac",
        "Makefile",       "package.json",       "pyproject.toml", "a.py",        "a.c",
        ".gitattributes", "worker.py",          "b/worker.js"};
    const struct json_options options = {.comments = true};
    struct fuzz_bytes content = {bytes, size};
    /* Each start of the list makes another build system the first that is found. */
    for (size_t start = 0; start < sizeof files / sizeof *files; start++) {
        struct init_input input = {.name = "fuzz",
                                   .files = files + start,
                                   .count = sizeof files / sizeof *files - start,
                                   .read = fuzz_read,
                                   .data = &content};
        struct init_proposal proposal = {0};
        struct json_file file;
        struct err err = {0};
        if (init_propose(&input, &proposal, &err) < 0 ||
            json_file_read(&file, "cupel.json", proposal.text, strlen(proposal.text), &options, &err) < 0)
            abort();
        json_file_fini(&file);
        init_proposal_fini(&proposal);
    }
    return 0;
}
