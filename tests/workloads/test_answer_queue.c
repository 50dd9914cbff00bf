/* Answers of lanes side by side are looked at one at a time, long ones away from the loop, which turns on. */
#include "tests/workloads/fake_kind.h"
#include "workloads/check_pass.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LONG  (OFFLOAD_LIGHT + 1)
#define TURNS 50 /* of the loop while one answer is looked at */

/* One pass, and what is seen of it. */
struct watch {
    struct fake_scene scene;
    struct check_pass *pass;
    uv_thread_t loop_thread;
    uv_idle_t idle;
    uv_sem_t turned;            /* an answer that is looked at on the pool waits for it */
    atomic_int looking;         /* at so many answers just now */
    bool posted;                /* `turned`, for the answer that is looked at */
    size_t turns;               /* since it came */
    size_t least_turns;         /* of the answers that were looked at on the pool */
    size_t order[FAKE_SAMPLES]; /* samples as they were looked at */
    size_t looked;
    size_t told;       /* on_looked */
    size_t on_pool;    /* of the answers */
    size_t stop_at;    /* answers; 0: never */
    size_t cancel_at;  /* while that one is looked at; 0: never */
    size_t cancel_for; /* behind that one, from on_looked */
    int done;
    int code;
};

static struct watch watch;

static void answer_plainly(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)count, (void)figures;
    fake_say(answer, "%zu", index);
}

static bool watch_on_answer(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    uv_thread_t self = uv_thread_self();
    (void)answer, (void)figures, (void)data;
    watch.order[watch.looked++] = index;
    assert_int_equal(atomic_fetch_add(&watch.looking, 1), 0);
    if (!uv_thread_equal(&self, &watch.loop_thread)) {
        watch.on_pool++;
        uv_sem_wait(&watch.turned);
    }
    atomic_fetch_sub(&watch.looking, 1);
    return watch.looked != watch.stop_at;
}

static void watch_on_looked(void *data)
{
    (void)data;
    if (watch.turns < watch.least_turns)
        watch.least_turns = watch.turns;
    watch.turns = 0;
    watch.posted = false;
    if (++watch.told == watch.cancel_for)
        check_pass_cancel(watch.pass);
}

/* Each turn of the loop; the answer that is looked at goes on after some. */
static void watch_on_turn(uv_idle_t *idle)
{
    (void)idle;
    if (atomic_load(&watch.looking) == 0 || watch.posted)
        return;
    watch.turns++;
    if (watch.turns == TURNS / 2 && watch.looked == watch.cancel_at)
        check_pass_cancel(watch.pass);
    watch.posted = watch.turns == TURNS;
    if (watch.posted)
        uv_sem_post(&watch.turned);
}

static void watch_on_done(const struct err *err, void *data)
{
    (void)data;
    watch.done++;
    watch.code = err ? err->code : 0;
    assert_int_equal(atomic_load(&watch.looking), 0);
    uv_close((uv_handle_t *)&watch.idle, NULL);
}

static void watch_init(size_t bytes)
{
    memset(&watch, 0, sizeof watch);
    fake_scene_init(&watch.scene);
    fake_stderr_bytes = bytes;
    fake.answer = answer_plainly;
    watch.loop_thread = uv_thread_self();
    watch.least_turns = SIZE_MAX;
    uv_sem_init(&watch.turned, 0);
    uv_idle_init(&watch.scene.loop, &watch.idle);
    uv_idle_start(&watch.idle, watch_on_turn);
}

static void watch_run(const struct reference *reference)
{
    static const size_t indices[FAKE_SAMPLES] = {0, 1, 2, 3};
    const struct check_pass_input input = {
        .context = &watch.scene.context,
        .workload = &watch.scene.workload,
        .samples = &watch.scene.set,
        .arm = &watch.scene.base,
        .indices = indices,
        .count = FAKE_SAMPLES,
        .reference = reference,
        .on_answer = watch_on_answer,
        .on_looked = watch_on_looked,
        .on_done = watch_on_done,
    };
    struct err err = {0};
    assert_int_equal(check_pass_start(&watch.pass, &input, &err), 0);
    uv_run(&watch.scene.loop, UV_RUN_DEFAULT);
    assert_int_equal(watch.done, 1);
    uv_sem_destroy(&watch.turned);
    fake_scene_fini(&watch.scene);
}

