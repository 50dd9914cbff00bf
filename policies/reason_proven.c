/* Reasons that weigh the evidence: enough or not, alone and among all that was tried together. */
#include "policies/figure.h"
#include "policies/proof.h"
#include "policies/reason_parts.h"

void reason_weight(const struct reason_input *input)
{
    reason_gains(input, ", but ");
    text_printf(input->out, "weighted over all workloads the evidence is %.1f of the %.0f that it takes",
                input->judgement->e_value, input->judgement->limit);
}

/* ", but 20 patches were tried together …: this one has evidence of 41 where the batch asks for 200" */
void reason_family(const struct reason_input *input)
{
    reason_gains(input, ", but ");
    text_append_string(input->out, "it is one of ");
    figure_append_count(input->out, (double)input->evidence->family_size);
    text_append_string(input->out,
                       " tried together, and among so many some look good by chance: alone its evidence "
                       "of ");
    text_printf(input->out, "%.1f would do, the batch asks for %.1f", input->judgement->e_value,
                input->judgement->limit);
}

/* "; contract held over 1,200 samples (3 not compared)" */
static void reason_contract_held(const struct reason_input *input)
{
    double samples = 0;
    double missed = 0;
    for (size_t i = 0; i < input->evidence->workload_count; i++) {
        samples += (double)evidence_compared(&input->evidence->workloads[i].contract);
        missed += (double)input->evidence->workloads[i].contract.not_compared;
    }
    text_append_string(input->out, "; contract held over ");
    figure_append_count(input->out, samples);
    text_append_string(input->out, samples == 1 ? " sample" : " samples");
    if (missed > 0) {
        text_append_string(input->out, ", ");
        figure_append_count(input->out, missed);
        text_append_string(input->out, " could not be compared");
    }
}

/* "; wall time and peak memory held", over all workloads */
static void reason_guardrails_held(const struct reason_input *input)
{
    bool held[METRIC_COUNT] = {false};
    size_t count = 0;
    for (size_t i = 0; i < input->evidence->workload_count; i++) {
        const struct measurement *measurement = &input->evidence->workloads[i].measurement;
        for (size_t m = 0; m < measurement->metric_count; m++) {
            const struct metric_result *row = &measurement->metrics[m];
            if (row->primary || held[row->metric])
                continue;
            text_append_string(input->out, count == 0 ? "; " : " and ");
            text_append_string(input->out, figure_metric_words(row->metric));
            held[row->metric] = true;
            count++;
        }
    }
    if (count > 0)
        text_append_string(input->out, " held");
}

/* Open at its own stop, and accepted by the closed family: its size rests on the pairs that decided. */
static void reason_accepted(const struct reason_input *input)
{
    const struct evidence *evidence = input->evidence;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct metric_result *primary = proof_primary(&evidence->workloads[i]);
        if (!primary || primary->outcome != OUTCOME_UNDECIDED ||
            !proof_is_improved(evidence, &evidence->workloads[i]))
            continue;
        text_printf(input->out,
                    "; its evidence of %.1f is enough beside the %zu that this batch accepts (%.1f asked), "
                    "but its size rests on the deciding pairs, which flatter it",
                    proof_e_value(evidence, input->policy), evidence->family_accepted,
                    evidence->family_limit);
        return;
    }
}

void reason_improved(const struct reason_input *input)
{
    reason_gains(input, "");
    reason_contract_held(input);
    reason_guardrails_held(input);
    reason_accepted(input);
}

void reason_not_worse(const struct reason_input *input)
{
    text_append_string(input->out, "Proven not to lose more than ");
    figure_append_share(input->out, input->policy->regression_threshold);
    text_append_string(input->out, ": ");
    reason_gain(input->out, input->judgement->metric, input->judgement->workload);
    if (input->evidence->workload_count > 1)
        text_printf(input->out, ", and %zu more workloads", input->evidence->workload_count - 1);
    reason_contract_held(input);
    reason_guardrails_held(input);
}
