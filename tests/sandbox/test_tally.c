/* Made calls of a tallying run: counted exactly, let go as they were, and bounded. */
#include "lab.h"

#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/instructions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 100000

/* The result is borrowed by the callback, so it is written down there. */
struct tallied {
    uint64_t calls;        /* of the result */
    uint64_t getppid;      /* of them */
    uint64_t ptrace;       /* likewise: a refused one */
    uint64_t execve;       /* likewise */
    uint64_t sum;          /* of all rows */
    bool ordered;          /* the most frequent first */
    uint64_t instructions; /* of the result */
    char ending[128];      /* sandbox_describe_end() */
    char *out;             /* stdout; owned */
    bool over;             /* the callback came */
};

static void tallied_on_end(struct sandbox_run *run, const struct sandbox_result *result,
                           const struct err *err, void *data)
{
    struct tallied *tallied = data;
    char *error;
    (void)run;
    assert_int_equal(err->code, 0);
    tallied->over = true;
    tallied->calls = result->calls;
    tallied->instructions = result->usage.instructions;
    tallied->ordered = true;
    for (size_t i = 0; i < result->call_row_count; i++) {
        const struct sandbox_call_row *row = &result->call_rows[i];
        tallied->sum += row->count;
        tallied->ordered &= i == 0 || row->count <= row[-1].count;
        if (strcmp(row->call, "getppid") == 0)
            tallied->getppid = row->count;
        if (strcmp(row->call, "ptrace") == 0)
            tallied->ptrace = row->count;
        if (strcmp(row->call, "execve") == 0)
            tallied->execve = row->count;
    }
    sandbox_describe_end(result, tallied->ending, sizeof tallied->ending);
    sandbox_result_take(result, &tallied->out, &error);
    free(error);
}

static void tallied_run(const struct sandbox_spec *spec, struct tallied *tallied)
{
    struct sandbox_run *run;
    struct err err = {0};
    *tallied = (struct tallied){0};
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, spec, tallied_on_end, tallied, &run, &err), 0);
    while (!tallied->over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
}

static void tallied_knock(const char *mode, const char *argument, uint64_t most, struct tallied *tallied)
{
    const char *const argv[] = {"./knocker", mode, argument, NULL};
    struct sandbox_spec spec = lab_spec(argv);
    spec.calls_most = most;
    spec.profile = "workload";
    tallied_run(&spec, tallied);
}

static void tallied_forget(struct tallied *tallied)
{
    free(tallied->out);
    tallied->out = NULL;
}

static void test_each_allowed_call_is_counted_once(void **state)
{
    struct tallied few, many;
    (void)state;
    tallied_knock("made", "100", MOST, &few);
    tallied_knock("made", "3100", MOST, &many);
    assert_string_equal(few.ending, "exit status 0");
    assert_string_equal(few.out, "ok\n");
    assert_int_equal(few.getppid, 100);
    assert_int_equal(many.getppid, 3100);
    assert_int_equal(many.calls - few.calls, 3000);
    assert_int_equal(many.sum, many.calls);
    assert_int_equal(few.execve, 1);
    assert_true(few.ordered);
    tallied_forget(&few);
    tallied_forget(&many);
}

/* Both filters look at each call, and the stricter one's answer holds: a refused call never gets to be let
 * go. */
static void test_refused_calls_stay_refused_and_are_no_made_ones(void **state)
{
    static const char *const profiles[] = {"workload", "build"};
    static const char *const argv[] = {"./knocker", "doors", NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct tallied plain, tallied;
        struct sandbox_spec spec = lab_spec(argv);
        spec.profile = profiles[i];
        tallied_run(&spec, &plain);
        spec.calls_most = MOST;
        tallied_run(&spec, &tallied);
        assert_string_equal(plain.ending, "exit status 0");
        assert_string_equal(tallied.out, plain.out);
        assert_non_null(strstr(tallied.out, "EAFNOSUPPORT"));
        assert_int_equal(tallied.ptrace, 0);
        assert_true(tallied.calls > 0 && tallied.calls != SANDBOX_UNKNOWN);
        assert_true(plain.calls == SANDBOX_UNKNOWN);
        tallied_forget(&plain);
        tallied_forget(&tallied);
    }
}

