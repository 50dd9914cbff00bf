/* The pause of a run, at every moment of its life and against its will. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FREEZE_OVER "No such process"

static struct sandbox_spec freeze_spec(const char *const *argv, uint64_t wall_ms)
{
    struct sandbox_spec spec = lab_spec(argv);
    spec.limits.wall_ms = wall_ms;
    return spec;
}

static void freeze_must(struct lab_answer *answer, bool freeze)
{
    struct err err = {0};
    int code = freeze ? sandbox_run_freeze(answer->run, &err) : sandbox_run_thaw(answer->run, &err);
    if (code < 0)
        fail_msg("%s", err.message);
}

/* As a user without a v2 group: whether one SIGSTOP is all that holds it. */
static bool freeze_is_by_signal(void)
{
    return sandbox_isolation(lab_current()->sandbox)->cpu_source != SANDBOX_CPU_CGROUP2;
}

static void freeze_end_with(struct lab_answer *answer, const char *words, const char *out)
{
    lab_wait(answer);
    assert_int_equal(answer->err.code, 0);
    assert_memory_equal(answer->words, words, strlen(words));
    assert_string_equal(answer->result.out, out);
    lab_forget(answer);
}

/* From the moment of its start, as often as one likes. */
static void test_freeze_at_once_and_again(void **state)
{
    static const char *const argv[] = {"sh", "-c", "echo begun; sleep 0.1; echo done", NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 20000);
    struct lab_answer answer;
    (void)state;
    for (int i = 0; i < 20; i++) {
        lab_start(&spec, &answer);
        freeze_must(&answer, true);
        freeze_must(&answer, true);
        freeze_must(&answer, false);
        freeze_must(&answer, false);
        freeze_must(&answer, true);
        freeze_must(&answer, false);
        freeze_end_with(&answer, "exit status 0", "begun\ndone\n");
    }
}

static void test_thaw_wakes_nobody_else(void **state)
{
    static const char *const argv[] = {"sh", "-c", "kill -STOP $$; echo woken", NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 400);
    struct lab_answer answer;
    (void)state;
    lab_start(&spec, &answer);
    usleep(100000);
    freeze_must(&answer, false);
    freeze_end_with(&answer, "timed out", "");
}

static void test_deadline_of_a_frozen_run(void **state)
{
    static const char *const argv[] = {"sh", "-c", "sleep 0.2; echo late", NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 400);
    struct lab_answer answer;
    (void)state;
    for (int i = 0; i < 2; i++) { /* the place of a run killed while frozen serves another */
        lab_start(&spec, &answer);
        freeze_must(&answer, true);
        freeze_end_with(&answer, "timed out", "");
        lab_shell("echo well", &answer);
        assert_string_equal(answer.result.out, "well\n");
        lab_forget(&answer);
    }
}

static void test_ended_runs_say_so(void **state)
{
    static const char *const sleeper[] = {"sleep", "20", NULL};
    static const char *const absent[] = {"/no/such/program", NULL};
    const struct sandbox_spec specs[] = {freeze_spec(sleeper, 20000), freeze_spec(absent, 20000)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct lab_answer answer;
        struct err err = {0};
        lab_start(&specs[i], &answer);
        if (i == 0)
            sandbox_run_cancel(answer.run);
        else
            usleep(200000); /* its result waits to be read */
        assert_int_equal(sandbox_run_freeze(answer.run, &err), ERR_SYSTEM);
        assert_string_equal(err.message, "freeze a run: " FREEZE_OVER);
        assert_int_equal(sandbox_run_thaw(answer.run, &err), ERR_SYSTEM);
        assert_string_equal(err.message, "thaw a run: " FREEZE_OVER);
        freeze_end_with(&answer, i == 0 ? "cancelled" : "could not be started", "");
    }
}

/* A program that SIGCONT from its own timer wakes: held by a group, or at least found out. */
static void test_program_that_wakes_itself(void **state)
{
    static const char *const argv[] = {"./attacker", "wake", NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 20000);
    enum sandbox_cpu_source source = sandbox_isolation(lab_current()->sandbox)->cpu_source;
    struct lab_answer answer;
    struct err err = {0};
    (void)state;
    lab_start(&spec, &answer);
    usleep(100000);
    freeze_must(&answer, true);
    usleep(500000);
    int code = sandbox_run_thaw(answer.run, &err);
    if (source == SANDBOX_CPU_CGROUP2) {
        assert_int_equal(code, 0);
    } else if (source == SANDBOX_CPU_TASK_CLOCK) {
        assert_int_equal(code, ERR_INVALID);
        assert_string_equal(err.message, "thaw a run: the program did not stand still");
    }
    sandbox_run_cancel(answer.run);
    freeze_end_with(&answer, "cancelled", "ok\n");
}

