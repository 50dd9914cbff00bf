/* What a run gets and gives back, and that nothing of it remains. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_ends_are_told_apart(void **state)
{
    static const struct {
        const char *script;
        const char *words;
    } cases[] = {
        {"exit 0", "exit status 0"},
        {"exit 3", "exit status 3"},
        {"kill -SEGV $$", "killed by SIGSEGV"},
        {"kill -KILL $$", "killed by SIGKILL"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_answer answer;
        lab_shell(cases[i].script, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, cases[i].words);
        assert_true(answer.result.wall_ns > 0);
        lab_forget(&answer);
    }
}

static void test_exec_failures_are_results(void **state)
{
    static const char *const programs[] = {"no-such-program", "./no-such-file", "/usr"};
    static const char *const words[] = {"could not be started: No such file or directory",
                                        "could not be started: No such file or directory",
                                        "could not be started: Permission denied"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *const argv[] = {programs[i], NULL};
        const struct sandbox_spec spec = lab_spec(argv);
        struct lab_answer answer;
        lab_run(&spec, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, words[i]);
        lab_forget(&answer);
    }
}

static void test_streams_and_environment(void **state)
{
    static const char *const argv[] = {"sh", "-c", "cat; echo $NAME; pwd; env | wc -l; echo problem >&2",
                                       NULL};
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "NAME=value", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.environment = environment;
    spec.stdin_bytes = "in\n";
    spec.stdin_length = 3;
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "in\nvalue\n/work\n3\n"); /* and PWD, by the shell */
    assert_string_equal(answer.result.error, "problem\n");
    assert_int_equal(answer.result.out_length, strlen(answer.result.out));
    assert_false(answer.result.out_cut);
    lab_forget(&answer);
}

static void test_large_stdin_that_nobody_reads(void **state)
{
    static const char *const argv[] = {"sh", "-c", "exec <&-; echo done", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    cleanup_free char *bytes = memory_zeroed(8u << 20);
    spec.stdin_bytes = bytes;
    spec.stdin_length = 8u << 20;
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "done\n");
    lab_forget(&answer);
}

static void test_stdin_file_cannot_be_written(void **state)
{
    static const char *const argv[] = {"sh", "-c", "cat; echo planted > /proc/self/fd/0 || echo refused",
                                       NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    cleanup_free char *path = memory_format("%s/input, with: comma", lab_current()->folder);
    cleanup_file FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("sample\n", file);
    fflush(file);
    assert_int_equal(fchmod(fileno(file), 0666), 0);
    spec.stdin_file = path;
    lab_run(&spec, &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.result.out, "sample\nrefused\n");
    lab_forget(&answer);
    spec.stdin_file = "/dev/zero"; /* its twin in nothing: only regular files */
    lab_run(&spec, &answer);
    assert_int_equal(answer.err.code, ERR_SYSTEM);
    assert_string_equal(answer.err.message, "sandbox: stdin from /dev/zero: Invalid argument");
    lab_forget(&answer);
}

static void test_upper_is_kept_and_becomes_a_layer(void **state)
{
    static const char *const first[] = {"sh", "-c", "echo one > a; mkdir d; echo two > d/b; rm attacker",
                                        NULL};
    static const char *const again[] = {"sh", "-c", "cat a d/b; rm -r d; mkdir d; echo more >> a", NULL};
    static const char *const later[] = {"sh", "-c", "cat a; ls d attacker; echo x >> a && rm a && ls", NULL};
    struct lab_answer answer;
    (void)state;
    cleanup_free char *both = memory_format("%s/uppers, odd: name", lab_current()->folder);
    assert_true(mkdir(both, 0755) == 0 || errno == EEXIST);
    cleanup_free char *upper = lab_make_layer("uppers, odd: name/up,1");
    cleanup_free char *work = lab_make_layer("uppers, odd: name/work:1");
    struct sandbox_spec spec = lab_spec(first);
    spec.upper = upper;
    spec.upper_work = work;
    lab_run(&spec, &answer);
    assert_string_equal(answer.words, "exit status 0");
    lab_forget(&answer);
    spec.argv = again;
    spec.slot = 1; /* another id range */
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "one\ntwo\n");
    lab_forget(&answer);
    const char *const layers[] = {upper, lab_current()->layer, NULL};
    spec = lab_spec(later);
    spec.layers = layers;
    spec.slot = 2;
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "one\nmore\nd:\nd\n");
    assert_string_equal(answer.result.error, "ls: cannot access 'attacker': No such file or directory\n");
    lab_forget(&answer);
}

