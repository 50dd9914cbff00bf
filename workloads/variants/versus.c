/*
 * One run of the base and each variant is thrown away: that warms both, and says how long a pair takes, and
 * so how many pairs of how many variants the budget allows. Then pairs, one of each variant in turn.
 *
 * Every timed answer is held against the reference. A variant that answers otherwise than the base is another
 * program, whatever the noise: it loses its pairs, and the contract learns nothing from it. A base's
 * difference teaches noise, or ends everything with what there is when it is more than that. The sandbox's
 * failures are errors.
 *
 * Exactly one round is in flight; cancelling cancels it, and its callback ends the rest.
 */
#include "workloads/variants/versus.h"

#include "base/memory.h"
#include "workloads/measure/doubts.h"
#include "workloads/measure/round.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define VERSUS_NO_TIME  "the time budget has no room for its pairs"
#define VERSUS_OVERTIME 1.5 /* budgets, after which pairs end however they were planned */

struct versus {
    struct versus_input input;
    struct block_plan blocks;
    double seconds[VARIANTS_MOST]; /* of a variant's warm-up; negative: not yet */
    size_t passes;                 /* pairs of each; 0: not planned yet */
    size_t at;                     /* variant of the round */
    struct variant_pair pair;      /* of the round, as it was drawn */
    struct block block;            /* likewise */
    struct round *round;           /* in flight, or NULL */
    uint64_t start_ns, round_ns;   /* when all began, and the round */
    bool cancelled;
    char *stopped; /* why the base's answers end it, a sentence; owned; NULL: they don't */
    struct err err;
};

static double versus_elapsed(uint64_t since)
{
    return (double)(uv_hrtime() - since) / 1e9;
}

static struct variant *versus_variant(const struct versus *versus)
{
    return &versus->input.variants->items[versus->at];
}

static void versus_free(struct versus *versus)
{
    block_fini(&versus->block);
    block_plan_fini(&versus->blocks);
    free(versus->stopped);
    free(versus);
}

/* Too few pairs show nothing: the sentence says why there are no more. */
static void versus_finish(struct versus *versus)
{
    struct variants *variants = versus->input.variants;
    for (size_t i = 0; i < variants->count; i++)
        if (variants->items[i].pair_count < VARIANTS_PAIRS_LEAST)
            variant_drop(&variants->items[i],
                         memory_copy_string(versus->stopped ? versus->stopped : VERSUS_NO_TIME));
    variants_judge(variants);
    versus->input.done(versus->err.code ? &versus->err : NULL, versus->input.data);
    versus_free(versus);
}

static bool versus_check_base(struct versus *versus, size_t index, const struct answer *answer)
{
    const struct doubts_scope scope = {versus->input.contract, versus->input.reference,
                                       versus->input.samples};
    versus->stopped = doubts_learn_base(&scope, index, answer);
    return !versus->stopped;
}

static bool versus_on_answer(const struct round_step *step, size_t index, struct answer *answer,
                             const struct figures *figures, void *data)
{
    struct versus *versus = data;
    const struct answer *reference = &versus->input.reference->answers[index];
    const char *id = versus->input.samples->items[index].id;
    (void)figures;
    if (answer_is_identical(reference, answer, versus->input.workload->compare_stderr) ||
        contract_compare_at(versus->input.contract, id, reference, answer) != CONTRACT_DIFFERENT)
        return true;
    if (!step->candidate)
        return versus_check_base(versus, index, answer);
    variant_drop(versus_variant(versus),
                 memory_format("it answers sample \"%s\" otherwise than the base", id));
    return false;
}

static void versus_on_round(const struct figures *totals, const struct err *err, void *data);

static int versus_start_round(struct versus *versus, struct err *err)
{
    struct pair drawn = {.phase = PHASE_SIZE};
    const struct arm *variant = &versus->input.arms[versus->at];
    struct round_input input = {
        .context = versus->input.context,
        .workload = versus->input.workload,
        .samples = versus->input.samples,
        .block = &versus->block,
        .on_answer = versus_on_answer,
        .on_done = versus_on_round,
        .data = versus,
    };
    if (round_draw(&drawn, err) < 0)
        return err->code;
    versus->pair = (struct variant_pair){.variant_first = drawn.candidate_first, .seed = drawn.seed};
    input.step_count = round_fill_steps(&drawn, versus->input.base, variant, input.steps);
    block_fini(&versus->block);
    block_draw(&versus->blocks, versus->input.block, versus->input.workload->cache, false, drawn.seed,
               &versus->block);
    versus->round_ns = uv_hrtime();
    if (versus->input.progress)
        versus->input.progress(versus_variant(versus)->pair_count, versus->passes,
                               versus_variant(versus)->name, versus->input.data);
    return round_start(&versus->round, &input, err);
}