#ifdef __x86_64__
static void test_calls_of_another_architecture_still_kill(void **state)
{
    static const char *const argv[] = {"./attacker", "int80", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct tallied tallied;
    (void)state;
    spec.calls_most = MOST;
    tallied_run(&spec, &tallied);
    assert_string_equal(tallied.ending, "killed by SIGSYS");
    tallied_forget(&tallied);
}
#endif

static void test_processes_and_threads_are_counted(void **state)
{
    struct tallied tallied;
    (void)state;
    tallied_knock("family", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    assert_int_equal(tallied.getppid, 2000);
    tallied_forget(&tallied);
    tallied_knock("threads", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    tallied_forget(&tallied);
}

static void test_too_many_end_the_run(void **state)
{
    struct tallied tallied;
    (void)state;
    tallied_knock("made", "1000000000", 2000, &tallied);
    assert_string_equal(tallied.ending, "killed by SIGKILL");
    assert_int_equal(tallied.calls, 2001);
    assert_int_equal(tallied.sum, 2001);
    tallied_forget(&tallied);
    tallied_knock("made", "10", 2000, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    tallied_forget(&tallied);
}

static void test_signals_and_deaths_do_no_harm(void **state)
{
    struct tallied tallied;
    (void)state;
    tallied_knock("stormed", NULL, MOST, &tallied);
    assert_string_equal(tallied.out, "ok\n");
    tallied_forget(&tallied);
    tallied_knock("dying", NULL, MOST, &tallied);
    assert_string_equal(tallied.ending, "exit status 0");
    tallied_forget(&tallied);
}

static void test_the_listener_is_not_to_be_had_inside(void **state)
{
    static const char *const argv[] = {"sh", "-c", "ls -l /proc/self/fd | grep -c seccomp; ls /proc/1/fd",
                                       NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct tallied tallied;
    (void)state;
    spec.calls_most = MOST;
    tallied_run(&spec, &tallied);
    assert_string_equal(tallied.out, "0\n");
    tallied_forget(&tallied);
}

static void test_made_and_refused_calls_are_not_counted_at_once(void **state)
{
    static const char *const argv[] = {"./knocker", "quiet", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct sandbox_run *run;
    struct tallied tallied;
    struct err err = {0};
    (void)state;
    spec.calls_most = MOST;
    spec.counting = true;
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, &spec, tallied_on_end, &tallied, &run, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "a run counts refused calls or made ones, not both");
}

/* Told in counting runs where the processor has a counter, and unknown otherwise and elsewhere. */
static void test_instructions_are_told_where_they_can_be(void **state)
{
    static const char *const argv[] = {"./knocker", "quiet", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct tallied tallied;
    (void)state;
    tallied_run(&spec, &tallied);
    assert_true(tallied.instructions == SANDBOX_UNKNOWN);
    tallied_forget(&tallied);
    spec.counting = true;
    tallied_run(&spec, &tallied);
    int fd = instructions_open(instructions_ask_kernel);
    if (fd < 0)
        assert_true(tallied.instructions == SANDBOX_UNKNOWN);
    else
        assert_true(tallied.instructions > 10000);
    if (fd >= 0)
        close(fd);
    tallied_forget(&tallied);
}

static void tally_copy_knocker(void)
{
    char *path = memory_format("%s/knocker", lab_current()->layer);
    char *bytes;
    size_t length;
    struct err err = {0};
    if (folder_read_file(KNOCKER, 64u << 20, &bytes, &length, &err) < 0 ||
        folder_replace_file(path, bytes, length, &err) < 0 || chmod(path, 0755) < 0) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    free(bytes);
    free(path);
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
    tally_copy_knocker();
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}

int main(void)
{
    return lab_main(tally_body);
}
