/* Refused calls of a counting run: counted exactly, answered as in any other run, and never in its way. */
#include "knocked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void counting_knock(const char *mode, const char *argument, bool counting, struct knocked *counted)
{
    const char *const argv[] = {"./knocker", mode, argument, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    spec.counting = counting;
    spec.profile = "workload";
    knocked_run(&spec, counted);
}

static void test_each_attempt_is_counted_once(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("repeat", "5000", true, &counted);
    assert_string_equal(counted.ending, "exit status 0");
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(text_string(&counted.rows), "ptrace×5000");
    knocked_forget(&counted);
}

static void test_allowed_calls_are_no_attempts(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("quiet", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(text_string(&counted.rows), "");
    knocked_forget(&counted);
}

static void test_other_runs_carry_no_notifier(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("repeat", "5000", false, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(text_string(&counted.rows), "");
    knocked_forget(&counted);
}

static void test_answers_are_those_of_a_timed_run(void **state)
{
    static const char *const profiles[] = {"workload", "build"};
    static const char *const argv[] = {"./knocker", "doors", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct knocked plain;
        struct knocked counted;
        struct sandbox_spec spec = lab_spec(argv);
        spec.profile = profiles[i];
        knocked_run(&spec, &plain);
        spec.counting = true;
        knocked_run(&spec, &counted);
        assert_string_equal(plain.ending, "exit status 0");
        assert_string_equal(counted.out, plain.out);
        assert_non_null(strstr(counted.out, "EAFNOSUPPORT"));
        knocked_forget(&plain);
        knocked_forget(&counted);
    }
}

static void test_families_are_told_apart_and_the_table_is_bounded(void **state)
{
    static const char *const argv[] = {"./knocker", "doors", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked counted;
    (void)state;
    spec.counting = true;
    knocked_run(&spec, &counted);
    assert_non_null(strstr(text_string(&counted.rows), "process_vm_readv×1 "));
    assert_non_null(strstr(text_string(&counted.rows), " other calls×"));
    knocked_forget(&counted);
}

/* A call that is answered as done, though nothing happens, is no refused one. */
static void test_ignored_calls_are_no_attempts(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ulimit -c 0 && ulimit -f 100000 && echo limited", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct knocked counted;
        spec.counting = i;
        knocked_run(&spec, &counted);
        assert_string_equal(counted.out, "limited\n");
        assert_string_equal(text_string(&counted.rows), "");
        knocked_forget(&counted);
    }
}

static void test_threads_are_counted(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("threads", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_non_null(strstr(text_string(&counted.rows), "socket(AF_INET)×4000"));
    knocked_forget(&counted);
}

static void test_signals_make_no_attempt_count_twice(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("stormed", NULL, true, &counted);
    assert_string_equal(counted.out, "ok\n");
    assert_string_equal(text_string(&counted.rows), "ptrace×2000");
    knocked_forget(&counted);
}

static void test_callers_that_die_meanwhile_do_no_harm(void **state)
{
    struct knocked counted;
    (void)state;
    counting_knock("dying", NULL, true, &counted);
    assert_string_equal(counted.ending, "exit status 0");
    assert_string_equal(counted.out, "ok\n");
    assert_true(counted.ptrace > 0);
    knocked_forget(&counted);
    counting_knock("repeat", "10", true, &counted);
    assert_string_equal(text_string(&counted.rows), "ptrace×10");
    knocked_forget(&counted);
}

static void test_a_flood_ends_at_the_deadline(void **state)
{
    static const char *const argv[] = {"./knocker", "flood", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked counted;
    (void)state;
    spec.counting = true;
    spec.limits.wall_ms = 700;
    knocked_run(&spec, &counted);
    assert_non_null(strstr(counted.ending, "timed out after "));
    assert_true(counted.ptrace > 1000);
    knocked_forget(&counted);
    counting_knock("repeat", "10", true, &counted);
    assert_string_equal(text_string(&counted.rows), "ptrace×10");
    knocked_forget(&counted);
}

static void test_the_listener_is_not_to_be_had_inside(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ls -l /proc/self/fd | grep -c seccomp; ls /proc/1/fd",
                                       NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked counted;
    (void)state;
    spec.counting = true;
    knocked_run(&spec, &counted);
    assert_string_equal(counted.out, "0\n");
    knocked_forget(&counted);
}

#ifdef __x86_64__
static void test_calls_of_another_architecture_are_told(void **state)
{
    static const char *const argv[] = {"./attacker", "int80", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked counted;
    (void)state;
    spec.counting = true;
    knocked_run(&spec, &counted);
    assert_string_equal(counted.ending, "killed by SIGSYS");
    assert_string_equal(text_string(&counted.rows), SANDBOX_FOREIGN_CALL "×1");
    knocked_forget(&counted);
}
#endif

static void test_usage_is_told(void **state)
{
    static const char *const argv[] = {"sh", "-c", "head -c 100000 /dev/zero | tee /tmp/a > /dev/null", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked counted;
    (void)state;
    spec.counting = true;
    knocked_run(&spec, &counted);
    assert_true(counted.usage.minor_faults > 100);
    assert_true(counted.usage.yields > 0);
    if (lab_current()->root)
        assert_in_range(counted.usage.written_bytes, 300000, 400000);
    else
        assert_true(counted.usage.written_bytes == SANDBOX_UNKNOWN);
    knocked_forget(&counted);
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
    knocked_copy_program();
    return cmocka_run_group_tests_name("counting", tests, NULL, NULL);
}

int main(void)
{
    return lab_main(counting_body);
}
