#include "tests/workloads/checked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void checked_copy(char out[static 256], const char *sentence)
{
    snprintf(out, 256, "%.255s", sentence ? sentence : "");
}

static void checked_on_done(struct check_result *result, const struct err *err, void *data)
{
    struct checked *outcome = data;
    outcome->calls++;
    outcome->check = NULL;
    outcome->code = err ? err->code : 0;
    checked_copy(outcome->message, err ? err->message : NULL);
    outcome->base_unusable = result->base_unusable;
    checked_copy(outcome->problem, result->base_problem);
    checked_copy(outcome->start_problem, result->start_problem);
    outcome->reference = result->reference;
    result->reference = (struct reference){0};
}

struct checked checked_run_with(struct fake_scene *scene, bool with_candidate, const struct reference *known)
{
    struct checked outcome = {0};
    struct check_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = with_candidate ? &scene->candidate : NULL,
        .known = known,
        .contract = scene->contract,
        .done = checked_on_done,
        .data = &outcome,
    };
    struct err err = {0};
    fake.data = &outcome;
    if (check_start(&outcome.check, &input, &err) < 0) {
        outcome.code = err.code;
        checked_copy(outcome.message, err.message);
        return outcome;
    }
    assert_int_equal(outcome.calls, 0);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(outcome.calls, 1);
    return outcome;
}

struct checked checked_run(struct fake_scene *scene, bool with_candidate)
{
    return checked_run_with(scene, with_candidate, NULL);
}

void checked_answer_steady(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%zu}", index);
}

void checked_answer_wrong_always(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                 struct answer *answer, struct figures *figures)
{
    (void)self, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%d}", arm->side == ARM_CANDIDATE && index == 1 ? 77 : 5);
}