static void test_uppers_stand_beside_each_other(void **state)
{
    static const char *const argv[] = {"true", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct sandbox_run *run;
    struct err err = {0};
    (void)state;
    spec.upper = "/a/up";
    spec.upper_work = "/b/work";
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, &spec, NULL, NULL, &run, &err), ERR_INVALID);
    assert_string_equal(err.message, "/a/up and /b/work are not beside each other");
}

static void test_mounts_are_read_only(void **state)
{
    static const char *const argv[] = {
        "sh", "-c", "cat /data/a/file /opt/name; touch /data/a/x 2>/dev/null || echo refused; ls /work/in",
        NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    cleanup_free char *folder = memory_format("%s/mounted", lab_current()->folder);
    cleanup_free char *path = memory_format("%s/file", folder);
    assert_true(mkdir(folder, 0777) == 0 || errno == EEXIST);
    cleanup_file FILE *file = fopen(path, "we");
    fputs("content\n", file);
    fflush(file);
    const struct sandbox_mount mounts[] = {
        {folder, "/data/a", false}, {path, "/opt/name", false}, {folder, SANDBOX_WORKSPACE "/in", false}};
    spec.mounts = mounts;
    spec.mount_count = 3;
    lab_run(&spec, &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.result.out, "content\ncontent\nrefused\nfile\n");
    lab_forget(&answer);
}

static void test_writable_mount_keeps_what_is_written(void **state)
{
    static const char *const argv[] = {"sh", "-c", "cat /cache/kept; echo cached > /cache/kept", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    (void)state;
    cleanup_free char *folder = lab_make_layer("cache");
    const struct sandbox_mount mounts[] = {{folder, "/cache", true}};
    spec.mounts = mounts;
    spec.mount_count = 1;
    for (unsigned slot = 0; slot < 2; slot++) {
        struct lab_answer answer;
        spec.slot = slot;
        lab_run(&spec, &answer);
        assert_string_equal(answer.words, "exit status 0");
        assert_string_equal(answer.result.out, slot ? "cached\n" : "");
        lab_forget(&answer);
    }
}

static void test_cpus_are_pinned(void **state)
{
    static const char *const argv[] = {"nproc", NULL};
    static const int cpus[] = {0};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.cpus = cpus;
    spec.cpu_count = 1;
    lab_run(&spec, &answer);
    assert_string_equal(answer.result.out, "1\n");
    lab_forget(&answer);
}

static void test_missing_layer_is_an_error_of_ours(void **state)
{
    static const char *const argv[] = {"true", NULL};
    static const char *const layers[] = {"/no/such/layer", NULL};
    struct sandbox_spec spec = lab_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.layers = layers;
    lab_run(&spec, &answer);
    assert_int_equal(answer.err.code, ERR_SYSTEM);
    assert_string_equal(answer.err.message, "sandbox: layer /no/such/layer: No such file or directory");
    lab_forget(&answer);
}

static void test_each_run_starts_fresh(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct lab_answer answer;
        lab_shell("ls /tmp /dev/shm | grep trace; ls trace; touch trace /tmp/trace /dev/shm/trace", &answer);
        assert_string_equal(answer.result.out, "");
        assert_string_equal(answer.words, "exit status 0");
        lab_forget(&answer);
    }
}

static void test_eight_at_once(void **state)
{
    enum { RUNS = 8 };
    static const char *const argv[] = {"sh", "-c", "echo $$; sleep 0.2; echo done", NULL};
    struct lab_answer answers[RUNS];
    (void)state;
    for (unsigned i = 0; i < RUNS; i++) {
        struct sandbox_spec spec = lab_spec(argv);
        spec.slot = i / 2; /* two of them share a slot */
        lab_start(&spec, &answers[i]);
    }
    for (unsigned i = 0; i < RUNS; i++) {
        lab_wait(&answers[i]);
        assert_string_equal(answers[i].words, "exit status 0");
        assert_string_equal(answers[i].result.out, "2\ndone\n");
        lab_forget(&answers[i]);
    }
}

static void test_cancel_ends_a_run(void **state)
{
    static const char *const argv[] = {"sh", "-c", "sleep 1000 & sleep 1000", NULL};
    struct lab_answer answer;
    (void)state;
    for (int delay = 0; delay < 2; delay++) {
        struct sandbox_spec spec = lab_spec(argv);
        lab_start(&spec, &answer);
        if (delay)
            usleep(100000);
        sandbox_run_cancel(answer.run);
        lab_wait(&answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, "cancelled");
        lab_forget(&answer);
    }
}

/* Processes whose name is that of the sandbox, and lines of the mount table that mention the lab. */
static size_t runs_count_remains(void)
{
    cleanup_free char *command = memory_format(
        "{ cat /proc/mounts; find /sys/fs/cgroup -name 'cupel-%d-*'; ls '%s/leases'; } 2>/dev/null | "
        "grep -cE '%s|cupel-%d'",
        (int)getpid(), lab_current()->options.state, lab_current()->folder, (int)getpid());
    FILE *pipe = popen(command, "re");
    size_t count = 99;
    if (fscanf(pipe, "%zu", &count) != 1)
        count = 99;
    pclose(pipe);
    return count;
}

static void runs_on_closed(void *data)
{
    *(bool *)data = true;
}

static void test_close_leaves_nothing(void **state)
{
    static const char *const argv[] = {"sh", "-c", "setsid sleep 1000 & exec sleep 1000", NULL};
    struct lab *lab = lab_current();
    struct lab_answer answers[3];
    struct err err = {0};
    bool closed = false;
    (void)state;
    assert_true(runs_count_remains() > 0); /* the lease at least: the count can see something */
    for (unsigned i = 0; i < 3; i++) {
        struct sandbox_spec spec = lab_spec(argv);
        spec.slot = i;
        lab_start(&spec, &answers[i]);
    }
    usleep(100000);
    sandbox_close(lab->sandbox, runs_on_closed, &closed);
    while (!closed)
        uv_run(&lab->loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(answers[i].words, "cancelled");
        lab_forget(&answers[i]);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(runs_count_remains(), 0);
    assert_int_equal(sandbox_open(&lab->sandbox, &lab->loop, &lab->options, &err), 0);
}

/* A second orchestrator that starts a run and waits to be killed. */
static void __attribute__((noreturn)) runs_be_killed(int ready)
{
    static const char *const argv[] = {"sh", "-c", "setsid sleep 1000 & exec sleep 1000", NULL};
    uv_loop_t loop;
    struct sandbox *sandbox;
    struct sandbox_run *run;
    struct err err = {0};
    const struct sandbox_spec spec = lab_spec(argv);
    uv_loop_init(&loop);
    if (sandbox_open(&sandbox, &loop, &lab_current()->options, &err) < 0 ||
        sandbox_run_start(sandbox, &spec, NULL, NULL, &run, &err) < 0)
        _exit(1);
    usleep(200000);
    if (write(ready, "x", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void test_killed_orchestrator_leaves_no_process(void **state)
{
    struct lab *lab = lab_current();
    struct err err = {0};
    int ready[2];
    char byte;
    bool closed = false;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        runs_be_killed(ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    cleanup_free char *pattern = memory_format("%s/leases/cupel-%d-*", lab->options.state, (int)pid);
    cleanup_free char *look = memory_format("ls %s >/dev/null 2>&1", pattern);
    assert_int_equal(system(look), 0); /* its lease is still there … */
    sandbox_close(lab->sandbox, runs_on_closed, &closed);
    while (!closed)
        uv_run(&lab->loop, UV_RUN_ONCE);
    assert_int_equal(sandbox_open(&lab->sandbox, &lab->loop, &lab->options, &err), 0);
    assert_int_not_equal(system(look), 0); /* … until the next start, which also finds its groups empty */
    cleanup_free char *groups =
        memory_format("test -z \"$(find /sys/fs/cgroup -name 'cupel-%d-*' 2>/dev/null)\"", (int)pid);
    assert_int_equal(system(groups), 0);
    close(ready[0]);
}

static void test_isolation_is_described(void **state)
{
    const struct sandbox_isolation *isolation = sandbox_isolation(lab_current()->sandbox);
    (void)state;
    assert_int_equal(isolation->root, lab_current()->root);
    assert_string_equal(isolation->level, isolation->cpu_source == SANDBOX_CPU_NONE ? "reduced" : "full");
}

static int runs_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_are_told_apart),
        cmocka_unit_test(test_exec_failures_are_results),
        cmocka_unit_test(test_streams_and_environment),
        cmocka_unit_test(test_large_stdin_that_nobody_reads),
        cmocka_unit_test(test_stdin_file_cannot_be_written),
        cmocka_unit_test(test_upper_is_kept_and_becomes_a_layer),
        cmocka_unit_test(test_uppers_stand_beside_each_other),
        cmocka_unit_test(test_mounts_are_read_only),
        cmocka_unit_test(test_writable_mount_keeps_what_is_written),
        cmocka_unit_test(test_cpus_are_pinned),
        cmocka_unit_test(test_missing_layer_is_an_error_of_ours),
        cmocka_unit_test(test_each_run_starts_fresh),
        cmocka_unit_test(test_eight_at_once),
        cmocka_unit_test(test_cancel_ends_a_run),
        cmocka_unit_test(test_isolation_is_described),
        cmocka_unit_test(test_close_leaves_nothing),
        cmocka_unit_test(test_killed_orchestrator_leaves_no_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(runs_tests);
}
