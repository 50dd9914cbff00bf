/* What was and was not measured, in sentences: the report's honest small print. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"
#include "orchestrator/report/continued_words.h"

#include <stdarg.h>
#include <stdio.h>

#define ASSUMPTIONS_MAX 64

static void assumptions_add(struct evidence *evidence, size_t *count, char *sentence)
{
    if (*count < ASSUMPTIONS_MAX)
        evidence->assumptions[(*count)++] = sentence;
    else
        free(sentence);
}

/* What no edge value was tried at. */
static void assumptions_of_edges(struct evaluation *evaluation, size_t index, size_t *count)
{
    const struct edges *edges = &evaluation->cases[index].edges;
    const struct workload_evidence *row = &evaluation->evidence.workloads[index];
    struct evidence *evidence = &evaluation->evidence;
    const char *name = row->name;
    if (!row->contract_done || evaluation_is_base_alone(evaluation))
        return;
    if (evaluation->configuration->policy.edge_values.cases == 0)
        assumptions_add(evidence, count,
                        memory_format("%s: no edge values were tried: the policy asks for none.", name));
    else if (edges->looked > 0 && edges->placeless == edges->looked)
        assumptions_add(
            evidence, count,
            memory_format("%s: no edge values were tried: there are no parameters or numbers in the "
                          "samples' arguments, and no JSON.",
                          name));
    if (edges->too_long > 0)
        assumptions_add(
            evidence, count,
            memory_format("%s: no edge values were tried in the stdin of %zu sample%s that %s longer "
                          "than 1 MiB.",
                          name, edges->too_long, edges->too_long == 1 ? "" : "s",
                          edges->too_long == 1 ? "is" : "are"));
    if (edges->held_out > 0 && edges->set.count > 0)
        assumptions_add(evidence, count,
                        memory_format("%s: no edge values were tried at held-out samples.", name));
}

static void assumptions_of_case(struct evaluation *evaluation, size_t index, size_t *count)
{
    const struct workload_case *workload_case = &evaluation->cases[index];
    const struct workload_evidence *row = &evaluation->evidence.workloads[index];
    struct evidence *evidence = &evaluation->evidence;
    const char *name = row->name;
    size_t compared = coverage_compared(&row->coverage);
    const struct size *size = workload_case->workload->size;
    if (workload_case->loaded && !workload_case->samples.has_manifest)
        assumptions_add(
            evidence, count,
            memory_format("%s: the samples have no manifest, so that they stand for production is the "
                          "word of whoever wrote them.",
                          name));
    else if (workload_case->loaded && workload_case->samples.manifest_source)
        assumptions_add(evidence, count,
                        memory_format("%s: %zu samples stand for production as captured from: %s.", name,
                                      row->sample_count, workload_case->samples.manifest_source));
    if (row->contract_done && contract_breaks(&row->contract) == 0 && compared > 0 &&
        !evaluation_is_base_alone(evaluation))
        assumptions_add(
            evidence, count,
            memory_format("%s: no difference in %zu samples bounds the rate of differing requests like "
                          "these at %.2g %% (95 %%); inputs unlike them %s.",
                          name, compared, 100 * coverage_bound(compared),
                          row->edges.tried > 0 ? "were tried as edge values alone" : "were not tried"));
    assumptions_of_edges(evaluation, index, count);
    if (row->measurement.left_behind[ARM_BASE] > 0)
        assumptions_add(
            evidence, count,
            memory_format("%s: processes still ran after some of the base's timed answers and were killed; "
                          "what they had left to do is in no figure of either arm.",
                          name));
    if (row->measured && size && size->of == SIZE_WORDS)
        assumptions_add(evidence, count,
                        memory_format("%s: \"size\" is words only, from which no n can be had, so how the "
                                      "cost grows was not measured.",
                                      name));
    bool requests = workload_case->workload->kind->requests;
    if (row->contract_done && requests)
        assumptions_add(evidence, count,
                        memory_format("%s: one process answered one request after another; what it writes "
                                      "elsewhere than into its answers was not compared.",
                                      name));
    if (row->contract_done && !requests && !workload_case->workload->compare_stderr)
        assumptions_add(evidence, count, memory_format("%s: stderr was not compared.", name));
    if (row->contract_done && !requests && !workload_case->workload->outputs[0])
        assumptions_add(evidence, count,
                        memory_format("%s: no output files are declared, so none were compared.", name));
}

/* What was asked before isn't rolled anew; and what was asked a little otherwise is said. */
static void assumptions_of_past(struct evaluation *evaluation, size_t *count)
{
    struct evidence *evidence = &evaluation->evidence;
    size_t others = evaluation->other_processes;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct measurement *measurement = &evidence->workloads[i].measurement;
        cleanup_text struct text words = {0};
        if (measurement->continues.pairs == 0)
            continue;
        text_printf(&words, "%s: the same was asked before, so this ", evidence->workloads[i].name);
        continued_append(&words, &measurement->continues, measurement->pair_count, NULL);
        text_append_char(&words, '.');
        assumptions_add(evidence, count, text_take(&words));
    }
    if (others > 0)
        assumptions_add(evidence, count,
                        memory_format("This change was measured on this base %zu more time%s, of other "
                                      "workloads or with other samples, commands or settings: each was a "
                                      "chance of its own.",
                                      others, others == 1 ? "" : "s"));
}

