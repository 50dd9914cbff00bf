#include "orchestrator/report/measurements.h"

#include "orchestrator/report/covered.h"
#include "orchestrator/report/curves.h"
#include "orchestrator/report/edges.h"
#include "orchestrator/report/layouts.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/reproductions.h"
#include "orchestrator/report/splits.h"
#include "policies/attempts.h"
#include "workloads/arm.h"

#include <inttypes.h>
#include <stdio.h>

static void measurements_build_findings(cJSON *array, const struct workload_evidence *workload)
{
    for (size_t i = 0; i < workload->contract.finding_count; i++) {
        const struct finding *finding = &workload->contract.findings[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "workload", workload->name);
        member_add_string(object, "class", finding_class_name(finding->class));
        member_add_bool(object, "breaks", finding->class < CLASS_FIRST_NOTE);
        member_add_string(object, "part", finding->part);
        member_add_string(object, "pattern", finding->pattern);
        member_add_string(object, "pointer", finding->pointer);
        member_add_number(object, "count", (double)finding->count);
        member_add_string(object, "sample", finding->sample);
        member_add_string(object, "before", finding->before);
        member_add_string(object, "after", finding->after);
        member_add_string(object, "remark", finding->remark);
        reproductions_build(object, finding->reproduction);
    }
}

static void measurements_build_excuses(cJSON *array, const struct workload_evidence *workload)
{
    for (size_t i = 0; i < workload->contract.excuse_count; i++) {
        const struct excuse *excuse = &workload->contract.excuses[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "workload", workload->name);
        member_add_string(object, "class", finding_class_name(excuse->class));
        member_add_string(object, "part", excuse->part);
        member_add_string(object, "pattern", excuse->pattern);
        member_add_string(object, "by", excuse->by);
        member_add_number(object, "count", (double)excuse->count);
        member_add_number(object, "evidence", (double)excuse->evidence);
        member_add_number(object, "asked", (double)excuse->asked);
    }
}

/* A rule that binds in one workload is there for that one: nothing is wrong with it in the others. */
static void measurements_build_unused(cJSON *array, const struct evidence *evidence,
                                      const struct workload_evidence *workload)
{
    for (char *const *rule = workload->contract.unused_rules; rule && *rule; rule++) {
        if (!evidence_is_unused_rule(evidence, *rule))
            continue;
        cJSON *object = member_append_object(array);
        member_add_string(object, "workload", workload->name);
        member_add_string(object, "rule", *rule);
    }
}

void measurements_build_contract(cJSON *candidate, const struct evidence *evidence)
{
    double samples = 0;
    double fields = 0;
    double not_compared = 0;
    double tolerated = 0;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct contract_summary *summary = &evidence->workloads[i].contract;
        samples += (double)summary->samples;
        fields += (double)summary->fields;
        not_compared += (double)summary->not_compared;
        tolerated += (double)summary->tolerated;
    }
    cJSON *contract = member_add_object(candidate, "contract");
    member_add_number(contract, "samples", samples);
    member_add_number(contract, "fields", fields);
    edges_build_contract(contract, evidence);
    member_add_number(contract, "not_compared", not_compared);
    member_add_number(contract, "tolerated", tolerated);
    covered_build(contract, evidence);
    cJSON *excused = member_add_array(contract, "excused");
    cJSON *unused = member_add_array(contract, "unused_rules");
    cJSON *findings = member_add_array(contract, "findings");
    for (size_t i = 0; i < evidence->workload_count; i++) {
        measurements_build_excuses(excused, &evidence->workloads[i]);
        measurements_build_unused(unused, evidence, &evidence->workloads[i]);
        measurements_build_findings(findings, &evidence->workloads[i]);
    }
}

