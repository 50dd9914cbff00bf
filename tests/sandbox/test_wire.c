/* Records survive the way there and back; broken ones are refused. */
#include "sandbox/greeting.h"
#include "sandbox/wire.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const char *const words[] = {"one", "", "three", NULL};

static void wire_make_run(struct text *out)
{
    static struct wire_mount mounts[] = {{"/a", "/b", 1}, {"/c,d:e", "/f", 0}};
    static uint32_t cpus[] = {0, 3};
    const struct wire_run run = {.profile = "build",
                                 .argv = (const char **)(uintptr_t)words,
                                 .environment = (const char **)(uintptr_t)(words + 3),
                                 .layers = (const char **)(uintptr_t)words,
                                 .upper = "/upper",
                                 .mounts = mounts,
                                 .mount_count = 2,
                                 .cpus = cpus,
                                 .cpu_count = 2,
                                 .memory_bytes = UINT64_MAX,
                                 .workspace_bytes = 5,
                                 .workspace_files = 6,
                                 .calls_most = 7,
                                 .processes = 12};
    wire_encode_run(&run, out);
}

static void test_run_there_and_back(void **state)
{
    cleanup_text struct text bytes = {0};
    struct wire_run run;
    (void)state;
    wire_make_run(&bytes);
    assert_int_equal(wire_decode_run(bytes.data, bytes.length, &run), 0);
    assert_string_equal(run.argv[2], "three");
    assert_null(run.argv[3]);
    assert_null(run.environment[0]);
    assert_string_equal(run.upper, "/upper");
    assert_string_equal(run.upper_work, "");
    assert_string_equal(run.mounts[1].source, "/c,d:e");
    assert_int_equal(run.cpus[1], 3);
    assert_true(run.memory_bytes == UINT64_MAX);
    assert_int_equal(run.workspace_bytes, 5);
    assert_int_equal(run.workspace_files, 6);
    assert_int_equal(run.calls_most, 7);
    wire_fini_run(&run);
}

static void test_every_truncation_is_refused(void **state)
{
    cleanup_text struct text bytes = {0};
    struct wire_run run;
    (void)state;
    wire_make_run(&bytes);
    for (size_t length = 0; length < bytes.length; length++) {
        /* A copy of its own size, so that a sanitizer sees a read past the end. */
        char *copy = memory_copy_bytes(bytes.data, length);
        assert_int_equal(wire_decode_run(copy, length, &run), ERR_INVALID);
        free(copy);
    }
    text_append_char(&bytes, 'x');
    assert_int_equal(wire_decode_run(bytes.data, bytes.length, &run), ERR_INVALID);
}

static void test_counts_are_bounded_by_the_bytes(void **state)
{
    cleanup_text struct text bytes = {0};
    struct wire_run run;
    const uint32_t huge = 65000;
    (void)state;
    wire_make_run(&bytes);
    memcpy(bytes.data + 4 + 6, &huge, sizeof huge); /* behind the profile: the arguments' count */
    assert_int_equal(wire_decode_run(bytes.data, bytes.length, &run), ERR_INVALID);
}

static void test_a_run_needs_arguments_and_a_layer(void **state)
{
    static const char *none[] = {NULL};
    static const char *some[] = {"x", NULL};
    (void)state;
    for (int i = 0; i < 4; i++) {
        const struct wire_run run = {.argv = i == 0 || i == 3 ? none : some,
                                     .environment = none,
                                     .layers = i == 1 ? none : some,
                                     .warm = i == 3}; /* whose programs come later */
        cleanup_text struct text bytes = {0};
        struct wire_run out;
        wire_encode_run(&run, &bytes);
        assert_int_equal(wire_decode_run(bytes.data, bytes.length, &out), i >= 2 ? 0 : ERR_INVALID);
        wire_fini_run(&out);
    }
}

