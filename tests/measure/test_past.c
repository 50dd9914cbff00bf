/* A measurement gives each pair away before the next run, and goes on from pairs that it is given. */
#include "tests/measure/same.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/measure/measure.h"
#include "workloads/measure/method.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS_MOST 128

struct keeper {
    struct pair_record records[RECORDS_MOST];
    size_t count;
    size_t fail_at; /* record that can't be kept, from 1; 0: none */
    bool cancel;    /* the measurement, while that one is being kept */
    uv_timer_t timer;
    struct measure *measure; /* in flight */
    struct measurement measurement;
    int calls, code;
    char said[512]; /* all that progress said, cut */
};

static void keeper_done(struct measurement *measurement, const struct err *err, void *data)
{
    struct keeper *keeper = data;
    keeper->calls++;
    keeper->code = err ? err->code : 0;
    keeper->measurement = *measurement;
    *measurement = (struct measurement){0};
}

static void keeper_on_timer(uv_timer_t *timer)
{
    struct keeper *keeper = timer->data;
    struct err err = {0};
    if (keeper->count == keeper->fail_at && !keeper->cancel)
        (void)err_set(&err, ERR_SYSTEM, "the disk is full");
    assert_int_equal(fake.flying, 0); /* nothing is timed while a pair is kept */
    measure_go_on(keeper->measure, &err);
}

static void keeper_take(const struct pair_record *record, void *data)
{
    struct keeper *keeper = data;
    assert_true(keeper->count < RECORDS_MOST);
    keeper->records[keeper->count] = *record;
    if (++keeper->count == keeper->fail_at && keeper->cancel)
        measure_cancel(keeper->measure);
    uv_timer_start(&keeper->timer, keeper_on_timer, 1, 0);
}

static void keeper_hear(const struct measurement *sofar, const char *what, void *data)
{
    struct keeper *keeper = data;
    size_t used = strlen(keeper->said);
    (void)sofar;
    (void)snprintf(keeper->said + used, sizeof keeper->said - used, "%s\n", what);
}

static void keeper_close(uv_handle_t *handle)
{
    (void)handle;
}

static struct measure_input input_of(struct fake_scene *scene, struct reference *reference,
                                     struct keeper *keeper, const struct measure_past *past)
{
    struct measure_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = &scene->candidate,
        .reference = reference,
        .contract = scene->contract,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .time_budget_s = 60,
        .weight_share = 1,
        .sample_seconds = 0.02,
        .family_size = 1,
        .false_discovery_rate = 0.1,
        .past = past,
        .pair_ended = keeper_take,
        .progress = keeper_hear,
        .done = keeper_done,
        .data = keeper,
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        input.guardrail_delta[metric] = metric == METRIC_WALL ? 0.05 : -1;
    return input;
}

/* One evaluation that goes on from `past`; settled ones run nothing. */
static bool keeper_run(struct keeper *keeper, const struct measure_past *past,
                       void (*answer)(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                                      struct figures *))
{
    struct fake_scene scene;
    struct err err = {0};
    fake_scene_init(&scene);
    fake.answer = answer;
    struct reference reference = fake_reference(&scene.base, FAKE_SAMPLES);
    struct measure_input input = input_of(&scene, &reference, keeper, past);
    uv_timer_init(&scene.loop, &keeper->timer);
    keeper->timer.data = keeper;
    bool settled = measure_is_settled(&input, &keeper->measurement);
    if (settled) {
        assert_int_equal(fake.starts, 0);
    } else {
        assert_int_equal(measure_start(&keeper->measure, &input, &err), 0);
        uv_run(&scene.loop, UV_RUN_DEFAULT);
        assert_int_equal(keeper->calls, 1);
    }
    uv_close((uv_handle_t *)&keeper->timer, keeper_close);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    reference_fini(&reference);
    fake_scene_fini(&scene);
    return settled;
}

static void past_of(struct measure_past *past, const struct keeper *keeper, size_t count)
{
    *past = (struct measure_past){0};
    for (size_t i = 0; i < count; i++)
        measure_past_add(past, &keeper->records[i]);
    past->from.evaluation = memory_copy_string("0123456789ab");
    past->from.at = memory_copy_string("2026-03-01T10:00:00.000Z");
}

static void figures_set(struct figures *figures, double seconds, double gain)
{
    double ripple = exp(0.01 * sin((double)fake.answers * 1.7));
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        figures->value[metric] = -1;
    figures->value[METRIC_CPU] = seconds * (1 - gain) * ripple;
    figures->value[METRIC_WALL] = 1.1 * seconds * (1 - gain) * ripple;
}

