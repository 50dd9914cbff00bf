/* Refused calls of a counting run: counted exactly, answered as in any other run, and never in its way. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Rows as "call×count" in their order; the result is borrowed by the callback, so it is written down there.
 */
struct counted {
    char rows[4096];            /* of the result */
    struct sandbox_usage usage; /* likewise */
    uint64_t ptrace;            /* attempts of it */
    char ending[128];           /* sandbox_describe_end() */
    char *out;                  /* stdout; owned */
    bool over;                  /* the callback came */
};

static void counted_on_end(struct sandbox_run *run, const struct sandbox_result *result,
                           const struct err *err, void *data)
{
    struct counted *counted = data;
    char *error;
    (void)run;
    counted->over = true;
    if (err->code) {
        snprintf(counted->ending, sizeof counted->ending, "%.120s", err->message);
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < result->call_row_count; i++) {
        const struct sandbox_call_row *row = &result->call_rows[i];
        at += (size_t)snprintf(counted->rows + at, sizeof counted->rows - at, "%s%s×%" PRIu64, i ? " " : "",
                               row->call, row->count);
        if (strcmp(row->call, "ptrace") == 0)
            counted->ptrace = row->count;
    }
    counted->usage = result->usage;
    sandbox_describe_end(result, counted->ending, sizeof counted->ending);
    sandbox_result_take(result, &counted->out, &error);
    free(error);
}

static void counted_run(const struct sandbox_spec *spec, struct counted *counted)
{
    struct sandbox_run *run;
    struct err err = {0};
    *counted = (struct counted){0};
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, spec, counted_on_end, counted, &run, &err), 0);
    while (!counted->over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
}

