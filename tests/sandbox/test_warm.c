/* A warm run is as a fresh one, and the next is as the first: nothing is passed on but the process number. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Process 1 lives under the limits of its programs; AddressSanitizer needs terabytes of addresses there. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* clang's way to say what gcc defines */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WARM_MEMORY (1ull << 46)
#define WARM_BOMB   "exit 0"
#else
#define WARM_MEMORY (64ull << 20)
#define WARM_BOMB   "./attacker memory-bomb"
#endif

static struct sandbox_warm *warm;

static void warm_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                        void *data)
{
    struct lab_answer *answer = data;
    (void)run;
    answer->over = true;
    answer->err = *err;
    if (err->code)
        return;
    answer->result = *result;
    sandbox_result_take(result, &answer->result.out, &answer->result.error);
    sandbox_describe_end(result, answer->words, sizeof answer->words);
}

static struct sandbox_spec warm_spec(const char *const *argv)
{
    struct sandbox_spec spec = lab_spec(argv);
    spec.limits.memory_bytes = WARM_MEMORY;
    return spec;
}

static void warm_start(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    *answer = (struct lab_answer){.result.workspace_fd = -1};
    if (sandbox_warm_run(warm, spec, warm_on_end, answer, &answer->run, &answer->err) < 0)
        answer->over = true;
}

static void warm_run(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    warm_start(spec, answer);
    lab_wait(answer);
}

/* The same where it must work. */
static void warm_run_well(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    warm_run(spec, answer);
    if (answer->err.code)
        fail_msg("%d %s", answer->err.code, answer->err.message);
}

static void warm_shell(const char *script, struct lab_answer *answer)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct sandbox_spec spec = warm_spec(argv);
    warm_run_well(&spec, answer);
}

/* The process number that a run gets: 2 in a new sandbox, and more each time. */
static int warm_ask_number(void)
{
    struct lab_answer answer;
    warm_shell("echo $$", &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words, "exit status 0");
    int number = atoi(answer.result.out);
    lab_forget(&answer);
    return number;
}

static void warm_on_closed(void *data)
{
    *(bool *)data = true;
}

static int warm_open(void **state)
{
    (void)state;
    warm = sandbox_warm_open(lab_current()->sandbox);
    return 0;
}

static int warm_close(void **state)
{
    bool closed = false;
    (void)state;
    sandbox_warm_close(warm, warm_on_closed, &closed);
    assert_false(closed); /* never from inside */
    while (!closed)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    return 0;
}

/* Two warm runs and a fresh one of the same: they must not be told apart. */
static void test_warm_runs_are_as_fresh_ones(void **state)
{
    static const char *const scripts[] = {
        "exit 0",
        "exit 3",
        "kill -SEGV $$",
        "kill -KILL $$",
        "cat; echo $NAME; pwd; env | sort; echo problem >&2",
        "umask; ulimit -acdefilmnpqrstvx; ulimit -Hcdefilmnpqrstvx; cat /proc/self/oom_score_adj; nice",
        "id; grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig(Blk|Ign|Cgt)|Cpus_allowed_list):' "
        "/proc/self/status",
        "ls -la /proc/self/fd | awk 'NR>3 {print $9}'; stat -c %F /proc/self/fd/0 | head -1; "
        "tr -d '\\0' </proc/self/fd/0 | wc -c; ps -e 2>/dev/null | wc -l; ls -A /tmp /dev/shm /work",
        "cut -d' ' -f5,6,7 /proc/self/stat | awk '{print ($1 == $2), $3}'; cut -d' ' -f1-3 /proc/mounts",
        "(setsid sleep 1000 &) ; (sleep 1000 &) ; exit 4",
        "head -c 3000000 /dev/zero",
        "head -c 3000000 /dev/zero >&2; exit 1",
        "head -c 900000 /dev/zero",
        "sleep 100",
        "trap '' TERM INT HUP; exec >&- 2>&-; while :; do :; done",
        WARM_BOMB,
        "exec no-such-program",
    };
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        const char *const argv[] = {"sh", "-c", scripts[i], NULL};
        struct sandbox_spec spec = warm_spec(argv);
        struct lab_answer answers[3];
        spec.stdin_bytes = "in\n";
        spec.stdin_length = i % 2 ? 0 : 3;
        if (strstr(scripts[i], "sleep 100") == scripts[i] || strstr(scripts[i], "trap"))
            spec.limits.wall_ms = 300;
        lab_run(&spec, &answers[0]);
        for (size_t j = 1; j < 3; j++)
            warm_run(&spec, &answers[j]);
        for (size_t j = 1; j < 3; j++) {
            const struct sandbox_result *fresh = &answers[0].result;
            const struct sandbox_result *got = &answers[j].result;
            if (answers[j].err.code)
                fail_msg("%s: %s", scripts[i], answers[j].err.message);
            assert_int_equal(got->end, fresh->end);
            if (got->end == SANDBOX_EXITED || got->end == SANDBOX_SIGNALLED)
                assert_int_equal(got->status, fresh->status);
            assert_int_equal(got->leftovers, fresh->leftovers);
            assert_int_equal(got->out_cut, fresh->out_cut);
            assert_int_equal(got->error_cut, fresh->error_cut);
            assert_int_equal(got->out_length, fresh->out_length);
            assert_string_equal(got->out, fresh->out);
            assert_string_equal(got->error, fresh->error);
            assert_true(got->wall_ns > 0);
        }
        for (size_t j = 0; j < 3; j++)
            lab_forget(&answers[j]);
    }
}

