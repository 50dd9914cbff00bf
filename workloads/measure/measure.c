/*
 * A warm-up of each arm is thrown away; then the plan says which pair comes next, from the pairs so far,
 * until it says stop. Coins and seeds come from the kernel and are stored with their pair.
 *
 * Every timed answer is held against the reference. A candidate's difference is asked again once its pair is
 * over, on both arms, before it counts; a base's difference teaches noise, or ends the measurement when it is
 * more than noise. A pair is kept as it was run, whatever its answers: it is never run again. The sandbox's
 * failures are errors.
 *
 * A pair is kept before the next run begins, so that nothing is written while something is timed.
 *
 * Exactly one round, retry, review of what waits or keeping is in flight; cancelling cancels a round or retry
 * and awaits the others, and its callback ends the measurement.
 */
#include "workloads/measure/measure.h"

#include "base/cleanup.h"
#include "base/machine.h"
#include "base/memory.h"
#include "workloads/measure/doubts.h"
#include "workloads/measure/round.h"
#include "workloads/measure/sizing.h"
#include "workloads/measure/terms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 *   warm-up ──► pair ⇄ keeping ⇄ again
 *      ├────────►│                  │
 *      └──► again└──────────────────┴──► done        (each may end it; again: as often as some wait)
 */
enum { MEASURE_WARM_UP, MEASURE_PAIR, MEASURE_KEEPING, MEASURE_AGAIN, MEASURE_DONE, MEASURE_STATES };

static const struct machine_state measure_states[MEASURE_STATES] = {
    [MEASURE_WARM_UP] = {"warm-up",
                         MACHINE_TO(MEASURE_WARM_UP) | MACHINE_TO(MEASURE_PAIR) | MACHINE_TO(MEASURE_AGAIN) |
                             MACHINE_TO(MEASURE_DONE),
                         "warming up"},
    [MEASURE_PAIR] = {"pair",
                      MACHINE_TO(MEASURE_PAIR) | MACHINE_TO(MEASURE_KEEPING) | MACHINE_TO(MEASURE_AGAIN) |
                          MACHINE_TO(MEASURE_DONE),
                      "measuring"},
    [MEASURE_KEEPING] = {"keeping",
                         MACHINE_TO(MEASURE_PAIR) | MACHINE_TO(MEASURE_AGAIN) | MACHINE_TO(MEASURE_DONE),
                         "keeping the pair"},
    [MEASURE_AGAIN] = {"again",
                       MACHINE_TO(MEASURE_AGAIN) | MACHINE_TO(MEASURE_WARM_UP) | MACHINE_TO(MEASURE_PAIR) |
                           MACHINE_TO(MEASURE_DONE),
                       "asking both again before a break is declared"},
    [MEASURE_DONE] = {"done", MACHINE_FINAL, "measured"},
};

struct measure {
    struct measure_input input;
    struct machine machine;
    struct plan plan;
    struct sizing sizing;
    struct measurement measurement; /* handed to `done` */
    size_t pair_capacity;
    uint64_t start_ns;
    double before_s;           /* spent by earlier evaluations */
    struct round *round;       /* in flight, or NULL */
    struct check_retry *retry; /* in flight, or NULL */
    struct block block;        /* of the round */
    struct pair pair;          /* of the round; what it was drawn as */
    bool warm;                 /* the warm-up is over */
    struct doubts doubts;      /* answers of the round that wait to be asked again */
    bool cut;                  /* a round ended early: nothing follows it */
    bool cancelled;
    struct err err;
};

static void measure_free(struct measure *measure)
{
    doubts_fini(&measure->doubts);
    block_fini(&measure->block);
    sizing_fini(&measure->sizing);
    measurement_fini(&measure->measurement);
    free(measure);
}

static double measure_seconds(const struct measure *measure)
{
    return measure->before_s + (double)(uv_hrtime() - measure->start_ns) / 1e9;
}

static void measure_tally(struct measure *measure)
{
    tally_fill(&measure->plan, &measure->measurement);
    sizing_fill(&measure->sizing, measure->plan.minimum_improvement, measure->plan.regression_threshold,
                &measure->measurement);
}

