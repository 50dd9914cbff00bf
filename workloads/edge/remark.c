#include "workloads/edge/remark.h"

#include "base/cleanup.h"
#include "workloads/edge/alike.h"

/* The changes of one place of one sample of which it is known whether the arms answer alike. */
struct remark_group {
    const struct edge_remark_input *input;
    size_t requests[EDGE_ALIKE_MOST];
    struct edge_alike rows[EDGE_ALIKE_MOST];
    size_t count;
};

static bool remark_is_same(const struct remark_group *group, const struct answer *answers, size_t a, size_t b)
{
    const struct answer *one = &answers[group->requests[a]];
    const struct answer *other = &answers[group->requests[b]];
    enum contract_outcome outcome = contract_compare(group->input->contract, one, other);
    /* What can't be compared is alike where it is the same. */
    return outcome == CONTRACT_NOT_COMPARED ? answer_is_identical(one, other, false)
                                            : outcome != CONTRACT_DIFFERENT;
}

static bool remark_same_base(size_t a, size_t b, void *data)
{
    const struct remark_group *group = data;
    return remark_is_same(group, group->input->base, a, b);
}

static bool remark_same_candidate(size_t a, size_t b, void *data)
{
    const struct remark_group *group = data;
    return remark_is_same(group, group->input->candidate, a, b);
}

/* The request in question is among the first, or the last that there is room for. */
static size_t remark_collect(struct remark_group *group, size_t request)
{
    const struct edges *edges = group->input->edges;
    size_t which = EDGE_ALIKE_MOST;
    for (size_t i = 0; i < edges->set.count && group->count < EDGE_ALIKE_MOST; i++) {
        bool known = group->input->kept[i] || group->input->different[i];
        if (edges->cases[i].group != edges->cases[request].group || !edges->cases[i].nothing || !known ||
            (i < request && group->count == EDGE_ALIKE_MOST - 1))
            continue;
        if (i == request)
            which = group->count;
        group->requests[group->count] = i;
        group->rows[group->count++] =
            (struct edge_alike){.label = edges->cases[i].label, .kept = group->input->kept[i]};
    }
    return which;
}

void edge_remark(const struct edge_remark_input *input)
{
    for (size_t i = 0; i < input->edges->set.count; i++) {
        struct remark_group group = {.input = input};
        if (!input->edges->cases[i].nothing || !input->different[i])
            continue;
        size_t which = remark_collect(&group, i);
        cleanup_free char *sentence =
            edge_alike_sentence(input->edges->cases[i].word, group.rows, group.count, which, remark_same_base,
                                remark_same_candidate, &group);
        if (sentence)
            contract_remark(input->contract, &input->base[i], &input->candidate[i], sentence);
    }
}
