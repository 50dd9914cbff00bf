/*
 * What only shows after many runs, many at once, or a sudden end. CUPEL_ENDURANCE is the number of runs
 * (500), CUPEL_KILLS that of killed orchestrators (30).
 */
#include "asan.h"
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENDURANCE_WARM_RUNS 60
#define ENDURANCE_AT_ONCE   208 /* 13 slots, 16 runs each */
#define ENDURANCE_PATIENCE  100 /* looks, 50 ms apart */

/* What must not grow. Of the sandbox's processes an ordinary user sees only the number. */
struct endurance_state {
    size_t descriptors; /* open in all our processes */
    size_t mounts;      /* lines of their mount tables */
    size_t groups;      /* folders in the control group hierarchies */
    size_t processes;   /* we and our descendants */
    size_t data_kib;    /* VmData of all */
};

/* By generation: we, guard, zygote, lanes. Only told: which pages are resident is the kernel's business. */
#define ENDURANCE_GENERATIONS 4
struct endurance_resident {
    size_t kib[ENDURANCE_GENERATIONS]; /* VmRSS */
};

static size_t endurance_setting(const char *name, size_t normal)
{
    const char *words = getenv(name);
    return words ? strtoul(words, NULL, 10) : normal;
}

static size_t endurance_ask(const char *command)
{
    FILE *pipe = popen(command, "re");
    size_t count = 0;
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%zu", &count), 1);
    pclose(pipe);
    return count;
}

static size_t endurance_count(const char *folder)
{
    cleanup_dir DIR *dir = opendir(folder);
    size_t count = 0;
    while (dir && readdir(dir))
        count++;
    return count;
}

static void endurance_add_process(int pid, struct endurance_state *state)
{
    char path[64];
    char line[4096];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    state->processes++;
    state->descriptors += endurance_count(path);
    snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
    cleanup_file FILE *mounts = fopen(path, "re");
    while (mounts && fgets(line, sizeof line, mounts))
        state->mounts++;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    cleanup_file FILE *status = fopen(path, "re");
    size_t kib;
    while (status && fgets(line, sizeof line, status))
        /* AddressSanitizer keeps what was freed for a while, so memory grows by its design. */
        if (!ASAN_IS_ON && sscanf(line, "VmData: %zu", &kib) == 1)
            state->data_kib += kib;
}

static int endurance_parent(int pid)
{
    char path[64];
    char line[256];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    cleanup_file FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "PPid: %d", &parent) == 1)
            break;
    return parent;
}

static bool endurance_is_ours(int pid)
{
    for (int depth = 0; pid > 1 && depth < 16; depth++) {
        if (pid == getpid())
            return true;
        pid = endurance_parent(pid);
    }
    return false;
}

static void endurance_add_resident(int pid, struct endurance_resident *resident)
{
    char path[64];
    char line[256];
    size_t kib;
    size_t depth = 0;
    for (int parent = pid; parent != getpid() && parent > 1; parent = endurance_parent(parent))
        depth++;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    cleanup_file FILE *status = fopen(path, "re");
    while (status && depth < ENDURANCE_GENERATIONS && fgets(line, sizeof line, status))
        if (sscanf(line, "VmRSS: %zu", &kib) == 1)
            resident->kib[depth] += kib;
}

static struct endurance_resident endurance_weigh(void)
{
    struct endurance_resident resident = {0};
    cleanup_dir DIR *dir = opendir("/proc");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && endurance_is_ours(pid))
            endurance_add_resident(pid, &resident);
    }
    return resident;
}

static struct endurance_state endurance_look(void)
{
    struct endurance_state state = {0};
    cleanup_free char *command =
        memory_format("find /sys/fs/cgroup -path '*/cupel-%d-*' -type d 2>/dev/null | wc -l", (int)getpid());
    state.groups = endurance_ask(command);
    cleanup_dir DIR *dir = opendir("/proc");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && endurance_is_ours(pid))
            endurance_add_process(pid, &state);
    }
    return state;
}

static void endurance_run(size_t count)
{
    static const char *const argv[] = {"sh", "-c", "echo x > file; sleep 0 & wait", NULL};
    for (size_t i = 0; i < count; i++) {
        struct sandbox_spec spec = lab_spec(argv);
        struct lab_answer answer;
        spec.slot = (unsigned)(i % 2);
        lab_run(&spec, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, "exit status 0");
        lab_forget(&answer);
    }
}

