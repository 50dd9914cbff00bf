#include "tests/measure/measuring.h"

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

static void outcome_take(struct measurement *measurement, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->calls++;
    outcome->measure = NULL;
    outcome->code = err ? err->code : 0;
    snprintf(outcome->message, sizeof outcome->message, "%.255s", err ? err->message : "");
    outcome->measurement = *measurement;
    *measurement = (struct measurement){0};
}

static void outcome_hear(const struct measurement *sofar, const char *what, void *data)
{
    struct outcome *outcome = data;
    if (strncmp(what, "at this noise", 13) == 0)
        snprintf(outcome->said, sizeof outcome->said, "%.500s", what);
    assert_true(sofar->seconds >= 0);
}

struct outcome measure_run(struct fake_scene *scene, struct knobs knobs)
{
    struct outcome outcome = {0};
    struct reference reference = fake_reference(&scene->base, FAKE_SAMPLES);
    struct measure_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = knobs.noise_only ? NULL : &scene->candidate,
        .reference = knobs.watch ? NULL : &reference,
        .contract = knobs.watch ? NULL : scene->contract,
        .watch = knobs.watch,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .guardrail_delta = {-1, 0.05, 0.05, -1, -1, -1, -1, -1},
        .weight_share = knobs.weight_share > 0 ? knobs.weight_share : 1,
        .time_budget_s = knobs.time_budget_s ? knobs.time_budget_s : 60,
        .sample_seconds = 0.02,
        .family_size = 1,
        .false_discovery_rate = 0.1,
        .progress = outcome_hear,
        .done = outcome_take,
        .data = &outcome,
    };
    struct err err = {0};
    scene->workload.block_s = knobs.block_s;
    scene->workload.cache = knobs.cache;
    fake.data = &outcome;
    if (measure_start(&outcome.measure, &input, &err) == 0) {
        assert_int_equal(outcome.calls, 0);
        uv_run(&scene->loop, UV_RUN_DEFAULT);
        assert_int_equal(outcome.calls, 1);
    } else {
        outcome.code = err.code;
        snprintf(outcome.message, sizeof outcome.message, "%.255s", err.message);
    }
    reference_fini(&reference);
    return outcome;
}

void figures_set(struct figures *figures, const struct fake *self, double seconds, double gain)
{
    double ripple = exp(0.01 * sin((double)self->answers * 1.7));
    figures->value[METRIC_CPU] = seconds * (1 - gain) * ripple;
    figures->value[METRIC_WALL] = 1.1 * seconds * (1 - gain) * ripple;
    figures->value[METRIC_PEAK_MEMORY] = 4e6;
}

void answer_gain(struct fake *self, const struct arm *arm, size_t index, size_t count, struct answer *answer,
                 struct figures *figures)
{
    (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    double gain = arm->side == ARM_BASE ? 0 : index == 3 ? -0.5 : 0.25;
    figures_set(figures, self, 0.02 * (double)(index + 1), gain);
}

void answer_nothing(struct fake *self, const struct arm *arm, size_t index, size_t count,
                    struct answer *answer, struct figures *figures)
{
    (void)arm, (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    figures_set(figures, self, 0.02, 0);
}

void answer_turns_wrong(struct fake *self, const struct arm *arm, size_t index, size_t count,
                        struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && self->answers > 20)
        fake_say(answer, "{\"v\":77}");
}
