#include "orchestrator/report/ranked.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "policies/rank.h"

#include <math.h>
#include <string.h>

#define RANKED_WORKLOADS_MAX 64 /* of one candidate; configurations hold fewer */
#define RANKED_VERSION       1

/* The one candidate of a canonical document, or NULL. */
static cJSON *ranked_candidate_of(const cJSON *document)
{
    const cJSON *candidates = member_get(document, "candidates");
    return cJSON_IsArray(candidates) && cJSON_IsObject(candidates->child) ? candidates->child : NULL;
}

static const cJSON *ranked_row(const cJSON *candidate, const char *workload, const char *key,
                               const char *value)
{
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next)
        if (strcmp(member_string(row, "workload"), workload) == 0 &&
            strcmp(member_string(row, key), value) == 0)
            return row;
    return NULL;
}

static struct rank_workload ranked_workload(const cJSON *candidate, const cJSON *workload)
{
    const char *name = member_string(workload, "name");
    const cJSON *primary = ranked_row(candidate, name, "role", "primary");
    const cJSON *cpu = ranked_row(candidate, name, "metric", metric_name(METRIC_CPU));
    double weight = member_number(workload, "weight");
    double block = member_number(workload, "block");
    struct rank_workload read = {
        .weight = weight > 0 ? weight : 0,
        .gain = member_gain(primary),
        .cpu = member_gain(cpu),
        .cpu_seconds = block > 0 ? member_number(cpu, "before") / block : -1,
    };
    return read;
}

static struct policy_price ranked_price(const cJSON *document)
{
    const cJSON *price = member_get(member_get(document, "policy"), "price");
    return (struct policy_price){.cpu_hour = member_number(price, "cpu_hour"),
                                 .requests_a_day = member_number(price, "requests_a_day")};
}

static double ranked_lines(const cJSON *candidate)
{
    const cJSON *patch = member_get(candidate, "patch");
    double lines = member_number(patch, "added") + member_number(patch, "removed");
    return lines >= 0 && lines < 1e9 ? lines : 0;
}

static void ranked_read_estimate(const cJSON *document, const cJSON *candidate,
                                 struct rank_estimate *estimate)
{
    struct rank_workload workloads[RANKED_WORKLOADS_MAX];
    size_t count = 0;
    const struct policy_price price = ranked_price(document);
    for (const cJSON *each = member_first(candidate, "workloads"); each && count < RANKED_WORKLOADS_MAX;
         each = each->next)
        workloads[count++] = ranked_workload(candidate, each);
    rank_estimate(estimate, workloads, count, (size_t)ranked_lines(candidate), &price);
}

/* A document of any shape gives a candidate that can be ordered; an unknown verdict is the last of all. */
static void ranked_read(const cJSON *document, struct rank_candidate *read, struct rank_estimate *estimate)
{
    const cJSON *candidate = ranked_candidate_of(document);
    int verdict = verdict_by_name(member_string(candidate, "verdict"));
    double files = member_number(member_get(candidate, "patch"), "files");
    double e_value = member_number(candidate, "e_value");
    ranked_read_estimate(document, candidate, estimate);
    *read = (struct rank_candidate){
        .id = member_string(candidate, "id"),
        .verdict = verdict < 0 ? VERDICT_ERROR : (enum verdict)verdict,
        .reached = e_value >= member_number(member_get(document, "family"), "limit"),
        .team_low = estimate->team.low,
        .lines = (size_t)ranked_lines(candidate),
        .files = files >= 0 && files < 1e9 ? (size_t)files : 0,
    };
}

static void ranked_add_estimate(cJSON *candidate, const struct rank_estimate *estimate,
                                const struct rank_candidate *ranked, const cJSON *document)
{
    const cJSON *price = member_get(member_get(document, "policy"), "price");
    cJSON *object = member_add_object(candidate, "estimate");
    member_add_bool(object, "reached", ranked->reached);
    member_add_gain(object, &estimate->team);
    member_add_number(object, "gain_per_line", estimate->gain_per_line);
    cJSON *money = member_add_object(object, "money_a_month");
    member_add_number(money, "point", estimate->money);
    member_add_number(money, "low", estimate->money_low);
    member_add_string(money, "currency",
                      *member_string(price, "currency") ? member_string(price, "currency") : NULL);
}

/* What the document says otherwise than the view's top level. */
static void ranked_add_difference(cJSON *candidate, const cJSON *view, const cJSON *document)
{
    cJSON *evaluation = member_add_object(candidate, "evaluation");
    for (const cJSON *member = document->child; member; member = member->next)
        if (member->string && strcmp(member->string, "candidates") != 0 &&
            !cJSON_Compare(member_get(view, member->string), member, true))
            cJSON_AddItemToObject(evaluation, member->string, cJSON_Duplicate(member, true));
}

