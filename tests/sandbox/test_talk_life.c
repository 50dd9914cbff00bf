/* A conversation at every moment of its life: cancelled, frozen, counted, and what it has used so far. */
#include "talked.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum talk_state {
    TALK_SENT,
    TALK_BEGUN,
    TALK_IN_EXEC,
    TALK_IN_OUTPUT,
    TALK_HEARD,
    TALK_QUEUED,
    TALK_ENDED,
    TALK_FROZEN,
    TALK_STATES
};

static void talk_reach(struct talked *talked, enum talk_state state, const char *bytes)
{
    struct err err = {0};
    int code = 0;
    talked->cancel_on_exec = state == TALK_IN_EXEC;
    talked->cancel_on_output = state == TALK_IN_OUTPUT;
    if (state >= TALK_BEGUN)
        talked_await_start(talked);
    if (state >= TALK_IN_OUTPUT)
        talked_hear(talked, 6);
    if (state == TALK_QUEUED || state == TALK_ENDED)
        code = sandbox_run_write(talked->answer.run, bytes, TALKED_LONG, &err);
    if (state == TALK_ENDED)
        sandbox_run_end_input(talked->answer.run);
    if (state == TALK_FROZEN)
        code = sandbox_run_freeze(talked->answer.run, &err);
    if (code < 0)
        fail_msg("state %d: %s", (int)state, err.message);
}

static void test_cancelled_in_every_state(void **state)
{
    cleanup_free char *bytes = memory_zeroed(TALKED_LONG);
    (void)state;
    for (enum talk_state reached = 0; reached < TALK_STATES; reached++) {
        struct talked talked;
        talked_start("echo begun; exec sleep 20", &talked);
        talk_reach(&talked, reached, bytes);
        sandbox_run_cancel(talked.answer.run);
        talked_end_with(&talked, "cancelled");
    }
}

static void test_frozen_while_it_is_asked(void **state)
{
    struct talked talked;
    struct err err = {0};
    (void)state;
    talked_start("while read line; do echo \"so $line\"; done", &talked);
    for (int i = 0; i < 5; i++) {
        talked_say(&talked, "1\n");
        talked_expect(&talked, "so 1\n");
        if (sandbox_run_freeze(talked.answer.run, &err) < 0)
            fail_msg("%s", err.message);
        talked_say(&talked, "2\n");
        talked_wait_ms(50);
        assert_int_equal(talked.heard.length, 0);
        if (sandbox_run_thaw(talked.answer.run, &err) < 0)
            fail_msg("%s", err.message);
        talked_expect(&talked, "so 2\n");
    }
    sandbox_run_end_input(talked.answer.run);
    talked_end_with(&talked, "exit status 0");
}

static uint64_t talk_usage(const struct talked *talked)
{
    uint64_t cpu_ns = 0;
    struct err err = {0};
    if (sandbox_run_usage(talked->answer.run, &cpu_ns, &err) < 0)
        fail_msg("%s", err.message);
    return cpu_ns;
}

/* A child that works on behind an answer. */
static void test_usage_of_a_background_child(void **state)
{
    struct talked talked;
    struct err err = {0};
    (void)state;
    const enum sandbox_cpu_source source = sandbox_isolation(lab_current()->sandbox)->cpu_source;
    const bool grouped = source == SANDBOX_CPU_CGROUP2;
    if (source == SANDBOX_CPU_NONE)
        skip();
    talked_start("read line; (i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo burnt) & echo said; "
                 "read line; sleep 0.3; read line",
                 &talked);
    assert_int_equal(talk_usage(&talked), 0);
    talked_await_start(&talked);
    talked_say(&talked, "go\n");
    talked_hear(&talked, 11);
    text_clear(&talked.heard);
    const uint64_t burnt = talk_usage(&talked);
    assert_true(burnt > 10000000);
    talked_say(&talked, "idle\n");
    talked_wait_ms(100);
    assert_int_equal(sandbox_run_freeze(talked.answer.run, &err), 0);
    const uint64_t idle = talk_usage(&talked);
    talked_wait_ms(50);
    /* A group is frozen exactly; who was stopped by a signal may end a step that it was in. */
    assert_in_range(talk_usage(&talked), idle, idle + (grouped ? 0 : 10000000));
    assert_int_equal(sandbox_run_thaw(talked.answer.run, &err), 0);
    sandbox_run_end_input(talked.answer.run);
    lab_wait(&talked.answer);
    assert_true(idle >= burnt && talked.answer.result.cpu_ns >= idle);
    assert_true(talked.answer.result.cpu_ns < idle + 10000000000);
    talked_end_with(&talked, "exit status 1");
}