static void measure_finish(struct measure *measure)
{
    struct measurement *measurement = &measure->measurement;
    machine_move(&measure->machine, MEASURE_DONE);
    measurement->seconds = measure_seconds(measure);
    measure_tally(measure);
    measure->input.done(measurement, measure->err.code ? &measure->err : NULL, measure->input.data);
    measure_free(measure);
}

static void measure_tell_progress(struct measure *measure, const char *what)
{
    measure->measurement.seconds = measure_seconds(measure);
    if (measure->input.progress)
        measure->input.progress(&measure->measurement, what, measure->input.data);
}

/* Said once, before the time is spent. */
static void measure_tell_feasibility(struct measure *measure)
{
    measure->measurement.seconds = measure_seconds(measure);
    tally_fill(&measure->plan, &measure->measurement);
    if (measure->plan.noise_only)
        return;
    cleanup_free char *words = terms_feasibility(&measure->input, &measure->measurement);
    if (measure->input.announce)
        measure->input.announce(words, measure->input.data);
    else
        measure_tell_progress(measure, words);
}

static void measure_stop(struct measure *measure, char *sentence)
{
    if (measure->measurement.stopped)
        free(sentence);
    else
        measure->measurement.stopped = sentence;
}

static struct doubts_scope measure_scope(const struct measure *measure)
{
    return (struct doubts_scope){measure->input.contract, measure->input.reference, measure->input.samples};
}

/* Ends the measurement where there is a sentence (taken over) that says why; is it to go on? */
static bool measure_goes_on(struct measure *measure, bool *ended_by, char *sentence)
{
    if (!sentence)
        return true;
    *ended_by = true;
    measure_stop(measure, sentence);
    return false;
}

static bool measure_check_base(struct measure *measure, size_t index, const struct answer *answer)
{
    const struct doubts_scope scope = measure_scope(measure);
    return measure_goes_on(measure, &measure->measurement.base_unstable,
                           doubts_learn_base(&scope, index, answer));
}

/* Answers that are held against nothing: whoever asked decides. */
static bool measure_watch(struct measure *measure, enum arm_side side, const struct answer *answer)
{
    return measure_goes_on(measure, &measure->measurement.contract_broken,
                           measure->input.watch(side, answer, measure->input.data));
}

static bool measure_is_sizing(const struct measure *measure)
{
    return measure->warm && measure->pair.phase == PHASE_SIZE;
}

static bool measure_on_answer(const struct round_step *step, size_t index, struct answer *answer,
                              const struct figures *figures, void *data)
{
    struct measure *measure = data;
    const char *id = measure->input.samples->items[index].id;
    enum arm_side side = step->arm->side;
    measure->measurement.answers[side]++;
    measure->measurement.left_behind[side] += answer->leftovers > 0;
    if (measure_is_sizing(measure))
        sizing_add(&measure->sizing, step, step->candidate, index,
                   figures->value[metric_of_request(measure->plan.primary)]);
    if (!measure->input.reference)
        return measure_watch(measure, side, answer);
    const struct answer *reference = &measure->input.reference->answers[index];
    if (answer_is_identical(reference, answer, measure->input.workload->compare_stderr))
        return true;
    if (side == ARM_BASE)
        return contract_compare_at(measure->input.contract, id, reference, answer) != CONTRACT_DIFFERENT ||
               measure_check_base(measure, index, answer);
    const struct doubts_scope scope = measure_scope(measure);
    return doubts_add(&measure->doubts, &scope, index, answer);
}

static void measure_on_round(const struct figures *totals, const struct err *err, void *data);

static int measure_start_round(struct measure *measure, struct round_step *steps, size_t count,
                               struct err *err)
{
    struct round_input input = {
        .context = measure->input.context,
        .workload = measure->input.workload,
        .samples = measure->input.samples,
        .block = &measure->block,
        .step_count = count,
        .reference = measure->input.reference,
        .on_answer = measure_on_answer,
        .on_done = measure_on_round,
        .data = measure,
    };
    memcpy(input.steps, steps, count * sizeof *steps);
    block_fini(&measure->block);
    sizing_draw(&measure->sizing, measure->measurement.block, measure->input.workload->cache,
                measure_is_sizing(measure), measure->pair.seed, &measure->block);
    return round_start(&measure->round, &input, err);
}