/* Moves the candidate out of its document, and ends the document. */
static void ranked_add_candidate(cJSON *view, cJSON *candidates, struct ranked_entry *entry,
                                 const struct rank_candidate *ranked, const struct rank_estimate *estimate)
{
    char hexadecimal[DIGEST_HEX];
    cJSON *inner = ranked_candidate_of(entry->document);
    if (inner) {
        cJSON *candidate = cJSON_DetachItemViaPointer(
            cJSON_GetObjectItemCaseSensitive(entry->document, "candidates"), inner);
        digest_to_hex(&entry->digest, hexadecimal);
        member_add_digest(candidate, "digest", hexadecimal);
        member_add_number(candidate, "rank", ranked->rank > 0 ? (double)ranked->rank : NAN);
        ranked_add_estimate(candidate, estimate, ranked, entry->document);
        ranked_add_difference(candidate, view, entry->document);
        member_add_strings(candidate, "duplicates", entry->duplicates);
        member_add_string(member_add_object(candidate, "sign_off"), "state", entry->sign_off_state);
        cJSON_AddItemToArray(candidates, candidate);
    }
    cJSON_Delete(entry->document);
    entry->document = NULL;
}

static void ranked_add_verdicts(cJSON *object, const struct rank_candidate *ranked, size_t count)
{
    size_t counts[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        counts[ranked[i].verdict]++;
    cJSON *verdicts = member_add_object(object, "verdicts");
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (counts[verdict] > 0)
            member_add_number(verdicts, verdict_name((enum verdict)verdict), (double)counts[verdict]);
}

static void ranked_add_conflicts(cJSON *object, const struct ranked_batch *batch)
{
    if (!batch->conflicts_checked) {
        member_add_string(object, "conflicts", NULL);
        return;
    }
    cJSON *array = member_add_array(object, "conflicts");
    for (size_t i = 0; i < batch->conflict_count; i++) {
        cJSON *conflict = member_append_object(array);
        member_add_string(conflict, "first", batch->conflicts[i].first);
        member_add_string(conflict, "second", batch->conflicts[i].second);
        member_add_string(conflict, "why", batch->conflicts[i].why);
    }
}

static void ranked_add_batch(cJSON *view, const struct ranked_batch *batch,
                             const struct rank_candidate *ranked, size_t count)
{
    cJSON *object = member_add_object(view, "batch");
    member_add_number(object, "submitted", (double)batch->submitted);
    member_add_number(object, "distinct", (double)count);
    member_add_number(object, "seconds", batch->seconds);
    ranked_add_verdicts(object, ranked, count);
    ranked_add_conflicts(object, batch);
    if (!batch->combination_id) {
        member_add_string(object, "combination", NULL);
        return;
    }
    cJSON *combination = member_add_object(object, "combination");
    member_add_string(combination, "id", batch->combination_id);
    member_add_string(combination, "verdict", batch->combination_verdict);
    member_add_string(combination, "reason", batch->combination_reason);
}

/* The top level of the first document, under the batch's own name and time. */
static cJSON *ranked_top(const cJSON *first, const struct ranked_batch *batch)
{
    cJSON *view = cJSON_CreateObject();
    member_add_number(view, "cupel_report", RANKED_VERSION);
    if (batch->id)
        member_add_string(view, "id", batch->id);
    if (batch->created)
        member_add_string(view, "created", batch->created);
    for (const cJSON *member = first ? first->child : NULL; member; member = member->next)
        if (member->string && strcmp(member->string, "candidates") != 0 && !member_get(view, member->string))
            cJSON_AddItemToObject(view, member->string, cJSON_Duplicate(member, true));
    return view;
}

cJSON *report_view_batch(struct ranked_entry *entries, size_t count, const struct ranked_batch *batch)
{
    cleanup_free struct rank_candidate *ranked = memory_zeroed((count + 1) * sizeof *ranked);
    cleanup_free struct rank_estimate *estimates = memory_zeroed((count + 1) * sizeof *estimates);
    cleanup_free size_t *order = memory_zeroed((count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++)
        ranked_read(entries[i].document, &ranked[i], &estimates[i]);
    rank_order(ranked, count, order);
    cJSON *view = ranked_top(count > 0 ? entries[order[0]].document : NULL, batch);
    ranked_add_batch(view, batch, ranked, count);
    cJSON *candidates = member_add_array(view, "candidates");
    for (size_t i = 0; i < count; i++)
        ranked_add_candidate(view, candidates, &entries[order[i]], &ranked[order[i]], &estimates[order[i]]);
    return view;
}

bool ranked_is_batch(const cJSON *view)
{
    return cJSON_IsObject(member_get(view, "batch"));
}