/* A workload's metric is unavailable in a pair where either arm gave no figure: null. */
static void measurements_build_pairs(cJSON *row, const struct measurement *measurement, enum metric metric)
{
    cJSON *array = member_add_array(row, "pairs");
    for (size_t i = 0; i < measurement->pair_count; i++) {
        const struct pair *pair = &measurement->pairs[i];
        char seed[24];
        snprintf(seed, sizeof seed, "%" PRIu64, pair->seed); /* a double would round it */
        cJSON *object = member_append_object(array);
        member_add_string(object, "phase", pair_phase_name(pair->phase));
        member_add_string(object, "first", pair->candidate_first ? "candidate" : "base");
        member_add_figure(object, "base", pair->base.value[metric]);
        member_add_figure(object, "candidate", pair->candidate.value[metric]);
        member_add_string(object, "seed", seed);
        cJSON_AddBoolToObject(object, "quad", pair->quad);
    }
}

/* What each size pair spent on the stratum: the ground of its gain. */
static void measurements_build_totals(cJSON *object, const struct stratum_effect *stratum)
{
    cJSON *array = member_add_array(object, "pairs");
    for (size_t i = 0; i < stratum->pair_count; i++) {
        cJSON *pair = member_append_object(array);
        member_add_figure(pair, "base", stratum->pairs[i].base);
        member_add_figure(pair, "candidate", stratum->pairs[i].candidate);
    }
}

/* Strata are effects of the primary. */
static void measurements_build_strata(cJSON *row, const struct measurement *measurement, bool primary)
{
    cJSON *array = member_add_array(row, "strata");
    for (size_t i = 0; primary && i < measurement->stratum_count; i++) {
        const struct stratum_effect *stratum = &measurement->strata[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "name", stratum->name);
        member_add_number(object, "weight", stratum->weight);
        member_add_number(object, "samples", (double)stratum->samples);
        member_add_gain(object, &stratum->gain);
        member_add_bool(object, "harmful", stratum->harmful);
        measurements_build_totals(object, stratum);
    }
}

/* The first of the pairs, which earlier evaluations of the same question measured. */
static void measurements_build_continued(cJSON *row, const struct continued *continues)
{
    if (continues->pairs == 0) {
        cJSON_AddNullToObject(row, "continues");
        return;
    }
    cJSON *object = member_add_object(row, "continues");
    member_add_number(object, "pairs", (double)continues->pairs);
    member_add_string(object, "evaluation", continues->evaluation);
    member_add_string(object, "at", continues->at);
    member_add_string(object, "environment", continues->environment);
}

static void measurements_build_row(cJSON *array, const struct workload_evidence *workload,
                                   const struct metric_result *result)
{
    const struct measurement *measurement = &workload->measurement;
    cJSON *row = member_append_object(array);
    member_add_string(row, "workload", workload->name);
    member_add_string(row, "metric", metric_name(result->metric));
    member_add_string(row, "role", result->primary ? "primary" : "guardrail");
    member_add_string(row, "outcome", metric_outcome_name(result->outcome));
    member_add_number(row, "e_value", result->e_value);
    member_add_number(row, "e_real", result->e_real);
    member_add_number(row, "e_worse", result->e_worse);
    member_add_number(row, "threshold", result->primary ? measurement->threshold : -result->delta);
    member_add_gain(row, &result->gain);
    member_add_number(row, "size_pairs", (double)result->size_pairs);
    member_add_number(row, "pairs_to_verdict", (double)result->pairs_to_verdict);
    member_add_figure(row, "before", result->before);
    member_add_figure(row, "after", result->after);
    member_add_figure(row, "noise_floor", measurement->noise_floor[result->metric]);
    measurements_build_continued(row, &measurement->continues);
    measurements_build_pairs(row, measurement, result->metric);
    measurements_build_strata(row, measurement, result->primary);
    splits_build_held_out(row, measurement, result->primary);
    splits_build_signals(row, measurement, result->primary);
    curves_build(row, result->primary ? workload->curve : NULL);
    layouts_build(row, workload, result);
}

