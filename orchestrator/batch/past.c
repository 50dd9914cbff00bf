#include "orchestrator/batch/past.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/journal.h"
#include "orchestrator/report/member.h"

#include <search.h>
#include <stdio.h>
#include <string.h>

static int past_parse(const struct ledger_row *row, cJSON **body, struct err *err)
{
    *body = cJSON_Parse(row->entry.body);
    if (*body)
        return 0;
    return err_set(err, ERR_INVALID, "ledger entry %lld holds no JSON that this cupel can read",
                   (long long)row->seq);
}

struct past_walk {
    int (*visit)(struct past_batch *batch, void *data, struct err *err);
    void *data;   /* of `visit` */
    void *closed; /* ids of closed ones that were passed: a tsearch(3) tree */
};

static int past_compare(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* Newest first: what closes a batch comes before what began it. */
static int past_visit_batch(const struct ledger_row *row, void *data, struct err *err)
{
    struct past_walk *walk = data;
    const char *id = row->entry.batch, *stage = row->entry.stage;
    if (!id)
        return 0;
    if (stage && strcmp(stage, JOURNAL_CLOSED) == 0 && !tfind(id, &walk->closed, past_compare))
        return tsearch(memory_copy_string(id), &walk->closed, past_compare) ? 0 : -1;
    if (stage)
        return 0;
    struct past_batch batch = {.closed = tfind(id, &walk->closed, past_compare) != NULL};
    if (past_parse(row, &batch.body, err) < 0)
        return err->code;
    (void)snprintf(batch.id, sizeof batch.id, "%s", id);
    bool is_batch = strcmp(member_string(batch.body, "command"), "batch") == 0;
    int result = is_batch ? walk->visit(&batch, walk->data, err) : 0;
    past_batch_fini(&batch);
    return result;
}

int past_each(struct ledger *ledger, int (*visit)(struct past_batch *batch, void *data, struct err *err),
              void *data, struct err *err)
{
    struct past_walk walk = {.visit = visit, .data = data};
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_BATCH), .newest_first = true};
    int result = ledger_each(ledger, &query, past_visit_batch, &walk, err);
    tdestroy(walk.closed, free);
    return result;
}

struct past_search {
    const char *prefix; /* NULL: any that isn't closed */
    struct past_batch *batch;
    bool found;
};

static int past_take(struct past_batch *batch, void *data, struct err *err)
{
    struct past_search *search = data;
    bool wanted =
        search->prefix ? strncmp(batch->id, search->prefix, strlen(search->prefix)) == 0 : !batch->closed;
    if (!wanted)
        return 0;
    if (search->found)
        return err_set(err, ERR_INVALID, "%s and %s both begin with \"%s\"; give more of the id",
                       search->batch->id, batch->id, search->prefix);
    *search->batch = *batch;
    batch->body = NULL;
    search->found = true;
    return search->prefix ? 0 : 1; /* a prefix must be that of one batch */
}

static int past_visit_sifted(const struct ledger_row *row, void *data, struct err *err)
{
    struct past_batch *batch = data;
    cJSON *body;
    if (past_parse(row, &body, err) < 0)
        return err->code;
    double family = member_number(body, "family");
    batch->family = family >= 0 ? (size_t)family : 0;
    cJSON_Delete(body);
    return 1;
}

static int past_visit_evaluated(const struct ledger_row *row, void *data, struct err *err)
{
    struct past_batch *batch = data;
    (void)row, (void)err;
    batch->evaluated = true;
    return 1;
}

int past_find(struct ledger *ledger, const char *prefix, struct past_batch *batch, struct err *err)
{
    struct past_search search = {.prefix = prefix, .batch = batch};
    int result = past_each(ledger, past_take, &search, err);
    if (result < 0 && search.found)
        past_batch_fini(batch);
    if (result < 0)
        return result;
    if (!search.found && prefix)
        return err_set(err, ERR_NOT_FOUND, "the ledger of this repository knows no batch %s", prefix);
    if (!search.found)
        return err_set(err, ERR_NOT_FOUND, "no batch of this repository is unfinished");
    struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_BATCH), .batch = batch->id, .stage = JOURNAL_SIFTED};
    result = ledger_each(ledger, &query, past_visit_sifted, batch, err);
    query.stage = JOURNAL_EVALUATED;
    if (result >= 0)
        result = ledger_each(ledger, &query, past_visit_evaluated, batch, err);
    if (result < 0)
        past_batch_fini(batch);
    return result < 0 ? result : 0;
}

void past_batch_fini(struct past_batch *batch)
{
    cJSON_Delete(batch->body);
    *batch = (struct past_batch){0};
}

static int past_visit_candidate(const struct ledger_row *row, void *data, struct err *err)
{
    struct roster *roster = data;
    cJSON *body;
    if (past_parse(row, &body, err) < 0)
        return err->code;
    double number = member_number(body, "number");
    if (cJSON_IsNull(member_get(body, "number"))) { /* the combination of others */
        cJSON_Delete(body);
        return 0;
    }
    if (!(number >= 0 && number < 1e7) || !row->entry.candidate) {
        cJSON_Delete(body);
        return err_set(err, ERR_INVALID, "ledger entry %lld names no place in its batch",
                       (long long)row->seq);
    }
    struct roster_entry *entry = roster_at(roster, (size_t)number);
    free(entry->name);
    entry->name = memory_copy_string(member_string(body, "proposal"));
    (void)snprintf(entry->id, sizeof entry->id, "%s", row->entry.candidate);
    (void)git_oid_fromstr(&entry->base_commit, member_string(body, "base_commit"));
    (void)git_oid_fromstr(&entry->base_tree, member_string(body, "base_tree"));
    (void)git_oid_fromstr(&entry->tree, member_string(body, "tree"));
    cJSON_Delete(body);
    return 0;
}