static int measure_warm_up(struct measure *measure, struct err *err)
{
    struct round_step steps[2] = {{measure->input.base, false}, {measure->input.candidate, true}};
    machine_move(&measure->machine, MEASURE_WARM_UP);
    measure_tell_progress(measure, machine_sentence(&measure->machine));
    if (round_draw(&measure->pair, err) < 0)
        return err->code;
    return measure_start_round(measure, steps, measure->plan.noise_only ? 1 : 2, err);
}

static int measure_run_pair(struct measure *measure, struct plan_action action, struct err *err)
{
    machine_move(&measure->machine, MEASURE_PAIR);
    measure_tell_progress(measure, terms_phase(action.phase));
    measure->pair = (struct pair){.phase = action.phase, .quad = action.quad};
    if (round_draw(&measure->pair, err) < 0)
        return err->code;
    bool noise = action.phase == PHASE_NOISE;
    struct round_step steps[ROUND_STEPS_MOST];
    size_t count = round_fill_steps(&measure->pair, measure->input.base,
                                    noise ? measure->input.base : measure->input.candidate, steps);
    return measure_start_round(measure, steps, count, err);
}

static void measure_on_retry(size_t broken, const char *unstable, const struct err *err, void *data);

static int measure_ask_again(struct measure *measure, struct err *err)
{
    const struct check_retry_input input = {
        .context = measure->input.context,
        .workload = measure->input.workload,
        .samples = measure->input.samples,
        .base = measure->input.base,
        .candidate = measure->input.candidate,
        .contract = measure->input.contract,
        .reference = measure->input.reference,
        .done = measure_on_retry,
        .data = measure,
    };
    machine_move(&measure->machine, MEASURE_AGAIN);
    measure_tell_progress(measure, machine_sentence(&measure->machine));
    return doubts_ask_again(&measure->doubts, &measure->retry, &input, err);
}

/* What comes next, from what is known; the only place that starts or ends anything. */
static void measure_tick(struct measure *measure)
{
    int code = 0;
    struct plan_action action = {0};
    if (measure->cancelled && measure->err.code == 0)
        err_set(&measure->err, ERR_CANCELLED, "cancelled");
    if (measure->err.code == 0 && !measure->measurement.stopped &&
        doubts_are_hopeless(&measure->doubts, measure->cut)) {
        measure->measurement.base_unstable = true;
        measure_stop(measure, memory_copy_string(DOUBTS_HOPELESS));
    }
    if (measure->err.code || measure->measurement.stopped) {
        measure_finish(measure);
        return;
    }
    if (measure->doubts.count == 0 && measure->warm)
        action = plan_next(&measure->plan, measure->measurement.pairs, measure->measurement.pair_count,
                           measure_seconds(measure));
    if (action.reason != PLAN_GOES_ON) {
        measure_stop(measure, terms_reason(&measure->input, &measure->measurement, action.reason));
        measure_finish(measure);
        return;
    }
    if (measure->doubts.count > 0)
        code = measure_ask_again(measure, &measure->err);
    else if (!measure->warm)
        code = measure_warm_up(measure, &measure->err);
    else
        code = measure_run_pair(measure, action, &measure->err);
    if (code < 0)
        measure_finish(measure);
}

static void measure_keep_pair(struct measure *measure, const struct figures *totals)
{
    struct measurement *measurement = &measure->measurement;
    MEMORY_GROW(measurement->pairs, measurement->pair_count, measure->pair_capacity);
    measure->pair.base = totals[0];
    measure->pair.candidate = totals[1];
    measurement->pairs[measurement->pair_count++] = measure->pair;
    if (measure_is_sizing(measure))
        sizing_keep(&measure->sizing);
    measurement->pair_seconds = measure_seconds(measure) / (double)measurement->pair_count;
    if (measurement->pair_count == measure_method.noise_pairs)
        measure_tell_feasibility(measure);
}