static void counted_knock(const char *mode, const char *argument, bool counting, struct counted *counted)
{
    const char *const argv[] = {"./knocker", mode, argument, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    spec.counting = counting;
    spec.profile = "workload";
    counted_run(&spec, counted);
}

static void counted_forget(struct counted *counted)
{
    free(counted->out);
    counted->out = NULL;
}

static void test_each_attempt_is_counted_once(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("repeat", "5000", true, &counted);
    assert_string_equal(counted.ending, "exit status 0");
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(counted.rows, "ptrace×5000");
    counted_forget(&counted);
}

static void test_allowed_calls_are_no_attempts(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("quiet", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(counted.rows, "");
    counted_forget(&counted);
}

static void test_other_runs_carry_no_notifier(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("repeat", "5000", false, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(counted.rows, "");
    counted_forget(&counted);
}

static void test_answers_are_those_of_a_timed_run(void **state)
{
    static const char *const profiles[] = {"workload", "build"};
    static const char *const argv[] = {"./knocker", "doors", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct counted plain;
        struct counted counted;
        struct sandbox_spec spec = lab_spec(argv);
        spec.profile = profiles[i];
        counted_run(&spec, &plain);
        spec.counting = true;
        counted_run(&spec, &counted);
        assert_string_equal(plain.ending, "exit status 0");
        assert_string_equal(counted.out, plain.out);
        assert_non_null(strstr(counted.out, "EAFNOSUPPORT"));
        counted_forget(&plain);
        counted_forget(&counted);
    }
}

static void test_families_are_told_apart_and_the_table_is_bounded(void **state)
{
    static const char *const argv[] = {"./knocker", "doors", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct counted counted;
    (void)state;
    spec.counting = true;
    counted_run(&spec, &counted);
    assert_non_null(strstr(counted.rows, "process_vm_readv×1 "));
    assert_non_null(strstr(counted.rows, " other calls×"));
    counted_forget(&counted);
}

/* A call that is answered as done, though nothing happens, is no refused one. */
static void test_ignored_calls_are_no_attempts(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ulimit -c 0 && ulimit -f 100000 && echo limited", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct counted counted;
        spec.counting = i;
        counted_run(&spec, &counted);
        assert_string_equal(counted.out, "limited\n");
        assert_string_equal(counted.rows, "");
        counted_forget(&counted);
    }
}

static void test_threads_are_counted(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("threads", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_non_null(strstr(counted.rows, "socket(AF_INET)×4000"));
    counted_forget(&counted);
}

static void test_signals_make_no_attempt_count_twice(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("stormed", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(counted.rows, "ptrace×2000");
    counted_forget(&counted);
}

static void test_callers_that_die_meanwhile_do_no_harm(void **state)
{
    struct counted counted;
    (void)state;
    counted_knock("dying", NULL, true, &counted);
    assert_string_equal(counted.ending, "exit status 0");
    assert_string_equal(counted.out, "ok\n");
    assert_true(counted.ptrace > 0);
    counted_forget(&counted);
    counted_knock("repeat", "10", true, &counted);
    assert_string_equal(counted.rows, "ptrace×10");
    counted_forget(&counted);
}

static void test_a_flood_ends_at_the_deadline(void **state)
{
    static const char *const argv[] = {"./knocker", "flood", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct counted counted;
    (void)state;
    spec.counting = true;
    spec.limits.wall_ms = 700;
    counted_run(&spec, &counted);
    assert_non_null(strstr(counted.ending, "timed out after "));
    assert_true(counted.ptrace > 1000);
    counted_forget(&counted);
    counted_knock("repeat", "10", true, &counted);
    assert_string_equal(counted.rows, "ptrace×10");
    counted_forget(&counted);
}

static void test_the_listener_is_not_to_be_had_inside(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ls -l /proc/self/fd | grep -c seccomp; ls /proc/1/fd",
                                       NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct counted counted;
    (void)state;
    spec.counting = true;
    counted_run(&spec, &counted);
    assert_string_equal(counted.out, "0\n");
    counted_forget(&counted);
}

#ifdef __x86_64__
static void test_calls_of_another_architecture_are_told(void **state)
{
    static const char *const argv[] = {"./attacker", "int80", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct counted counted;
    (void)state;
    spec.counting = true;
    counted_run(&spec, &counted);
    assert_string_equal(counted.ending, "killed by SIGSYS");
    assert_string_equal(counted.rows, SANDBOX_FOREIGN_CALL "×1");
    counted_forget(&counted);
}
#endif

static void test_usage_is_told(void **state)
{
    static const char *const argv[] = {"sh", "-c", "head -c 100000 /dev/zero | tee /tmp/a > /dev/null", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct counted counted;
    (void)state;
    spec.counting = true;
    counted_run(&spec, &counted);
    assert_true(counted.usage.minor_faults > 100);
    assert_true(counted.usage.yields > 0);
    if (lab_current()->root)
        assert_in_range(counted.usage.written_bytes, 300000, 400000);
    else
        assert_true(counted.usage.written_bytes == SANDBOX_UNKNOWN);
    counted_forget(&counted);
}

static void counting_copy_knocker(void)
{
    const struct lab *lab = lab_current();
    cleanup_free char *path = memory_format("%s/knocker", lab->layer);
    char *bytes;
    size_t length;
    struct err err = {0};
    if (folder_read_file(KNOCKER, 64u << 20, &bytes, &length, &err) < 0 ||
        folder_replace_file(path, bytes, length, &err) < 0 || chmod(path, 0755) < 0) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    free(bytes);
}

static int counting_body(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_attempt_is_counted_once),
        cmocka_unit_test(test_allowed_calls_are_no_attempts),
        cmocka_unit_test(test_ignored_calls_are_no_attempts),
        cmocka_unit_test(test_other_runs_carry_no_notifier),
        cmocka_unit_test(test_answers_are_those_of_a_timed_run),
        cmocka_unit_test(test_families_are_told_apart_and_the_table_is_bounded),
        cmocka_unit_test(test_threads_are_counted),
        cmocka_unit_test(test_signals_make_no_attempt_count_twice),
        cmocka_unit_test(test_callers_that_die_meanwhile_do_no_harm),
        cmocka_unit_test(test_a_flood_ends_at_the_deadline),
        cmocka_unit_test(test_the_listener_is_not_to_be_had_inside),
#ifdef __x86_64__
        cmocka_unit_test(test_calls_of_another_architecture_are_told),
#endif
        cmocka_unit_test(test_usage_is_told),
    };
    counting_copy_knocker();
    return cmocka_run_group_tests_name("counting", tests, NULL, NULL);
}

int main(void)
{
    return lab_main(counting_body);
}
