/* The size of foreign requests, and what a generator prints:
 * the first line says what n is, the rest is both. */
#include "base/memory.h"
#include "workloads/curve/generate.h"
#include "workloads/curve/points.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_requests(const struct size *size, const char *bytes, size_t length)
{
    char *words = memory_copy_bytes(bytes, length);
    char *arguments[] = {words, NULL};
    const struct sample sample = {.args = arguments, .stratum = words};
    double n = 0;
    if (size_of_request(size, &sample, bytes, length, &n))
        fuzz_require(n >= 0 && n <= SIZE_MOST);
    free(words);
}

static void fuzz_samples(const struct size *size, const char *bytes, size_t length)
{
    struct generated generated = {0};
    struct err err = {0};
    if (generated_add(&generated, 10, bytes, length, &err) < 0) {
        fuzz_require(err.code < 0 && err.message[0] && generated.set.count == 0);
        generated_fini(&generated);
        return;
    }
    fuzz_require(generated.set.count > 0 && generated.set.count <= GENERATE_SAMPLES);
    struct points points;
    double *sizes = points_sizes(size, &generated.set);
    points_of_samples(&points, size, sizes, generated.set.count);
    for (size_t i = 0; i < points.count; i++)
        fuzz_require(points.groups[i].count > 0 && points.groups[i].n >= 0);
    free(sizes);
    generated_fini(&generated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *end = size > 0 ? memchr(bytes, '\n', size) : NULL;
    struct json_file file;
    struct size *of = NULL;
    struct err err = {0};
    if (!end || json_file_read(&file, "fuzz", bytes, (size_t)(end - bytes), NULL, &err) < 0)
        return 0;
    int code = size_read(&of, &file, json_root(file.document), &err);
    json_file_fini(&file);
    if (code < 0) {
        fuzz_require(err.message[0] && !of);
        return 0;
    }
    size_t length = size - (size_t)(end + 1 - bytes);
    fuzz_requests(of, end + 1, length);
    fuzz_samples(of, end + 1, length);
    size_free(of);
    return 0;
}