static void test_failed_starts_are_results(void **state)
{
    static const char *const programs[] = {"no-such-program", "./no-such-file", "/usr"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *const argv[] = {programs[i], NULL};
        const struct sandbox_spec spec = warm_spec(argv);
        struct lab_answer answer;
        warm_run(&spec, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, i == 2 ? "could not be started: Permission denied"
                                                 : "could not be started: No such file or directory");
        lab_forget(&answer);
    }
    assert_true(warm_ask_number() > 2); /* that leaves nothing behind */
}

static void test_large_orders_arrive(void **state)
{
    static const char *argv[2002] = {"sh", "-c", "cat; echo $#"};
    struct lab_answer answer;
    (void)state;
    for (size_t i = 3; i < 2001; i++)
        argv[i] = "an argument of some length";
    struct sandbox_spec spec = warm_spec(argv);
    spec.stdin_bytes = "text ";
    spec.stdin_length = 5;
    for (int i = 0; i < 2; i++) {
        warm_run_well(&spec, &answer);
        assert_string_equal(answer.result.out, "text 1997\n");
        lab_forget(&answer);
    }
}

static void test_figures_are_each_runs_own(void **state)
{
    struct lab_answer busy;
    struct lab_answer idle;
    (void)state;
    warm_shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; dd if=/dev/zero of=/dev/null bs=30M "
               "count=1 2>/dev/null",
               &busy);
    warm_shell("true", &idle);
    if (sandbox_isolation(lab_current()->sandbox)->cpu_source != SANDBOX_CPU_NONE) {
        assert_true(busy.result.cpu_ns > 20 * 1000000);
        assert_true(idle.result.cpu_ns < busy.result.cpu_ns / 2);
    }
    assert_true(idle.result.wall_ns < busy.result.wall_ns);
    assert_true(busy.result.peak_bytes > 20u << 20);
    assert_true(idle.result.peak_bytes < busy.result.peak_bytes);
    assert_true(idle.result.usage.minor_faults < busy.result.usage.minor_faults);
    lab_forget(&busy);
    lab_forget(&idle);
}

static void warm_add_leaver(void)
{
    cleanup_free char *path = memory_format("%s/leaver", lab_current()->layer);
    char *bytes;
    size_t length;
    struct err err = {0};
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    assert_int_equal(folder_read_file(LEAVER, 64u << 20, &bytes, &length, &err), 0);
    assert_int_equal(folder_replace_file(path, bytes, length, &err), 0);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(chown(path, uid, gid), 0);
    free(bytes);
}

