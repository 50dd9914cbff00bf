/* A client and a cupel-sandbox of different versions
 * refuse each other in one sentence, in both directions. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/greeting.h"
#include "sandbox/probe.h"
#include "sandbox/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* What opening `executable` as cupel-sandbox says; the caller frees it. */
static char *versions_open(const char *executable)
{
    struct sandbox_options options = lab_current()->options;
    struct sandbox *sandbox;
    struct err err = {0};
    options.executable = executable;
    assert_int_equal(sandbox_open(&sandbox, &lab_current()->loop, &options, &err), ERR_UNAVAILABLE);
    return memory_copy_string(err.message);
}

static void test_other_sandbox_is_refused(void **state)
{
    (void)state;
    cleanup_free char *expected = memory_format("cupel %s (records %d) and " STRANGER_EXECUTABLE
                                                " 9.8.7 (records 4000000000) don't belong "
                                                "together: install both from the same package or build",
                                                CUPEL_VERSION, WIRE_VERSION);
    cleanup_free char *said = versions_open(STRANGER_EXECUTABLE);
    assert_string_equal(said, expected);
}

static void test_sandbox_without_a_version_is_refused(void **state)
{
    (void)state;
    cleanup_free char *expected = memory_format(
        "cupel %s and " ANCIENT_EXECUTABLE ", which does not say its version, don't belong together: install "
        "both from the same package or build",
        CUPEL_VERSION);
    cleanup_free char *said = versions_open(ANCIENT_EXECUTABLE);
    assert_string_equal(said, expected);
}

static void test_doctor_names_the_pair(void **state)
{
    struct probe_layer layers[PROBE_LAYERS_MAX];
    const struct sandbox_options *options = &lab_current()->options;
    (void)state;
    size_t count = probe_machine(layers, STRANGER_EXECUTABLE, options->filters, options->state);
    for (size_t i = 0; i < count; i++)
        if (strcmp(layers[i].name, "cupel-sandbox") == 0) {
            assert_int_equal(layers[i].state, PROBE_MISSING);
            assert_non_null(strstr(layers[i].detail, "9.8.7 (records 4000000000)"));
            return;
        }
    fail_msg("no row cupel-sandbox");
}

/* What the real cupel-sandbox answers to a first datagram, which comes with a set-up of no sense. */
static void versions_greet(const void *bytes, size_t length, struct channel_message *answer)
{
    int ends[2];
    pid_t pid;
    char parent[16];
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    char name[] = "cupel-sandbox";
    char *const argv[] = {name, parent, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    assert_int_equal(channel_pair(ends), 0);
    cleanup_fd int here = ends[0];
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
    int code = posix_spawn(&pid, lab_current()->options.executable, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    assert_int_equal(code, 0);
    cleanup_fd int setup = memfd_create("set-up", MFD_CLOEXEC);
    assert_int_equal(channel_send(here, bytes, length, &setup, 1), 0);
    assert_int_equal(channel_receive(here, answer, 0), 1);
    channel_close_fds(answer);
    close(STEAL_FD(here));
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void test_other_client_is_refused(void **state)
{
    struct greeting others[3] = {greeting_make(), greeting_make(), greeting_make()};
    (void)state;
    others[0].records++;
    memcpy(others[1].release, "9.8.7", sizeof "9.8.7");
    others[2].kind++;
    for (size_t i = 0; i < 3; i++) {
        struct channel_message message;
        struct greeting answer;
        versions_greet(&others[i], sizeof others[i], &message);
        assert_int_equal(greeting_read(message.bytes, message.length, &answer), 0);
        assert_true(greeting_is_ours(&answer));
    }
}

/* The twin: our own greeting is taken, and only its set-up is not. */
static void test_own_client_is_heard(void **state)
{
    const struct greeting own = greeting_make();
    struct channel_message message;
    struct wire_failed failed;
    (void)state;
    versions_greet(&own, sizeof own, &message);
    assert_int_equal(wire_decode_failed(message.bytes, message.length, &failed), 0);
    assert_string_equal(failed.words, "read the set-up");
}

static int versions_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_sandbox_is_refused),
        cmocka_unit_test(test_sandbox_without_a_version_is_refused),
        cmocka_unit_test(test_doctor_names_the_pair),
        cmocka_unit_test(test_other_client_is_refused),
        cmocka_unit_test(test_own_client_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(versions_tests);
}