/* The group's, while the run goes on; the largest process's is known at the end alone. */
static void test_peak_so_far(void **state)
{
    const bool rusage = sandbox_isolation(lab_current()->sandbox)->peak_source == SANDBOX_PEAK_RUSAGE;
    struct talked talked;
    struct err err = {0};
    uint64_t peak = 0;
    (void)state;
    talked_start("head -c 20000000 /dev/zero | tail -c 20000000 | wc -c; read line", &talked);
    talked_expect(&talked, "20000000\n");
    int code = sandbox_run_peak(talked.answer.run, &peak, &err);
    if (rusage) {
        assert_int_equal(code, ERR_UNAVAILABLE);
        assert_string_equal(err.message, "read the peak memory of a run: no counter shows it before the end");
    } else {
        assert_int_equal(code, 0);
        assert_true(peak >= 19000000 && peak < 200000000);
    }
    sandbox_run_end_input(talked.answer.run);
    talked_end_with(&talked, "exit status 1");
}

struct talk_counted {
    struct talked talked; /* first, as the callbacks expect */
    uint64_t refused;     /* calls of ptrace */
};

static void talk_on_counted(struct sandbox_run *run, const struct sandbox_result *result,
                            const struct err *err, void *data)
{
    struct talk_counted *counted = data;
    (void)run;
    counted->talked.answer.over = true;
    counted->talked.answer.err = *err;
    for (size_t i = 0; i < result->call_row_count; i++)
        if (strcmp(result->call_rows[i].call, "ptrace") == 0)
            counted->refused += result->call_rows[i].count;
}

static void test_counting(void **state)
{
    static const char *const argv[] = {"sh", "-c", "while read line; do ./attacker ptrace; done", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    struct talk_counted counted = {0};
    struct err err = {0};
    (void)state;
    spec.counting = true;
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, &spec, talk_on_counted, &counted,
                                       &counted.talked.answer.run, &err),
                     0);
    for (int i = 0; i < 3; i++) {
        talked_say(&counted.talked, "knock\n");
        talked_hear(&counted.talked, 1);
        text_clear(&counted.talked.heard);
    }
    sandbox_run_end_input(counted.talked.answer.run);
    while (!counted.talked.answer.over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_int_equal(counted.talked.answer.err.code, 0);
    assert_int_equal(counted.refused, 3);
    text_fini(&counted.talked.heard);
}

static pid_t talk_child_of(pid_t pid)
{
    cleanup_free char *path = memory_format("/proc/%d/task/%d/children", (int)pid, (int)pid);
    cleanup_file FILE *file = fopen(path, "re");
    int child = 0;
    return file && fscanf(file, "%d", &child) == 1 ? child : -1;
}

