/* No second roll: a question that was asked before goes on with its pairs, and each new pair is kept. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"
#include "orchestrator/report/continued_words.h"

static void continue_identify(struct evaluation *evaluation)
{
    if (evaluation->keys)
        return;
    evaluation->keys = memory_zeroed((evaluation->case_count + 1) * sizeof *evaluation->keys);
    for (size_t i = 0; i < evaluation->case_count; i++) {
        const struct pairs_question question = {.base_tree = &evaluation->base_tree,
                                                .candidate_tree = &evaluation->candidate.tree,
                                                .family = evaluation->input.family,
                                                .configuration = evaluation->configuration,
                                                .workload = evaluation->cases[i].workload,
                                                .samples = &evaluation->cases[i].samples.digest};
        evaluation->keys[i] = pairs_identify(&question);
    }
}

static int continue_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    const struct evaluation_pairs *pairs = evaluation->input.pairs;
    const struct pairs_search search = {.own = evaluation->keys,
                                        .own_count = evaluation->case_count,
                                        .index = evaluation->current,
                                        .family = evaluation->input.family};
    return pairs->recall(pairs->data, &search, &evaluation->found, err);
}

static void continue_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    struct err local = *err;
    if (local.code == 0 && evaluation->cancelled)
        (void)err_set(&local, ERR_CANCELLED, "%s", evaluation->cancel_reason);
    evaluation->other_processes = evaluation->found.others;
    if (local.code != 0)
        evaluation_stage_error(evaluation, &local);
    else
        evaluation->recalled_then(evaluation);
}

void continue_recall(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    measure_past_fini(&evaluation->found.past);
    evaluation->found = (struct pairs_found){0};
    evaluation->recalled_then = then;
    if (!evaluation->input.pairs || evaluation_is_base_alone(evaluation)) {
        then(evaluation);
        return;
    }
    continue_identify(evaluation);
    job_start(&evaluation->job, evaluation->input.loop, continue_work, continue_done, evaluation);
}

void continue_keep(const struct pair_record *record, void *data)
{
    struct evaluation *evaluation = data;
    const struct evaluation_pairs *pairs = evaluation->input.pairs;
    const struct pairs_key *key = &evaluation->keys[evaluation->current];
    const struct pairs_entry entry = {.process = key->process,
                                      .family = pairs_families[evaluation->input.family],
                                      .workload = evaluation->cases[evaluation->current].workload->name,
                                      .record = *record};
    pairs->keep(pairs->data, evaluation, &key->change, &entry);
}

void evaluation_pair_kept(struct evaluation *evaluation, const struct err *err)
{
    measure_go_on(evaluation->measure, err);
}

void continue_tell(struct evaluation *evaluation, bool settled)
{
    const struct continued *from = &evaluation->found.past.from;
    cleanup_text struct text words = {0};
    if (from->pairs == 0)
        return;
    continued_append(&words, from, settled ? from->pairs : 0, NULL);
    evaluation_announce(evaluation, text_string(&words));
}
