/* The records between client and zygote: the first byte chooses the decoder.
 * What decodes must encode to the same bytes again. */
#include "sandbox/greeting.h"
#include "sandbox/wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check_same(const struct text *text, const char *bytes, size_t length)
{
    if (text->length != length || memcmp(text->data, bytes, length) != 0)
        abort();
}

static void fuzz_setup(const char *bytes, size_t length)
{
    struct wire_setup setup;
    if (wire_decode_setup(bytes, length, &setup) < 0)
        return;
    cleanup_text struct text again = {0};
    wire_encode_setup(&setup, &again);
    fuzz_check_same(&again, bytes, length);
    wire_fini_setup(&setup);
}

static void fuzz_run(const char *bytes, size_t length)
{
    struct wire_run run;
    if (wire_decode_run(bytes, length, &run) < 0)
        return;
    cleanup_text struct text again = {0};
    wire_encode_run(&run, &again);
    fuzz_check_same(&again, bytes, length);
    wire_fini_run(&run);
}

static void fuzz_program(const char *bytes, size_t length)
{
    struct wire_program program;
    if (wire_decode_program(bytes, length, &program) < 0)
        return;
    cleanup_text struct text again = {0};
    wire_encode_program(&program, &again);
    fuzz_check_same(&again, bytes, length);
    wire_fini_program(&program);
}

static void fuzz_order(const char *bytes, size_t length)
{
    uint32_t kind;
    uint64_t number;
    const char *body;
    size_t body_length;
    if (wire_decode_order(bytes, length, &kind, &number, &body, &body_length) < 0)
        return;
    cleanup_text struct text again = {0};
    wire_encode_command(kind, number, &again);
    text_append(&again, body, body_length);
    fuzz_check_same(&again, bytes, length);
}

static void fuzz_datagrams(const char *bytes, size_t length)
{
    struct wire_result result;
    struct wire_started started;
    struct wire_hello hello;
    struct wire_failed failed;
    struct greeting greeting;
    uint32_t kind;
    uint64_t number;
    cleanup_text struct text again = {0};
    if (wire_decode_result(bytes, length, &result) == 0 && result.end >= WIRE_ENDS)
        abort();
    if (wire_decode_failed(bytes, length, &failed) == 0 && failed.layer >= WIRE_LAYERS)
        abort();
    if (wire_decode_started(bytes, length, &started) == 0) {
        wire_encode_started(&started, &again);
        fuzz_check_same(&again, bytes, length);
        text_clear(&again);
    }
    if (greeting_read(bytes, length, &greeting) == 0) {
        text_append(&again, &greeting, sizeof greeting);
        fuzz_check_same(&again, bytes, length);
        text_clear(&again);
    }
    if (wire_decode_hello(bytes, length, &hello) == 0) {
        wire_encode_hello(&hello, &again);
        fuzz_check_same(&again, bytes, length);
    }
    if (wire_decode_command(bytes, length, &kind, &number) == 0) {
        text_clear(&again);
        wire_encode_command(kind, number, &again);
        fuzz_check_same(&again, bytes, length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    /* A copy of its own size, so that a read past the end is seen. */
    char *bytes = malloc(size - 1 ? size - 1 : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data + 1, size - 1);
    if (data[0] == 's')
        fuzz_setup(bytes, size - 1);
    else if (data[0] == 'r')
        fuzz_run(bytes, size - 1);
    else if (data[0] == 'p')
        fuzz_program(bytes, size - 1);
    else if (data[0] == 'o')
        fuzz_order(bytes, size - 1);
    else
        fuzz_datagrams(bytes, size - 1);
    free(bytes);
    return 0;
}