static void answer_gain(struct fake *self, const struct arm *arm, size_t index, size_t count,
                        struct answer *answer, struct figures *figures)
{
    (void)self, (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    answer->leftovers = arm->side == ARM_CANDIDATE;
    figures_set(figures, 0.02 * (double)(index + 1), arm->side == ARM_BASE ? 0 : 0.25);
}

static void answer_nothing(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    figures_set(figures, 0.02, 0);
}

static void answer_no_cpu(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    figures->value[METRIC_CPU] = -1;
}

static void test_every_pair_is_given_away(void **state)
{
    (void)state;
    struct keeper keeper = {0};
    keeper_run(&keeper, NULL, answer_gain);
    const struct measurement *measurement = &keeper.measurement;
    assert_int_equal(keeper.code, 0);
    assert_int_equal(keeper.count + measurement->metrics[0].size_pairs, measurement->pair_count);
    assert_int_equal(measurement->continues.pairs, 0);
    for (size_t i = 0; i < keeper.count; i++) {
        assert_memory_equal(&keeper.records[i].pair, &measurement->pairs[i], sizeof *measurement->pairs);
        assert_int_not_equal(measurement->pairs[i].phase, PHASE_SIZE);
        assert_true(i == 0 || keeper.records[i].seconds >= keeper.records[i - 1].seconds);
    }
    const struct pair_record *last = &keeper.records[keeper.count - 1];
    assert_int_equal(last->left_behind[ARM_CANDIDATE], last->answers[ARM_CANDIDATE]);
    assert_int_equal(last->block, measurement->block);
    measurement_fini(&keeper.measurement);
}

/* Cut behind each pair: what was there stays first, what is missing is added, and the end is the same. */
static void test_it_goes_on_from_every_cut(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_gain, answer_nothing};
    for (size_t a = 0; a < 2; a++) {
        struct keeper whole = {0};
        keeper_run(&whole, NULL, answers[a]);
        for (size_t cut = 1; cut <= whole.count; cut++) {
            struct keeper keeper = {0};
            struct measure_past past;
            past_of(&past, &whole, cut);
            assert_int_equal(keeper_run(&keeper, &past, answers[a]), a == 1 && cut == whole.count);
            struct measurement *measurement = &keeper.measurement;
            assert_int_equal(measurement->continues.pairs, cut);
            assert_string_equal(measurement->continues.evaluation, "0123456789ab");
            assert_memory_equal(measurement->pairs, whole.measurement.pairs, cut * sizeof(struct pair));
            assert_int_equal(keeper.count + measurement->metrics[0].size_pairs,
                             measurement->pair_count - cut);
            assert_int_equal(measurement->metrics[0].outcome, whole.measurement.metrics[0].outcome);
            assert_string_equal(measurement->stopped, whole.measurement.stopped);
            assert_int_equal(measurement->metrics[0].size_pairs, whole.measurement.metrics[0].size_pairs);
            assert_int_equal(measurement->stratum_count, whole.measurement.stratum_count);
            if (a == 0) {
                assert_int_equal(measurement->strata[0].pair_count, measure_method.size_pairs);
                assert_int_equal(measurement->left_behind[ARM_BASE], 0);
                assert_int_equal(measurement->left_behind[ARM_CANDIDATE],
                                 measurement->answers[ARM_CANDIDATE]);
            }
            assert_true(measurement->seconds >= past.last.seconds);
            if (a == 1 && cut == whole.count)
                same_rows(measurement, &whole.measurement);
            measurement_fini(measurement);
            measure_past_fini(&past);
        }
        measurement_fini(&whole.measurement);
    }
}

/* While a pair is being kept, an error and a Ctrl-C end the measurement; the pair is there. */
static void test_keeping_can_fail_and_be_cancelled(void **state)
{
    (void)state;
    for (int cancel = 0; cancel < 2; cancel++) {
        for (size_t at = 1; at <= 10; at += 3) {
            struct keeper keeper = {.fail_at = at, .cancel = cancel};
            keeper_run(&keeper, NULL, answer_gain);
            assert_int_equal(keeper.code, cancel ? ERR_CANCELLED : ERR_SYSTEM);
            assert_int_equal(keeper.count, at);
            assert_int_equal(keeper.measurement.pair_count, at);
            measurement_fini(&keeper.measurement);
        }
    }
}

/* A machine that gives no figure leaves no pair behind that would keep a better one from deciding. */
static void test_what_has_no_figure_is_not_kept(void **state)
{
    (void)state;
    struct keeper keeper = {0};
    keeper_run(&keeper, NULL, answer_no_cpu);
    assert_int_equal(keeper.measurement.pair_count, 1);
    assert_int_equal(keeper.count, 0);
    measurement_fini(&keeper.measurement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_is_given_away),
        cmocka_unit_test(test_it_goes_on_from_every_cut),
        cmocka_unit_test(test_keeping_can_fail_and_be_cancelled),
        cmocka_unit_test(test_what_has_no_figure_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
