#include "policies/reason.h"

#include "policies/figure.h"
#include "policies/foreign.h"
#include "policies/proof.h"
#include "policies/reason_parts.h"

#define REASON_NAME_MAX     60  /* bytes of a workload's, stratum's or sample's name */
#define REASON_SENTENCE_MAX 400 /* bytes of a stage's sentence */

typedef void reason_writer(const struct reason_input *input);

static void reason_name(struct text *out, const char *name)
{
    foreign_append(out, name, REASON_NAME_MAX);
}

static void reason_policy(const struct reason_input *input)
{
    text_append_string(input->out, "policy ");
    reason_name(input->out, input->policy->name ? input->policy->name : "default");
}

void reason_gain(struct text *out, const struct metric_result *metric,
                 const struct workload_evidence *workload)
{
    figure_append_gain(out, &metric->gain, figure_metric_words(metric->metric));
    text_append_string(out, " on ");
    reason_name(out, workload->name);
}

void reason_gains(const struct reason_input *input, const char *after)
{
    bool any = false;
    for (size_t i = 0; i < input->evidence->workload_count; i++) {
        const struct workload_evidence *workload = &input->evidence->workloads[i];
        if (!proof_is_improved(input->evidence, workload))
            continue;
        if (any)
            text_append_string(input->out, " and ");
        reason_gain(input->out, proof_primary(workload), workload);
        any = true;
    }
    if (any)
        text_append_string(input->out, after);
}

static void reason_stage(const struct reason_input *input, const char *words, enum stage stage)
{
    const char *sentence = input->evidence->stages[stage].sentence;
    text_append_string(input->out, words);
    if (sentence && *sentence) {
        text_append_string(input->out, ": ");
        foreign_append(input->out, sentence, REASON_SENTENCE_MAX);
    }
}

static void reason_error(const struct reason_input *input)
{
    text_append_string(input->out, "The evaluation failed, not the patch: ");
    foreign_append(input->out, input->evidence->error, REASON_SENTENCE_MAX);
}

static void reason_does_not_apply(const struct reason_input *input)
{
    reason_stage(input, "The patch does not apply", STAGE_INTAKE);
}

static void reason_refused(const struct reason_input *input)
{
    const struct screen_result *screen = &input->evidence->screen;
    if (screen->refusal_count == 0) {
        reason_stage(input, "The screen refuses it", STAGE_SCREEN);
        return;
    }
    const struct refusal *first = &screen->refusals[0];
    reason_policy(input);
    text_append_string(input->out, " refuses it: ");
    foreign_append(input->out, first->path, REASON_SENTENCE_MAX);
    if (first->line > 0)
        text_printf(input->out, ":%u", (unsigned)first->line);
    text_append_string(input->out, ": ");
    foreign_append(input->out, first->sentence, REASON_SENTENCE_MAX);
    if (screen->refusal_count > 1)
        text_printf(input->out, " (and %zu more)", screen->refusal_count - 1);
}

static void reason_suspicious(const struct reason_input *input)
{
    char *const *signs = input->evidence->suspicions;
    size_t count = 0;
    while (signs[count])
        count++;
    text_append_string(input->out, "The candidate tries to game its evaluation: ");
    foreign_append(input->out, signs[0], REASON_SENTENCE_MAX);
    if (count > 1)
        text_printf(input->out, " (and %zu more)", count - 1);
}

static void reason_does_not_build(const struct reason_input *input)
{
    reason_stage(input, "It does not build", STAGE_BUILD);
}

static void reason_does_not_start(const struct reason_input *input)
{
    const struct stage_record *stages = input->evidence->stages;
    reason_stage(input, "The patched program does not start",
                 stages[STAGE_MEASURE].outcome == STAGE_FAILED ? STAGE_MEASURE : STAGE_CONTRACT);
}

static void reason_tests_failed(const struct reason_input *input)
{
    reason_stage(input, "The project's own tests fail with the patch", STAGE_TESTS);
}

static void reason_identical(const struct reason_input *input)
{
    const char *why = input->evidence->identical_why;
    text_append_string(input->out, "It changes nothing that runs: ");
    foreign_append(input->out, why && *why ? why : "base and candidate are identical", REASON_SENTENCE_MAX);
}