static void test_short_answers_are_looked_at_at_once(void **state)
{
    (void)state;
    watch_init(100);
    watch_run(NULL);
    assert_int_equal(watch.code, 0);
    assert_int_equal(watch.looked, FAKE_SAMPLES);
    assert_int_equal(watch.told, FAKE_SAMPLES);
    assert_int_equal(watch.on_pool, 0);
    assert_int_equal(fake.holds, 0);
}

/* Had it been looked at on the loop, the loop could not have turned meanwhile. */
static void test_the_loop_turns_while_a_long_one_is_looked_at(void **state)
{
    (void)state;
    watch_init(LONG);
    watch_run(NULL);
    assert_int_equal(watch.code, 0);
    assert_int_equal(watch.on_pool, FAKE_SAMPLES);
    assert_int_equal(watch.told, FAKE_SAMPLES);
    assert_int_equal(fake.holds, FAKE_SAMPLES);
    assert_int_equal(watch.least_turns, TURNS);
    /* Two lanes; each in the order in which it came. */
    static const size_t expected[] = {0, 1, 2, 3};
    assert_memory_equal(watch.order, expected, sizeof expected);
}

/* A short answer that is held against a long one is much to look at, too; and one that comes while another is
 * looked at waits for its turn, however short. */
static void test_what_it_is_held_against_counts(void **state)
{
    (void)state;
    struct answer answers[FAKE_SAMPLES] = {{.out.length = LONG}};
    const struct reference reference = {.answers = answers, .count = FAKE_SAMPLES};
    watch_init(0);
    watch_run(&reference);
    assert_int_equal(watch.code, 0);
    assert_int_equal(watch.on_pool, 1);
    assert_int_equal(watch.looked, FAKE_SAMPLES);
    assert_int_equal(fake.holds, 2); /* the long one, and that of the other lane */
}

static void test_stopping_behind_each_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * FAKE_SAMPLES; i++) {
        watch_init(i % 2 ? LONG : 0);
        watch.stop_at = i / 2 + 1;
        watch_run(NULL);
        assert_int_equal(watch.code, 0);
        assert_int_equal(watch.looked, watch.stop_at);
    }
}

static void test_cancelling_at_each_answer(void **state)
{
    (void)state;
    for (size_t at = 1; at <= FAKE_SAMPLES; at++) {
        watch_init(LONG);
        watch.cancel_at = at;
        watch_run(NULL);
        assert_int_equal(watch.code, ERR_CANCELLED);
        assert_int_equal(watch.looked, at);
        for (int is_long = 0; is_long < 2; is_long++) {
            watch_init(is_long ? LONG : 0);
            watch.cancel_for = at;
            watch_run(NULL);
            assert_int_equal(watch.code, ERR_CANCELLED);
            assert_int_equal(watch.looked, at);
        }
    }
}

/* What is looked at when the other lane fails is looked at to its end; then the failure is told. */
static void test_a_lane_fails_while_another_holds(void **state)
{
    (void)state;
    for (size_t answer = 1; answer <= FAKE_SAMPLES; answer++) {
        watch_init(LONG);
        fake.fail_answer = answer;
        watch_run(NULL);
        assert_int_equal(watch.code, ERR_SYSTEM);
        assert_true(watch.looked <= answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_answers_are_looked_at_at_once),
        cmocka_unit_test(test_the_loop_turns_while_a_long_one_is_looked_at),
        cmocka_unit_test(test_what_it_is_held_against_counts),
        cmocka_unit_test(test_stopping_behind_each_answer),
        cmocka_unit_test(test_cancelling_at_each_answer),
        cmocka_unit_test(test_a_lane_fails_while_another_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
