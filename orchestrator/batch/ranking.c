#include "orchestrator/batch/ranking.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/journal.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/store.h"

#include <math.h>
#include <string.h>

/* Everything that the view borrows while it is made. */
struct ranking {
    struct roster roster;
    cJSON *closing; /* body of the entry that closed the batch */
    struct ranked_entry *entries;
    char ***duplicates; /* of each entry; owned, their strings are the roster's */
    size_t count;
    struct ranked_conflict *conflicts;
    size_t conflict_count;
};

static int ranking_visit_closing(const struct ledger_row *row, void *data, struct err *err)
{
    struct ranking *ranking = data;
    ranking->closing = cJSON_Parse(row->entry.body);
    if (!ranking->closing)
        return err_set(err, ERR_INVALID, "ledger entry %lld holds no JSON", (long long)row->seq);
    return 1;
}

static int ranking_visit_verdict(const struct ledger_row *row, void *data, struct err *err)
{
    struct digest *digest = data;
    if (!row->entry.subject || !digest_from_hex(row->entry.subject, digest))
        return err_set(err, ERR_INVALID, "ledger entry %lld names no report", (long long)row->seq);
    return 1;
}

/* The names of those that gave the same tree; NULL: none. */
static char **ranking_duplicates(const struct roster *roster, size_t first)
{
    char **names = NULL;
    size_t count = 0;
    for (size_t i = first + 1; i < roster->count; i++) {
        if (roster->entries[i].state != ROSTER_SAME || roster->entries[i].first != first)
            continue;
        names = memory_resize(names, count + 2, sizeof *names);
        names[count++] = roster->entries[i].name;
        names[count] = NULL;
    }
    return names;
}

static int ranking_load(struct ledger *ledger, const char *reports, const char *batch,
                        const struct roster_entry *entry, struct ranked_entry *out, struct err *err)
{
    cleanup_free char *id = NULL;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct digest digest;
    const struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_VERDICT), .batch = batch, .candidate = entry->id};
    int found = ledger_each(ledger, &query, ranking_visit_verdict, &digest, err);
    if (found < 0)
        return found;
    if (found == 0)
        return err_set(err, ERR_INVALID, "batch %s: the ledger has no verdict on candidate %s", batch,
                       entry->id);
    if (store_find(reports, entry->id, &id, &bytes, &length, err) < 0 ||
        report_view_parse(bytes, length, &out->document, &out->digest, err) < 0)
        return err_wrap(err, "batch %s", batch);
    if (memcmp(&digest, &out->digest, sizeof digest) == 0)
        return 0;
    cJSON_Delete(STEAL(out->document));
    return err_set(err, ERR_INVALID, "report %s is not the one that the ledger knows: it was changed",
                   entry->id);
}

static void ranking_read_conflicts(struct ranking *ranking)
{
    ranking->conflicts =
        memory_zeroed((member_count(ranking->closing, "conflicts") + 1) * sizeof *ranking->conflicts);
    for (const cJSON *row = member_first(ranking->closing, "conflicts"); row; row = row->next)
        ranking->conflicts[ranking->conflict_count++] =
            (struct ranked_conflict){.first = member_string(row, "first"),
                                     .second = member_string(row, "second"),
                                     .why = member_string(row, "why")};
}

static void ranking_fini(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        cJSON_Delete(ranking->entries[i].document);
        free(ranking->duplicates[i]);
    }
    free(ranking->entries);
    free(ranking->duplicates);
    free(ranking->conflicts);
    cJSON_Delete(ranking->closing);
    roster_fini(&ranking->roster);
}

static int ranking_gather(struct ranking *ranking, struct ledger *ledger, const char *reports,
                          const struct past_batch *batch, struct err *err)
{
    const struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_BATCH), .batch = batch->id, .stage = JOURNAL_CLOSED};
    int found = ledger_each(ledger, &query, ranking_visit_closing, ranking, err);
    if (found == 0)
        return err_set(err, ERR_INVALID, "batch %s is not finished: cupel batch --resume %s", batch->id,
                       batch->id);
    if (found < 0 || past_read_roster(ledger, batch->id, &ranking->roster, err) < 0)
        return err->code;
    (void)roster_mark_same(&ranking->roster);
    size_t room = ranking->roster.count + 1;
    ranking->entries = memory_zeroed(room * sizeof *ranking->entries);
    ranking->duplicates = memory_zeroed(room * sizeof *ranking->duplicates);
    for (size_t i = 0; i < ranking->roster.count; i++) {
        const struct roster_entry *entry = &ranking->roster.entries[i];
        struct ranked_entry *out = &ranking->entries[ranking->count];
        if (entry->state == ROSTER_SAME)
            continue;
        if (ranking_load(ledger, reports, batch->id, entry, out, err) < 0)
            return err->code;
        out->duplicates = ranking->duplicates[ranking->count++] = ranking_duplicates(&ranking->roster, i);
    }
    ranking_read_conflicts(ranking);
    return 0;
}

int ranking_view(struct ledger *ledger, const char *reports, const struct past_batch *batch,
                 const char *(*state_of)(const cJSON *document, const struct digest *digest, void *data),
                 void *data, cJSON **view, struct err *err)
{
    struct ranking ranking = {0};
    int result = ranking_gather(&ranking, ledger, reports, batch, err);
    for (size_t i = 0; result == 0 && i < ranking.count; i++) {
        struct ranked_entry *entry = &ranking.entries[i];
        entry->sign_off_state = state_of(entry->document, &entry->digest, data);
    }
    if (result == 0) {
        const cJSON *combination = member_get(ranking.closing, "combination");
        bool combined = cJSON_IsObject(combination);
        const struct ranked_batch about = {
            .id = batch->id,
            .created = member_string(batch->body, "created"),
            .submitted = ranking.roster.count,
            .seconds = member_number(ranking.closing, "seconds"),
            .conflicts = ranking.conflicts,
            .conflict_count = ranking.conflict_count,
            .conflicts_checked = true,
            .combination_id = combined ? member_string(combination, "id") : NULL,
            .combination_verdict = combined ? member_string(combination, "verdict") : NULL,
            .combination_reason = combined ? member_string(combination, "reason") : NULL,
        };
        *view = report_view_batch(ranking.entries, ranking.count, &about);
    }
    ranking_fini(&ranking);
    return result;
}
