/* The measuring token: taken once, passed on in order and in turns, never stuck. */
#include "base/memory.h"
#include "orchestrator/ledger/lock.h"
#include "orchestrator/token.h"
#include "tests/ledger/holder.h"
#include "tests/ledger/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct measurer {
    struct token_claim claim;
    struct token *token;
    uv_timer_t timer; /* how long it measures */
    int name;
    int *order;     /* names in the order of their grants; shared */
    int *measuring; /* how many at this moment; shared */
    struct err err; /* as told */
    int told;
};

static void measurer_on_closed(uv_handle_t *handle)
{
    struct measurer *measurer = handle->data;
    --*measurer->measuring;
    token_give(measurer->token, &measurer->claim);
}

static void measurer_on_timer(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, measurer_on_closed);
}

static void measurer_on_granted(void *data, const struct err *err)
{
    struct measurer *measurer = data;
    measurer->told++;
    measurer->err = *err;
    if (err->code < 0)
        return;
    while (*measurer->order)
        measurer->order++;
    *measurer->order = measurer->name;
    assert_int_equal(1, ++*measurer->measuring);
    measurer->timer.data = measurer;
    uv_timer_start(&measurer->timer, measurer_on_timer, 1, 0);
}

static void measurer_start(struct measurer *measurer, uv_loop_t *loop, struct token *token, int name,
                           int *order, int *measuring)
{
    *measurer = (struct measurer){.token = token, .name = name, .order = order, .measuring = measuring};
    uv_timer_init(loop, &measurer->timer);
    token_take(token, &measurer->claim, measurer_on_granted, measurer);
    assert_int_equal(0, measurer->told);
}

static void count_call(void *data)
{
    ++*(int *)data;
}

