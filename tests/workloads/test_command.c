/* The command kind in real sandboxes: what goes in, what comes out, and what can't leave. */
#include "tests/workloads/asking.h"
#include "tests/workloads/blocked_pool.h"
#include "workloads/command_output.h"
#include "workloads/count/counts.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct real_sandbox real;

/* `samples` as JSON lines; `row` the further keys of the workload. */
static void command_ask(struct asking *asking, const char *samples, const char *row)
{
    cleanup_free char *workload =
        memory_format("{\"name\":\"t\",\"kind\":\"command\",\"samples\":\"s\"%s}", row);
    asking_init(asking, &real, samples, workload);
}

static void test_sample_reaches_the_program(void **state)
{
    (void)state;
    struct asking asking;
    real_sandbox_write(&real, "samples/in.txt", "from a file", 0644);
    real_sandbox_write(
        &real, "layer/show",
        "#!/bin/sh\nprintf '%s|' \"$@\" \"$LANG\" \"$MORE\" \"$CUPEL_PADDING\" \"$PWD\"; cat\n", 0755);
    command_ask(&asking,
                "{\"args\":[\"a "
                "b\",\"${samples}/in.txt\"],\"stdin\":\"text\",\"env\":{\"LANG\":\"xx\",\"MORE\":\"1\"}}\n"
                "{\"stdin_file\":\"in.txt\"}\n",
                ",\"run\":[\"./show\",\"${samples}:${samples}\"]");
    asking.padding = "xxx";
    asking_run(&asking);
    assert_int_equal(asking.err.code, 0);
    assert_int_equal(asking.count, 2);
    assert_string_equal(asking.answers[0].out.bytes,
                        "/samples:/samples|a b|/samples/in.txt|xx|1|xxx|/work|text");
    assert_string_equal(asking.answers[1].out.bytes, "/samples:/samples|C.UTF-8||xxx|/work|from a file");
    assert_true(asking.answers[0].ended);
    assert_string_equal(asking.answers[0].ending, "exit status 0");
    assert_true(asking.figures[0].value[METRIC_WALL] > 0);
    asking_fini(&asking);
}

static void test_made_calls_are_counted_up_to_a_bound(void **state)
{
    static const uint64_t bounds[] = {10000, 5};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct asking asking;
        struct counts counts = {0};
        command_ask(&asking, "{}\n{}\n", ",\"run\":[\"true\"]");
        asking.counts = &counts;
        asking.calls_most = bounds[i];
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_true(counts.calls.known);
        assert_int_equal(counts.calls.more, i == 1);
        assert_true(i == 1 || calls_of(&counts.calls, "execve") == 2);
        counts_fini(&counts);
        asking_fini(&asking);
    }
}

/* Children too; one that ends by a signal leaves no profile, and then nothing is known. */
static void test_instructions_are_simulated_by_valgrind(void **state)
{
    uint64_t values[3];
    (void)state;
    if (access("/usr/bin/valgrind", X_OK) != 0) {
        fprintf(stderr, "valgrind is not installed\n");
        skip();
    }
    for (size_t i = 0; i < 3; i++) {
        struct asking asking;
        struct counts counts = {0};
        command_ask(&asking, "{}\n",
                    i < 2 ? ",\"run\":[\"sh\",\"-c\",\"/bin/echo $((6 * 7)); exit 0\"]"
                          : ",\"run\":[\"sh\",\"-c\",\"kill -9 $$\"]");
        asking.counts = &counts;
        asking.simulated = true;
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_int_equal(counts.simulated_samples, 1);
        values[i] = counts.simulated.value;
        if (i < 2)
            assert_string_equal(asking.answers[0].out.bytes, "42\n");
        counts_fini(&counts);
        asking_fini(&asking);
    }
    assert_true(values[0] > 100000 && values[0] != SANDBOX_UNKNOWN);
    assert_true(values[0] == values[1]);
    assert_true(values[2] == SANDBOX_UNKNOWN);
}