/* After each of these the next run gets a new sandbox; after "tidy" it need not. */
static void test_what_is_left_is_not_passed_on(void **state)
{
    static const char *const modes[] = {"memory", "semaphore", "message", "queue", "tmp",
                                        "shm",    "workspace", "delete",  "mode",  "nonblock",
                                        "narrow", "idle",      "tidy"};
    (void)state;
    warm_add_leaver();
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const char *const argv[] = {"./leaver", modes[i], NULL};
        const struct sandbox_spec spec = warm_spec(argv);
        struct lab_answer answer;
        const int before = warm_ask_number();
        warm_run(&spec, &answer);
        if (answer.err.code || strcmp(answer.words, "exit status 0") != 0)
            fail_msg("%s: %s %s%s", modes[i], answer.words, answer.err.message, answer.result.error);
        const bool tidy = strcmp(modes[i], "tidy") == 0;
        assert_int_equal(answer.result.leftovers, tidy);
        lab_forget(&answer);
        const int after = warm_ask_number();
        if (tidy ? after <= before : after > before)
            fail_msg("%s: process %d after process %d", modes[i], after, before);
        warm_run(&spec, &answer); /* nothing of the first is in its way */
        assert_string_equal(answer.words, "exit status 0");
        lab_forget(&answer);
    }
}

static void test_daemons_are_dead_before_the_next_run(void **state)
{
    struct lab_answer answer;
    (void)state;
    /* What is hidden is not counted: process 1. */
    warm_shell("for i in 1 2 3 4 5; do setsid sleep 1000 & done; set --; "
               "while [ $# -lt 6 ]; do set -- /proc/[0-9]*; done",
               &answer);
    assert_string_equal(answer.words, "exit status 0");
    assert_int_equal(answer.result.leftovers, 5);
    lab_forget(&answer);
    warm_shell("set -- /proc/[0-9]*; echo $#", &answer);
    assert_string_equal(answer.result.out, "1\n");
    lab_forget(&answer);
}