/* Lanes keep what each of their sixteen places needed once. */
static void endurance_fill_places(void)
{
    static const char *const argv[] = {"sleep", "0.5", NULL};
    static struct lab_answer answers[32];
    for (unsigned i = 0; i < 32; i++) {
        struct sandbox_spec spec = lab_spec(argv);
        spec.slot = i % 2;
        lab_start(&spec, &answers[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        lab_wait(&answers[i]);
        assert_string_equal(answers[i].words, "exit status 0");
        lab_forget(&answers[i]);
    }
}

/* The last runs' first processes and their mounts go a moment after their results. */
static bool endurance_settles(const struct endurance_state *before, struct endurance_state *after)
{
    for (int i = 0; i < ENDURANCE_PATIENCE; i++) {
        *after = endurance_look();
        if (memcmp(before, after, sizeof *before) == 0)
            return true;
        usleep(50000);
    }
    return false;
}

static void test_runs_leave_nothing_behind(void **state)
{
    size_t count = endurance_setting("CUPEL_ENDURANCE", 500);
    struct endurance_state before;
    struct endurance_state after;
    (void)state;
    endurance_fill_places();
    endurance_run(ENDURANCE_WARM_RUNS);
    usleep(300000);
    before = endurance_look();
    struct endurance_resident light = endurance_weigh();
    uint64_t began_ns = uv_hrtime();
    assert_true(before.processes > 3); /* guard, zygote and lanes at least: the count sees something */
    endurance_run(count);
    double seconds = (double)(uv_hrtime() - began_ns) / 1e9;
    bool same = endurance_settles(&before, &after);
    struct endurance_resident heavy = endurance_weigh();
    printf("%zu runs: descriptors %zu → %zu, mounts %zu → %zu, groups %zu → %zu, data %zu → %zu KiB\n", count,
           before.descriptors, after.descriptors, before.mounts, after.mounts, before.groups, after.groups,
           before.data_kib, after.data_kib);
    printf("in %.0f s; resident: orchestrator %zu → %zu, zygote %zu → %zu, lanes %zu → %zu KiB\n", seconds,
           light.kib[0], heavy.kib[0], light.kib[2], heavy.kib[2], light.kib[3], heavy.kib[3]);
    assert_true(same);
}

static void test_two_hundred_at_once(void **state)
{
    static const char *const argv[] = {"sh", "-c", "read x < /gate/fifo; echo done", NULL};
    static struct lab_answer answers[ENDURANCE_AT_ONCE];
    (void)state;
    cleanup_free char *folder = memory_format("%s/gate", lab_current()->folder);
    cleanup_free char *path = memory_format("%s/fifo", folder);
    const struct sandbox_mount mount = {folder, "/gate", false};
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(mkfifo(path, 0644), 0);
    cleanup_fd int gate = open(path, O_RDWR | O_CLOEXEC);
    assert_true(gate >= 0);
    for (unsigned i = 0; i < ENDURANCE_AT_ONCE; i++) {
        struct sandbox_spec spec = lab_spec(argv);
        spec.slot = i / 16;
        spec.limits.wall_ms = 120000;
        spec.mounts = &mount;
        spec.mount_count = 1;
        lab_start(&spec, &answers[i]);
    }
    /* None can end before: each waits for a line of its own. */
    for (unsigned i = 0; i < ENDURANCE_AT_ONCE; i++)
        assert_int_equal(write(gate, "\n", 1), 1);
    for (unsigned i = 0; i < ENDURANCE_AT_ONCE; i++) {
        lab_wait(&answers[i]);
        assert_int_equal(answers[i].err.code, 0);
        assert_string_equal(answers[i].result.out, "done\n");
        lab_forget(&answers[i]);
    }
}

static void endurance_on_end(struct sandbox_run *run, const struct sandbox_result *result,
                             const struct err *err, void *data)
{
    (void)run, (void)result, (void)err, (void)data;
}

/* An orchestrator that opens a sandbox and starts daemons in three slots, until it is killed. */
static void __attribute__((noreturn)) endurance_be_killed(const char *mark)
{
    const char *const argv[] = {"sh", "-c", "setsid sleep 1000 & exec sleep 1000", mark, NULL};
    uv_loop_t loop;
    struct sandbox *sandbox;
    struct sandbox_run *run;
    struct err err = {0};
    struct sandbox_spec spec = lab_spec(argv);
    uv_loop_init(&loop);
    if (sandbox_open(&sandbox, &loop, &lab_current()->options, &err) < 0)
        _exit(1);
    for (spec.slot = 0;; spec.slot = (spec.slot + 1) % 3) {
        if (sandbox_run_start(sandbox, &spec, endurance_on_end, NULL, &run, &err) < 0)
            _exit(1);
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(5000);
    }
}

static bool endurance_all_dead(void)
{
    for (int i = 0; i < ENDURANCE_PATIENCE; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
            return true;
        usleep(50000);
    }
    return false;
}

/* What the processes of `pids` (a pattern of their numbers) left:
 * leases, control groups, mounts; a line each. */
static void endurance_print_left(const char *pids, char *left, size_t size)
{
    const struct lab *lab = lab_current();
    cleanup_free char *look =
        memory_format("{ ls '%s/leases'; find /sys/fs/cgroup -name 'cupel-*' 2>/dev/null; } |"
                      " grep -E '(^|/)cupel-(%s)-'; grep -F '%s' /proc/mounts",
                      lab->options.state, pids, lab->folder);
    FILE *answer = popen(look, "re");
    assert_non_null(answer);
    left[fread(left, 1, size - 1, answer)] = '\0';
    pclose(answer);
}

static void endurance_on_closed(void *data)
{
    *(bool *)data = true;
}

static void test_killed_at_any_moment(void **state)
{
    struct lab *lab = lab_current();
    struct err err = {0};
    bool closed = false;
    size_t kills = endurance_setting("CUPEL_KILLS", 30);
    (void)state;
    sandbox_close(lab->sandbox, endurance_on_closed, &closed);
    while (!closed)
        uv_run(&lab->loop, UV_RUN_ONCE);
    lab->sandbox = NULL;
    /* Orphans become our children, so that none can hide. */
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    unsigned seed = (unsigned)getpid();
    cleanup_text struct text pids = {0};
    char left[4096];
    for (size_t i = 0; i < kills; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
            endurance_be_killed("mark");
        text_printf(&pids, "%s%d", i ? "|" : "", (int)pid);
        usleep((useconds_t)(rand_r(&seed) % 120000));
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_true(endurance_all_dead());
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    assert_int_equal(sandbox_open(&lab->sandbox, &lab->loop, &lab->options, &err), 0);
    endurance_print_left(text_string(&pids), left, sizeof left);
    assert_string_equal(left, "");
}

static int endurance_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_leave_nothing_behind),
        cmocka_unit_test(test_two_hundred_at_once),
        cmocka_unit_test(test_killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(endurance_tests);
}