/* Where a candidate stands by its newest evidence. */
static enum roster_state past_state(const cJSON *body)
{
    const cJSON *document = member_get(body, "document");
    const cJSON *candidate = member_first(document, "candidates");
    enum roster_state state = ROSTER_UNREAD;
    if (cJSON_IsString(member_get(candidate, "identical")))
        return ROSTER_SETTLED;
    for (const cJSON *stage = member_first(candidate, "stages"); stage; stage = stage->next) {
        const char *name = member_string(stage, "name");
        const char *outcome = member_string(stage, "outcome");
        if (strcmp(outcome, stage_outcome_name(STAGE_FAILED)) == 0)
            return ROSTER_SETTLED;
        if (strcmp(outcome, stage_outcome_name(STAGE_NOT_REACHED)) == 0)
            return state;
        if (strcmp(name, stage_name(STAGE_SCREEN)) == 0)
            state = ROSTER_READY;
    }
    return ROSTER_SETTLED;
}

int past_read_candidates(struct ledger *ledger, const char *batch, struct roster *roster, struct err *err)
{
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_CANDIDATE), .batch = batch};
    int result = ledger_each(ledger, &query, past_visit_candidate, roster, err);
    return result < 0 ? result : 0;
}

int past_read_roster(struct ledger *ledger, const char *batch, struct roster *roster, struct err *err)
{
    int result = past_read_candidates(ledger, batch, roster, err);
    for (size_t i = 0; result >= 0 && i < roster->count; i++) {
        struct roster_entry *entry = &roster->entries[i];
        cJSON *body = NULL;
        if (!*entry->id)
            continue;
        result = past_read_evidence(ledger, batch, entry->id, false, &body, err);
        if (result == 0 && body)
            entry->state = past_state(body);
        cJSON_Delete(body);
    }
    return result < 0 ? result : 0;
}

int past_keep_errors(struct ledger *ledger, const char *batch, struct roster *roster, struct err *err)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < roster->count; i++) {
        struct roster_entry *entry = &roster->entries[i];
        cJSON *body = NULL;
        if (entry->state != ROSTER_READY)
            continue;
        result = past_read_evidence(ledger, batch, entry->id, true, &body, err);
        const char *error = member_string(member_first(member_get(body, "document"), "candidates"), "error");
        if (result == 0)
            roster_fail(entry, *error ? error : "its evaluation did not end");
        cJSON_Delete(body);
    }
    return result;
}

struct past_latest {
    bool errors;
    cJSON *body;
};

static int past_visit_stage(const struct ledger_row *row, void *data, struct err *err)
{
    struct past_latest *latest = data;
    if (!latest->errors && row->entry.stage && strcmp(row->entry.stage, JOURNAL_ERROR) == 0)
        return 0;
    int result = past_parse(row, &latest->body, err);
    return result < 0 ? result : 1;
}

int past_read_evidence(struct ledger *ledger, const char *batch, const char *id, bool errors, cJSON **body,
                       struct err *err)
{
    struct past_latest latest = {.errors = errors};
    const struct ledger_query query = {
        .kinds = LEDGER_KIND_BIT(LEDGER_STAGE), .batch = batch, .candidate = id, .newest_first = true};
    int result = ledger_each(ledger, &query, past_visit_stage, &latest, err);
    *body = latest.body;
    return result < 0 ? result : 0;
}

static bool past_read_digest(const cJSON *kept, const char *key, struct digest *digest)
{
    const char *text = member_string(kept, key);
    return strncmp(text, "sha256:", 7) == 0 && digest_from_hex(text + 7, digest);
}

static void past_read_kept(const cJSON *kept, struct evaluation_kept *out)
{
    double patched_at = member_number(kept, "patched_at");
    *out = (struct evaluation_kept){0};
    out->patched_at = patched_at > 0 && patched_at < 9e15 ? (int64_t)patched_at : 0;
    out->has_prepare = past_read_digest(kept, "prepare", &out->prepare);
    out->has_build = past_read_digest(kept, "build", &out->build);
    size_t count = 0;
    for (const cJSON *each = member_first(kept, "answers"); each && count < EVALUATION_TAPES_MAX;
         each = each->next)
        if (!cJSON_IsString(each) || !digest_from_hex(each->valuestring, &out->answers[count++]))
            return;
}

int past_read_report(const cJSON *body, const char *id, struct stored_report *stored, struct err *err)
{
    cleanup_text struct text bytes = {0};
    cleanup_free char *name = memory_format("ledger, candidate %s", id);
    if (report_canonicalise(member_get(body, "document"), &bytes, err) < 0)
        return err_wrap(err, "%s", name);
    return stored_report_read(stored, name, bytes.data, bytes.length, err);
}

int past_read_stages(struct ledger *ledger, const char *batch, const char *id, struct past_stages *past,
                     struct err *err)
{
    cJSON *body = NULL;
    struct stored_report stored;
    *past = (struct past_stages){0};
    int result = past_read_evidence(ledger, batch, id, false, &body, err);
    if (result == 0 && body)
        result = past_read_report(body, id, &stored, err);
    if (result == 0 && body) {
        past_read_kept(member_get(body, "kept"), &past->kept);
        past->evidence = stored.evidence;
        stored.evidence = (struct evidence){0};
        past->known = true;
        stored_report_fini(&stored);
    }
    cJSON_Delete(body);
    return result;
}

void past_stages_fini(struct past_stages *past)
{
    evidence_fini(&past->evidence);
    *past = (struct past_stages){0};
}
