#include "policies/evidence.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_INTAKE] = "intake",     [STAGE_SCREEN] = "screen",     [STAGE_WORKTREES] = "worktrees",
    [STAGE_PREPARE] = "prepare",   [STAGE_BUILD] = "build",       [STAGE_TESTS] = "tests",
    [STAGE_IDENTITY] = "identity", [STAGE_CONTRACT] = "contract", [STAGE_MEASURE] = "measure",
};

static const char *const stage_outcome_names[] = {
    [STAGE_NOT_REACHED] = "not-reached",
    [STAGE_PASSED] = "passed",
    [STAGE_FAILED] = "failed",
    [STAGE_SKIPPED] = "skipped",
};

const char *stage_name(enum stage stage)
{
    assert(stage < STAGE_COUNT);
    return stage_names[stage];
}

const char *stage_outcome_name(enum stage_outcome outcome)
{
    assert(outcome <= STAGE_SKIPPED);
    return stage_outcome_names[outcome];
}

size_t evidence_compared(const struct contract_summary *contract)
{
    return contract->samples > contract->not_compared ? contract->samples - contract->not_compared : 0;
}

static bool evidence_lists(char *const *strings, const char *string)
{
    for (; strings && *strings; strings++) {
        if (!strcmp(*strings, string))
            return true;
    }
    return false;
}

bool evidence_is_unused_rule(const struct evidence *evidence, const char *rule)
{
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        if (workload->contract_done && !evidence_lists(workload->contract.unused_rules, rule))
            return false;
    }
    return true;
}

void evidence_add_sentence(char ***sentences, char *sentence)
{
    size_t count = 0;
    while (*sentences && (*sentences)[count])
        count++;
    *sentences = memory_resize(*sentences, count + 2, sizeof **sentences);
    (*sentences)[count] = sentence;
    (*sentences)[count + 1] = NULL;
}

static void evidence_free_strings(char **strings)
{
    for (char **string = strings; string && *string; string++)
        free(*string);
    free(strings);
}

void command_evidence_free(struct command_evidence *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(commands[i].command);
        counts_fini(&commands[i].counts[ARM_BASE]);
        counts_fini(&commands[i].counts[ARM_CANDIDATE]);
    }
    free(commands);
}

void evidence_fini(struct evidence *evidence)
{
    char *const owned[] = {
        evidence->base_commit,    evidence->base_tree,     evidence->candidate_name,
        evidence->candidate_tree, evidence->patch_digest,  evidence->subject,
        evidence->author,         evidence->identical_why, evidence->error,
        evidence->isolation_why,  evidence->claim.model,   evidence->claim.rationale,
        evidence->claim.gain,     evidence->message,       evidence->candidate_commit,
    };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    evidence_free_strings(evidence->patch_notes);
    evidence_free_strings(evidence->people);
    evidence_free_strings(evidence->assumptions);
    evidence_free_strings(evidence->suspicions);
    evidence_free_strings(evidence->observations);
    for (int i = 0; i < STAGE_COUNT; i++) {
        free(evidence->stages[i].sentence);
        free(evidence->stages[i].log);
    }
    screen_result_fini(&evidence->screen);
    command_evidence_free(evidence->commands, evidence->command_count);
    for (size_t i = 0; i < evidence->workload_count; i++) {
        struct workload_evidence *workload = &evidence->workloads[i];
        free(workload->name);
        free(workload->samples_digest);
        free(workload->held_out_digest);
        contract_summary_fini(&workload->contract);
        coverage_fini(&workload->coverage);
        measurement_fini(&workload->measurement);
        curve_free(workload->curve);
        variants_free(workload->layout);
        counts_fini(&workload->counts[ARM_BASE]);
        counts_fini(&workload->counts[ARM_CANDIDATE]);
    }
    free(evidence->workloads);
    *evidence = (struct evidence){0};
}

bool evidence_has_metric(const struct workload_evidence *workload, enum metric metric)
{
    return workload->kind ? workload_kind_has_metric(workload->kind, metric) : !metric_needs_requests(metric);
}
