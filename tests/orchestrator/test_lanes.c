/*
 * Evaluations side by side, with evaluations of our own: those in this file stand in for the real ones, which
 * are never linked. Each prepares for a moment, waits for its turn, measures for a moment and ends.
 */
#include "orchestrator/lanes.h"

#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOTAL 7

enum fake_state { FAKE_PREPARES, FAKE_WAITS, FAKE_MEASURES, FAKE_ENDS };

struct scene; /* one test's */

struct evaluation {
    struct evaluation_input input;
    uv_timer_t timer;
    struct scene *scene;
    enum fake_state state;
    bool cancelled;
};

enum moment { NEVER, WHEN_FILLING, WHEN_ASKING, WHEN_MEASURING };

struct scene {
    uv_loop_t loop;
    struct token *token;
    struct lanes *lanes;
    char state[64];               /* folder of the token */
    enum moment cancel_at;        /* lanes_cancel() is called then */
    size_t fail_at;               /* index at which `next` fails; SIZE_MAX: never */
    size_t next;                  /* evaluations handed out */
    size_t started, ended, freed; /* evaluations */
    size_t busy;                  /* evaluations that do something */
    size_t measured[TOTAL];       /* indexes, in the order of their measurements */
    size_t waited[TOTAL];         /* likewise in the order in which they came to wait */
    size_t measured_count;
    size_t waited_count;
    bool hold;          /* each end is held for a moment */
    size_t held;        /* ends that are */
    uv_timer_t release; /* of those */
    struct lock other;  /* another's measuring lock */
    size_t done;        /* calls */
    struct err err;     /* of the last */
};

static size_t fake_index(const struct evaluation *evaluation)
{
    return (size_t)(uintptr_t)evaluation->input.claim; /* the claim is never looked at */
}

static void fake_on_closed(uv_handle_t *handle)
{
    struct evaluation *evaluation = handle->data;
    struct err err = {0};
    if (evaluation->cancelled)
        (void)err_set(&err, ERR_CANCELLED, "cancelled");
    evaluation->input.done(evaluation, &err, evaluation->input.data);
}

static void fake_on_timer(uv_timer_t *timer)
{
    struct evaluation *evaluation = timer->data;
    struct scene *scene = evaluation->scene;
    scene->busy--;
    if (evaluation->state == FAKE_PREPARES && !evaluation->cancelled) {
        evaluation->state = FAKE_WAITS;
        scene->waited[scene->waited_count++] = fake_index(evaluation);
        evaluation->input.await_turn(evaluation, evaluation->input.data);
        return;
    }
    evaluation->state = FAKE_ENDS;
    uv_close((uv_handle_t *)timer, fake_on_closed);
}

static void fake_work(struct evaluation *evaluation)
{
    evaluation->scene->busy++;
    uv_timer_start(&evaluation->timer, fake_on_timer, 1 + fake_index(evaluation) % 3, 0);
}

static struct scene *scene_of_fakes;

struct evaluation *evaluation_start(const struct evaluation_input *input)
{
    struct evaluation *evaluation = MEMORY_NEW(struct evaluation);
    evaluation->input = *input;
    evaluation->scene = scene_of_fakes;
    uv_timer_init(input->loop, &evaluation->timer);
    evaluation->timer.data = evaluation;
    evaluation->scene->started++;
    fake_work(evaluation);
    assert_true(evaluation->scene->busy <= input->lanes);
    assert_true(input->lane < input->places);
    return evaluation;
}

void evaluation_cancel(struct evaluation *evaluation, const char *reason)
{
    assert_non_null(reason);
    if (evaluation->cancelled || evaluation->state == FAKE_ENDS)
        return;
    evaluation->cancelled = true;
    if (evaluation->state == FAKE_WAITS)
        fake_work(evaluation);
}

void evaluation_take_turn(struct evaluation *evaluation)
{
    struct scene *scene = evaluation->scene;
    if (evaluation->cancelled)
        return;
    assert_int_equal(evaluation->state, FAKE_WAITS);
    assert_int_equal(scene->busy, 0); /* nothing else runs */
    assert_int_equal(scene->held, 0);
    evaluation->state = FAKE_MEASURES;
    scene->measured[scene->measured_count++] = fake_index(evaluation);
    fake_work(evaluation);
    if (scene->cancel_at == WHEN_MEASURING)
        lanes_cancel(scene->lanes, "enough");
}

void evaluation_free(struct evaluation *evaluation)
{
    evaluation->scene->freed++;
    free(evaluation);
}

static int scene_next(void *data, struct evaluation_input *input, void **candidate, struct err *err)
{
    struct scene *scene = data;
    assert_true(scene->measured_count == scene->ended); /* none measures */
    if (scene->next == scene->fail_at)
        return err_set(err, ERR_SYSTEM, "no more to be had");
    if (scene->next == TOTAL)
        return 0;
    input->claim = (const struct claim *)(uintptr_t)scene->next++;
    *candidate = scene;
    return 1;
}

static void scene_on_release(uv_timer_t *timer)
{
    struct scene *scene = timer->data;
    for (; scene->held > 0; scene->held--)
        lanes_release(scene->lanes);
}