static void test_cancelled_in_every_state(void **state)
{
    enum { AT_ONCE, STARTING, RUNNING, ENDING, STATES };
    struct lab_answer answer;
    (void)state;
    for (int used = 0; used < 2; used++)
        for (int when = AT_ONCE; when < STATES; when++) {
            const char *const argv[] = {"sh", "-c", when == ENDING ? "exit 0" : "sleep 1000 & sleep 1000",
                                        NULL};
            const struct sandbox_spec spec = warm_spec(argv);
            if (used)
                (void)warm_ask_number();
            warm_start(&spec, &answer);
            if (when == STARTING)
                uv_run(&lab_current()->loop, UV_RUN_NOWAIT);
            else if (when != AT_ONCE)
                usleep(100000);
            sandbox_run_cancel(answer.run);
            lab_wait(&answer);
            assert_int_equal(answer.err.code, 0);
            assert_string_equal(answer.words, "cancelled");
            lab_forget(&answer);
            assert_int_equal(warm_ask_number(), 2);
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
        struct sandbox_spec spec = warm_spec(argv);
        struct lab_answer answer;
        spec.limits.wall_ms = i == 1 ? 500 : 20000;
        const int before = warm_ask_number();
        assert_true(before >= 2);
        warm_run(&spec, &answer);
        assert_int_equal(strncmp(answer.words, cases[i].words, strlen(cases[i].words)), 0);
        lab_forget(&answer);
        warm_shell("echo clean", &answer);
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
    const struct sandbox_spec spec = warm_spec(argv);
    const struct sandbox_spec next = warm_spec(echo);
    struct lab_answer answer;
    int first;
    (void)state;
    (void)warm_ask_number();
    warm_start(&spec, &answer);
    usleep(100000);
    first = warm_find_first_process();
    assert_true(first > 1);
    assert_int_equal(kill(first, SIGKILL), 0);
    lab_wait(&answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words, "killed by SIGKILL");
    lab_forget(&answer);
    assert_int_equal(warm_ask_number(), 2);
    /* Between two runs: the next one gets a new sandbox, or is the one that finds out. */
    first = warm_find_first_process();
    assert_true(first > 1);
    assert_int_equal(kill(first, SIGKILL), 0);
    warm_run(&next, &answer);
    assert_true(answer.err.code == ERR_SYSTEM || strcmp(answer.words, "killed by SIGKILL") == 0 ||
                strcmp(answer.result.out, "here\n") == 0);
    lab_forget(&answer);
    assert_true(warm_ask_number() >= 2);
}

static void test_mistakes_are_told(void **state)
{
    static const char *const argv[] = {"true", NULL};
    static const char words[] = "a warm sandbox has no upper folder, keeps no workspace and counts no calls";
    struct lab_answer answer;
    struct lab_answer second;
    (void)state;
    struct sandbox_spec spec = warm_spec(argv);
    for (int i = 0; i < 4; i++) {
        struct sandbox_spec odd = spec;
        odd.upper = i == 0 ? "/a/b" : NULL;
        odd.upper_work = i == 0 ? "/a/c" : NULL;
        odd.keep_workspace = i == 1;
        odd.counting = i == 2;
        odd.stdin_file = i == 3 ? "/etc/passwd" : NULL;
        warm_run(&odd, &answer);
        assert_int_equal(answer.err.code, ERR_INVALID);
        assert_string_equal(answer.err.message, words);
    }
    warm_start(&spec, &answer);
    warm_start(&spec, &second);
    assert_string_equal(second.err.message, "a program runs in this warm sandbox already");
    lab_wait(&answer);
    assert_string_equal(answer.words, "exit status 0");
    lab_forget(&answer);
    spec.limits.memory_bytes *= 2;
    warm_run(&spec, &answer);
    assert_string_equal(answer.err.message, "another place than this warm sandbox's");
}

static void test_missing_layer_is_an_error_of_ours(void **state)
{
    static const char *const argv[] = {"true", NULL};
    static const char *const layers[] = {"/no/such/layer", NULL};
    struct sandbox_spec spec = warm_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.layers = layers;
    for (int i = 0; i < 2; i++) {
        warm_run(&spec, &answer);
        assert_int_equal(answer.err.code, ERR_SYSTEM);
        assert_string_equal(answer.err.message, "sandbox: layer /no/such/layer: No such file or directory");
    }
}

/* A run in flight is cancelled by the close, and told before it. */
static void test_close_in_flight(void **state)
{
    static const char *const argv[] = {"sleep", "1000", NULL};
    const struct sandbox_spec spec = warm_spec(argv);
    struct lab_answer answer;
    bool closed = false;
    (void)state;
    for (int delay = 0; delay < 2; delay++) {
        warm = sandbox_warm_open(lab_current()->sandbox);
        warm_start(&spec, &answer);
        if (delay)
            usleep(100000);
        closed = false;
        sandbox_warm_close(warm, warm_on_closed, &closed);
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
    struct sandbox_spec spec = warm_spec(argv);
    struct lab_answer answer;
    int first;
    spec.slot = slot;
    warm_start(&spec, &answer);
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
    warm_run(&spec, &answer);
    assert_string_equal(answer.err.message, words);
}

static void test_lane_dies(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(warm_open(NULL), 0);
        warm_kill_lane(7 + i, i * i);
        assert_int_equal(warm_close(NULL), 0);
    }
}

static int warm_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_warm_runs_are_as_fresh_ones, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_failed_starts_are_results, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_large_orders_arrive, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_figures_are_each_runs_own, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_what_is_left_is_not_passed_on, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_daemons_are_dead_before_the_next_run, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_cancelled_in_every_state, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_limits_hold_in_each_run, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_death_of_process_1, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_mistakes_are_told, warm_open, warm_close),
        cmocka_unit_test_setup_teardown(test_missing_layer_is_an_error_of_ours, warm_open, warm_close),
        cmocka_unit_test(test_close_in_flight),
        cmocka_unit_test(test_lane_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(warm_tests);
}