/* True when the next step waits for measure_go_on(). Size pairs are fresh in each evaluation. */
static bool measure_tell_pair(struct measure *measure)
{
    struct pair_record record;
    if (!measure->input.pair_ended || measure->pair.phase == PHASE_SIZE ||
        isnan(plan_effect(&measure->pair, measure->plan.primary)))
        return false;
    measure->measurement.seconds = measure_seconds(measure);
    pair_record_fill(&record, &measure->measurement);
    machine_move(&measure->machine, MEASURE_KEEPING);
    measure->input.pair_ended(&record, measure->input.data);
    return true;
}

static void measure_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct measure *measure = data;
    measure->round = NULL;
    if (err)
        measure->err = *err;
    measure->cut = totals == NULL;
    if (!measure->warm)
        terms_fit_block(&measure->input, totals, &measure->measurement);
    if (totals && measure->warm)
        measure_keep_pair(measure, totals);
    else if (measure_is_sizing(measure))
        sizing_drop(&measure->sizing);
    bool paired = totals && measure->warm;
    measure->warm = measure->warm || totals;
    if (!paired || !measure_tell_pair(measure))
        measure_tick(measure);
}

static void measure_on_reviewed(void *data)
{
    measure_tick(data);
}

static void measure_on_retry(size_t broken, const char *unstable, const struct err *err, void *data)
{
    struct measure *measure = data;
    measure->retry = NULL;
    if (err)
        measure->err = *err;
    if (unstable) {
        measure->measurement.base_unstable = true;
        measure_stop(measure, memory_copy_string(unstable));
    } else if (broken > 0) {
        measure->measurement.contract_broken = true;
        measure_stop(measure, memory_copy_string("an answer of a timed run differs from the base's"));
    }
    const struct doubts_scope scope = measure_scope(measure);
    if (doubts_review(&measure->doubts, &scope, measure->input.context->loop, measure_on_reviewed, measure))
        measure_tick(measure);
}

static struct measure *measure_new(const struct measure_input *input)
{
    struct measure *measure = MEMORY_NEW(struct measure);
    measure->input = *input;
    measure->plan = terms_plan(input);
    machine_init(&measure->machine, measure_states, MEASURE_STATES, MEASURE_WARM_UP);
    sizing_init(&measure->sizing, input->samples);
    measure->plan.held_out = input->samples->held_out_count > 0;
    measure->measurement.block = block_size(input->workload->block_s, input->sample_seconds);
    terms_fit_block(input, NULL, &measure->measurement);
    measure->start_ns = uv_hrtime();
    if (input->past && input->past->count > 0) {
        measure_past_take(input->past, &measure->measurement);
        measure->pair_capacity = measure->measurement.pair_count;
        measure->before_s = measure->measurement.seconds;
        measure->plan.time_budget_s += measure->before_s;
    }
    measure->input.past = NULL;
    return measure;
}

bool measure_is_settled(const struct measure_input *input, struct measurement *measurement)
{
    if (!input->past || input->past->count == 0)
        return false;
    struct measure *measure = measure_new(input);
    struct plan_action action = plan_next(&measure->plan, measure->measurement.pairs,
                                          measure->measurement.pair_count, measure->before_s);
    if (action.reason != PLAN_GOES_ON) {
        measure_tally(measure);
        measure_stop(measure, terms_reason(&measure->input, &measure->measurement, action.reason));
        *measurement = measure->measurement;
        measure->measurement = (struct measurement){0};
    }
    measure_free(measure);
    return action.reason != PLAN_GOES_ON;
}

int measure_start(struct measure **out, const struct measure_input *input, struct err *err)
{
    struct measure *measure = measure_new(input);
    if (measure->measurement.pair_count >= measure_method.noise_pairs)
        measure_tell_feasibility(measure);
    if (measure_warm_up(measure, err) < 0) {
        measure_free(measure);
        return err->code;
    }
    *out = measure;
    return 0;
}

void measure_go_on(struct measure *measure, const struct err *err)
{
    assert(measure->machine.state == MEASURE_KEEPING);
    if (err->code && measure->err.code == 0)
        measure->err = *err;
    measure_tick(measure);
}

void measure_cancel(struct measure *measure)
{
    measure->cancelled = true;
    if (measure->round)
        round_cancel(measure->round);
    else if (measure->retry)
        check_retry_cancel(measure->retry);
}