static void test_orders_carry_programs(void **state)
{
    const struct wire_program program = {.argv = (const char **)(uintptr_t)words,
                                         .environment = (const char **)(uintptr_t)(words + 2)};
    cleanup_text struct text bytes = {0};
    struct wire_program out;
    uint32_t kind;
    uint64_t number;
    const char *body;
    size_t length;
    (void)state;
    wire_encode_command(WIRE_REPEAT, 77, &bytes);
    assert_int_equal(wire_decode_order(bytes.data, bytes.length, &kind, &number, &body, &length), 0);
    assert_int_equal(length, 0); /* it is in a memfd */
    wire_encode_program(&program, &bytes);
    assert_int_equal(wire_decode_order(bytes.data, bytes.length, &kind, &number, &body, &length), 0);
    assert_int_equal(kind, WIRE_REPEAT);
    assert_int_equal(number, 77);
    assert_int_equal(wire_decode_command(bytes.data, bytes.length, &kind, &number), ERR_INVALID);
    for (size_t cut = 1; cut <= length; cut++)
        assert_int_equal(wire_decode_program(body, length - cut, &out), ERR_INVALID);
    assert_int_equal(wire_decode_program(body, length, &out), 0);
    assert_string_equal(out.argv[2], "three");
    assert_string_equal(out.environment[0], "three");
    assert_null(out.environment[1]);
    wire_fini_program(&out);
    assert_int_equal(wire_decode_order(bytes.data, 11, &kind, &number, &body, &length), ERR_INVALID);
}

static void test_datagrams_know_their_kind(void **state)
{
    struct wire_result result = {.id = 4, .end = WIRE_BROKEN, .wall_ns = 5, .words = "step"};
    struct wire_result out;
    struct wire_failed failed;
    cleanup_text struct text bytes = {0};
    (void)state;
    wire_encode_result(&result, &bytes);
    assert_int_equal(wire_peek_kind(bytes.data, bytes.length), WIRE_RESULT);
    assert_int_equal(wire_decode_failed(bytes.data, bytes.length, &failed), ERR_INVALID);
    assert_int_equal(wire_decode_result(bytes.data, bytes.length, &out), 0);
    assert_string_equal(out.words, "step");
    const uint32_t beyond = WIRE_ENDS;
    memcpy(bytes.data + 20, &beyond, sizeof beyond);
    assert_int_equal(wire_decode_result(bytes.data, bytes.length, &out), ERR_INVALID);
}

static void test_refusals_there_and_back(void **state)
{
    static struct wire_result result = {
        .id = 4, .written_bytes = 7, .instructions = 8, .calls = 9, .call_row_count = 2};
    struct wire_result out;
    cleanup_text struct text bytes = {0};
    (void)state;
    result.call_rows[0] = (struct wire_call_row){"ptrace", 3};
    result.call_rows[1] = (struct wire_call_row){"socket(AF_INET)", UINT64_MAX};
    wire_encode_result(&result, &bytes);
    assert_int_equal(wire_decode_result(bytes.data, bytes.length, &out), 0);
    assert_int_equal(out.written_bytes, 7);
    assert_int_equal(out.instructions, 8);
    assert_int_equal(out.calls, 9);
    assert_int_equal(out.call_row_count, 2);
    assert_string_equal(out.call_rows[1].call, "socket(AF_INET)");
    assert_true(out.call_rows[1].count == UINT64_MAX);
    result.call_row_count = WIRE_CALL_ROWS_MAX;
    for (size_t i = 0; i < WIRE_CALL_ROWS_MAX; i++)
        memset(result.call_rows[i].call, 'x', WIRE_CALL_MAX - 1);
    memset(result.words, 'y', WIRE_WORDS_MAX - 1);
    text_clear(&bytes);
    wire_encode_result(&result, &bytes);
    assert_int_equal(wire_decode_result(bytes.data, bytes.length, &out), 0);
    assert_in_range(bytes.length, 1, 4096); /* one datagram: see channel.h */
    const uint32_t beyond = WIRE_CALL_ROWS_MAX + 1;
    memcpy(bytes.data + bytes.length - WIRE_WORDS_MAX - 4 - WIRE_CALL_ROWS_MAX * (4 + WIRE_CALL_MAX + 8) - 4,
           &beyond, sizeof beyond);
    assert_int_equal(wire_decode_result(bytes.data, bytes.length, &out), ERR_INVALID);
}

