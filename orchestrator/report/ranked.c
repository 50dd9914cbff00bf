#include "orchestrator/report/ranked.h"

#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked_parts.h"

#include <math.h>
#include <string.h>

#define RANKED_VERSION 1

void ranked_add_estimate(cJSON *candidate, const struct rank_estimate *estimate, bool reached,
                         const cJSON *document)
{
    const cJSON *price = member_get(member_get(document, "policy"), "price");
    cJSON *object = member_add_object(candidate, "estimate");
    member_add_bool(object, "reached", reached);
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

void ranked_add_rank(cJSON *candidate, const struct rank_candidate *ranked)
{
    member_add_number(candidate, "rank", ranked->rank > 0 ? (double)ranked->rank : NAN);
}

cJSON *ranked_take_candidate(struct ranked_entry *entry, const struct ranked_list *list, size_t index,
                             const cJSON *view)
{
    char hexadecimal[DIGEST_HEX];
    cJSON *candidate = ranked_candidate_of(entry->document);
    if (candidate) {
        candidate = cJSON_DetachItemViaPointer(
            cJSON_GetObjectItemCaseSensitive(entry->document, "candidates"), candidate);
        digest_to_hex(&entry->digest, hexadecimal);
        member_add_digest(candidate, "digest", hexadecimal);
        ranked_add_estimate(candidate, &list->estimates[index], list->ranked[index].reached, entry->document);
        if (view)
            ranked_add_difference(candidate, view, entry->document);
        member_add_strings(candidate, "duplicates", entry->duplicates);
        member_add_string(member_add_object(candidate, "sign_off"), "state", entry->sign_off_state);
    }
    cJSON_Delete(entry->document);
    entry->document = NULL;
    return candidate;
}

static void ranked_add_verdicts(cJSON *object, const struct ranked_list *list)
{
    size_t counts[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < list->count; i++)
        counts[list->ranked[i].verdict]++;
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

static void ranked_add_batch(cJSON *view, const struct ranked_batch *batch, const struct ranked_list *list)
{
    cJSON *object = member_add_object(view, "batch");
    member_add_number(object, "submitted", (double)batch->submitted);
    member_add_number(object, "distinct", (double)list->count);
    member_add_number(object, "seconds", batch->seconds);
    ranked_add_verdicts(object, list);
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

cJSON *ranked_top(const cJSON *first, const struct ranked_batch *batch, const struct ranked_list *list)
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
    ranked_add_batch(view, batch, list);
    return view;
}

cJSON *report_view_batch(struct ranked_entry *entries, size_t count, const struct ranked_batch *batch)
{
    struct ranked_list list;
    ranked_list_init(&list, count);
    for (size_t i = 0; i < count; i++)
        ranked_list_add(&list, entries[i].document);
    ranked_list_order(&list);
    cJSON *view = ranked_top(count > 0 ? entries[list.order[0]].document : NULL, batch, &list);
    cJSON *candidates = member_add_array(view, "candidates");
    for (size_t i = 0; i < count; i++) {
        size_t index = list.order[i];
        cJSON *candidate = ranked_take_candidate(&entries[index], &list, index, view);
        if (!candidate)
            continue;
        ranked_add_rank(candidate, &list.ranked[index]);
        cJSON_AddItemToArray(candidates, candidate);
    }
    ranked_list_fini(&list);
    return view;
}

bool ranked_is_batch(const cJSON *view)
{
    return cJSON_IsObject(member_get(view, "batch"));
}
