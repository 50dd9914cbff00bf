/* The worker kind in real sandboxes: conversations that go well, and each way in which one can go wrong. */
#include "tests/workloads/asking.h"
#include "tests/workloads/blocked_pool.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct real_sandbox real;

/* `count` samples {"id": 1} and so on; `script` is the worker, `row` the further keys of the workload. */
static void worker_ask(struct asking *asking, size_t count, const char *script, const char *row)
{
    cleanup_text struct text samples = {0};
    cleanup_free char *workload = memory_format(
        "{\"name\":\"t\",\"kind\":\"worker\",\"run\":[\"sh\",\"worker.sh\"],\"samples\":\"s\"%s}", row);
    real_sandbox_write(&real, "layer/worker.sh", script, 0644);
    for (size_t i = 1; i <= count; i++)
        text_printf(&samples, "{\"request\":{\"id\": %zu}}\n", i);
    asking_init(asking, &real, text_string(&samples), workload);
}

#define ECHOES "while read -r line; do echo \"$line\"; done\n"

static void test_one_process_answers_all(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 3, "n=0; while read -r line; do n=$((n + 1)); echo \"[$n,$line]\"; done\n", "");
    asking_run(&asking);
    assert_int_equal(asking.err.code, 0);
    assert_int_equal(asking.count, 3);
    assert_string_equal(asking.answers[0].out.bytes, "[1,{\"id\":1}]");
    assert_string_equal(asking.answers[2].out.bytes, "[3,{\"id\":3}]");
    for (size_t i = 0; i < 3; i++) {
        assert_true(asking.answers[i].ended);
        assert_string_equal(asking.answers[i].ending, "answered");
        assert_true(asking.figures[i].value[METRIC_WALL] > 0);
        assert_true(asking.figures[i].value[METRIC_LATENCY_P99] == asking.figures[i].value[METRIC_WALL]);
    }
    asking_fini(&asking);
}

/* Answers come in pieces, and nothing is lost where one is longer than a pipe. */
static void test_pieces_and_long_lines(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 2,
               "read -r line; printf '['; sleep 0.02; printf ']'; sleep 0.02; echo\n"
               "read -r line; head -c 3000000 /dev/zero | tr '\\0' 1; echo\n"
               "read -r line\nexit 0\n",
               "");
    asking_run(&asking);
    assert_string_equal(asking.answers[0].out.bytes, "[]");
    assert_true(asking.figures[0].value[METRIC_WALL] >= 0.04); /* to the newline, not to the first byte */
    assert_int_equal(asking.answers[1].out.length, 3000000);
    assert_true(asking.answers[1].ended);
    asking_fini(&asking);
}