static void test_start_there_and_back(void **state)
{
    struct wire_started started = {.id = 4,
                                   .start_ns = UINT64_MAX,
                                   .cpu_start_ns = 5,
                                   .peak_before = 6,
                                   .cpu_source = 3,
                                   .peak_source = 1};
    struct wire_started out;
    cleanup_text struct text bytes = {0};
    (void)state;
    wire_encode_started(&started, &bytes);
    assert_int_equal(wire_decode_started(bytes.data, bytes.length, &out), 0);
    assert_memory_equal(&out, &started, sizeof out);
    assert_int_equal(wire_decode_started(bytes.data, bytes.length - 1, &out), ERR_INVALID);
    started.cpu_source = 4; /* there is no such source */
    text_clear(&bytes);
    wire_encode_started(&started, &bytes);
    assert_int_equal(wire_decode_started(bytes.data, bytes.length, &out), ERR_INVALID);
}

static void test_greeting_is_read_strictly(void **state)
{
    const struct greeting own = greeting_make();
    struct greeting out;
    char bytes[sizeof own + 1];
    (void)state;
    memcpy(bytes, &own, sizeof own);
    assert_int_equal(greeting_read(bytes, sizeof own, &out), 0);
    assert_true(greeting_is_ours(&out));
    assert_int_equal(greeting_read(bytes, sizeof own - 1, &out), ERR_INVALID);
    assert_int_equal(greeting_read(bytes, sizeof own + 1, &out), ERR_INVALID);
    bytes[offsetof(struct greeting, release)] = '\033'; /* it would be printed */
    assert_int_equal(greeting_read(bytes, sizeof own, &out), ERR_INVALID);
    memset(bytes + offsetof(struct greeting, release), 'x', sizeof own.release);
    assert_int_equal(greeting_read(bytes, sizeof own, &out), ERR_INVALID);
    memset(bytes + offsetof(struct greeting, release), 0, sizeof own.release);
    assert_int_equal(greeting_read(bytes, sizeof own, &out), ERR_INVALID);
}

/* FNV-1a. */
static uint64_t wire_digest(const struct text *text)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < text->length; i++)
        digest = (digest ^ (unsigned char)text->data[i]) * UINT64_C(1099511628211);
    return digest;
}

/*
 * The bytes of all records. If this fails, a record has changed: raise WIRE_VERSION, so that a client and a
 * cupel-sandbox from before and after can tell, and put the new digest here.
 */
static void test_version_stands_for_the_bytes(void **state)
{
    struct wire_row rows[] = {{.call = "read", .conditions = 1, .condition = {{1, WIRE_MASKED, 2, 3}}}};
    struct wire_profile profiles[] = {{"build", 38, rows, 1}};
    const struct wire_setup setup = {
        .layer_uid = 1, .layer_gid = 2, .group2 = "/g", .profiles = profiles, .profile_count = 1};
    const struct wire_hello hello = {.id_mapped = 1};
    const struct wire_failed failed = {.layer = WIRE_LAYERS - 1, .error = 1, .words = "step"};
    static struct wire_result result = {.id = 4, .wall_ns = 5, .call_row_count = 1, .words = "step"};
    const struct wire_program program = {.argv = (const char **)(uintptr_t)words,
                                         .environment = (const char **)(uintptr_t)words};
    const struct wire_started started = {.id = 4, .start_ns = 6, .cpu_start_ns = 7, .cpu_source = 1};
    cleanup_text struct text bytes = {0};
    (void)state;
    result.call_rows[0] = (struct wire_call_row){"ptrace", 3};
    wire_make_run(&bytes);
    wire_encode_setup(&setup, &bytes);
    wire_encode_hello(&hello, &bytes);
    wire_encode_failed(&failed, &bytes);
    wire_encode_result(&result, &bytes);
    wire_encode_command(WIRE_SOCKET, 5, &bytes);
    wire_encode_program(&program, &bytes);
    wire_encode_started(&started, &bytes);
    assert_int_equal(WIRE_VERSION, 6);
    assert_int_equal(wire_digest(&bytes), UINT64_C(0xc10d7a3b431baca5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting_is_read_strictly),
        cmocka_unit_test(test_version_stands_for_the_bytes),
        cmocka_unit_test(test_run_there_and_back),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_counts_are_bounded_by_the_bytes),
        cmocka_unit_test(test_a_run_needs_arguments_and_a_layer),
        cmocka_unit_test(test_orders_carry_programs),
        cmocka_unit_test(test_datagrams_know_their_kind),
        cmocka_unit_test(test_refusals_there_and_back),
        cmocka_unit_test(test_start_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
