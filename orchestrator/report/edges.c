#include "orchestrator/report/edges.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#include <string.h>

static void edges_build(cJSON *contract, const struct edge_counts *counts)
{
    cJSON *object = member_add_object(contract, "edges");
    member_add_number(object, "planned", (double)counts->planned);
    member_add_number(object, "tried", (double)counts->tried);
    member_add_number(object, "refused", (double)counts->refused);
    member_add_number(object, "unstable", (double)counts->unstable);
    member_add_number(object, "crashed", (double)counts->crashed);
    member_add_number(object, "not_compared", (double)counts->not_compared);
    member_add_number(object, "different", (double)counts->different);
    member_add_number(object, "left_out_by_budget", (double)counts->left_out);
}

void edges_build_contract(cJSON *contract, const struct evidence *evidence)
{
    struct edge_counts total = {0};
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct edge_counts *each = &evidence->workloads[i].edges;
        total.planned += each->planned;
        total.tried += each->tried;
        total.compared += each->compared;
        total.refused += each->refused;
        total.unstable += each->unstable;
        total.crashed += each->crashed;
        total.not_compared += each->not_compared;
        total.different += each->different;
        total.left_out += each->left_out;
    }
    member_add_number(contract, "edge_cases", (double)total.compared);
    edges_build(contract, &total);
}

void edges_build_workload(cJSON *contract, const struct workload_evidence *workload)
{
    member_add_number(contract, "edge_cases", (double)workload->edges.compared);
    edges_build(contract, &workload->edges);
}

/* What was not held against each other, and why. */
static void edges_append_count(struct text *out, const cJSON *edges, const char *key, const char *words,
                               size_t *said)
{
    double count = member_number(edges, key);
    if (!(count > 0))
        return;
    text_append_string(out, (*said)++ ? ", " : "; ");
    figure_append_count(out, count);
    text_append_char(out, ' ');
    text_append_string(out, words);
}

/* Siblings are linked both ways, and the first one's way back leads to the last. */
const char *edges_remark(const cJSON *finding)
{
    const char *remark = member_string(finding, "remark");
    const cJSON *above = finding->prev && finding->prev->next ? finding->prev : NULL;
    return above && !strcmp(remark, member_string(above, "remark")) ? "" : remark;
}

void edges_append_remark(struct text *out, const cJSON *finding)
{
    const char *remark = edges_remark(finding);
    if (!*remark)
        return;
    text_append_string(out, "  - ");
    report_escape_markdown(out, remark, CARD_VALUE_MAX);
    text_append_char(out, '\n');
}

void edges_append_words(struct text *out, const char *before, const cJSON *contract)
{
    const cJSON *edges = member_get(contract, "edges");
    size_t said = 0;
    if (!(member_number(edges, "planned") > 0))
        return;
    text_append_string(out, before);
    card_append_counted(out, member_number(contract, "edge_cases"), "changed request", "changed requests");
    text_append_string(out, " compared");
    edges_append_count(out, edges, "different", "differ", &said);
    edges_append_count(out, edges, "refused", "refused by the base", &said);
    edges_append_count(out, edges, "crashed", "ended it by a signal or a time limit", &said);
    edges_append_count(out, edges, "unstable", "it answers otherwise each time", &said);
    edges_append_count(out, edges, "not_compared", "not comparable", &said);
    edges_append_count(out, edges, "left_out_by_budget", "left out by the budget", &said);
}