static void test_every_fault_is_the_answer(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        size_t samples;
        const char *endings[4];
    } rows[] = {
        {"read -r line; echo 1; read -r line; exit 3\n",
         4,
         {"answered", "died: exit status 3 (request 2 of its worker)", "answered",
          "died: exit status 3 (request 2 of its worker)"}},
        {"read -r line; kill -SEGV $$\n", 1, {"died: killed by SIGSEGV (request 1 of its worker)"}},
        {"read -r line; printf '{'; exit 0\n", 1, {"died: exit status 0 (request 1 of its worker)"}},
        {"read -r line; exec sleep 60\n", 1, {"gave no answer within 0.4 s (request 1 of its worker)"}},
        {"read -r line; exec >&-; sleep 60\n", 1, {"gave no answer within 0.4 s (request 1 of its worker)"}},
        {"while read -r line; do printf '1\\n2\\n'; done\n",
         2,
         {"answered twice (request 1 of its worker)", "answered twice (request 1 of its worker)"}},
        {ECHOES "echo more\n", 2, {"answered", "answered twice (request 2 of its worker)"}},
        {ECHOES "printf half\n", 1, {"answered twice (request 1 of its worker)"}},
        {"read -r a; echo '{\"id\":2}'\n" ECHOES,
         2,
         {"answered out of order, id 2 for 1 (request 1 of its worker)", "answered"}},
        {ECHOES "exit 4\n",
         2,
         {"answered", "did not end well after its last answer: exit status 4 (request 2 of its worker)"}},
        {ECHOES "sleep 60\n", 1, {"still ran 0.4 s after its input had ended (request 1 of its worker)"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asking asking;
        worker_ask(&asking, rows[i].samples, rows[i].script, ",\"timeout_s\":0.4");
        asking.candidate = true;
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_int_equal(asking.count, rows[i].samples);
        for (size_t k = 0; k < rows[i].samples; k++) {
            assert_string_equal(asking.answers[k].ending, rows[i].endings[k]);
            assert_int_equal(asking.answers[k].ended, strcmp(rows[i].endings[k], "answered") == 0);
        }
        asking_fini(&asking);
    }
}

/* However late the second line comes: it is heard before the last answer counts. */
static void test_a_late_second_answer_is_never_lost(void **state)
{
    (void)state;
    for (int timed = 0; timed < 2; timed++) {
        struct asking asking;
        size_t faults = 0;
        worker_ask(&asking, 2, "read -r line; echo 1; sleep 0.05; echo 1\n" ECHOES, "");
        asking.candidate = true;
        asking.timed = timed;
        asking_run(&asking);
        for (size_t i = 0; i < 2; i++)
            faults += !asking.answers[i].ended;
        assert_true(faults > 0);
        assert_int_equal(asking.wholes, 0);
        asking_fini(&asking);
    }
}

static void test_gives_up_after_some_workers(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 10, "exit 1\n", "");
    asking.candidate = true;
    asking_run(&asking);
    assert_int_equal(asking.count, 10);
    assert_string_equal(asking.answers[7].ending, "died: exit status 1 (request 1 of its worker)");
    assert_string_equal(asking.answers[8].ending, "not asked: 8 workers had failed before");
    assert_string_equal(asking.answers[9].ending, "not asked: 8 workers had failed before");
    asking_fini(&asking);
}

static void test_cannot_be_started(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 1, "", "");
    free(asking.workload.run[0]);
    asking.workload.run[0] = memory_copy_string("./absent");
    asking_run(&asking);
    assert_string_equal(asking.answers[0].ending, WORKLOAD_NOT_STARTED "./absent: No such file or directory");
    asking_fini(&asking);
}

/* The contract compares JSON: a base that has none is told so at once, a candidate by the contract. */
static void test_a_base_must_answer_in_json(void **state)
{
    (void)state;
    for (int candidate = 0; candidate < 2; candidate++) {
        struct asking asking;
        worker_ask(&asking, 1, "read -r line; echo hello; read -r line; exit 0\n", "");
        asking.candidate = candidate;
        asking_run(&asking);
        assert_int_equal(asking.answers[0].ended, candidate);
        assert_memory_equal(asking.answers[0].ending,
                            candidate ? "answered" : "answered with what is not JSON: ", candidate ? 9 : 32);
        asking_fini(&asking);
    }
}

/* A timed run makes its worker ready first: by one request, or with a warm cache by all of them. */
static void test_start_up_is_apart(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *answers[2];
    } rows[] = {
        {"", {"2", "3"}},
        {",\"cache\":\"warm\"", {"3", "4"}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct asking asking;
        worker_ask(&asking, 2,
                   "i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done\n"
                   "n=0; while read -r line; do n=$((n + 1)); echo $n; done\n",
                   rows[i].row);
        asking.timed = true;
        asking_run(&asking);
        assert_int_equal(asking.err.code, 0);
        assert_string_equal(asking.answers[0].out.bytes, rows[i].answers[0]);
        assert_string_equal(asking.answers[1].out.bytes, rows[i].answers[1]);
        assert_int_equal(asking.wholes, 1);
        const double *whole = asking.whole.value;
        assert_true(whole[METRIC_STARTUP] > whole[METRIC_CPU] &&
                    whole[METRIC_CPU] >= whole[METRIC_CPU_AFTER]);
        asking_fini(&asking);
    }
}