/* The last of the list go first where time is short: the others are worth enough pairs. */
static void versus_plan(struct versus *versus)
{
    struct variants *variants = versus->input.variants;
    double left = versus->input.time_budget_s - versus_elapsed(versus->start_ns);
    double pass_s = 0;
    for (size_t i = 0; i < variants->count; i++)
        pass_s += variants->items[i].problem ? 0 : versus->seconds[i];
    for (size_t i = variants->count; i-- > 0 && VARIANTS_PAIRS_LEAST * pass_s > left;) {
        if (variants->items[i].problem)
            continue;
        variant_drop(&variants->items[i], memory_copy_string(VERSUS_NO_TIME));
        pass_s -= versus->seconds[i];
    }
    double passes = fmin(floor(left / fmax(pass_s, 1e-9)), VARIANTS_PAIRS);
    versus->passes = passes > VARIANTS_PAIRS_LEAST ? (size_t)passes : VARIANTS_PAIRS_LEAST;
}

/* The variant whose first round is still to come; false where there is none, or no time for it. */
static bool versus_next_warm_up(struct versus *versus)
{
    const struct variants *variants = versus->input.variants;
    for (size_t i = 0; i < variants->count; i++) {
        if (variants->items[i].problem || versus->seconds[i] >= 0)
            continue;
        versus->at = i;
        if (versus_elapsed(versus->start_ns) < versus->input.time_budget_s)
            return true;
        variant_drop(versus_variant(versus), memory_copy_string(VERSUS_NO_TIME));
    }
    return false;
}

/* The variant with the fewest pairs, the first of several. */
static bool versus_next_pair(struct versus *versus)
{
    const struct variants *variants = versus->input.variants;
    size_t fewest = versus->passes;
    for (size_t i = 0; i < variants->count; i++) {
        const struct variant *variant = &variants->items[i];
        if (variant->problem || variant->pair_count >= fewest)
            continue;
        fewest = variant->pair_count;
        versus->at = i;
    }
    return fewest < versus->passes &&
           versus_elapsed(versus->start_ns) < VERSUS_OVERTIME * versus->input.time_budget_s;
}

/* What comes next; the only place that starts or ends anything. */
static void versus_tick(struct versus *versus)
{
    bool more = false;
    if (versus->cancelled && versus->err.code == 0)
        (void)err_set(&versus->err, ERR_CANCELLED, "cancelled");
    if (versus->err.code == 0 && !versus->stopped) {
        more = versus->passes == 0 && versus_next_warm_up(versus);
        if (!more && versus->passes == 0)
            versus_plan(versus);
        more = more || versus_next_pair(versus);
    }
    if (!more || versus_start_round(versus, &versus->err) < 0)
        versus_finish(versus);
}

static void versus_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct versus *versus = data;
    versus->round = NULL;
    if (err)
        versus->err = *err;
    if (totals && versus->passes == 0) {
        versus->seconds[versus->at] = versus_elapsed(versus->round_ns);
    } else if (totals) {
        struct variant *variant = versus_variant(versus);
        versus->pair.base = totals[0];
        versus->pair.variant = totals[1];
        variant->pairs[variant->pair_count++] = versus->pair;
    }
    versus_tick(versus);
}

int versus_start(struct versus **out, const struct versus_input *input, struct err *err)
{
    struct versus *versus = MEMORY_NEW(struct versus);
    versus->input = *input;
    versus->start_ns = uv_hrtime();
    block_plan_init(&versus->blocks, input->samples);
    for (size_t i = 0; i < VARIANTS_MOST; i++)
        versus->seconds[i] = -1;
    while (versus_variant(versus)->problem)
        versus->at++;
    assert(versus->at < input->variants->count);
    if (versus_start_round(versus, err) < 0) {
        versus_free(versus);
        return err->code;
    }
    *out = versus;
    return 0;
}

void versus_cancel(struct versus *versus)
{
    versus->cancelled = true;
    if (versus->round)
        round_cancel(versus->round);
}
