/* Made calls of a tallying run: counted exactly, let go as they were, and bounded. */
#include "knocked.h"

#include "sandbox/instructions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#define MOST 100000

static void tally_knock(const char *mode, const char *argument, uint64_t most, struct knocked *tallied)
{
    const char *const argv[] = {"./knocker", mode, argument, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    spec.calls_most = most;
    spec.profile = "workload";
    knocked_run(&spec, tallied);
}

static void test_each_allowed_call_is_counted_once(void **state)
{
    struct knocked few, many;
    (void)state;
    tally_knock("made", "100", MOST, &few);
    tally_knock("made", "3100", MOST, &many);
    assert_string_equal(few.ending, "exit status 0");
    assert_string_equal(few.out, "ok\n");
    assert_int_equal(few.getppid, 100);
    assert_int_equal(many.getppid, 3100);
    assert_int_equal(many.calls - few.calls, 3000);
    assert_int_equal(many.sum, many.calls);
    assert_int_equal(few.execve, 1);
    assert_true(few.ordered);
    knocked_forget(&few);
    knocked_forget(&many);
}

/* Both filters look at each call, and the stricter one's answer holds:
 * a refused call never gets to be let go. */
static void test_refused_calls_stay_refused_and_are_no_made_ones(void **state)
{
    static const char *const profiles[] = {"workload", "build"};
    static const char *const argv[] = {"./knocker", "doors", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct knocked plain, tallied;
        struct sandbox_spec spec = lab_spec(argv);
        spec.profile = profiles[i];
        knocked_run(&spec, &plain);
        spec.calls_most = MOST;
        knocked_run(&spec, &tallied);
        assert_string_equal(plain.ending, "exit status 0");
        assert_string_equal(tallied.out, plain.out);
        assert_non_null(strstr(tallied.out, "EAFNOSUPPORT"));
        assert_int_equal(tallied.ptrace, 0);
        assert_true(tallied.calls > 0 && tallied.calls != SANDBOX_UNKNOWN);
        assert_true(plain.calls == SANDBOX_UNKNOWN);
        knocked_forget(&plain);
        knocked_forget(&tallied);
    }
}

#ifdef __x86_64__
static void test_calls_of_another_architecture_still_kill(void **state)
{
    static const char *const argv[] = {"./attacker", "int80", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked tallied;
    (void)state;
    spec.calls_most = MOST;
    knocked_run(&spec, &tallied);
    assert_string_equal(tallied.ending, "killed by SIGSYS");
    knocked_forget(&tallied);
}
#endif

static void test_processes_and_threads_are_counted(void **state)
{
    struct knocked tallied;
    (void)state;
    tally_knock("family", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    assert_int_equal(tallied.getppid, 2000);
    knocked_forget(&tallied);
    tally_knock("threads", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    knocked_forget(&tallied);
}

static void test_too_many_end_the_run(void **state)
{
    struct knocked tallied;
    (void)state;
    tally_knock("made", "1000000000", 2000, &tallied);
    assert_string_equal(tallied.ending, "killed by SIGKILL");
    assert_int_equal(tallied.calls, 2001);
    assert_int_equal(tallied.sum, 2001);
    knocked_forget(&tallied);
    tally_knock("made", "10", 2000, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    knocked_forget(&tallied);
}

static void test_signals_and_deaths_do_no_harm(void **state)
{
    struct knocked tallied;
    (void)state;
    tally_knock("stormed", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    knocked_forget(&tallied);
    tally_knock("dying", NULL, MOST, &tallied);
    assert_string_equal(tallied.ending, "exit status 0");
    knocked_forget(&tallied);
}

static void test_the_listener_is_not_to_be_had_inside(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ls -l /proc/self/fd | grep -c seccomp; ls /proc/1/fd",
                                       NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked tallied;
    (void)state;
    spec.calls_most = MOST;
    knocked_run(&spec, &tallied);
    assert_string_equal(tallied.out, "0\n");
    knocked_forget(&tallied);
}

static void test_made_and_refused_calls_are_not_counted_at_once(void **state)
{
    static const char *const argv[] = {"./knocker", "quiet", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct sandbox_run *run;
    struct lab_answer answer = {0};
    struct err err = {0};
    (void)state;
    spec.calls_most = MOST;
    spec.counting = true;
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, &spec, lab_on_end, &answer, &run, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "a run counts refused calls or made ones, not both");
}

/* Told in counting runs where the processor has a counter, and unknown otherwise and elsewhere. */
static void test_instructions_are_told_where_they_can_be(void **state)
{
    static const char *const argv[] = {"./knocker", "quiet", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct knocked tallied;
    (void)state;
    knocked_run(&spec, &tallied);
    assert_true(tallied.usage.instructions == SANDBOX_UNKNOWN);
    knocked_forget(&tallied);
    spec.counting = true;
    knocked_run(&spec, &tallied);
    int fd = instructions_open(instructions_ask_kernel);
    if (fd < 0)
        assert_true(tallied.usage.instructions == SANDBOX_UNKNOWN);
    else
        assert_true(tallied.usage.instructions > 10000);
    if (fd >= 0)
        close(fd);
    knocked_forget(&tallied);
}

static int tally_body(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allowed_call_is_counted_once),
        cmocka_unit_test(test_refused_calls_stay_refused_and_are_no_made_ones),
#ifdef __x86_64__
        cmocka_unit_test(test_calls_of_another_architecture_still_kill),
#endif
        cmocka_unit_test(test_processes_and_threads_are_counted),
        cmocka_unit_test(test_too_many_end_the_run),
        cmocka_unit_test(test_signals_and_deaths_do_no_harm),
        cmocka_unit_test(test_the_listener_is_not_to_be_had_inside),
        cmocka_unit_test(test_made_and_refused_calls_are_not_counted_at_once),
        cmocka_unit_test(test_instructions_are_told_where_they_can_be),
    };
    knocked_copy_program();
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}

int main(void)
{
    return lab_main(tally_body);
}