static size_t talk_count_descriptors(pid_t pid)
{
    cleanup_free char *path = memory_format("/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    size_t count = 0;
    if (!folder)
        fail_msg("%s", path);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

struct talk_other {
    struct talked talked;    /* first, as the callbacks expect */
    struct sandbox *sandbox; /* beside the lab's */
    unsigned ends;           /* calls of the run's callback */
    bool closed;             /* the sandbox is */
};

static void talk_on_other_end(struct sandbox_run *run, const struct sandbox_result *result,
                              const struct err *err, void *data)
{
    struct talk_other *other = data;
    struct err late = {0};
    uint64_t cpu_ns;
    /* Here as well nothing of it is a mistake. */
    assert_int_equal(sandbox_run_write(run, "late", 4, &late), 0);
    int code = sandbox_run_usage(run, &cpu_ns, &late);
    assert_true(code == 0 || code == ERR_UNAVAILABLE);
    other->ends++;
    other->talked.answer.err = *err;
    sandbox_describe_end(result, other->talked.answer.words, sizeof other->talked.answer.words);
}

static void talk_on_closed(void *data)
{
    struct talk_other *other = data;
    other->closed = true;
}

/* In a sandbox of its own, with a queue that nobody takes. */
static void talk_open_other(struct talk_other *other, const char *bytes)
{
    static const char *const argv[] = {"sh", "-c", "echo begun; exec sleep 20", NULL};
    const struct sandbox_spec spec = talked_spec(argv);
    struct lab *lab = lab_current();
    struct err err = {0};
    *other = (struct talk_other){0};
    if (sandbox_open(&other->sandbox, &lab->loop, &lab->options, &err) < 0 ||
        sandbox_run_start(other->sandbox, &spec, talk_on_other_end, other, &other->talked.answer.run, &err) <
            0 ||
        sandbox_run_write(other->talked.answer.run, bytes, TALKED_LONG, &err) < 0)
        fail_msg("%s", err.message);
    talked_expect(&other->talked, "begun\n");
}

static void talk_close_other(struct talk_other *other)
{
    sandbox_close(other->sandbox, talk_on_closed, other);
    while (!other->closed)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_int_equal(other->ends, 1);
    text_fini(&other->talked.heard);
}

static void test_sandbox_closes_or_dies(void **state)
{
    cleanup_free char *bytes = memory_zeroed(TALKED_LONG);
    struct talk_other other;
    struct err err = {0};
    (void)state;
    talk_open_other(&other, bytes);
    talk_close_other(&other);
    assert_int_equal(other.talked.answer.err.code, 0);
    assert_string_equal(other.talked.answer.words, "cancelled");
    talk_open_other(&other, bytes);
    pid_t lane = talk_child_of(talk_child_of(other.sandbox->zygote.pid));
    assert_true(lane > 1);
    assert_int_equal(kill(lane, SIGKILL), 0);
    assert_int_equal(sandbox_run_write(other.talked.answer.run, bytes, 1, &err), 0);
    while (!other.ends)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_string_equal(other.talked.answer.err.message,
                        "the sandbox's process for slot 0 ended unexpectedly");
    talk_close_other(&other);
}

struct talk_holdings {
    size_t ours;  /* descriptors of this process */
    size_t lane;  /* and of the lane, where we may look */
    size_t bytes; /* on our heap */
};

static struct talk_holdings talk_hold(void)
{
    const struct mallinfo2 heap = mallinfo2();
    const pid_t lane = talk_child_of(talk_child_of(lab_current()->sandbox->zygote.pid));
    return (struct talk_holdings){.ours = talk_count_descriptors(getpid()),
                                  .lane = lab_current()->root ? talk_count_descriptors(lane) : 0,
                                  .bytes = heap.uordblks + heap.hblkhd};
}

/* Of each kind of end. */
static void talk_live(unsigned number)
{
    static const char *const scripts[] = {"cat",    "exec 0<&-; exec sleep 0.01", "exec 1>&-; cat",
                                          "exit 1", "exec /no/such/program",      "yes"};
    const size_t kinds = sizeof scripts / sizeof *scripts;
    struct talked talked;
    talked_start(scripts[number % kinds], &talked);
    talked_say(&talked, "words\n");
    if (number / kinds % 2)
        sandbox_run_cancel(talked.answer.run);
    else
        sandbox_run_end_input(talked.answer.run);
    lab_wait(&talked.answer);
    talked_end_with(&talked, "");
}

static void test_nothing_is_left_behind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 24; i++)
        talk_live(i);
    talked_wait_ms(100); /* namespaces of the last run go a little later */
    const struct talk_holdings before = talk_hold();
    for (unsigned i = 0; i < 240; i++)
        talk_live(i);
    talked_wait_ms(100);
    const struct talk_holdings after = talk_hold();
    assert_int_equal(after.ours, before.ours);
    assert_in_range(after.lane, 0, before.lane + 32); /* a lane keeps groups for its 16 places */
    assert_in_range(after.bytes, 0, before.bytes + 65536);
}

static int talk_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancelled_in_every_state),
        cmocka_unit_test(test_frozen_while_it_is_asked),
        cmocka_unit_test(test_usage_of_a_background_child),
        cmocka_unit_test(test_peak_so_far),
        cmocka_unit_test(test_counting),
        cmocka_unit_test(test_sandbox_closes_or_dies),
        cmocka_unit_test(test_nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(talk_tests);
}