/* Its benign twin: many threads and children stand still, and lose nothing. */
static void test_everybody_stands_still(void **state)
{
    static const char *const argv[] = {
        "sh", "-c",
        "for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; sleep 1; kill %1 %2 %3 %4; echo out",
        NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 20000);
    struct lab_answer answer;
    (void)state;
    lab_start(&spec, &answer);
    usleep(200000);
    for (int i = 0; i < 5; i++) {
        freeze_must(&answer, true);
        usleep(20000);
        freeze_must(&answer, false);
    }
    lab_wait(&answer);
    assert_string_equal(answer.result.out, "out\n");
    lab_forget(&answer);
}

struct freeze_other {
    struct lab_answer answer; /* of its run */
    struct sandbox *sandbox;  /* beside the lab's */
    bool closed;              /* the callback came */
    unsigned calls;           /* of the run's callback */
};

static void freeze_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                          void *data)
{
    struct freeze_other *other = data;
    (void)run;
    other->calls++;
    other->answer.err = *err;
    sandbox_describe_end(result, other->answer.words, sizeof other->answer.words);
}

static void freeze_on_closed(void *data)
{
    struct freeze_other *other = data;
    other->closed = true;
}

static void freeze_open_other(struct freeze_other *other)
{
    static const char *const argv[] = {"sleep", "20", NULL};
    const struct sandbox_spec spec = freeze_spec(argv, 20000);
    struct lab *lab = lab_current();
    struct err err = {0};
    *other = (struct freeze_other){0};
    if (sandbox_open(&other->sandbox, &lab->loop, &lab->options, &err) < 0 ||
        sandbox_run_start(other->sandbox, &spec, freeze_on_end, other, &other->answer.run, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(other->calls, 0);
    freeze_must(&other->answer, true);
}

static void freeze_close_other(struct freeze_other *other)
{
    struct err err = {0};
    int fd = -1;
    sandbox_close(other->sandbox, freeze_on_closed, other);
    assert_int_equal(sandbox_socket(other->sandbox, 0, 2, 1, &fd, &err), ERR_CANCELLED);
    assert_string_equal(err.message, "the sandbox is closing");
    while (!other->closed)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_int_equal(other->calls, 1);
}

static void test_close_with_a_frozen_run(void **state)
{
    struct freeze_other other;
    (void)state;
    freeze_open_other(&other);
    freeze_close_other(&other);
    assert_int_equal(other.answer.err.code, 0);
    assert_string_equal(other.answer.words, "cancelled");
}

static pid_t freeze_child_of(pid_t pid)
{
    cleanup_free char *path = memory_format("/proc/%d/task/%d/children", (int)pid, (int)pid);
    cleanup_file FILE *file = fopen(path, "re");
    int child = 0;
    return file && fscanf(file, "%d", &child) == 1 ? child : -1;
}

static void test_lane_dies_with_a_frozen_run(void **state)
{
    struct freeze_other other;
    struct err err = {0};
    int fd = -1;
    (void)state;
    freeze_open_other(&other);
    pid_t lane = freeze_child_of(freeze_child_of(other.sandbox->zygote.pid));
    pid_t first = freeze_child_of(lane);
    assert_true(lane > 1 && first > 1);
    assert_int_equal(kill(lane, SIGKILL), 0);
    for (int i = 0; i < 5000 && kill(first, 0) == 0; i++)
        usleep(1000);
    assert_int_equal(kill(first, 0), -1); /* process 1 of the run goes with it, frozen or not */
    assert_int_equal(sandbox_run_thaw(other.answer.run, &err), ERR_SYSTEM);
    assert_string_equal(err.message, "thaw a run: Broken pipe");
    assert_int_equal(sandbox_socket(other.sandbox, 0, 2, 1, &fd, &err), ERR_SYSTEM);
    assert_string_equal(err.message, "make a socket in slot 0 of the sandbox: Broken pipe");
    while (other.calls == 0)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_string_equal(other.answer.err.message, "the sandbox's process for slot 0 ended unexpectedly");
    assert_int_equal(sandbox_socket(other.sandbox, 0, 2, 1, &fd, &err), ERR_SYSTEM);
    assert_string_equal(err.message, "the sandbox's process for slot 0 ended unexpectedly");
    assert_int_equal(fd, -1);
    freeze_close_other(&other);
}

static int freeze_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freeze_at_once_and_again),  cmocka_unit_test(test_thaw_wakes_nobody_else),
        cmocka_unit_test(test_deadline_of_a_frozen_run),  cmocka_unit_test(test_ended_runs_say_so),
        cmocka_unit_test(test_program_that_wakes_itself), cmocka_unit_test(test_everybody_stands_still),
        cmocka_unit_test(test_close_with_a_frozen_run),   cmocka_unit_test(test_lane_dies_with_a_frozen_run),
    };
    printf("[          ] stopped by %s\n", freeze_is_by_signal() ? "signal" : "group");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(freeze_tests);
}