static void passes_the_token_on_in_order(void **state)
{
    enum { MEASURERS = 6 };
    struct measurer measurers[MEASURERS];
    int order[MEASURERS + 1] = {0};
    int measuring = 0;
    int closed = 0;
    uv_loop_t loop;
    uv_loop_init(&loop);
    char *folder = memory_format("%s/deep/cupel", ((struct place *)*state)->folder);
    struct token *token = token_open(&loop, folder, "cupel batch x");
    for (int i = 0; i < MEASURERS; i++)
        measurer_start(&measurers[i], &loop, token, i + 1, order, &measuring);
    token_cancel(token, &measurers[3].claim);
    assert_int_equal(0, measurers[3].told);
    uv_run(&loop, UV_RUN_DEFAULT);
    static const int expected[MEASURERS + 1] = {1, 2, 3, 5, 6, 0, 0};
    assert_memory_equal(expected, order, sizeof order);
    assert_int_equal(1, measurers[3].told);
    assert_int_equal(ERR_CANCELLED, measurers[3].err.code);
    assert_string_equal("waiting for the measuring token was cancelled", measurers[3].err.message);
    uv_close((uv_handle_t *)&measurers[3].timer, NULL);
    token_close(token, count_call, &closed);
    assert_int_equal(0, closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(1, closed);
    assert_int_equal(0, uv_loop_close(&loop));
    free(folder);
}

/* Cancelled while another process has it: in each state of the wait. */
static void closes_while_others_measure(void **state)
{
    char *turn = memory_format("%s/measuring.turn", ((struct place *)*state)->folder);
    char *lock = memory_format("%s/measuring.lock", ((struct place *)*state)->folder);
    const char *paths[] = {turn, lock};
    for (int i = 0; i < 2; i++) {
        for (int turns = 0; turns < 4; turns++) {
            struct measurer measurer;
            int order[2] = {0};
            int measuring = 0;
            int closed = 0;
            int end = -1;
            uv_loop_t loop;
            uv_loop_init(&loop);
            pid_t child = holder_start(paths[i], "cupel batch y", &end);
            struct token *token = token_open(&loop, ((struct place *)*state)->folder, "cupel run");
            measurer_start(&measurer, &loop, token, 1, order, &measuring);
            for (int j = 0; j < turns; j++)
                uv_run(&loop, UV_RUN_NOWAIT);
            token_close(token, count_call, &closed);
            uv_close((uv_handle_t *)&measurer.timer, NULL);
            uv_run(&loop, UV_RUN_DEFAULT);
            assert_int_equal(1, closed);
            assert_int_equal(1, measurer.told);
            assert_int_equal(ERR_CANCELLED, measurer.err.code);
            assert_int_equal(0, uv_loop_close(&loop));
            holder_end(child, end, i == 0);
        }
    }
    free(turn);
    free(lock);
}

static void tells_that_the_lock_can_not_be_had(void **state)
{
    struct measurer measurers[2];
    int order[3] = {0};
    int measuring = 0;
    int closed = 0;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct place *place = *state;
    char *turn = memory_format("%s/measuring.turn", place->folder);
    assert_int_equal(0, mkdir(turn, 0700));
    struct token *token = token_open(&loop, place->folder, "cupel run");
    measurer_start(&measurers[0], &loop, token, 1, order, &measuring);
    measurer_start(&measurers[1], &loop, token, 2, order, &measuring);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&measurers[i].timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(1, measurers[i].told);
        assert_int_equal(ERR_SYSTEM, measurers[i].err.code);
        assert_non_null(strstr(measurers[i].err.message, "/measuring.turn: Is a directory"));
    }
    token_close(token, count_call, &closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(1, closed);
    assert_int_equal(0, uv_loop_close(&loop));
    free(turn);
}

/* One process's run of measurements. */
struct greedy {
    struct token *token;
    struct token_claim claims[2]; /* one measures, the next already waits */
    uv_timer_t timer;
    int granted, wanted; /* measurements */
    int log;             /* pipe */
    char name;           /* written at each begin; its capital at the end */
};

static void greedy_on_granted(void *data, const struct err *err);

static void greedy_on_timer(uv_timer_t *timer)
{
    struct greedy *greedy = timer->data;
    char end = (char)(greedy->name - 'a' + 'A');
    if (write(greedy->log, &end, 1) != 1)
        _exit(1);
    struct token_claim *claim = &greedy->claims[greedy->granted % 2];
    token_give(greedy->token, claim);
    if (greedy->granted + 1 < greedy->wanted)
        token_take(greedy->token, claim, greedy_on_granted, greedy);
    else if (greedy->granted == greedy->wanted)
        _exit(0);
}

static void greedy_on_granted(void *data, const struct err *err)
{
    struct greedy *greedy = data;
    greedy->granted++;
    if (err->code < 0 || write(greedy->log, &greedy->name, 1) != 1)
        _exit(1);
    /* longer than a poll, so that who waits has tried once by its end */
    uv_timer_start(&greedy->timer, greedy_on_timer, LOCK_POLL_MS + 20, 0);
}

static pid_t greedy_start(const char *folder, int log, char name, int wanted)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    uv_loop_t loop;
    struct greedy greedy = {.log = log, .name = name, .wanted = wanted};
    uv_loop_init(&loop);
    uv_timer_init(&loop, &greedy.timer);
    greedy.timer.data = &greedy;
    greedy.token = token_open(&loop, folder, "cupel batch");
    /* granted counts from 1: the first grant is claims[1]'s */
    token_take(greedy.token, &greedy.claims[1], greedy_on_granted, &greedy);
    token_take(greedy.token, &greedy.claims[0], greedy_on_granted, &greedy);
    uv_run(&loop, UV_RUN_DEFAULT);
    _exit(1);
}

/* Never two at once, and nobody is passed over for long by one who always has the next claim ready. */
static void processes_measure_in_turns(void **state)
{
    enum { WANTED = 8 };
    char log[4 * WANTED + 1] = "";
    size_t used = 0;
    int ends[2];
    int status = 0;
    assert_int_equal(0, pipe(ends));
    const char *folder = ((struct place *)*state)->folder;
    pid_t first = greedy_start(folder, ends[1], 'a', WANTED);
    pid_t second = greedy_start(folder, ends[1], 'b', WANTED);
    close(ends[1]);
    for (ssize_t got; used < sizeof log - 1 && (got = read(ends[0], log + used, sizeof log - 1 - used)) > 0;)
        used += (size_t)got;
    close(ends[0]);
    assert_int_equal(first, waitpid(first, &status, 0));
    assert_int_equal(0, status);
    assert_int_equal(second, waitpid(second, &status, 0));
    assert_int_equal(0, status);
    assert_int_equal(4 * WANTED, used);
    int changes = 0;
    for (size_t i = 0; i < used; i += 2) {
        assert_int_equal(log[i] - 'a' + 'A', log[i + 1]);
        changes += i > 0 && log[i] != log[i - 2];
    }
    assert_true(changes >= WANTED / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(passes_the_token_on_in_order, place_make, place_remove),
        cmocka_unit_test_setup_teardown(closes_while_others_measure, place_make, place_remove),
        cmocka_unit_test_setup_teardown(tells_that_the_lock_can_not_be_had, place_make, place_remove),
        cmocka_unit_test_setup_teardown(processes_measure_in_turns, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
