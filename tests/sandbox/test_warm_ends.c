/* A warm sandbox that ends, or a run of it that is ended: at whatever moment, and what comes after. */
#include "warmed.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_cancelled_in_every_state(void **state)
{
    enum { AT_ONCE, STARTING, RUNNING, ENDING, STATES };
    struct lab_answer answer;
    (void)state;
    for (int used = 0; used < 2; used++)
        for (int when = AT_ONCE; when < STATES; when++) {
            const char *const argv[] = {"sh", "-c", when == ENDING ? "exit 0" : "sleep 1000 & sleep 1000",
                                        NULL};
            const struct sandbox_spec spec = warmed_spec(argv);
            if (used)
                (void)warmed_ask_number();
            warmed_start(&spec, &answer);
            if (when == STARTING)
                uv_run(&lab_current()->loop, UV_RUN_NOWAIT);
            else if (when != AT_ONCE)
                usleep(100000);
            sandbox_run_cancel(answer.run);
            lab_wait(&answer);
            assert_int_equal(answer.err.code, 0);
            assert_string_equal(answer.words, "cancelled");
            lab_forget(&answer);
            assert_int_equal(warmed_ask_number(), 2);
        }
}

/* Limits hold in a sandbox that is used, and the next run knows nothing of it. */
static void test_limits_hold_in_each_run(void **state)
{
    static const struct {
        const char *script;
        const char *words;
    } cases[] = {
        {"head -c 5000000 /dev/zero; sleep 1000", "killed for too much output"},
        {"sleep 1000", "timed out after 0."},
        {"yes | tr -d '\\n' >&2", "killed for too much output"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {"sh", "-c", cases[i].script, NULL};
        struct sandbox_spec spec = warmed_spec(argv);
        struct lab_answer answer;
        spec.limits.wall_ms = i == 1 ? 500 : 20000;
        const int before = warmed_ask_number();
        assert_true(before >= 2);
        warmed_run(&spec, &answer);
        assert_int_equal(strncmp(answer.words, cases[i].words, strlen(cases[i].words)), 0);
        lab_forget(&answer);
        warmed_shell("echo clean", &answer);
        assert_string_equal(answer.result.out, "clean\n");
        assert_string_equal(answer.result.error, "");
        lab_forget(&answer);
    }
}

struct warm_process {
    int parent; /* its number */
    int depth;  /* pid namespaces below ours, and ours */
    int inside; /* its number in the innermost */
};

static struct warm_process warm_read_process(int pid)
{
    struct warm_process process = {0};
    char line[256];
    cleanup_free char *path = memory_format("/proc/%d/status", pid);
    cleanup_file FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "PPid:", 5) == 0)
            process.parent = atoi(line + 5);
        if (strncmp(line, "NSpid:", 6) == 0)
            for (char *at = strtok(line + 6, "\t\n"); at; at = strtok(NULL, "\t\n")) {
                process.inside = atoi(at);
                process.depth++;
            }
    }
    return process;
}

static bool warm_descends_from_us(int pid)
{
    while (pid > 1 && pid != getpid())
        pid = warm_read_process(pid).parent;
    return pid == getpid();
}

/* Process 1 of our only run, in the namespace below the zygote's; -1 when there is none. */
static int warm_find_first_process(void)
{
    cleanup_dir DIR *proc = opendir("/proc");
    const int own = warm_read_process(getpid()).depth;
    for (struct dirent *entry; (entry = readdir(proc));) {
        int pid = atoi(entry->d_name);
        struct warm_process process = warm_read_process(pid);
        if (pid > 0 && process.inside == 1 && process.depth == own + 2 && warm_descends_from_us(pid))
            return pid;
    }
    return -1;
}

static void test_death_of_process_1(void **state)
{
    static const char *const argv[] = {"sleep", "1000", NULL};
    static const char *const echo[] = {"echo", "here", NULL};
    const struct sandbox_spec spec = warmed_spec(argv);
    const struct sandbox_spec next = warmed_spec(echo);
    struct lab_answer answer;
    int first;
    (void)state;
    (void)warmed_ask_number();
    warmed_start(&spec, &answer);
    usleep(100000);
    first = warm_find_first_process();
    assert_true(first > 1);
    assert_int_equal(kill(first, SIGKILL), 0);
    lab_wait(&answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words, "killed by SIGKILL");
    lab_forget(&answer);
    assert_int_equal(warmed_ask_number(), 2);
    /* Between two runs: the next one gets a new sandbox, or is the one that finds out. */
    first = warm_find_first_process();
    assert_true(first > 1);
    assert_int_equal(kill(first, SIGKILL), 0);
    warmed_run(&next, &answer);
    assert_true(answer.err.code == ERR_SYSTEM || strcmp(answer.words, "killed by SIGKILL") == 0 ||
                strcmp(answer.result.out, "here\n") == 0);
    lab_forget(&answer);
    assert_true(warmed_ask_number() >= 2);
}

/* A run in flight is cancelled by the close, and told before it. */
static void test_close_in_flight(void **state)
{
    static const char *const argv[] = {"sleep", "1000", NULL};
    const struct sandbox_spec spec = warmed_spec(argv);
    struct lab_answer answer;
    bool closed = false;
    (void)state;
    for (int delay = 0; delay < 2; delay++) {
        warmed = sandbox_warm_open(lab_current()->sandbox);
        warmed_start(&spec, &answer);
        if (delay)
            usleep(100000);
        closed = false;
        sandbox_warm_close(warmed, warmed_on_closed, &closed);
        lab_wait(&answer);
        assert_false(closed);
        while (!closed)
            uv_run(&lab_current()->loop, UV_RUN_ONCE);
        assert_string_equal(answer.words, "cancelled");
        lab_forget(&answer);
    }
}

/* Its lane goes, at whatever moment, and everything with it: the run fails, and so do later ones. */
static void warm_kill_lane(unsigned slot, unsigned delay_ms)
{
    static const char *const argv[] = {"sleep", "1000", NULL};
    cleanup_free char *words = memory_format("the sandbox's process for slot %u ended unexpectedly", slot);
    struct sandbox_spec spec = warmed_spec(argv);
    struct lab_answer answer;
    int first;
    spec.slot = slot;
    warmed_start(&spec, &answer);
    while ((first = warm_find_first_process()) < 0)
        usleep(1000);
    int lane = warm_read_process(first).parent;
    assert_true(lane > 1 && warm_descends_from_us(lane));
    usleep(delay_ms * 1000);
    assert_int_equal(kill(lane, SIGKILL), 0);
    lab_wait(&answer);
    assert_string_equal(answer.err.message, words);
    for (int looks = 0; looks < 100 && warm_find_first_process() > 0; looks++)
        usleep(50000);
    assert_int_equal(warm_find_first_process(), -1);
    warmed_run(&spec, &answer);
    assert_string_equal(answer.err.message, words);
}

static void test_lane_dies(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(warmed_open(NULL), 0);
        warm_kill_lane(7 + i, i * i);
        assert_int_equal(warmed_close(NULL), 0);
    }
}

static int warm_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cancelled_in_every_state, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_limits_hold_in_each_run, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_death_of_process_1, warmed_open, warmed_close),
        cmocka_unit_test(test_close_in_flight),
        cmocka_unit_test(test_lane_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(warm_tests);
}
