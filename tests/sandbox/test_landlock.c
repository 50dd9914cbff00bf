/* The second wall: two runs of one slot share a network namespace,
 * and still can't meet. And no core dumps. */
#include "lab.h"

#include "sandbox/landlock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define LANDLOCK_TOOLS                                                                                       \
    "use Socket; $name = sockaddr_un(\"\\0cupel-meeting\");"                                                 \
    "sub listen_there { socket($s, PF_UNIX, SOCK_STREAM, 0) && bind($s, $name) && listen($s, 5) or die $! }" \
    "sub call { socket($c, PF_UNIX, SOCK_STREAM, 0) or die $!; connect($c, $name) ? 'met' : \"$!\" }"

static void test_runs_of_a_slot_cannot_meet(void **state)
{
    static const char *const one[] = {
        "perl", "-e", "$| = 1;" LANDLOCK_TOOLS "listen_there(); print call(); sleep 60", NULL};
    static const char *const two[] = {"perl", "-e",
                                      LANDLOCK_TOOLS
                                      "for (1 .. 200) { last if ($got = call()) ne 'Connection refused';"
                                      "select(undef, undef, undef, 0.05) } print $got",
                                      NULL};
    struct lab_answer answers[2];
    (void)state;
    const struct sandbox_spec first = lab_spec(one);
    const struct sandbox_spec second = lab_spec(two);
    lab_start(&first, &answers[0]);
    lab_start(&second, &answers[1]);
    lab_wait(&answers[1]);
    sandbox_run_cancel(answers[0].run);
    lab_wait(&answers[0]);
    assert_string_equal(answers[0].result.out, "met"); /* inside one run it works */
    if (landlock_version() >= LANDLOCK_SCOPE_VERSION)
        assert_string_equal(answers[1].result.out, "Operation not permitted");
    else
        assert_string_equal(answers[1].result.out, "met"); /* arms have slots of their own */
    lab_forget(&answers[0]);
    lab_forget(&answers[1]);
}

static void test_files_and_signals_inside_work(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_shell("mkdir a b && echo x > a/f && mv a/f b/g && ln b/g a/h && cat a/h;"
              "sleep 100 & kill $! && wait $!; echo $?",
              &answer);
    assert_string_equal(answer.result.out, "x\n143\n");
    lab_forget(&answer);
}

static void test_crash_leaves_no_core(void **state)
{
    struct lab_answer answer;
    (void)state;
    lab_shell("sh -c 'kill -SEGV $$'; echo $?; ls core* 2>/dev/null; grep -c 'core file size *1 *1' "
              "/proc/self/limits",
              &answer);
    assert_string_equal(answer.result.out, "139\n1\n");
    assert_string_equal(answer.result.error, "Segmentation fault\n"); /* not "(core dumped)" */
    lab_forget(&answer);
}

static int landlock_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_of_a_slot_cannot_meet),
        cmocka_unit_test(test_files_and_signals_inside_work),
        cmocka_unit_test(test_crash_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(landlock_tests);
}