/* A run that holds asks nothing and tells nothing, and ends once, however it goes on. */
static void test_a_run_holds_until_it_is_resumed(void **state)
{
    (void)state;
    static const struct {
        size_t hold_at;
        bool ends, cancelled;
        size_t answers, held;
        int code;
    } rows[] = {
        {SIZE_MAX, false, false, 3, 3, 0},
        {1, true, false, 1, 1, 0},
        {3, true, false, 3, 1, 0},
        {1, false, true, 1, 1, ERR_CANCELLED},
        {2, true, true, 2, 1, ERR_CANCELLED},
        {3, false, true, 3, 1, ERR_CANCELLED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asking asking;
        command_ask(&asking, "{}\n{}\n{}\n", ",\"run\":[\"true\"]");
        asking.hold_at = rows[i].hold_at;
        asking_start(&asking);
        while (!asking.done) {
            uv_run(&real.loop, UV_RUN_ONCE);
            if (asking.holds)
                asking_resume(&asking, rows[i].cancelled, !rows[i].ends, 0);
        }
        assert_int_equal(asking.done, 1);
        assert_int_equal(asking.err.code, rows[i].code);
        assert_int_equal(asking.count, rows[i].answers);
        assert_int_equal(asking.held, rows[i].held);
        asking_fini(&asking);
    }
}

static void test_samples_are_read_only_and_workspaces_fresh(void **state)
{
    (void)state;
    struct asking asking;
    command_ask(
        &asking, "{}\n{}\n",
        ",\"run\":[\"sh\",\"-c\",\"ls left 2>&1; touch left; touch /samples/left 2>/dev/null; echo $?\"]");
    asking_run(&asking);
    assert_int_equal(asking.count, 2);
    assert_non_null(strstr(asking.answers[0].out.bytes, "No such file"));
    assert_string_equal(asking.answers[0].out.bytes, asking.answers[1].out.bytes);
    assert_null(strstr(asking.answers[0].out.bytes, "\n0\n"));
    asking_fini(&asking);
}

static void test_endings(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        bool ended;
        const char *ending;
    } rows[] = {
        {",\"run\":[\"sh\",\"-c\",\"exit 3\"]", true, "exit status 3"},
        {",\"run\":[\"sh\",\"-c\",\"kill -SEGV $$\"]", false, "killed by SIGSEGV"},
        {",\"run\":[\"sleep\",\"9\"],\"timeout_s\":0.2", false, "timed out after 0.2 s"},
        {",\"run\":[\"build/absent\"]", false,
         WORKLOAD_NOT_STARTED "build/absent: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asking asking;
        command_ask(&asking, "{}\n", rows[i].row);
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_int_equal(asking.count, 1);
        assert_int_equal(asking.answers[0].ended, rows[i].ended);
        assert_string_equal(asking.answers[0].ending, rows[i].ending);
        asking_fini(&asking);
    }
}

static void test_output_files_and_their_impostors(void **state)
{
    (void)state;
    struct asking asking;
    command_ask(
        &asking, "{}\n",
        ",\"run\":[\"sh\",\"-c\",\"mkdir d; echo good > d/regular; ln -s /etc/passwd link; mkfifo fifo;"
        " ln -s d folder; truncate -s 140000000 long; : > empty\"],"
        "\"outputs\":[\"d/regular\",\"link\",\"fifo\",\"folder/"
        "regular\",\"long\",\"absent\",\"d\",\"empty\"]");
    asking_run(&asking);
    assert_int_equal(asking.err.code, 0);
    const struct answer_part *parts = asking.answers[0].outputs;
    assert_int_equal(asking.answers[0].output_count, 8);
    assert_true(parts[0].present);
    assert_string_equal(parts[0].bytes, "good\n");
    assert_false(parts[1].present);
    assert_false(parts[2].present);
    assert_false(parts[3].present);
    assert_true(parts[4].present && parts[4].cut);
    assert_int_equal(parts[4].length, ANSWER_PART_MOST);
    assert_false(parts[5].present);
    assert_false(parts[6].present);
    assert_true(parts[7].present && parts[7].length == 0);
    asking_fini(&asking);
}

static void test_timed_runs_are_pinned(void **state)
{
    (void)state;
    struct asking timed;
    struct asking free_run;
    const char *row = ",\"run\":[\"sed\",\"-n\",\"s/^Cpus_allowed_list:.//p\",\"/proc/self/status\"]";
    command_ask(&timed, "{}\n", row);
    command_ask(&free_run, "{}\n", row);
    timed.timed = true;
    asking_run(&timed);
    asking_run(&free_run);
    assert_int_equal(strspn(timed.answers[0].out.bytes, "0123456789\n"), timed.answers[0].out.length);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        assert_string_not_equal(timed.answers[0].out.bytes, free_run.answers[0].out.bytes);
    asking_fini(&timed);
    asking_fini(&free_run);
}

static void test_figures_are_the_groups(void **state)
{
    (void)state;
    struct asking asking;
    command_ask(&asking, "{}\n{}\n",
                ",\"run\":[\"sh\",\"-c\",\"i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done & wait\"]");
    asking_run(&asking);
    for (size_t i = 0; i < 2; i++) {
        double cpu = asking.figures[i].value[METRIC_CPU];
        double wall = asking.figures[i].value[METRIC_WALL];
        assert_true(cpu < 0 || cpu > 0.01);
        assert_true(wall > 0.01);
    }
    asking_fini(&asking);
}

static void test_stopping_early_is_no_error(void **state)
{
    (void)state;
    struct asking asking;
    command_ask(&asking, "{}\n{}\n{}\n", ",\"run\":[\"true\"]");
    asking.stop_after = 2;
    asking_run(&asking);
    assert_int_equal(asking.count, 2);
    assert_int_equal(asking.err.code, 0);
    asking_fini(&asking);
}

/* Process numbers tell: 2 in a fresh sandbox, more where others ran before. Nothing else does. */
static void test_discarded_samples_share_a_sandbox(void **state)
{
    (void)state;
    for (int discarded = 0; discarded < 2; discarded++) {
        struct asking asking;
        real_sandbox_write(&real, "samples/in.txt", "from a file", 0644);
        command_ask(&asking,
                    "{\"args\":[\"1\"],\"stdin\":\"text\"}\n{\"args\":[\"2\"]}\n{\"stdin_file\":\"in.txt\"}\n"
                    "{\"args\":[\"4\"]}\n",
                    ",\"run\":[\"sh\",\"-c\",\"echo $$ $0; cat; ls; sleep 1000 &\"]");
        asking.discarded = discarded;
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_int_equal(asking.count, 4);
        for (size_t i = 0; i < 4; i++) {
            int number = atoi(asking.answers[i].out.bytes);
            assert_string_equal(asking.answers[i].ending, "exit status 0");
            assert_int_equal(asking.answers[i].leftovers, 1);
            /* A file as stdin is opened by a lane, for a sandbox of its own. */
            bool fresh = !discarded || i == 0 || i == 2;
            assert_true(fresh ? number == 2 : number > 2);
        }
        assert_non_null(strstr(asking.answers[0].out.bytes, " 1\ntext"));
        assert_non_null(strstr(asking.answers[2].out.bytes, "from a file"));
        assert_null(strstr(asking.answers[1].out.bytes, "text"));
        asking_fini(&asking);
    }
}

static void test_stopping_early_closes_the_shared_sandbox(void **state)
{
    (void)state;
    struct asking asking;
    command_ask(&asking, "{}\n{}\n{}\n", ",\"run\":[\"true\"]");
    asking.discarded = true;
    asking.stop_after = 2;
    asking_run(&asking);
    assert_int_equal(asking.count, 2);
    assert_int_equal(asking.err.code, 0);
    asking_fini(&asking);
}

static void asking_cancel(uv_timer_t *timer)
{
    struct asking *asking = timer->data;
    workload_command.run_cancel(asking->run);
    uv_close((uv_handle_t *)timer, NULL);
}

static void test_cancelled_in_flight(void **state)
{
    struct asking asking;
    uv_timer_t timer;
    command_ask(&asking, "{}\n{}\n", ",\"run\":[\"sleep\",\"60\"],\"timeout_s\":70");
    asking.discarded = *state != NULL;
    uv_timer_init(&real.loop, &timer);
    timer.data = &asking;
    uv_timer_start(&timer, asking_cancel, 50, 0);
    asking_run(&asking);
    assert_int_equal(asking.count, 0);
    assert_int_equal(asking.err.code, ERR_CANCELLED);
    asking_fini(&asking);
}

/* A large output file is read away from the loop; whoever cancels meanwhile waits for that. */
static void test_cancelled_while_a_file_is_read(void **state)
{
    (void)state;
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        struct asking asking;
        struct blocked_pool pool;
        command_ask(&asking, "{}\n", ",\"run\":[\"truncate\",\"-s\",\"1000000\",\"o\"],\"outputs\":[\"o\"]");
        blocked_pool_start(&pool, &real.loop);
        asking_start(&asking);
        for (uint64_t until = uv_hrtime() + 300 * UINT64_C(1000000); uv_hrtime() < until;)
            uv_run(&real.loop, UV_RUN_NOWAIT);
        assert_int_equal(asking.done + (int)asking.count, 0);
        if (cancelled)
            workload_command.run_cancel(asking.run);
        blocked_pool_end(&pool);
        while (!asking.done)
            uv_run(&real.loop, UV_RUN_ONCE);
        assert_int_equal(asking.err.code, cancelled ? ERR_CANCELLED : 0);
        assert_int_equal(asking.count, !cancelled);
        assert_int_equal(asking.answers[0].output_count ? asking.answers[0].outputs[0].length : 0,
                         cancelled ? 0 : 1000000);
        asking_fini(&asking);
    }
}

int main(void)
{
    int code = real_sandbox_open(&real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (code != 0)
        return code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_reaches_the_program),
        cmocka_unit_test(test_made_calls_are_counted_up_to_a_bound),
        cmocka_unit_test(test_instructions_are_simulated_by_valgrind),
        cmocka_unit_test(test_samples_are_read_only_and_workspaces_fresh),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_output_files_and_their_impostors),
        cmocka_unit_test(test_timed_runs_are_pinned),
        cmocka_unit_test(test_figures_are_the_groups),
        cmocka_unit_test(test_stopping_early_is_no_error),
        cmocka_unit_test(test_a_run_holds_until_it_is_resumed),
        cmocka_unit_test(test_discarded_samples_share_a_sandbox),
        cmocka_unit_test(test_stopping_early_closes_the_shared_sandbox),
        cmocka_unit_test(test_cancelled_in_flight),
        cmocka_unit_test_prestate(test_cancelled_in_flight, &real),
        cmocka_unit_test(test_cancelled_while_a_file_is_read),
    };
    code = cmocka_run_group_tests(tests, NULL, NULL);
    real_sandbox_close(&real);
    return code;
}