/* The most serious finding; notes stand behind it in the summary and are no breaks. */
static const struct finding *reason_worst(const struct workload_evidence *workload)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < workload->contract.finding_count; i++) {
        const struct finding *finding = &workload->contract.findings[i];
        if (finding->class < CLASS_FIRST_NOTE && (!worst || finding->class < worst->class))
            worst = finding;
    }
    return worst;
}

static void reason_contract_broken(const struct reason_input *input)
{
    const struct workload_evidence *workload = input->judgement->workload;
    const struct finding *worst = reason_worst(workload);
    struct text *out = input->out;
    text_append_string(out, "The answers change on ");
    reason_name(out, workload->name);
    if (!worst) {
        text_append_string(out, ": a timed response differed from the base's");
        return;
    }
    text_printf(out, ": %s at ", finding_class_name(worst->class));
    foreign_append(out, worst->part, REASON_NAME_MAX);
    if (worst->pattern && *worst->pattern) {
        text_append_char(out, ' ');
        foreign_append(out, worst->pattern, 2 * REASON_NAME_MAX);
    }
    text_append_string(out, " in ");
    figure_append_count(out, (double)worst->count);
    text_append_string(out, worst->count == 1 ? " sample, " : " samples, first ");
    foreign_append_quoted(out, worst->sample, REASON_NAME_MAX);
    size_t others = contract_breaks(&workload->contract) - 1;
    if (others > 0)
        text_printf(out, " (and %zu more finding%s)", others, others == 1 ? "" : "s");
    if (worst->remark) {
        text_append_string(out, "; ");
        foreign_append(out, worst->remark, REASON_SENTENCE_MAX);
    }
}

static void reason_regressed(const struct reason_input *input)
{
    reason_gain(input->out, input->judgement->metric, input->judgement->workload);
    text_append_string(input->out, ": proven worse than the ");
    figure_append_share(input->out, input->policy->regression_threshold);
    text_append_string(input->out, " that ");
    reason_policy(input);
    text_append_string(input->out, " tolerates");
}

static void reason_guardrail_broken(const struct reason_input *input)
{
    const struct metric_result *metric = input->judgement->metric;
    reason_gains(input, ", but ");
    reason_gain(input->out, metric, input->judgement->workload);
    text_append_string(input->out, ": proven worse than the ");
    figure_append_share(input->out, metric->delta);
    text_append_string(input->out, " that its guardrail allows");
}

static void reason_workload_broken(const struct reason_input *input)
{
    reason_gains(input, ", but ");
    reason_regressed(input);
}

static void reason_stratum_harmed(const struct reason_input *input)
{
    const struct stratum_effect *stratum = input->judgement->stratum;
    const struct metric_result *metric = input->judgement->metric;
    reason_gains(input, ", but ");
    text_append_string(input->out, "stratum ");
    foreign_append_quoted(input->out, stratum->name, REASON_NAME_MAX);
    text_append_string(input->out, " (");
    figure_append_share(input->out, stratum->weight);
    text_append_string(input->out, " of production) takes ");
    figure_append_gain(input->out, &stratum->gain, metric ? figure_metric_words(metric->metric) : "");
}

static void reason_budget(const struct reason_input *input, const char *words)
{
    enum metric metric = input->judgement->budget;
    reason_gains(input, ", but ");
    text_printf(input->out, "%s on ", figure_metric_words(metric));
    reason_name(input->out, input->judgement->workload->name);
    text_append_string(input->out, words);
    figure_append_value(input->out, metric, input->policy->budget[metric]);
}

static void reason_budget_broken(const struct reason_input *input)
{
    reason_budget(input, " is proven to exceed its budget of ");
}

static void reason_budget_unproven(const struct reason_input *input)
{
    reason_budget(input, " is not proven to stay within its budget of ");
}