static void assumptions_of_machine(struct evaluation *evaluation, size_t *count)
{
    static const char *const peaks[] = {
        [SANDBOX_PEAK_NONE] = "Peak memory could not be measured here.",
        [SANDBOX_PEAK_CGROUP2] = "Peak memory is the whole process group's (cgroup v2).",
        [SANDBOX_PEAK_CGROUP1] = "Peak memory is the whole process group's (cgroup v1).",
        [SANDBOX_PEAK_RUSAGE] = "Peak memory is the largest single process's, not the group's.",
    };
    static const char *const cpus[] = {
        [SANDBOX_CPU_NONE] = "CPU time could not be measured here, so wall time decides.",
        [SANDBOX_CPU_CGROUP2] = "CPU time is user and system of the whole process group (cgroup v2).",
        [SANDBOX_CPU_CGROUP1] = "CPU time is user and system of the whole process group (cgroup v1).",
        [SANDBOX_CPU_TASK_CLOCK] = "CPU time is the inherited task clock of the whole process tree.",
    };
    const struct sandbox_isolation *isolation = sandbox_isolation(evaluation->input.sandbox);
    assumptions_add(&evaluation->evidence, count, memory_copy_string(cpus[isolation->cpu_source]));
    assumptions_add(&evaluation->evidence, count, memory_copy_string(peaks[isolation->peak_source]));
}

/* Strata that only one of the two sets has; none before anything was compared. */
static char *assumptions_of_lone_strata(const struct held_out *held_out)
{
    size_t alone = 0;
    for (size_t i = 0; i < held_out->stratum_count; i++)
        alone += held_out->strata[i].visible_count == 0 || held_out->strata[i].held_out_count == 0;
    if (alone == 0)
        return memory_copy_string("");
    return memory_format(" %zu strat%s of one of the two sets only, and not compared.", alone,
                         alone == 1 ? "um is" : "a are");
}

/* "sum: 20 samples were held out …; of them 3 are among the visible ones and were not timed." */
static char *assumptions_of_case_held_out(const struct workload_evidence *row)
{
    cleanup_free char *known =
        row->held_out_visible == 0
            ? memory_copy_string("")
            : memory_format(" %zu of them ask what a visible sample asks, and were checked only.",
                            row->held_out_visible);
    const struct held_out *held_out = &row->measurement.held_out;
    cleanup_free char *alone = assumptions_of_lone_strata(held_out);
    return memory_format("%s: %zu sample%s held out: a program saw none of them before it was asked.%s%s%s",
                         row->name, row->held_out_count, row->held_out_count == 1 ? " was" : "s were", known,
                         alone,
                         held_out->outcome == HELD_OUT_TOO_FEW
                             ? " The held-out samples were too few to tell whether the gain is for visible "
                               "samples only."
                             : "");
}

static void assumptions_of_held_out(struct evaluation *evaluation, size_t *count)
{
    struct evidence *evidence = &evaluation->evidence;
    size_t held_out = 0;
    for (size_t i = 0; i < evidence->workload_count; i++)
        held_out += evidence->workloads[i].held_out_count > 0;
    if (held_out == 0)
        assumptions_add(
            evidence, count,
            memory_copy_string("The code under test could see every sample; none were held out."));
    for (size_t i = 0; held_out > 0 && i < evidence->workload_count; i++) {
        const struct workload_evidence *row = &evidence->workloads[i];
        assumptions_add(evidence, count,
                        row->held_out_count > 0
                            ? assumptions_of_case_held_out(row)
                            : memory_format("%s: the code under test could see every sample; the operator's "
                                            "held-out folder has none for it.",
                                            row->name));
    }
}

static char *assumptions_of_trust(const struct evaluation *evaluation)
{
    char commit[13];
    git_oid_tostr(commit, sizeof commit, &evaluation->trust_commit);
    return memory_format(
        "HEAD doesn't hold the base, so configuration, policy and samples are those of %s, the newest "
        "commit that both hold.",
        commit);
}

void evaluation_write_assumptions(struct evaluation *evaluation)
{
    struct evidence *evidence = &evaluation->evidence;
    size_t count = 0;
    json_free_strings(evidence->assumptions);
    evidence->assumptions = memory_zeroed((ASSUMPTIONS_MAX + 1) * sizeof *evidence->assumptions);
    for (size_t i = 0; i < evidence->workload_count; i++)
        assumptions_of_case(evaluation, i, &count);
    if (evidence->stages[STAGE_TESTS].outcome == STAGE_SKIPPED && !evaluation_is_base_alone(evaluation))
        assumptions_add(
            evidence, &count,
            memory_copy_string("No tests are configured: only the contract guards what the program does."));
    bool measured = false;
    for (size_t i = 0; i < evidence->workload_count; i++)
        measured |= evidence->workloads[i].measured;
    if (measured)
        assumptions_of_machine(evaluation, &count);
    if (measured && evaluation->input.machine_note && *evaluation->input.machine_note)
        assumptions_add(evidence, &count, memory_copy_string(evaluation->input.machine_note));
    assumptions_of_past(evaluation, &count);
    if (measured && !evaluation_is_base_alone(evaluation))
        assumptions_of_held_out(evaluation, &count);
    if (evidence->base_commit && !git_oid_equal(&evaluation->trust_commit, &evaluation->base_commit))
        assumptions_add(evidence, &count, assumptions_of_trust(evaluation));
}
