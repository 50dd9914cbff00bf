#include "orchestrator/batch/ranking.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/journal.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked_stream.h"
#include "orchestrator/report/store.h"

#include <stdlib.h>
#include <string.h>

/* A candidate of the view: what is asked for once, though its report is loaded several times. */
struct ranking_row {
    const struct roster_entry *entry;
    char **duplicates;    /* owned, their strings are the roster's; NULL: none */
    bool known;           /* the digest is */
    struct digest digest; /* of its report, as the ledger has it */
    const char *state;    /* of sign-off; borrowed; NULL: not asked yet */
};

/* Everything that the view borrows while it is made. */
struct ranking {
    const struct ranking_input *input;
    struct roster roster;
    cJSON *closing; /* body of the entry that closed the batch */
    struct ranking_row *rows;
    size_t count;
    struct ranking_row **by_id; /* the rows, sorted */
    struct ranked_conflict *conflicts;
    struct ranked_batch about;
    struct ranked_source source;
};

static int ranking_visit_closing(const struct ledger_row *row, void *data, struct err *err)
{
    struct ranking *ranking = data;
    ranking->closing = cJSON_Parse(row->entry.body);
    if (!ranking->closing)
        return err_set(err, ERR_INVALID, "ledger entry %lld holds no JSON", (long long)row->seq);
    return 1;
}

static int ranking_compare(const void *left, const void *right)
{
    const struct ranking_row *const *a = left, *const *b = right;
    return strcmp((*a)->entry->id, (*b)->entry->id);
}

/* The rows of that candidate, by bisection:
 * where it does not apply, the same change proposed twice is two. */
static void ranking_note_digest(struct ranking *ranking, const char *id, const struct digest *digest)
{
    size_t low = 0, high = ranking->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(ranking->by_id[middle]->entry->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < ranking->count && strcmp(ranking->by_id[low]->entry->id, id) == 0; low++) {
        ranking->by_id[low]->digest = *digest;
        ranking->by_id[low]->known = true;
    }
}

static int ranking_visit_verdict(const struct ledger_row *row, void *data, struct err *err)
{
    struct digest digest;
    if (!row->entry.candidate || !row->entry.subject || !digest_from_hex(row->entry.subject, &digest))
        return err_set(err, ERR_INVALID, "ledger entry %lld names no report", (long long)row->seq);
    ranking_note_digest(data, row->entry.candidate, &digest);
    return 0;
}

/* One walk for all of them: asking for each took longer than reading its report. */
static int ranking_read_digests(struct ranking *ranking, struct err *err)
{
    const char *batch = ranking->input->batch->id;
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_VERDICT), .batch = batch};
    ranking->by_id = memory_zeroed((ranking->count + 1) * sizeof *ranking->by_id);
    for (size_t i = 0; i < ranking->count; i++)
        ranking->by_id[i] = &ranking->rows[i];
    qsort(ranking->by_id, ranking->count, sizeof *ranking->by_id, ranking_compare);
    if (ledger_each(ranking->input->ledger, &query, ranking_visit_verdict, ranking, err) < 0)
        return err->code;
    for (size_t i = 0; i < ranking->count; i++)
        if (!ranking->rows[i].known)
            return err_set(err, ERR_INVALID, "batch %s: the ledger has no verdict on candidate %s", batch,
                           ranking->rows[i].entry->id);
    return 0;
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

/* Bytes of the digest that the ledger knows are those that cupel wrote: they need no other check. */
static int ranking_read_report(const struct ranking_input *input, const struct ranking_row *row,
                               cJSON **document, struct err *err)
{
    cleanup_free char *id = NULL;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    int found = store_find(input->reports, row->entry->id, &id, &bytes, &length, err);
    if (found == ERR_NOT_FOUND)
        return err_set(err, ERR_INVALID, "batch %s: report %s is gone", input->batch->id, row->entry->id);
    if (found < 0)
        return err_wrap(err, "batch %s", input->batch->id);
    struct digest digest = digest_of(bytes, length);
    if (memcmp(&digest, &row->digest, sizeof digest) != 0)
        return err_set(err, ERR_INVALID, "report %s is not the one that the ledger knows: it was changed",
                       row->entry->id);
    *document = cJSON_ParseWithLength(bytes, length);
    return *document ? 0 : err_set(err, ERR_INVALID, "report %s is no JSON", row->entry->id);
}

