/* What comparisons add up to: each sample once, its findings in groups, what the base teaches of its own
 * noise. */
#include "base/memory.h"
#include "workloads/contract/contract_state.h"
#include "workloads/contract/outcome.h"

#include <string.h>

/* The base's parts were read just now. */
static void contract_count_kinds(struct contract *contract, const struct answer *base)
{
    kinds_add_part(&contract->kinds, "exit status");
    for (size_t i = 0; i < contract->part_count; i++) {
        const struct answer_part *part = contract_answer_part(base, i);
        if ((i != 1 || contract->workload->compare_stderr) && part->present)
            kinds_add_body(&contract->kinds, contract_part_name(contract, i), &contract->parts[i].body);
    }
}

/* A sample counts once, however often its answers are recorded: figures are of samples, not of runs. */
static void contract_count(struct contract_pass *pass, const char *sample, const struct answer *base,
                           const struct answer *candidate, enum contract_outcome outcome)
{
    struct contract *contract = pass->contract;
    uint64_t key = noise_sample(sample);
    if (contract->apart || table_find(&contract->recorded, key) >= 0)
        return;
    table_add(&contract->recorded, key, (uint32_t)outcome);
    contract->samples++;
    contract->tolerated += outcome == CONTRACT_TOLERATED;
    for (size_t i = 2; i < contract->part_count; i++)
        contract->written[i - 2] = contract->written[i - 2] || contract_answer_part(base, i)->present ||
                                   contract_answer_part(candidate, i)->present;
    if (outcome == CONTRACT_NOT_COMPARED) {
        contract->missed[pass->missed]++;
        return;
    }
    contract->fields += pass->fields;
    if (pass->missed == MISSED_COUNT || pass->missed == MISSED_EMPTY)
        contract_count_kinds(contract, base);
}

static enum contract_outcome contract_record_under(struct contract *contract, const char *sample,
                                                   uint64_t noise, const struct answer *base,
                                                   const struct answer *candidate)
{
    struct contract_pass pass = {.contract = contract, .sample = noise, .missed = MISSED_COUNT};
    enum contract_outcome outcome = contract_run(&pass, base, candidate);
    findings_merge(&contract->total, &pass.findings, sample);
    findings_fini(&pass.findings);
    contract_count(&pass, sample, base, candidate, outcome);
    return outcome;
}

enum contract_outcome contract_record(struct contract *contract, const char *sample,
                                      const struct answer *base, const struct answer *candidate)
{
    return contract_record_under(contract, sample, 0, base, candidate);
}

enum contract_outcome contract_record_at(struct contract *contract, const char *sample,
                                         const struct answer *base, const struct answer *candidate)
{
    return contract_record_under(contract, sample, noise_sample(sample), base, candidate);
}

void contract_set_apart(struct contract *contract, bool apart)
{
    contract->apart = apart;
}

void contract_remark(struct contract *contract, const struct answer *base, const struct answer *candidate,
                     const char *remark)
{
    struct contract_pass pass = {.contract = contract, .missed = MISSED_COUNT};
    contract_run(&pass, base, candidate);
    findings_remark(&contract->total, &pass.findings, remark);
    findings_fini(&pass.findings);
}

enum contract_outcome contract_inspect(struct contract *contract, const char *sample,
                                       const struct answer *base, const struct answer *candidate,
                                       struct contract_summary *summary)
{
    struct contract_pass pass = {
        .contract = contract, .sample = sample ? noise_sample(sample) : 0, .missed = MISSED_COUNT};
    enum contract_outcome outcome = contract_run(&pass, base, candidate);
    *summary = (struct contract_summary){.fields = pass.fields};
    findings_summarise(&pass.findings, summary);
    findings_fini(&pass.findings);
    return outcome;
}

/* The most serious finding, as a sentence about the base. */
static char *contract_describe_unstable(const char *sample, const struct findings *findings)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].class < CLASS_FIRST_NOTE &&
            (!worst || findings->items[i].class < worst->class))
            worst = &findings->items[i];
    }
    if (!worst)
        return NULL;
    return memory_format("the base's own answers to sample \"%s\" differ: %s of %s%s%s (%.100s, then %.100s)",
                         sample, finding_class_name(worst->class), worst->part, *worst->pointer ? " at " : "",
                         worst->pointer, worst->before ? worst->before : "absent",
                         worst->after ? worst->after : "absent");
}

void contract_learn(struct contract *contract, const char *sample, const struct answer *answers, size_t count,
                    char **unstable)
{
    *unstable = NULL;
    for (size_t i = 1; i < count; i++) {
        contract->noise.asked++;
        struct contract_pass pass = {
            .contract = contract, .learning = true, .sample = noise_sample(sample), .missed = MISSED_COUNT};
        contract_run(&pass, &answers[0], &answers[i]);
        if (!*unstable)
            *unstable = contract_describe_unstable(sample, &pass.findings);
        findings_fini(&pass.findings);
    }
}

bool contract_find_outcome(const struct contract *contract, const char *sample,
                           enum contract_outcome *outcome)
{
    int64_t found = table_find(&contract->recorded, noise_sample(sample));
    if (found >= 0)
        *outcome = (enum contract_outcome)found;
    return found >= 0;
}

/* Declared output files that no answer had, once there were answers. */
static char **contract_list_unwritten(const struct contract *contract)
{
    size_t count = 0;
    char **unwritten = memory_zeroed(contract->part_count * sizeof *unwritten);
    for (size_t i = 2; contract->samples && i < contract->part_count; i++) {
        if (!contract->written[i - 2])
            unwritten[count++] = memory_copy_string(contract_part_name(contract, i));
    }
    return unwritten;
}

void contract_summarise(const struct contract *contract, struct contract_summary *summary)
{
    *summary = (struct contract_summary){.samples = contract->samples,
                                         .fields = contract->fields,
                                         .kinds = contract->kinds.count,
                                         .more_kinds = contract->kinds.more,
                                         .tolerated = contract->tolerated,
                                         .unwritten = contract_list_unwritten(contract)};
    for (int why = 0; why < MISSED_COUNT; why++) {
        summary->missed[why] = contract->missed[why];
        summary->not_compared += contract->missed[why];
    }
    findings_summarise(&contract->total, summary);
    summary->unused_rules = outcome_unused_rules(contract->rules, contract->matched);
}
