#include "orchestrator/batch/settle.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/past.h"
#include "orchestrator/journal.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/reproductions.h"
#include "orchestrator/report/store.h"

#include <math.h>
#include <string.h>

struct settlement {
    const struct settle_input *input;
    double *e_values; /* of the family */
    size_t e_value_count;
    double false_discovery_rate; /* the strictest of the policies */
    struct rank_family family;   /* closed */
    struct settled *settled;
    size_t count;
};

/* Evidence, policy and context of a candidate as the ledger has them; stored_report_fini() it. */
static int settle_read(const struct settle_input *input, const struct roster_entry *entry,
                       struct stored_report *stored, struct err *err)
{
    cJSON *body = NULL;
    int result =
        past_read_evidence(input->ledger, input->batch, entry->id, entry->state == ROSTER_FAILED, &body, err);
    if (result == 0 && !body)
        result = err_set(err, ERR_INVALID, "ledger, candidate %s: no stage of it is recorded", entry->id);
    if (result == 0)
        result = past_read_report(body, entry->id, stored, err);
    cJSON_Delete(body);
    if (result < 0)
        return result;
    stored->evidence.family_size = input->family > 1 ? input->family : 1;
    if (entry->state == ROSTER_FAILED && !stored->evidence.error)
        stored->evidence.error = memory_copy_string(entry->error);
    return 0;
}

static bool settle_is_wanted(const struct roster_entry *entry)
{
    return *entry->id && entry->state != ROSTER_SAME;
}

static int settle_gather(struct settlement *settlement, struct err *err)
{
    const struct roster *roster = settlement->input->roster;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = &roster->entries[i];
        struct stored_report stored;
        if (!settle_is_wanted(entry))
            continue;
        if (settle_read(settlement->input, entry, &stored, err) < 0)
            return err->code;
        if (!git_oid_is_zero(&entry->tree))
            settlement->e_values[settlement->e_value_count++] =
                rank_e_value(&stored.evidence, &stored.policy);
        settlement->false_discovery_rate =
            fmin(settlement->false_discovery_rate, stored.policy.false_discovery_rate);
        stored_report_fini(&stored);
    }
    return 0;
}

static bool settle_has(char *const *words, const char *word)
{
    for (; words && *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

struct settle_people {
    struct evidence *evidence;
    size_t count; /* of its people */
};

/* Whoever wrote the same change is an author of it, too, and can't sign for it. */
static int settle_visit_candidate(const struct ledger_row *row, void *data, struct err *err)
{
    struct settle_people *people = data;
    struct evidence *evidence = people->evidence;
    cJSON *body = cJSON_Parse(row->entry.body);
    (void)err;
    for (const cJSON *each = member_first(body, "people"); each; each = each->next) {
        if (!cJSON_IsString(each) || settle_has(evidence->people, each->valuestring))
            continue;
        evidence->people = memory_resize(evidence->people, people->count + 2, sizeof *evidence->people);
        evidence->people[people->count++] = memory_copy_string(each->valuestring);
        evidence->people[people->count] = NULL;
    }
    cJSON_Delete(body);
    return 0;
}

static int settle_add_people(const struct settle_input *input, const struct roster_entry *entry,
                             struct evidence *evidence, struct err *err)
{
    char tree[GIT_OID_HEXSZ + 1];
    struct settle_people people = {.evidence = evidence};
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_CANDIDATE),
                                       .batch = input->batch,
                                       .subject = git_oid_tostr(tree, sizeof tree, &entry->tree)};
    while (evidence->people && evidence->people[people.count])
        people.count++;
    return git_oid_is_zero(&entry->tree)
               ? 0
               : ledger_each(input->ledger, &query, settle_visit_candidate, &people, err);
}

static int settle_visit_verdict(const struct ledger_row *row, void *data, struct err *err)
{
    (void)row, (void)data, (void)err;
    return 1;
}

/* Once: a batch that was killed while it was settled has some of its verdicts. */
static int settle_record(const struct settle_input *input, const char *id, const struct digest *digest,
                         const struct decision *decision, struct err *err)
{
    const struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_VERDICT), .batch = input->batch, .candidate = id};
    int found = ledger_each(input->ledger, &query, settle_visit_verdict, NULL, err);
    return found != 0 ? (found < 0 ? found : 0)
                      : journal_settle(input->ledger, input->batch, id, digest, decision, err);
}

static int settle_write(struct settlement *settlement, const struct roster_entry *entry,
                        struct stored_report *stored, struct err *err)
{
    const struct settle_input *input = settlement->input;
    struct settled *settled = &settlement->settled[settlement->count];
    struct decision decision;
    cleanup_text struct text bytes = {0};
    stored->context.family = git_oid_is_zero(&entry->tree) ? NULL : &settlement->family;
    if (stored->context.family)
        rank_join(&stored->evidence, &settlement->family);
    verdict_decide(&stored->evidence, &stored->policy, &decision);
    cJSON *document = report_build(&stored->evidence, &decision, &stored->policy, &stored->context);
    int result = report_canonicalise(document, &bytes, err);
    if (result == 0)
        result = store_write(input->reports, entry->id, bytes.data, bytes.length, err);
    if (result == 0)
        result = reproductions_keep(input->reports, document, err);
    cJSON_Delete(document);
    *settled =
        (struct settled){.index = (size_t)(entry - input->roster->entries), .verdict = decision.verdict};
    settled->digest = digest_of(bytes.data, bytes.length);
    if (result == 0)
        result = settle_record(input, entry->id, &settled->digest, &decision, err);
    decision_fini(&decision);
    settlement->count += result == 0;
    return result;
}

static int settle_all(struct settlement *settlement, struct err *err)
{
    const struct roster *roster = settlement->input->roster;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = &roster->entries[i];
        struct stored_report stored;
        if (!settle_is_wanted(entry))
            continue;
        if (settle_read(settlement->input, entry, &stored, err) < 0)
            return err->code;
        int result = settle_add_people(settlement->input, entry, &stored.evidence, err);
        if (result >= 0)
            result = settle_write(settlement, entry, &stored, err);
        stored_report_fini(&stored);
        if (result < 0)
            return result;
    }
    return 0;
}

int settle_batch(const struct settle_input *input, struct settled **settled, size_t *count, struct err *err)
{
    struct settlement settlement = {.input = input, .false_discovery_rate = 1};
    cleanup_free double *e_values = memory_zeroed((input->roster->count + 1) * sizeof *e_values);
    settlement.e_values = e_values;
    settlement.settled = memory_zeroed((input->roster->count + 1) * sizeof *settlement.settled);
    int result = settle_gather(&settlement, err);
    if (result == 0) {
        rank_close_family(&settlement.family, e_values, settlement.e_value_count,
                          input->family > 1 ? input->family : 1, settlement.false_discovery_rate);
        result = settle_all(&settlement, err);
        rank_family_fini(&settlement.family);
    }
    if (result < 0) {
        free(settlement.settled);
        return result;
    }
    *settled = settlement.settled;
    *count = settlement.count;
    return 0;
}
