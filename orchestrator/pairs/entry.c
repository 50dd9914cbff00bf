#include "orchestrator/pairs/entry.h"

#include "base/memory.h"
#include "orchestrator/report/member.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_COUNT_MAX 9007199254740992.0 /* 2^53: what every reader of JSON keeps */

static void entry_write_arm(cJSON *body, const char *key, const struct figures *figures)
{
    cJSON *arm = member_add_object(body, key);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (figures->value[metric] >= 0)
            member_add_number(arm, metric_name((enum metric)metric), figures->value[metric]);
}

static void entry_write_totals(cJSON *body, const char *key, const size_t totals[2])
{
    cJSON *object = member_add_object(body, key);
    member_add_number(object, "base", (double)totals[ARM_BASE]);
    member_add_number(object, "candidate", (double)totals[ARM_CANDIDATE]);
}

cJSON *pairs_entry_write(const struct pairs_entry *entry)
{
    const struct pair_record *record = &entry->record;
    char hex[DIGEST_HEX], seed[24];
    cJSON *body = cJSON_CreateObject();
    digest_to_hex(&entry->process, hex);
    (void)snprintf(seed, sizeof seed, "%" PRIu64, record->pair.seed); /* a double would round it */
    member_add_string(body, "process", hex);
    member_add_string(body, "family", entry->family);
    member_add_string(body, "workload", entry->workload);
    member_add_string(body, "environment", entry->environment);
    member_add_string(body, "phase", pair_phase_name(record->pair.phase));
    member_add_string(body, "first", record->pair.candidate_first ? "candidate" : "base");
    member_add_bool(body, "quad", record->pair.quad);
    member_add_string(body, "seed", seed);
    entry_write_arm(body, "base", &record->pair.base);
    entry_write_arm(body, "candidate", &record->pair.candidate);
    member_add_number(body, "block", (double)record->block);
    member_add_number(body, "seconds", record->seconds);
    entry_write_totals(body, "answers", record->answers);
    entry_write_totals(body, "left_behind", record->left_behind);
    return body;
}

/* A member that is missing has no figure; one that is no number, or below 0, is none of ours. */
static bool entry_read_figure(const cJSON *object, const char *key, double *figure)
{
    const cJSON *member = member_get(object, key);
    *figure = cJSON_IsNumber(member) ? member->valuedouble : -1;
    return !member || cJSON_IsNull(member) || (isfinite(*figure) && *figure >= 0);
}

static bool entry_read_arm(const cJSON *body, const char *key, struct figures *figures)
{
    const cJSON *arm = member_get(body, key);
    bool fits = cJSON_IsObject(arm);
    for (int metric = 0; fits && metric < METRIC_COUNT; metric++)
        fits = entry_read_figure(arm, metric_name((enum metric)metric), &figures->value[metric]);
    return fits;
}

static bool entry_read_count(const cJSON *object, const char *key, size_t *count)
{
    double number = member_number(object, key);
    if (!(number >= 0 && number <= ENTRY_COUNT_MAX))
        return false;
    *count = (size_t)number;
    return true;
}

static bool entry_read_totals(const cJSON *body, const char *key, size_t totals[2])
{
    const cJSON *object = member_get(body, key);
    return entry_read_count(object, "base", &totals[ARM_BASE]) &&
           entry_read_count(object, "candidate", &totals[ARM_CANDIDATE]);
}

static bool entry_read_coin(const cJSON *body, struct pair *pair)
{
    const char *phase = member_string(body, "phase"), *first = member_string(body, "first");
    const char *seed = member_string(body, "seed");
    int found = PHASE_NOISE;
    while (found < PHASE_SIZE && strcmp(pair_phase_name((enum pair_phase)found), phase) != 0)
        found++;
    pair->phase = (enum pair_phase)found;
    pair->candidate_first = strcmp(first, "candidate") == 0;
    pair->quad = member_is_true(body, "quad");
    pair->seed = strtoull(seed, NULL, 10);
    return found < PHASE_SIZE && (pair->candidate_first || strcmp(first, "base") == 0) && *seed &&
           strspn(seed, "0123456789") == strlen(seed);
}

static int entry_find_family(const char *name)
{
    for (int family = 0; family < PAIRS_FAMILIES; family++)
        if (strcmp(pairs_families[family], name) == 0)
            return family;
    return -1;
}

int pairs_entry_read(const cJSON *body, struct pairs_entry *entry, struct err *err)
{
    *entry = (struct pairs_entry){.family = member_string(body, "family"),
                                  .workload = member_string(body, "workload"),
                                  .environment = member_string(body, "environment")};
    struct pair_record *record = &entry->record;
    record->seconds = member_number(body, "seconds");
    if (digest_from_hex(member_string(body, "process"), &entry->process) &&
        entry_find_family(entry->family) >= 0 && entry_read_coin(body, &record->pair) &&
        entry_read_arm(body, "base", &record->pair.base) &&
        entry_read_arm(body, "candidate", &record->pair.candidate) &&
        entry_read_count(body, "block", &record->block) && record->seconds >= 0 &&
        isfinite(record->seconds) && entry_read_totals(body, "answers", record->answers) &&
        entry_read_totals(body, "left_behind", record->left_behind))
        return 0;
    return err_set(err, ERR_INVALID, "it holds no pair that this cupel can read");
}