static int ranking_load(size_t index, struct ranked_entry *out, void *data, struct err *err)
{
    struct ranking *ranking = data;
    const struct ranking_input *input = ranking->input;
    struct ranking_row *row = &ranking->rows[index];
    if (ranking_read_report(input, row, &out->document, err) < 0)
        return err->code;
    if (!row->state)
        row->state = input->state_of(out->document, &row->digest, input->data);
    out->digest = row->digest;
    out->sign_off_state = row->state;
    out->duplicates = row->duplicates;
    return 0;
}

static void ranking_read_conflicts(struct ranking *ranking)
{
    size_t count = 0;
    ranking->conflicts =
        memory_zeroed((member_count(ranking->closing, "conflicts") + 1) * sizeof *ranking->conflicts);
    for (const cJSON *row = member_first(ranking->closing, "conflicts"); row; row = row->next)
        ranking->conflicts[count++] = (struct ranked_conflict){.first = member_string(row, "first"),
                                                               .second = member_string(row, "second"),
                                                               .why = member_string(row, "why")};
    ranking->about.conflicts = ranking->conflicts;
    ranking->about.conflict_count = count;
    ranking->about.conflicts_checked = true;
}

static void ranking_describe(struct ranking *ranking)
{
    const struct past_batch *batch = ranking->input->batch;
    const cJSON *combination = member_get(ranking->closing, "combination");
    bool combined = cJSON_IsObject(combination);
    ranking->about = (struct ranked_batch){
        .id = batch->id,
        .created = member_string(batch->body, "created"),
        .submitted = ranking->roster.count,
        .seconds = member_number(ranking->closing, "seconds"),
        .combination_id = combined ? member_string(combination, "id") : NULL,
        .combination_verdict = combined ? member_string(combination, "verdict") : NULL,
        .combination_reason = combined ? member_string(combination, "reason") : NULL,
    };
    ranking_read_conflicts(ranking);
    ranking->source = (struct ranked_source){.count = ranking->count, .load = ranking_load, .data = ranking};
}

static void ranking_fini(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++)
        free(ranking->rows[i].duplicates);
    free(ranking->rows);
    free(ranking->by_id);
    free(ranking->conflicts);
    cJSON_Delete(ranking->closing);
    roster_fini(&ranking->roster);
}

/* ranking_fini() it, whatever comes back. */
static int ranking_init(struct ranking *ranking, const struct ranking_input *input, struct err *err)
{
    const char *batch = input->batch->id;
    const struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_BATCH), .batch = batch, .stage = JOURNAL_CLOSED};
    *ranking = (struct ranking){.input = input};
    int found = ledger_each(input->ledger, &query, ranking_visit_closing, ranking, err);
    if (found == 0)
        return err_set(err, ERR_INVALID, "batch %s is not finished: cupel batch --resume %s", batch, batch);
    if (found < 0 || past_read_candidates(input->ledger, batch, &ranking->roster, err) < 0)
        return err->code;
    (void)roster_mark_same(&ranking->roster);
    ranking->rows = memory_zeroed((ranking->roster.count + 1) * sizeof *ranking->rows);
    for (size_t i = 0; i < ranking->roster.count; i++)
        if (ranking->roster.entries[i].state != ROSTER_SAME)
            ranking->rows[ranking->count++] = (struct ranking_row){
                .entry = &ranking->roster.entries[i], .duplicates = ranking_duplicates(&ranking->roster, i)};
    ranking_describe(ranking);
    return ranking_read_digests(ranking, err);
}

int ranking_view(const struct ranking_input *input, cJSON **view, struct err *err)
{
    struct ranking ranking;
    int result = ranking_init(&ranking, input, err);
    if (result == 0)
        result = ranked_view_brief(&ranking.source, &ranking.about, view, err);
    ranking_fini(&ranking);
    return result;
}

int ranking_write_json(const struct ranking_input *input,
                       int (*write)(const char *bytes, size_t length, void *data, struct err *err),
                       void *data, struct err *err)
{
    struct ranking ranking;
    int result = ranking_init(&ranking, input, err);
    if (result == 0)
        result = ranked_write_json(&ranking.source, &ranking.about, write, data, err);
    ranking_fini(&ranking);
    return result;
}
