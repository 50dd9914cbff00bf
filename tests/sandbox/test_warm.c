/* A warm run is as a fresh one, and the next is as the first: nothing is passed on but the process number. */
#include "warmed.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
        WARMED_BOMB,
        "exec no-such-program",
    };
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        const char *const argv[] = {"sh", "-c", scripts[i], NULL};
        struct sandbox_spec spec = warmed_spec(argv);
        struct lab_answer answers[3];
        spec.stdin_bytes = "in\n";
        spec.stdin_length = i % 2 ? 0 : 3;
        if (strstr(scripts[i], "sleep 100") == scripts[i] || strstr(scripts[i], "trap"))
            spec.limits.wall_ms = 300;
        lab_run(&spec, &answers[0]);
        for (size_t j = 1; j < 3; j++)
            warmed_run(&spec, &answers[j]);
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
        const struct sandbox_spec spec = warmed_spec(argv);
        struct lab_answer answer;
        warmed_run(&spec, &answer);
        assert_int_equal(answer.err.code, 0);
        assert_string_equal(answer.words, i == 2 ? "could not be started: Permission denied"
                                                 : "could not be started: No such file or directory");
        lab_forget(&answer);
    }
    assert_true(warmed_ask_number() > 2); /* that leaves nothing behind */
}

static void test_large_orders_arrive(void **state)
{
    static const char *argv[2002] = {"sh", "-c", "cat; echo $#"};
    struct lab_answer answer;
    (void)state;
    for (size_t i = 3; i < 2001; i++)
        argv[i] = "an argument of some length";
    struct sandbox_spec spec = warmed_spec(argv);
    spec.stdin_bytes = "text ";
    spec.stdin_length = 5;
    for (int i = 0; i < 2; i++) {
        warmed_run_well(&spec, &answer);
        assert_string_equal(answer.result.out, "text 1997\n");
        lab_forget(&answer);
    }
}

static void test_figures_are_each_runs_own(void **state)
{
    struct lab_answer busy;
    struct lab_answer idle;
    (void)state;
    warmed_shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; dd if=/dev/zero of=/dev/null bs=30M "
                 "count=1 2>/dev/null",
                 &busy);
    warmed_shell("true", &idle);
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
        const struct sandbox_spec spec = warmed_spec(argv);
        struct lab_answer answer;
        const int before = warmed_ask_number();
        warmed_run(&spec, &answer);
        if (answer.err.code || strcmp(answer.words, "exit status 0") != 0)
            fail_msg("%s: %s %s%s", modes[i], answer.words, answer.err.message, answer.result.error);
        const bool tidy = strcmp(modes[i], "tidy") == 0;
        assert_int_equal(answer.result.leftovers, tidy);
        lab_forget(&answer);
        const int after = warmed_ask_number();
        if (tidy ? after <= before : after > before)
            fail_msg("%s: process %d after process %d", modes[i], after, before);
        warmed_run(&spec, &answer); /* nothing of the first is in its way */
        assert_string_equal(answer.words, "exit status 0");
        lab_forget(&answer);
    }
}

static void test_daemons_are_dead_before_the_next_run(void **state)
{
    struct lab_answer answer;
    (void)state;
    /* What is hidden is not counted: process 1. */
    warmed_shell("for i in 1 2 3 4 5; do setsid sleep 1000 & done; set --; "
                 "while [ $# -lt 6 ]; do set -- /proc/[0-9]*; done",
                 &answer);
    assert_string_equal(answer.words, "exit status 0");
    assert_int_equal(answer.result.leftovers, 5);
    lab_forget(&answer);
    warmed_shell("set -- /proc/[0-9]*; echo $#", &answer);
    assert_string_equal(answer.result.out, "1\n");
    lab_forget(&answer);
}

static void warm_on_output(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    (void)run;
    (void)bytes;
    (void)length;
    (void)data;
    fail();
}

static void test_mistakes_are_told(void **state)
{
    static const char *const argv[] = {"true", NULL};
    static const char words[] = "a warm sandbox has no upper folder, keeps no workspace and counts no calls";
    struct lab_answer answer;
    struct lab_answer second;
    (void)state;
    struct sandbox_spec spec = warmed_spec(argv);
    for (int i = 0; i < 4; i++) {
        struct sandbox_spec odd = spec;
        odd.upper = i == 0 ? "/a/b" : NULL;
        odd.upper_work = i == 0 ? "/a/c" : NULL;
        odd.keep_workspace = i == 1;
        odd.counting = i == 2;
        odd.stdin_file = i == 3 ? "/etc/passwd" : NULL;
        warmed_run(&odd, &answer);
        assert_int_equal(answer.err.code, ERR_INVALID);
        assert_string_equal(answer.err.message, words);
    }
    struct sandbox_spec talking = spec;
    talking.talks = true;
    talking.on_output = warm_on_output;
    warmed_run(&talking, &answer);
    assert_string_equal(answer.err.message, "a warm sandbox has no conversations");
    warmed_start(&spec, &answer);
    warmed_start(&spec, &second);
    assert_string_equal(second.err.message, "a program runs in this warm sandbox already");
    lab_wait(&answer);
    assert_string_equal(answer.words, "exit status 0");
    lab_forget(&answer);
    spec.limits.memory_bytes *= 2;
    warmed_run(&spec, &answer);
    assert_string_equal(answer.err.message, "another place than this warm sandbox's");
}

static void test_missing_layer_is_an_error_of_ours(void **state)
{
    static const char *const argv[] = {"true", NULL};
    static const char *const layers[] = {"/no/such/layer", NULL};
    struct sandbox_spec spec = warmed_spec(argv);
    struct lab_answer answer;
    (void)state;
    spec.layers = layers;
    for (int i = 0; i < 2; i++) {
        warmed_run(&spec, &answer);
        assert_int_equal(answer.err.code, ERR_SYSTEM);
        assert_string_equal(answer.err.message, "sandbox: layer /no/such/layer: No such file or directory");
    }
}

static int warm_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_warm_runs_are_as_fresh_ones, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_failed_starts_are_results, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_large_orders_arrive, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_figures_are_each_runs_own, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_what_is_left_is_not_passed_on, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_daemons_are_dead_before_the_next_run, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_mistakes_are_told, warmed_open, warmed_close),
        cmocka_unit_test_setup_teardown(test_missing_layer_is_an_error_of_ours, warmed_open, warmed_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(warm_tests);
}