static void reason_base_unstable(const struct reason_input *input)
{
    const struct workload_evidence *workload = input->judgement->workload;
    text_append_string(input->out, "The base's own answers changed while ");
    reason_name(input->out, workload->name);
    text_append_string(input->out, " was measured, so nothing can be held against them");
    if (workload->measurement.stopped) {
        text_append_string(input->out, ": ");
        foreign_append(input->out, workload->measurement.stopped, REASON_SENTENCE_MAX);
    }
}

static void reason_stage_failed(const struct reason_input *input)
{
    text_printf(input->out, "Stage %s did not finish", stage_name(input->judgement->stage));
    reason_stage(input, "", input->judgement->stage);
}

static void reason_not_compared(const struct reason_input *input)
{
    const struct workload_evidence *workload = input->judgement->workload;
    bool most = !judge_is_blind(workload);
    text_append_string(input->out, most ? "Most answers of " : "Not one answer of ");
    reason_name(input->out, workload->name);
    text_append_string(input->out, most ? " could not be compared" : " could be compared");
    if (workload->contract.not_compared > 0) {
        text_append_string(input->out, " (");
        figure_append_count(input->out, (double)workload->contract.not_compared);
        text_append_string(input->out, " were cut, crashed or empty on both sides)");
    }
}

static void reason_not_measured(const struct reason_input *input)
{
    const struct workload_evidence *workload = input->judgement->workload;
    if (!workload) {
        text_append_string(input->out, "There was no workload to measure");
        return;
    }
    text_append_string(input->out, "Workload ");
    reason_name(input->out, workload->name);
    reason_stage(input, " was not measured", STAGE_MEASURE);
}

/* A quantile of a few requests would be their noisiest one. */
static void reason_too_short(struct text *out, enum metric metric, const struct workload_evidence *workload)
{
    text_printf(out, ": a run has %zu requests, and it takes %zu (a larger block_s)",
                workload->measurement.block, metric_requests_needed(metric));
}

static void reason_no_figure(const struct reason_input *input)
{
    enum metric metric = input->judgement->metric->metric;
    text_printf(input->out, "%s no figure for %s, the primary metric of ",
                metric_is_latency(metric) ? "There is" : "This machine gives", figure_metric_words(metric));
    reason_name(input->out, input->judgement->workload->name);
    if (metric_is_latency(metric))
        reason_too_short(input->out, metric, input->judgement->workload);
}

static void reason_undecided(const struct reason_input *input)
{
    const struct workload_evidence *workload = input->judgement->workload;
    const struct metric_result *metric = input->judgement->metric;
    double noise = workload->measurement.noise_floor[metric->metric];
    text_printf(input->out, "After %zu pair%s neither is proven, ", metric->pairs_to_verdict,
                metric->pairs_to_verdict == 1 ? "" : "s");
    if (input->policy->intent == INTENT_NO_REGRESSION) {
        text_append_string(input->out, "a loss of more than ");
        figure_append_share(input->out, input->policy->regression_threshold);
    } else {
        text_append_string(input->out, "a gain of ");
        figure_append_share(input->out, input->policy->minimum_improvement);
    }
    text_append_string(input->out, " nor its absence: ");
    reason_gain(input->out, metric, workload);
    if (noise >= 0) {
        text_append_string(input->out, ", noise ");
        figure_append_percent(input->out, noise);
    }
}

static void reason_guardrail_unproven(const struct reason_input *input)
{
    const struct metric_result *row = input->judgement->metric;
    enum metric metric = input->judgement->missing;
    reason_gains(input, ", but ");
    text_printf(input->out, "it is not proven that %s on ", figure_metric_words(metric));
    reason_name(input->out, input->judgement->workload->name);
    text_append_string(input->out, " stays within ");
    figure_append_share(input->out, row ? row->delta : input->policy->guardrail[metric]);
    if (row && row->outcome != OUTCOME_UNAVAILABLE)
        return;
    if (metric_is_latency(metric))
        reason_too_short(input->out, metric, input->judgement->workload);
    else
        text_append_string(input->out, ": this machine gives no such figure");
}

