/*
 * Requests come from captures of foreign traffic. Whatever is reduced, every input that is named keeps what
 * was asked for, stays JSON where it was, and can be read again.
 */
#include "workloads/reduce/reduction.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_STEPS 200

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* Up to three bytes of the input itself must stay. */
static bool fuzz_shows(const struct sample *sample, const uint8_t *needle, size_t length)
{
    const char *bytes = sample->request ? sample->request : sample->stdin_bytes;
    size_t count = sample->request ? sample->request_length : sample->stdin_length;
    return memmem(bytes, count, needle, length) != NULL;
}

static bool fuzz_is_json(const char *bytes, size_t length)
{
    const struct json_options options = {.max_depth = 128};
    struct json_document *document = NULL;
    struct json_error ignored;
    bool is = json_read(bytes, length, &options, &document, &ignored) == 0;
    json_free(document);
    return is;
}

/* A line that was written is a sample that asks the same. */
static void fuzz_read_again(const struct sample *sample)
{
    struct text line = {0};
    struct sample_set set;
    struct err err = {0};
    if (samples_write_line(sample, &line)) {
        fuzz_require(samples_parse(&set, "line", text_string(&line), line.length, &err) == 0);
        fuzz_require(reduction_weigh(&set.items[0]) == reduction_weigh(sample));
        samples_fini(&set);
    }
    text_fini(&line);
}

static void fuzz_play(const struct sample *sample, const uint8_t *needle, size_t length, bool json)
{
    static const atomic_bool never = false;
    struct reduction *reduction = reduction_new(sample, FUZZ_STEPS, &never);
    bool structured = false; /* the first try showed it */
    for (const struct sample *input; (input = reduction_next(reduction));) {
        bool shows = fuzz_shows(input, needle, length);
        structured |= shows && reduction_steps(reduction) == 1;
        if (sample->request)
            fuzz_require(fuzz_is_json(input->request, input->request_length));
        else if (structured && json)
            fuzz_require(fuzz_is_json(input->stdin_bytes, input->stdin_length));
        reduction_tell(reduction, shows);
    }
    const struct sample *best = reduction_best(reduction);
    if (best) {
        fuzz_require(fuzz_shows(best, needle, length));
        fuzz_require(reduction_weigh(best) <= reduction_weigh(sample));
        fuzz_read_again(best);
    }
    free(reduction_words(reduction));
    reduction_free(reduction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char id[] = "a", *none[] = {NULL};
    if (size < 2)
        return 0;
    size_t length = data[0] % 4;
    size_t at = 1 + (length < size - 1 ? data[0] / 4 % (size - 1 - length) : 0);
    length = length < size - at ? length : size - at;
    char *bytes = malloc(size + 1);
    memcpy(bytes, data + 1, size - 1);
    bytes[size - 1] = '\0';
    bool json = (bytes[0] == '{' || bytes[0] == '[') && fuzz_is_json(bytes, size - 1);
    const struct sample as_input = {
        .id = id, .args = none, .environment = none, .stdin_bytes = bytes, .stdin_length = size - 1};
    fuzz_play(&as_input, data + at, length, json);
    if (json) {
        struct sample as_request = {.id = id, .args = none, .environment = none};
        as_request.request = request_make_line(bytes, size - 1, &as_request.request_length);
        fuzz_play(&as_request, data + at, length, json);
        free(as_request.request);
    }
    free(bytes);
    return 0;
}
