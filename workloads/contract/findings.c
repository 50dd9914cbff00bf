#include "workloads/contract/findings.h"

#include "base/memory.h"
#include "workloads/contract/hash.h"
#include "workloads/contract/reproduction.h"
#include "workloads/contract/rules.h"
#include "workloads/held_out_id.h"

#include <stdlib.h>
#include <string.h>

struct finding *findings_add(struct findings *findings, enum finding_class class, uint64_t key, size_t count,
                             size_t *index)
{
    int64_t known = table_find(&findings->by_key, key);
    bool full = known < 0 && findings->of_class[class] >= FINDINGS_MOST_GROUPS;
    if (index)
        *index = full ? SIZE_MAX : known < 0 ? findings->count : (size_t)known;
    if (known >= 0) {
        findings->items[known].count += count;
        return NULL;
    }
    if (full) {
        findings->dropped++;
        return NULL;
    }
    MEMORY_GROW(findings->items, findings->count, findings->capacity);
    MEMORY_GROW(findings->keys, findings->count, findings->key_capacity);
    table_add(&findings->by_key, key, (uint32_t)findings->count);
    findings->of_class[class]++;
    findings->keys[findings->count] = key;
    struct finding *fresh = &findings->items[findings->count++];
    *fresh = (struct finding){.class = class, .count = count};
    return fresh;
}

struct excuse *findings_excuse(struct findings *findings, uint64_t key, uint64_t wide,
                               enum excuse_state *state)
{
    int64_t index = table_find(&findings->excuse_by_key, key);
    bool full = index < 0 && wide && findings->excuse_count >= FINDINGS_MOST_EXCUSES;
    if (full)
        index = table_find(&findings->excuse_by_key, wide);
    *state = index >= 0 ? EXCUSE_KNOWN : full ? EXCUSE_WIDE : EXCUSE_FRESH;
    if (index >= 0)
        return &findings->excuses[index];
    MEMORY_GROW(findings->excuses, findings->excuse_count, findings->excuse_capacity);
    table_add(&findings->excuse_by_key, full ? wide : key, (uint32_t)findings->excuse_count);
    struct excuse *excuse = &findings->excuses[findings->excuse_count++];
    *excuse = (struct excuse){0};
    return excuse;
}

void finding_fini(struct finding *finding)
{
    free(finding->part);
    free(finding->pattern);
    free(finding->pointer);
    free(finding->sample);
    free(finding->before);
    free(finding->after);
    free(finding->remark);
    reproduction_free(finding->reproduction);
}

static void findings_free_excuse(struct excuse *excuse)
{
    free(excuse->part);
    free(excuse->pattern);
    free(excuse->by);
}

void findings_truncate(struct findings *findings, size_t count)
{
    if (findings->count == count)
        return;
    while (findings->count > count) {
        struct finding *last = &findings->items[--findings->count];
        findings->of_class[last->class]--;
        finding_fini(last);
    }
    table_clear(&findings->by_key);
    for (size_t i = 0; i < count; i++)
        table_add(&findings->by_key, findings->keys[i], (uint32_t)i);
}

static char *findings_copy(const char *string)
{
    return string ? memory_copy_string(string) : NULL;
}

static struct finding findings_copy_one(const struct finding *one)
{
    return (struct finding){.class = one->class,
                            .count = one->count,
                            .part = findings_copy(one->part),
                            .pattern = findings_copy(one->pattern),
                            .pointer = findings_copy(one->pointer),
                            .sample = findings_copy(one->sample),
                            .before = findings_copy(one->before),
                            .after = findings_copy(one->after),
                            .remark = findings_copy(one->remark)};
}

static struct excuse findings_copy_excuse(const struct excuse *one)
{
    struct excuse copy = *one;
    copy.part = findings_copy(one->part);
    copy.pattern = findings_copy(one->pattern);
    copy.by = findings_copy(one->by);
    return copy;
}

static uint64_t findings_hash_string(uint64_t hash, const char *string)
{
    return hash_bytes(hash, string, strlen(string));
}

/* Of a group among those of many samples. */
static uint64_t findings_key(const struct finding *finding)
{
    uint64_t key = findings_hash_string(hash_seed() + finding->class, finding->part);
    return findings_hash_string(key, finding->pattern);
}

void findings_remark(struct findings *total, const struct findings *one, const char *remark)
{
    for (size_t i = 0; i < one->count; i++) {
        int64_t index = table_find(&total->by_key, findings_key(&one->items[i]));
        if (index >= 0 && !total->items[index].remark)
            total->items[index].remark = memory_copy_string(remark);
    }
}