/* What is done behind the last answer is part of the run, and told apart. */
static void test_work_after_the_answer_is_charged(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 2, ECHOES "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done\n", "");
    asking.timed = true;
    asking_run(&asking);
    assert_int_equal(asking.wholes, 1);
    const double *whole = asking.whole.value;
    assert_true(whole[METRIC_CPU_AFTER] > whole[METRIC_CPU] / 2 &&
                whole[METRIC_CPU_AFTER] <= whole[METRIC_CPU]);
    asking_fini(&asking);
}

/* Two workers are alive at once; the one that waits is not asked until it may go. */
static void test_one_waits_for_the_other(void **state)
{
    (void)state;
    struct asking askings[2];
    for (size_t i = 0; i < 2; i++) {
        worker_ask(&askings[i], 3, ECHOES, "");
        askings[i].timed = askings[i].waits = true;
        askings[i].candidate = i == 1;
        asking_start(&askings[i]);
        while (!askings[i].readies)
            uv_run(&real.loop, UV_RUN_ONCE);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(askings[i].count, 0);
        workload_worker.run_go(askings[i].run);
        asking_finish(&askings[i]);
        assert_int_equal(askings[i].count, 3);
        assert_int_equal(askings[i].readies, 1);
        assert_int_equal(askings[i].wholes, 1);
    }
    asking_fini(&askings[0]);
    asking_fini(&askings[1]);
}

static void test_stops_and_cancels(void **state)
{
    (void)state;
    struct asking asking;
    worker_ask(&asking, 3, ECHOES, "");
    asking.stop_after = 1;
    asking_run(&asking);
    assert_int_equal(asking.count, 1);
    assert_int_equal(asking.err.code, 0);
    asking_fini(&asking);
    for (int phase = 0; phase < 3; phase++) {
        worker_ask(&asking, 3, phase == 1 ? "read -r line; sleep 60\n" : ECHOES, "");
        asking.timed = asking.waits = phase == 2;
        asking_start(&asking);
        while (phase == 2 && !asking.readies)
            uv_run(&real.loop, UV_RUN_ONCE);
        workload_worker.run_cancel(asking.run);
        asking_finish(&asking);
        assert_int_equal(asking.err.code, ERR_CANCELLED);
        asking_fini(&asking);
    }
}

/* Alive, dead, dying or frozen: the process of a run that holds is told of when it goes on. */
static void test_a_run_holds_until_it_is_resumed(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        size_t samples, hold_at;
        bool ends, cancelled;
        size_t answers, held, faults;
        int code;
    } rows[] = {
        {ECHOES, 3, SIZE_MAX, false, false, 3, 3, 0, 0},
        {ECHOES, 3, 1, true, false, 1, 1, 0, 0},
        {ECHOES, 3, 3, true, false, 3, 1, 0, 0},
        {ECHOES, 3, 1, false, true, 1, 1, 0, ERR_CANCELLED},
        {ECHOES, 3, 2, true, true, 2, 1, 0, ERR_CANCELLED},
        {ECHOES, 3, 3, false, true, 3, 1, 0, ERR_CANCELLED},
        {"read -r line; echo 1; sleep 0.05; exit 3\n", 3, SIZE_MAX, false, false, 3, 3, 2, 0},
        {"exit 1\n", 10, SIZE_MAX, false, false, 10, 10, 10, 0},
        {"exit 1\n", 10, 9, true, false, 9, 1, 9, 0},
        {"exit 1\n", 10, 10, false, true, 10, 1, 10, ERR_CANCELLED},
    };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct asking asking;
        size_t faults = 0;
        size_t row = i / 2;
        worker_ask(&asking, rows[row].samples, rows[row].script, "");
        asking.candidate = true;
        asking.timed = i % 2;
        asking.hold_at = rows[row].hold_at;
        asking_start(&asking);
        while (!asking.done) {
            uv_run(&real.loop, UV_RUN_ONCE);
            if (asking.holds)
                asking_resume(&asking, rows[row].cancelled, !rows[row].ends,
                              strstr(rows[row].script, "sleep") ? 300 : 10);
        }
        for (size_t k = 0; k < ASKING_ANSWERS_MOST; k++)
            faults += *asking.answers[k].ending && !asking.answers[k].ended;
        assert_int_equal(asking.done, 1);
        assert_int_equal(asking.err.code, rows[row].code);
        if (!asking.timed || rows[row].script[0] == 'w') {
            assert_int_equal(asking.count, rows[row].answers);
            assert_int_equal(asking.held, rows[row].held);
            assert_int_equal(faults, rows[row].faults);
        }
        assert_int_equal(asking.wholes, rows[row].faults + rows[row].ends + rows[row].cancelled == 0);
        asking_fini(&asking);
    }
}