static void scene_ended(void *data, void *candidate, struct evaluation *evaluation, const struct err *err)
{
    struct scene *scene = data;
    assert_ptr_equal(candidate, scene);
    assert_true(err->code == 0 || err->code == ERR_CANCELLED);
    assert_true(evaluation->state == FAKE_ENDS);
    scene->ended++;
    if (!scene->hold)
        return;
    scene->held++;
    lanes_hold(scene->lanes);
    uv_timer_start(&scene->release, scene_on_release, 5, 0);
}

static void scene_on_token_closed(void *data)
{
    struct scene *scene = data;
    scene->token = NULL;
}

static void scene_done(void *data, const struct err *err)
{
    struct scene *scene = data;
    scene->done++;
    scene->err = *err;
    assert_int_equal(scene->held, 0);
    uv_close((uv_handle_t *)&scene->release, NULL);
    token_close(scene->token, scene_on_token_closed, scene);
}

/* Somebody else measures: told while the lanes ask. */
static void scene_on_held(void *data, const struct lock_owner *holder)
{
    struct scene *scene = data;
    (void)holder;
    if (scene->cancel_at == WHEN_ASKING)
        lanes_cancel(scene->lanes, "enough");
}

static void scene_on_cancel(uv_timer_t *timer)
{
    struct scene *scene = timer->data;
    uv_close((uv_handle_t *)timer, NULL);
    assert_int_equal(scene->waited_count, 0); /* all prepare */
    lanes_cancel(scene->lanes, "enough");
}

static void scene_open(struct scene *scene)
{
    *scene = (struct scene){.fail_at = SIZE_MAX, .other = LOCK_NONE};
    snprintf(scene->state, sizeof scene->state, "/tmp/cupel-lanes-XXXXXX");
    assert_non_null(mkdtemp(scene->state));
    uv_loop_init(&scene->loop);
    uv_timer_init(&scene->loop, &scene->release);
    scene->release.data = scene;
    scene_of_fakes = scene;
}

static void scene_run(struct scene *scene, const char *token_folder)
{
    uv_timer_t at_once;
    const struct lanes_input input = {.loop = &scene->loop,
                                      .active = 2,
                                      .alive = 5,
                                      .next = scene_next,
                                      .ended = scene_ended,
                                      .done = scene_done,
                                      .data = scene};
    struct lanes_input mine = input;
    scene->token = mine.token = token_open(&scene->loop, token_folder, "test");
    token_watch(scene->token, scene_on_held, scene);
    scene->lanes = lanes_start(&mine);
    if (scene->cancel_at == WHEN_FILLING) {
        uv_timer_init(&scene->loop, &at_once);
        at_once.data = scene;
        uv_timer_start(&at_once, scene_on_cancel, 0, 0);
    }
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    assert_int_equal(scene->done, 1);
    assert_null(scene->token);
    assert_int_equal(scene->ended, scene->started);
    assert_int_equal(scene->freed, scene->started);
    assert_int_equal(scene->busy, 0);
}

static void scene_close(struct scene *scene)
{
    struct err err = {0};
    lock_release(&scene->other);
    assert_int_equal(folder_remove(scene->state, &err), 0);
}

static void measurements_come_in_the_order_of_waiting(void **state)
{
    (void)state;
    for (int hold = 0; hold < 2; hold++) {
        struct scene scene;
        scene_open(&scene);
        scene.hold = hold;
        scene_run(&scene, scene.state);
        assert_int_equal(scene.err.code, 0);
        assert_int_equal(scene.measured_count, TOTAL);
        assert_memory_equal(scene.measured, scene.waited, sizeof scene.waited);
        scene_close(&scene);
    }
}

static void cancelled_whenever_it_ends_once(void **state)
{
    static const struct {
        enum moment moment;
        size_t started, measured;
    } rows[] = {{WHEN_FILLING, 2, 0}, {WHEN_ASKING, 5, 0}, {WHEN_MEASURING, 5, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        struct lock_owner holder;
        struct err err = {0};
        scene_open(&scene);
        char *path = memory_format("%s/measuring.lock", scene.state);
        if (rows[i].moment == WHEN_ASKING)
            assert_int_equal(lock_try(&scene.other, path, "another", &holder, &err), 0);
        scene.cancel_at = rows[i].moment;
        scene_run(&scene, scene.state);
        assert_int_equal(scene.err.code, ERR_CANCELLED);
        assert_int_equal(scene.started, rows[i].started);
        assert_int_equal(scene.measured_count, rows[i].measured);
        lock_release(&scene.other); /* nobody kept the token */
        assert_int_equal(lock_try(&scene.other, path, "test", &holder, &err), 0);
        free(path);
        scene_close(&scene);
    }
}

static void what_runs_comes_to_its_end_when_next_fails(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene);
    scene.fail_at = 3;
    scene_run(&scene, scene.state);
    assert_int_equal(scene.err.code, ERR_SYSTEM);
    assert_string_equal(scene.err.message, "no more to be had");
    assert_int_equal(scene.measured_count, 3);
    scene_close(&scene);
}

static void failing_tokens_are_told(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene);
    scene_run(&scene, "/proc/nowhere");
    assert_int_equal(scene.err.code, ERR_SYSTEM);
    assert_non_null(strstr(scene.err.message, "/proc/nowhere"));
    assert_int_equal(scene.measured_count, 0);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurements_come_in_the_order_of_waiting),
        cmocka_unit_test(cancelled_whenever_it_ends_once),
        cmocka_unit_test(what_runs_comes_to_its_end_when_next_fails),
        cmocka_unit_test(failing_tokens_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