static void measurements_build_calls(cJSON *counted, const struct calls *calls)
{
    if (!calls->known) {
        cJSON_AddNullToObject(counted, "calls");
        return;
    }
    cJSON *object = member_add_object(counted, "calls");
    member_add_number(object, "total", (double)calls->total);
    member_add_bool(object, "more", calls->more);
    member_add_bool(object, "steady", calls->steady);
    cJSON *array = member_add_array(object, "by_name");
    for (size_t i = 0; i < calls->row_count; i++) {
        cJSON *row = member_append_object(array);
        member_add_string(row, "call", calls->rows[i].call);
        member_add_number(row, "count", (double)calls->rows[i].count);
        member_add_bool(row, "steady", calls->rows[i].steady);
    }
}

static void measurements_build_simulated(cJSON *counted, const struct counts *counts)
{
    const uint64_t value = counts->simulated.value;
    if (counts->simulated_samples == 0) {
        cJSON_AddNullToObject(counted, "valgrind_instructions");
        return;
    }
    cJSON *object = member_add_object(counted, "valgrind_instructions");
    member_add_figure(object, "value", value == SANDBOX_UNKNOWN ? -1 : (double)value);
    member_add_bool(object, "steady", counts->simulated.steady);
    member_add_number(object, "samples", (double)counts->simulated_samples);
}

/* 2^53 and more are no attempts of this world, so doubles do. */
static void measurements_build_counted(cJSON *object, const char *arm, const struct counts *counts)
{
    cJSON *counted = member_add_object(object, arm);
    cJSON *refused = member_add_array(counted, "refused");
    for (size_t i = 0; i < counts->row_count; i++) {
        cJSON *row = member_append_object(refused);
        member_add_string(row, "call", counts->rows[i].call);
        member_add_string(row, "class", attempts_class(counts->rows[i].call));
        member_add_number(row, "count", (double)counts->rows[i].count);
        member_add_bool(row, "steady", counts->rows[i].steady);
    }
    for (int figure = 0; figure < COUNTS_FIGURES; figure++) {
        const struct counts_total *total = &counts->totals[figure];
        cJSON *used = member_add_object(counted, counts_figure_name((enum counts_figure)figure));
        member_add_figure(used, "value", total->value == SANDBOX_UNKNOWN ? -1 : (double)total->value);
        member_add_bool(used, "steady", total->steady);
    }
    measurements_build_calls(counted, &counts->calls);
    measurements_build_simulated(counted, counts);
}

/* An arm that didn't come to the command has nothing to show, which isn't the same as no attempt. */
static void measurements_build_attempts(cJSON *object, const char *arm, const struct counts *counts, bool ran)
{
    if (!ran) {
        cJSON_AddNullToObject(object, arm);
        return;
    }
    cJSON *refused = member_add_array(member_add_object(object, arm), "refused");
    for (size_t i = 0; i < counts->row_count; i++) {
        cJSON *row = member_append_object(refused);
        member_add_string(row, "call", counts->rows[i].call);
        member_add_string(row, "class", attempts_class(counts->rows[i].call));
        member_add_number(row, "count", (double)counts->rows[i].count);
    }
}

void measurements_build_commands(cJSON *candidate, const struct evidence *evidence)
{
    cJSON *array = member_add_array(candidate, "commands");
    for (size_t i = 0; i < evidence->command_count; i++) {
        const struct command_evidence *command = &evidence->commands[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "stage", stage_name(command->stage));
        member_add_string(object, "command", command->command);
        measurements_build_attempts(object, "base", &command->counts[ARM_BASE], command->ran[ARM_BASE]);
        measurements_build_attempts(object, "candidate", &command->counts[ARM_CANDIDATE],
                                    command->ran[ARM_CANDIDATE]);
    }
}

static void measurements_build_counts(cJSON *object, const struct workload_evidence *workload)
{
    if (!workload->counted) {
        cJSON_AddNullToObject(object, "counts");
        return;
    }
    cJSON *counts = member_add_object(object, "counts");
    member_add_number(counts, "samples", (double)workload->counts[ARM_BASE].samples);
    measurements_build_counted(counts, "base", &workload->counts[ARM_BASE]);
    measurements_build_counted(counts, "candidate", &workload->counts[ARM_CANDIDATE]);
}