/* A long line is read away from the loop: the worker may be killed or die meanwhile, or say more. */
static void test_what_happens_while_a_line_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *behind; /* the first line */
        bool cancelled;
        const char *ending; /* of the first answer; NULL: there is none */
        int code;
    } rows[] = {
        {ECHOES, false, "answered", 0},
        {ECHOES, true, NULL, ERR_CANCELLED},
        {"sleep 0.05; exit 3\n", false, "died: exit status 3 (request 1 of its worker)", 0},
        {"sleep 0.05; exit 3\n", true, NULL, ERR_CANCELLED},
        {"sleep 0.05; echo 2; sleep 60\n", false, "answered twice (request 1 of its worker)", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asking asking;
        struct blocked_pool pool;
        char *script =
            memory_format("read -r line; head -c 300000 /dev/zero | tr '\\0' 1; echo\n%s", rows[i].behind);
        worker_ask(&asking, 2, script, "");
        asking.candidate = true;
        blocked_pool_start(&pool, &real.loop);
        asking_start(&asking);
        for (uint64_t until = uv_hrtime() +
                              (rows[i].ending && rows[i].code == 0 && rows[i].behind[0] == 's' ? 1000 : 300) *
                                  UINT64_C(1000000);
             uv_hrtime() < until;)
            uv_run(&real.loop, UV_RUN_NOWAIT);
        assert_int_equal(asking.done + (int)asking.count, 0);
        if (rows[i].cancelled)
            workload_worker.run_cancel(asking.run);
        blocked_pool_end(&pool);
        asking_finish(&asking);
        assert_int_equal(asking.err.code, rows[i].code);
        assert_string_equal(asking.answers[0].ending, rows[i].ending ? rows[i].ending : "");
        asking_fini(&asking);
        free(script);
    }
}

int main(void)
{
    int code = real_sandbox_open(&real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (code != 0)
        return code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_process_answers_all),
        cmocka_unit_test(test_pieces_and_long_lines),
        cmocka_unit_test(test_every_fault_is_the_answer),
        cmocka_unit_test(test_a_late_second_answer_is_never_lost),
        cmocka_unit_test(test_gives_up_after_some_workers),
        cmocka_unit_test(test_cannot_be_started),
        cmocka_unit_test(test_a_base_must_answer_in_json),
        cmocka_unit_test(test_start_up_is_apart),
        cmocka_unit_test(test_work_after_the_answer_is_charged),
        cmocka_unit_test(test_one_waits_for_the_other),
        cmocka_unit_test(test_stops_and_cancels),
        cmocka_unit_test(test_a_run_holds_until_it_is_resumed),
        cmocka_unit_test(test_what_happens_while_a_line_is_read),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    real_sandbox_close(&real);
    return failed;
}
