#include "orchestrator/report/ranked_parts.h"

#include "base/memory.h"
#include "orchestrator/report/member.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANKED_WORKLOADS_MAX 64 /* of one candidate; configurations hold fewer */

cJSON *ranked_candidate_of(const cJSON *document)
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

void ranked_list_init(struct ranked_list *list, size_t capacity)
{
    *list = (struct ranked_list){
        .ranked = memory_zeroed((capacity + 1) * sizeof *list->ranked),
        .estimates = memory_zeroed((capacity + 1) * sizeof *list->estimates),
        .ids = memory_zeroed((capacity + 1) * sizeof *list->ids),
        .order = memory_zeroed((capacity + 1) * sizeof *list->order),
        .capacity = capacity,
    };
}

void ranked_list_fini(struct ranked_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->ids[i]);
    free(list->ids);
    free(list->ranked);
    free(list->estimates);
    free(list->order);
    *list = (struct ranked_list){0};
}

/* A document of any shape gives a candidate that can be ordered; an unknown verdict is the last of all. */
void ranked_list_add(struct ranked_list *list, const cJSON *document)
{
    assert(list->count < list->capacity);
    size_t index = list->count++;
    const cJSON *candidate = ranked_candidate_of(document);
    int verdict = verdict_by_name(member_string(candidate, "verdict"));
    double files = member_number(member_get(candidate, "patch"), "files");
    double e_value = member_number(candidate, "e_value");
    ranked_read_estimate(document, candidate, &list->estimates[index]);
    list->ids[index] = memory_copy_string(member_string(candidate, "id"));
    list->ranked[index] = (struct rank_candidate){
        .id = list->ids[index],
        .verdict = verdict < 0 ? VERDICT_ERROR : (enum verdict)verdict,
        .reached = e_value >= member_number(member_get(document, "family"), "limit"),
        .team_low = list->estimates[index].team.low,
        .lines = (size_t)ranked_lines(candidate),
        .files = files >= 0 && files < 1e9 ? (size_t)files : 0,
    };
}

void ranked_list_order(struct ranked_list *list)
{
    rank_order(list->ranked, list->count, list->order);
}
