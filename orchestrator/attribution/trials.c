#include "orchestrator/attribution/trials.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

char *trials_name(uint32_t parts)
{
    struct text name = {0};
    int left = __builtin_popcount(parts);
    text_append_string(&name, left == 1 ? "part " : "parts ");
    for (unsigned i = 0; i < 32; i++) {
        if (!(parts >> i & 1))
            continue;
        left--;
        text_printf(&name, "%u%s", i + 1, left == 0 ? "" : left == 1 ? " and " : ", ");
    }
    return text_take(&name);
}

/* The attribution's view of what there is so far; parts are its caller's, PARTS_MOST of them. */
static void trials_fill(const struct trials_input *input, const struct trials *trials,
                        struct attribution_part *parts, struct attribution_input *out)
{
    for (size_t i = 0; i < input->parts->count; i++) {
        const struct part *part = &input->parts->items[i];
        parts[i] = (struct attribution_part){.needs = part->needs, .lines = part->added + part->removed};
    }
    *out = (struct attribution_input){
        .parts = parts,
        .count = input->parts->count,
        .whole = trials->whole,
        .trials = trials->rows,
        .trial_count = trials->count,
        .minimum_improvement = input->policy->minimum_improvement,
        .false_discovery_rate = input->policy->false_discovery_rate,
    };
}

static size_t trials_find_tree(const struct trials *trials, const git_oid *tree)
{
    for (size_t i = 0; i < trials->count; i++)
        if (!trials->items[i].failure && git_oid_equal(&trials->items[i].set.tree, tree))
            return i;
    return ATTRIBUTION_NONE;
}

/* Verdict and figures as they stand; called again when the family is closed. */
static void trials_judge(const struct trials_input *input, struct trials *trials, size_t index)
{
    struct trial *trial = &trials->items[index];
    struct attribution_trial *row = &trials->rows[index];
    *row = (struct attribution_trial){.parts = trial->parts, .verdict = VERDICT_DOES_NOT_APPLY};
    if (trial->failure)
        return;
    if (trial->same_as != ATTRIBUTION_NONE) {
        *row = trials->rows[trial->same_as];
        row->parts = trial->parts;
        row->e_real = 0; /* it counts once */
        return;
    }
    decision_fini(&trial->decision);
    verdict_decide(&trial->evidence, input->policy, &trial->decision);
    row->verdict = trial->decision.verdict;
    attribution_read(row, &trial->evidence);
}

/* 0 when the set is known from now on, or a negative code. */
static int trials_try(const struct trials_input *input, struct trials *trials, uint32_t parts,
                      struct err *err)
{
    char name[GIT_OID_HEXSZ + 1];
    struct trial trial = {.parts = parts, .same_as = ATTRIBUTION_NONE};
    int code = parts_compose(input->repository, input->parts, parts, &trial.set, &trial.failure, err);
    if (code < 0)
        return code;
    if (!trial.failure)
        trial.same_as = trials_find_tree(trials, &trial.set.tree);
    if (!trial.failure && trial.same_as == ATTRIBUTION_NONE) {
        const struct intake_request request = {
            .name = git_oid_tostr(name, sizeof name, &trial.set.commit),
            .kind = CANDIDATE_COMMIT,
            .base = input->base,
        };
        cleanup_free char *words = trials_name(parts);
        code = input->evaluate(&request, attribution_family_size(input->parts->count), words, &trial.evidence,
                               input->data, err);
    }
    if (code < 0)
        return code;
    trials->items[trials->count] = trial;
    trials_judge(input, trials, trials->count++);
    return 0;
}

/* The sets' verdicts are held against how many were tried; then what they say of each part. */
static void trials_close(const struct trials_input *input, struct trials *trials)
{
    double e_values[2 * PARTS_MOST];
    struct attribution_part parts[PARTS_MOST];
    struct attribution_input attribution;
    for (size_t i = 0; i < trials->count; i++)
        e_values[i] =
            trials->items[i].decision.reason ? rank_e_value(&trials->items[i].evidence, input->policy) : 0;
    rank_close_family(&trials->family, e_values, trials->count, attribution_family_size(input->parts->count),
                      input->policy->false_discovery_rate);
    for (size_t i = 0; i < trials->count; i++) {
        if (trials->items[i].decision.reason)
            rank_join(&trials->items[i].evidence, &trials->family);
        trials_judge(input, trials, i);
    }
    trials_fill(input, trials, parts, &attribution);
    attribution_settle(&attribution, &trials->attribution);
}

void trials_run(const struct trials_input *input, struct trials *trials)
{
    struct attribution_part parts[PARTS_MOST];
    struct attribution_input attribution;
    struct err err = {0};
    uint32_t next;
    *trials = (struct trials){
        .whole = {.parts = (UINT32_C(1) << input->parts->count) - 1, .verdict = input->whole_verdict}};
    attribution_read(&trials->whole, input->whole);
    trials_fill(input, trials, parts, &attribution);
    while (!trials->stopped && (next = attribution_next(&attribution)) != 0) {
        if (trials_try(input, trials, next, &err) < 0)
            trials->stopped = memory_copy_string(err.message);
        trials_fill(input, trials, parts, &attribution);
    }
    trials_close(input, trials);
}

void trials_fini(struct trials *trials)
{
    for (size_t i = 0; i < trials->count; i++) {
        free(trials->items[i].failure);
        evidence_fini(&trials->items[i].evidence);
        decision_fini(&trials->items[i].decision);
    }
    rank_family_fini(&trials->family);
    attribution_fini(&trials->attribution);
    free(trials->stopped);
    *trials = (struct trials){0};
}