static void findings_merge_excuse(struct findings *total, const struct excuse *excuse)
{
    enum excuse_state state;
    uint64_t wide = findings_hash_string(hash_seed() + excuse->class, excuse->part);
    wide = findings_hash_string(wide, excuse->by);
    uint64_t key = findings_hash_string(wide, excuse->pattern);
    struct excuse *sum = findings_excuse(total, key, excuse->rule ? wide : 0, &state);
    if (state == EXCUSE_KNOWN) {
        sum->count += excuse->count;
    } else {
        *sum = findings_copy_excuse(excuse);
    }
    if (state == EXCUSE_WIDE) {
        free(sum->pattern);
        sum->pattern = memory_copy_string(rule_place(excuse->rule));
    }
    sum->evidence = excuse->evidence; /* the newest: noise may have been learned since */
    sum->asked = excuse->asked;
}

/* A held-out sample gives way to one whose request and answers may be shown. */
static bool findings_gives_way(const struct finding *finding, const char *sample)
{
    return samples_is_held_out(finding->sample) && !samples_is_held_out(sample);
}

void findings_merge(struct findings *total, const struct findings *one, const char *sample)
{
    for (size_t i = 0; i < one->count; i++) {
        const struct finding *finding = &one->items[i];
        size_t index;
        struct finding *fresh = findings_add(total, finding->class, findings_key(finding), 1, &index);
        size_t count = 1;
        if (!fresh && index != SIZE_MAX && findings_gives_way(&total->items[index], sample)) {
            fresh = &total->items[index];
            count = fresh->count;
            finding_fini(fresh);
        }
        if (!fresh)
            continue;
        *fresh = findings_copy_one(finding);
        fresh->count = count;
        free(fresh->sample);
        fresh->sample = memory_copy_string(sample);
    }
    for (size_t i = 0; i < one->excuse_count; i++) {
        if (one->excuses[i].count)
            findings_merge_excuse(total, &one->excuses[i]);
    }
    total->dropped += one->dropped;
}

bool findings_break(const struct findings *findings)
{
    for (int class = 0; class < CLASS_FIRST_NOTE; class ++) {
        if (findings->of_class[class])
            return true;
    }
    return false;
}

static int findings_order(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    int order = strcmp(a->part, b->part);
    return order ? order : strcmp(a->pattern, b->pattern);
}

static int findings_order_excuses(const void *left, const void *right)
{
    const struct excuse *a = left;
    const struct excuse *b = right;
    int order = strcmp(a->part, b->part);
    order = order ? order : strcmp(a->pattern, b->pattern);
    order = order ? order : strcmp(a->by, b->by);
    return order ? order : (int)a->class - (int)b->class;
}

void findings_summarise(const struct findings *findings, struct contract_summary *summary)
{
    summary->findings = memory_zeroed((findings->count + 1) * sizeof *summary->findings);
    for (size_t i = 0; i < findings->count; i++)
        summary->findings[i] = findings_copy_one(&findings->items[i]);
    summary->finding_count = findings->count;
    qsort(summary->findings, summary->finding_count, sizeof *summary->findings, findings_order);
    summary->findings_dropped = findings->dropped;
    summary->excuses = memory_zeroed((findings->excuse_count + 1) * sizeof *summary->excuses);
    summary->excuse_count = 0;
    for (size_t i = 0; i < findings->excuse_count; i++) {
        if (findings->excuses[i].count)
            summary->excuses[summary->excuse_count++] = findings_copy_excuse(&findings->excuses[i]);
    }
    qsort(summary->excuses, summary->excuse_count, sizeof *summary->excuses, findings_order_excuses);
}

void contract_summary_fini(struct contract_summary *summary)
{
    for (size_t i = 0; i < summary->finding_count; i++)
        finding_fini(&summary->findings[i]);
    for (size_t i = 0; i < summary->excuse_count; i++)
        findings_free_excuse(&summary->excuses[i]);
    free(summary->findings);
    free(summary->excuses);
    json_free_strings(summary->unused_rules);
    json_free_strings(summary->unwritten);
    *summary = (struct contract_summary){0};
}

size_t contract_breaks(const struct contract_summary *summary)
{
    size_t breaks = 0;
    for (size_t i = 0; i < summary->finding_count; i++)
        breaks += summary->findings[i].class < CLASS_FIRST_NOTE;
    return breaks;
}

void findings_fini(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        finding_fini(&findings->items[i]);
    for (size_t i = 0; i < findings->excuse_count; i++)
        findings_free_excuse(&findings->excuses[i]);
    free(findings->items);
    free(findings->keys);
    free(findings->excuses);
    table_fini(&findings->by_key);
    table_fini(&findings->excuse_by_key);
    *findings = (struct findings){0};
}