static void reason_workload_unproven(const struct reason_input *input)
{
    reason_gains(input, ", but ");
    text_append_string(input->out, "it is not proven that ");
    reason_name(input->out, input->judgement->workload->name);
    text_append_string(input->out, " loses no more than ");
    figure_append_share(input->out, input->policy->regression_threshold);
    text_append_string(input->out, ": ");
    reason_gain(input->out, input->judgement->metric, input->judgement->workload);
}

static void reason_not_worth_it(const struct reason_input *input)
{
    const struct metric_result *metric = input->judgement->metric;
    reason_gain(input->out, metric, input->judgement->workload);
    if (input->evidence->workload_count > 1)
        text_printf(input->out, " (and %zu more workload%s)", input->evidence->workload_count - 1,
                    input->evidence->workload_count == 2 ? "" : "s");
    text_append_string(input->out, metric->e_real >= JUDGE_PROOF
                                       ? ": a real gain, but proven to stay below the "
                                       : ": proven to stay below the ");
    figure_append_share(input->out, input->policy->minimum_improvement);
    text_append_string(input->out, " that make a change worth its complexity");
}

static void reason_isolation(const struct reason_input *input)
{
    const char *why = input->evidence->isolation_why;
    reason_gains(input, ", but ");
    text_append_string(input->out, "it ran in a weaker sandbox than ");
    reason_policy(input);
    text_append_string(input->out, " requires");
    if (why && *why) {
        text_append_string(input->out, ": ");
        foreign_append(input->out, why, REASON_SENTENCE_MAX);
    }
}

static reason_writer *const writers[CAUSE_COUNT] = {
    [CAUSE_ERROR] = reason_error,
    [CAUSE_DOES_NOT_APPLY] = reason_does_not_apply,
    [CAUSE_REFUSED] = reason_refused,
    [CAUSE_SUSPICIOUS] = reason_suspicious,
    [CAUSE_DOES_NOT_BUILD] = reason_does_not_build,
    [CAUSE_DOES_NOT_START] = reason_does_not_start,
    [CAUSE_TESTS_FAILED] = reason_tests_failed,
    [CAUSE_IDENTICAL] = reason_identical,
    [CAUSE_SAME_PROGRAM] = reason_identical,
    [CAUSE_CONTRACT_BROKEN] = reason_contract_broken,
    [CAUSE_REGRESSED] = reason_regressed,
    [CAUSE_GUARDRAIL_BROKEN] = reason_guardrail_broken,
    [CAUSE_WORKLOAD_BROKEN] = reason_workload_broken,
    [CAUSE_STRATUM_HARMED] = reason_stratum_harmed,
    [CAUSE_BUDGET_BROKEN] = reason_budget_broken,
    [CAUSE_BASE_UNSTABLE] = reason_base_unstable,
    [CAUSE_STAGE_FAILED] = reason_stage_failed,
    [CAUSE_NOT_COMPARED] = reason_not_compared,
    [CAUSE_NOT_MEASURED] = reason_not_measured,
    [CAUSE_NO_FIGURE] = reason_no_figure,
    [CAUSE_UNDECIDED] = reason_undecided,
    [CAUSE_WEIGHT] = reason_weight,
    [CAUSE_FAMILY] = reason_family,
    [CAUSE_GUARDRAIL_UNPROVEN] = reason_guardrail_unproven,
    [CAUSE_WORKLOAD_UNPROVEN] = reason_workload_unproven,
    [CAUSE_BUDGET_UNPROVEN] = reason_budget_unproven,
    [CAUSE_NOT_WORTH_IT] = reason_not_worth_it,
    [CAUSE_ISOLATION] = reason_isolation,
    [CAUSE_IMPROVED] = reason_improved,
    [CAUSE_NOT_WORSE] = reason_not_worse,
};

void reason_append(struct text *out, const struct judgement *judgement, const struct evidence *evidence,
                   const struct policy *policy)
{
    struct reason_input input = {out, judgement, evidence, policy};
    size_t start = out->length;
    writers[judgement->cause](&input);
    if (out->data[start] >= 'a' && out->data[start] <= 'z')
        out->data[start] = (char)(out->data[start] - 'a' + 'A');
    if (out->data[out->length - 1] != '.')
        text_append_char(out, '.');
}
