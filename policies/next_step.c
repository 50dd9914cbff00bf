#include "policies/next_step.h"

#include "policies/figure.h"
#include "workloads/measure/eprocess.h"

#include <math.h>

static const char *const steps[CAUSE_COUNT] = {
    [CAUSE_ERROR] = "Nothing is known about the patch; remove the cause and run the same command again.",
    [CAUSE_DOES_NOT_APPLY] =
        "Make the patch against the base that the report names, or name its own with --base.",
    [CAUSE_REFUSED] =
        "Leave out what the policy refuses, or change the policy first, in a commit of its own.",
    [CAUSE_SUSPICIOUS] = "Read the patch as you would an attack, and run it nowhere else.",
    [CAUSE_DOES_NOT_BUILD] = "Read the build's log in the report, mend the patch, and run it again.",
    [CAUSE_DOES_NOT_START] = "Read the log in the report, mend the patch, and run it again.",
    [CAUSE_TESTS_FAILED] = "Read the tests' log in the report, mend the patch, and run it again.",
    [CAUSE_IDENTICAL] = "Leave the patch out: there is nothing to gain.",
    [CAUSE_SAME_PROGRAM] = "Review the patch as any other: no figure speaks against it.",
    [CAUSE_CONTRACT_BROKEN] =
        "Give the findings to whoever wrote the patch: the base's answer is the contract, "
        "unless a rule at the base says otherwise.",
    [CAUSE_REGRESSED] = "Leave the patch out, or find out what it made slower.",
    [CAUSE_GUARDRAIL_BROKEN] = "Mend what the gain is paid with, or leave the patch out.",
    [CAUSE_WORKLOAD_BROKEN] =
        "Keep the gain and spare the workload that pays for it, or leave the patch out.",
    [CAUSE_STRATUM_HARMED] = "Keep the gain and spare that stratum, or leave the patch out.",
    [CAUSE_BUDGET_BROKEN] = "Bring it under the budget, or change the budget first, in a commit of its own.",
    [CAUSE_BASE_UNSTABLE] =
        "Make the base answer alike, or excuse what changes by a contract rule at the base; "
        "then run it again.",
    [CAUSE_STAGE_FAILED] = "Read that stage's log in the report, then run it again.",
    [CAUSE_NOT_COMPARED] =
        "Give samples with answers that can be compared; cupel check shows what the base answers.",
    [CAUSE_NOT_MEASURED] = "Give it more time (time_budget_s in the policy, --timeout), then run it again.",
    [CAUSE_NO_FIGURE] = "cupel doctor names what is missing; or declare another primary metric.",
    [CAUSE_WEIGHT] =
        "Give it more time (time_budget_s in the policy), or weigh the workloads as production does.",
    [CAUSE_FAMILY] =
        "Give each candidate more time (time_budget_s in the policy); to run this one alone, now "
        "that it is known to look good, would prove no more.",
    [CAUSE_GUARDRAIL_UNPROVEN] =
        "Run it on a quieter machine or with longer runs (block_s), or give it more time "
        "(time_budget_s in the policy); cupel doctor names figures that are missing.",
    [CAUSE_WORKLOAD_UNPROVEN] =
        "Give that workload longer runs (block_s) or more time (time_budget_s in the policy).",
    [CAUSE_BUDGET_UNPROVEN] = "Run it on a quieter machine, or find more room under the budget.",
    [CAUSE_NOT_WORTH_IT] = "Leave the patch out, or look for the gain where the time is spent.",
    [CAUSE_ISOLATION] =
        "cupel doctor names the missing layers and the commands that add them; then run it again.",
    [CAUSE_IMPROVED] = "Read the patch; if you want it, sign for it.",
    [CAUSE_NOT_WORSE] = "Review the patch as any other: no figure speaks against it.",
};

/* Shorter of two ways out of an open question: more pairs where that is enough, less noise where it isn't. */
static void next_step_undecided(struct text *out, const struct judgement *judgement,
                                const struct policy *policy)
{
    const struct measurement *measurement = &judgement->workload->measurement;
    double noise = measurement->noise_floor[judgement->metric->metric];
    struct feasibility need =
        eprocess_feasibility(fmax(noise, 0), policy->minimum_improvement, measure_method.win);
    double pairs = (double)measurement->pair_count;
    bool short_of_time = judgement->metric->pairs_to_verdict < measure_method.cap;
    if (noise < 0 || pairs < 1 || measurement->seconds <= 0 || !need.reachable || !short_of_time) {
        text_append_string(out, "More pairs won't help at this noise: use a quieter machine, or longer runs "
                                "(block_s), then run it again.");
        return;
    }
    text_append_string(out, "Give it more time: a full verdict can take about ");
    figure_append_seconds(out, measurement->seconds / pairs *
                                   (double)(measure_method.cap + measure_method.size_pairs));
    text_append_string(out, " here (time_budget_s in the policy).");
}

void next_step_append(struct text *out, const struct judgement *judgement, const struct policy *policy)
{
    if (judgement->cause == CAUSE_UNDECIDED)
        next_step_undecided(out, judgement, policy);
    else
        text_append_string(out, steps[judgement->cause]);
}
