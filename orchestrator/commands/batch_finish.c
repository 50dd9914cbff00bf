/* The end of `cupel batch`: verdicts, what goes together, the ranked report. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/past.h"
#include "orchestrator/batch/ranking.h"
#include "orchestrator/batch/settle.h"
#include "orchestrator/batch/together.h"
#include "orchestrator/commands/batching.h"
#include "orchestrator/commands/decided.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/commands/single.h"
#include "orchestrator/report/member.h"

#include <stdio.h>

/* The combination's report, beside those that it is made of. */
static int batching_report_together(struct batching *batching, struct single *single, cJSON *closing,
                                    struct err *err)
{
    struct single_report report;
    int result = single_report(single, &batching->order.identity, batching->ledger, &report, err);
    if (result == 0) {
        cJSON *combination = cJSON_AddObjectToObject(closing, "combination");
        member_add_string(combination, "id", output_id(report.document));
        member_add_string(combination, "verdict", verdict_name(report.decision.verdict));
        member_add_string(combination, "reason", report.decision.reason);
    }
    single_report_fini(&report);
    return result;
}

/* One more candidate, after the family is closed: its own hypothesis, on fresh data. */
static int batching_evaluate_together(struct batching *batching, const struct together *together,
                                      cJSON *closing, struct err *err)
{
    char base[GIT_OID_HEXSZ + 1];
    struct single single = {0};
    const struct intake_request request = {
        .name = together->names,
        .kind = CANDIDATE_PATCH,
        .base = git_oid_tostr(base, sizeof base, &together->base),
        .bytes = together->patch,
        .length = together->length,
    };
    struct evaluation_input input = {.request = &request,
                                     .only = batching->order.workloads,
                                     .timeout_s = batching->order.timeout_s,
                                     .family = PAIRS_COMBINATION};
    fprintf(stderr, "Evaluates the combination of what is recommended\n");
    int result = single_evaluate(&single, &batching->session, &batching->order.identity, &input, err);
    if (result == 0)
        result = batching_report_together(batching, &single, closing, err);
    single_fini(&single);
    return result;
}

static int batching_look_together(struct batching *batching, const struct settled *settled, size_t count,
                                  cJSON *closing, struct err *err)
{
    struct together together;
    const struct together_input input = {
        .repository = batching->session.repository,
        .sources = (const char *const *)batching->order.sources,
        .source_count = order_source_count(&batching->order),
        .base = batching->order.base,
        .pinned_base = batching->order.head,
        .roster = &batching->roster,
        .settled = settled,
        .settled_count = count,
    };
    if (together_find(&input, &together, err) < 0)
        return err_wrap(err, "whether the recommended candidates go together");
    int result = 0;
    if (batching->order.combine && together.patch)
        result = batching_evaluate_together(batching, &together, closing, err);
    cJSON_AddItemToObject(closing, "conflicts", STEAL(together.conflicts));
    together_fini(&together);
    return result;
}

/* The ledger's last word on the batch; its report is made of it. */
static int batching_end(struct batching *batching, const struct settled *settled, size_t count,
                        struct err *err)
{
    cJSON *closing = cJSON_CreateObject();
    int result = batching_look_together(batching, settled, count, closing, err);
    cJSON_AddNumberToObject(closing, "seconds", (double)(uv_hrtime() - batching->began_ns) / 1e9);
    if (result == 0)
        return journal_append_batch(batching->ledger, batching->order.identity.batch, JOURNAL_CLOSED, closing,
                                    err);
    cJSON_Delete(closing);
    return result;
}

/* DESIGN: 1 on any error, else 0 if any is recommended, else 4 if any is inconclusive, else 3. */
static int batching_exit_status(const struct settled *settled, size_t count)
{
    bool seen[VERDICT_COUNT] = {false};
    for (size_t i = 0; i < count; i++)
        seen[settled[i].verdict] = true;
    if (seen[VERDICT_ERROR])
        return verdict_exit_status(VERDICT_ERROR);
    if (seen[VERDICT_RECOMMENDED])
        return 0;
    if (seen[VERDICT_INCONCLUSIVE] || seen[VERDICT_GUARDRAIL_UNPROVEN])
        return verdict_exit_status(VERDICT_INCONCLUSIVE);
    return verdict_exit_status(VERDICT_NOT_WORTH_IT);
}

/* Decides, writes the reports, closes the batch. The exit status, or negative with *err. */
int batching_settle(struct batching *batching, struct err *err)
{
    struct settled *settled = NULL;
    size_t count = 0;
    cleanup_free char *reports = output_reports_folder(batching->session.state);
    const struct settle_input input = {.ledger = batching->ledger,
                                       .batch = batching->order.identity.batch,
                                       .reports = reports,
                                       .roster = &batching->roster,
                                       .family = batching->family};
    /* Reports never change: from the first one on, no error may be evaluated again. */
    if (!batching->evaluated && journal_append_batch(batching->ledger, batching->order.identity.batch,
                                                     JOURNAL_EVALUATED, cJSON_CreateObject(), err) < 0)
        return err->code;
    if (settle_batch(&input, &settled, &count, err) < 0)
        return err->code;
    int result = batching_end(batching, settled, count, err);
    if (result == 0)
        result = batching_exit_status(settled, count);
    free(settled);
    return result;
}

int batching_show(struct batching *batching, struct err *err)
{
    struct past_batch past;
    struct decided decided;
    cleanup_free char *reports = output_reports_folder(batching->session.state);
    if (past_find(batching->ledger, batching->order.identity.batch, &past, err) < 0)
        return err->code;
    decided_open(&decided, &batching->session);
    const struct ranking_input input = {.ledger = batching->ledger,
                                        .reports = reports,
                                        .batch = &past,
                                        .state_of = decided_state_of,
                                        .data = &decided};
    int result = output_print_batch(&input, batching->arguments, err);
    if (result == 0)
        decided_print_notes(&decided);
    decided_close(&decided);
    past_batch_fini(&past);
    return result;
}