static bool measurements_judge(const struct measurement *measurement, enum metric metric)
{
    for (size_t i = 0; i < measurement->metric_count; i++)
        if (measurement->metrics[i].metric == metric)
            return true;
    return false;
}

/* Figures of metrics that are neither primary nor guardrail:
 * budgets and the noise floor come from them too. */
static void measurements_build_unjudged(cJSON *object, const struct workload_evidence *workload)
{
    const struct measurement *measurement = &workload->measurement;
    cJSON *array = member_add_array(object, "unjudged");
    for (int metric = 0; workload->measured && metric < METRIC_COUNT; metric++) {
        if (measurements_judge(measurement, (enum metric)metric) ||
            !evidence_has_metric(workload, (enum metric)metric))
            continue;
        cJSON *row = member_append_object(array);
        member_add_string(row, "metric", metric_name((enum metric)metric));
        member_add_figure(row, "noise_floor", measurement->noise_floor[metric]);
        measurements_build_pairs(row, measurement, (enum metric)metric);
    }
}

static void measurements_build_arms(cJSON *object, const char *key, const size_t counts[2])
{
    cJSON *arms = member_add_object(object, key);
    member_add_number(arms, "base", (double)counts[ARM_BASE]);
    member_add_number(arms, "candidate", (double)counts[ARM_CANDIDATE]);
}

/* This workload's part of the candidate's contract; `compared` and `not_compared` stand beside it. */
static void measurements_build_answered(cJSON *object, const struct workload_evidence *workload)
{
    const struct contract_summary *summary = &workload->contract;
    cJSON *contract = member_add_object(object, "contract");
    member_add_bool(contract, "done", workload->contract_done);
    member_add_number(contract, "samples", (double)summary->samples);
    member_add_number(contract, "fields", (double)summary->fields);
    member_add_number(contract, "tolerated", (double)summary->tolerated);
    member_add_number(contract, "findings_dropped", (double)summary->findings_dropped);
    edges_build_workload(contract, workload);
}

static void measurements_build_workload(cJSON *array, const struct workload_evidence *workload)
{
    cJSON *object = member_append_object(array);
    member_add_string(object, "name", workload->name);
    member_add_string(object, "kind", workload->kind ? workload->kind->name : NULL);
    member_add_number(object, "weight", workload->weight);
    member_add_digest(object, "samples_digest", workload->samples_digest);
    member_add_number(object, "samples", (double)workload->sample_count);
    splits_build_workload(object, workload);
    member_add_number(object, "compared", (double)evidence_compared(&workload->contract));
    member_add_number(object, "not_compared", (double)workload->contract.not_compared);
    member_add_bool(object, "measured", workload->measured);
    member_add_number(object, "block", (double)workload->measurement.block);
    member_add_number(object, "seconds", workload->measurement.seconds);
    member_add_figure(object, "pairs_needed", workload->measured ? workload->measurement.pairs_needed : -1);
    member_add_figure(object, "seconds_needed",
                      workload->measured ? workload->measurement.seconds_needed : -1);
    member_add_string(object, "stopped", workload->measurement.stopped);
    member_add_bool(object, "base_unstable", workload->measurement.base_unstable);
    member_add_bool(object, "contract_broken", workload->measurement.contract_broken);
    measurements_build_arms(object, "answers", workload->measurement.answers);
    measurements_build_arms(object, "left_behind", workload->measurement.left_behind);
    measurements_build_answered(object, workload);
    measurements_build_counts(object, workload);
    measurements_build_unjudged(object, workload);
}

void measurements_build(cJSON *candidate, const struct evidence *evidence)
{
    cJSON *workloads = member_add_array(candidate, "workloads");
    cJSON *rows = member_add_array(candidate, "measurements");
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        measurements_build_workload(workloads, workload);
        for (size_t m = 0; workload->measured && m < workload->measurement.metric_count; m++)
            measurements_build_row(rows, workload, &workload->measurement.metrics[m]);
    }
}
