/* Each entry is built and canonicalised on the loop,
 * which takes less than a millisecond, and committed on the pool. */
#include "orchestrator/journal.h"

#include "base/memory.h"
#include "orchestrator/ledger/writer.h"
#include "orchestrator/report/member.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct journal {
    struct ledger *ledger;
    struct ledger_writer writer;
    struct journal_identity identity;
    const struct sandbox_isolation *isolation; /* borrowed */
    struct err err;                            /* first failure of any entry */
    void (*closed)(void *data, const struct err *err);
    void *data; /* of `closed` */
};

void journal_identify(struct journal_identity *identity)
{
    struct digest_stream stream;
    char hex[DIGEST_HEX];
    int64_t pid = getpid();
    facts_collect(&identity->facts);
    digest_start(&stream);
    digest_add_field(&stream, "cupel-batch", 11);
    digest_add_field(&stream, identity->facts.created, strlen(identity->facts.created));
    digest_add(&stream, &pid, sizeof pid);
    struct digest digest = digest_finish(&stream);
    digest_to_hex(&digest, hex);
    memcpy(identity->batch, hex, REPORT_ID);
    identity->batch[REPORT_ID] = '\0';
}

int journal_open(struct journal **out, uv_loop_t *loop, const char *state,
                 const struct journal_identity *identity, const struct sandbox_isolation *isolation,
                 struct err *err)
{
    struct ledger *ledger;
    if (ledger_open(&ledger, state, NULL, err) < 0)
        return err->code;
    struct journal *journal = MEMORY_NEW(struct journal);
    journal->ledger = ledger;
    journal->identity = *identity;
    journal->isolation = isolation;
    ledger_writer_open(&journal->writer, loop, ledger);
    *out = journal;
    return 0;
}

void journal_describe(const struct journal *journal, const struct configuration *configuration,
                      struct facts *facts, struct report_context *context)
{
    *facts = journal->identity.facts;
    facts_describe(facts, journal->isolation, configuration, context);
}

void journal_name(const struct journal *journal, const struct evaluation *evaluation,
                  char id[static JOURNAL_NAME_MAX])
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    struct facts facts;
    struct report_context context;
    journal_describe(journal, evaluation_configuration(evaluation), &facts, &context);
    if (evidence->candidate_name)
        report_candidate_id(evidence, &context, id);
    else
        snprintf(id, JOURNAL_NAME_MAX, "base-%.12s", evidence->base_tree);
}

/* The first that fails is kept: what follows on it would stand without it. */
static void journal_on_written(void *data, const struct ledger_head *at, const struct err *err)
{
    struct journal *journal = data;
    (void)at;
    if (err->code != 0 && journal->err.code == 0)
        journal->err = *err;
}

/* An evaluation that waits for an entry, of a stage or of a pair. */
struct journal_wait {
    struct journal *journal;
    struct evaluation *evaluation;
    void (*then)(struct evaluation *evaluation, const struct err *err);
};

static void journal_on_awaited_written(void *data, const struct ledger_head *at, const struct err *err)
{
    struct journal_wait wait = *(struct journal_wait *)data;
    journal_on_written(wait.journal, at, err);
    free(data);
    wait.then(wait.evaluation, err);
}

const struct err *journal_failure(const struct journal *journal)
{
    return &journal->err;
}

/* 0, or negative where the body can't be told in JSON, which *err then says. */
static int journal_write(struct journal *journal, struct ledger_entry *entry, cJSON *body,
                         ledger_written written, void *data, struct err *err)
{
    cleanup_text struct text canonical = {0};
    int result = report_canonicalise(body, &canonical, err);
    cJSON_Delete(body);
    if (result < 0)
        return result;
    entry->batch = journal->identity.batch;
    entry->body = text_string(&canonical);
    ledger_write(&journal->writer, entry, written, data);
    return 0;
}

static void journal_write_freely(struct journal *journal, struct ledger_entry *entry, cJSON *body)
{
    struct err err = {0};
    if (journal_write(journal, entry, body, journal_on_written, journal, &err) < 0)
        journal_on_written(journal, NULL, &err);
}

void journal_batch(struct journal *journal, const char *stage, cJSON *body)
{
    struct ledger_entry entry = {.kind = LEDGER_BATCH, .stage = stage};
    journal_write_freely(journal, &entry, body);
}

void journal_candidate(struct journal *journal, const char *candidate, const char *subject, cJSON *body)
{
    struct ledger_entry entry = {.kind = LEDGER_CANDIDATE, .candidate = candidate, .subject = subject};
    journal_write_freely(journal, &entry, body);
}

cJSON *journal_run_body(const struct evaluation_input *input)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "command", "run");
    member_add_string(body, "candidate", input->request->name);
    member_add_string(body, "base", input->request->base);
    member_add_strings(body, "workloads", input->only);
    return body;
}

cJSON *journal_candidate_body(const struct evidence *evidence, size_t number, const char *proposal)
{
    cJSON *body = cJSON_CreateObject();
    member_add_number(body, "number", number == SIZE_MAX ? NAN : (double)number);
    member_add_string(body, "proposal", proposal);
    member_add_string(body, "name", evidence->candidate_name);
    member_add_string(body, "patch", evidence->patch_digest);
    member_add_string(body, "commit", evidence->candidate_commit);
    member_add_string(body, "base_commit", evidence->base_commit);
    member_add_string(body, "base_tree", evidence->base_tree);
    member_add_string(body, "tree", evidence->candidate_tree);
    member_add_strings(body, "people", evidence->people);
    return body;
}

/* Durable on return; takes the body over. */
static int journal_append(struct ledger *ledger, struct ledger_entry *entry, cJSON *body, struct err *err)
{
    cleanup_text struct text canonical = {0};
    int result = report_canonicalise(body, &canonical, err);
    cJSON_Delete(body);
    if (result < 0)
        return result;
    entry->body = text_string(&canonical);
    return ledger_append(ledger, entry, 1, NULL, err);
}

int journal_append_batch(struct ledger *ledger, const char *batch, const char *stage, cJSON *body,
                         struct err *err)
{
    struct ledger_entry entry = {.kind = LEDGER_BATCH, .batch = batch, .stage = stage};
    return journal_append(ledger, &entry, body, err);
}

int journal_settle(struct ledger *ledger, const char *batch, const char *candidate,
                   const struct digest *report, const struct decision *decision, struct err *err)
{
    char hex[DIGEST_HEX];
    struct ledger_entry entry = {
        .kind = LEDGER_VERDICT, .batch = batch, .candidate = candidate, .subject = hex};
    digest_to_hex(report, hex);
    cJSON *body = cJSON_CreateObject();
    member_add_string(body, "verdict", verdict_name(decision->verdict));
    member_add_string(body, "reason", decision->reason);
    return journal_append(ledger, &entry, body, err);
}

static void journal_add_digest(cJSON *object, const char *key, bool known, const struct digest *digest)
{
    char hex[DIGEST_HEX];
    digest_to_hex(digest, hex);
    member_add_digest(object, key, known ? hex : NULL);
}

static cJSON *journal_kept(const struct evaluation_kept *kept)
{
    char hex[DIGEST_HEX];
    cJSON *object = cJSON_CreateObject();
    member_add_number(object, "patched_at", (double)kept->patched_at);
    journal_add_digest(object, "prepare", kept->has_prepare, &kept->prepare);
    journal_add_digest(object, "build", kept->has_build, &kept->build);
    cJSON *answers = member_add_array(object, "answers");
    for (size_t i = 0; i < EVALUATION_TAPES_MAX && !digest_is_zero(&kept->answers[i]); i++) {
        digest_to_hex(&kept->answers[i], hex);
        cJSON_AddItemToArray(answers, cJSON_CreateString(hex));
    }
    return object;
}

/* Everything that the evaluation found so far, and what it left on the disk. */
static cJSON *journal_evidence(const struct journal *journal, const struct evaluation *evaluation)
{
    const struct configuration *configuration = evaluation_configuration(evaluation);
    const struct evidence *evidence = evaluation_evidence(evaluation);
    struct facts facts;
    struct report_context context;
    struct decision decision;
    journal_describe(journal, configuration, &facts, &context);
    verdict_decide(evidence, &configuration->policy, &decision);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "document",
                          report_build(evidence, &decision, &configuration->policy, &context));
    cJSON_AddItemToObject(body, "kept", journal_kept(evaluation_kept(evaluation)));
    decision_fini(&decision);
    return body;
}

/* Lets the evaluation go on behind the entry. A body that can't be told in JSON is a bug of ours: `then` may
 * come from inside, with the error. */
static void journal_write_awaited(struct journal *journal, struct evaluation *evaluation,
                                  struct ledger_entry *entry, cJSON *body,
                                  void (*then)(struct evaluation *evaluation, const struct err *err))
{
    char id[JOURNAL_NAME_MAX];
    struct err err = {0};
    journal_name(journal, evaluation, id);
    entry->candidate = id;
    struct journal_wait *wait = MEMORY_NEW(struct journal_wait);
    *wait = (struct journal_wait){journal, evaluation, then};
    if (journal_write(journal, entry, body, journal_on_awaited_written, wait, &err) < 0)
        journal_on_awaited_written(wait, NULL, &err);
}

void journal_stage(struct journal *journal, struct evaluation *evaluation, enum stage stage)
{
    struct ledger_entry entry = {.kind = LEDGER_STAGE, .stage = stage_name(stage)};
    journal_write_awaited(journal, evaluation, &entry, journal_evidence(journal, evaluation),
                          evaluation_go_on);
}

void journal_pair(struct journal *journal, struct evaluation *evaluation, const struct digest *change,
                  cJSON *body)
{
    char subject[DIGEST_HEX];
    digest_to_hex(change, subject);
    struct ledger_entry entry = {.kind = LEDGER_PAIR, .subject = subject};
    journal_write_awaited(journal, evaluation, &entry, body, evaluation_pair_kept);
}

void journal_error(struct journal *journal, const struct evaluation *evaluation)
{
    char id[JOURNAL_NAME_MAX];
    journal_name(journal, evaluation, id);
    struct ledger_entry entry = {.kind = LEDGER_STAGE, .candidate = id, .stage = JOURNAL_ERROR};
    journal_write_freely(journal, &entry, journal_evidence(journal, evaluation));
}

void journal_lost(struct journal *journal, const char *candidate, cJSON *body, const char *error)
{
    cJSON *document = cJSON_GetObjectItem(body, "document");
    cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "candidates"), 0);
    struct ledger_entry entry = {.kind = LEDGER_STAGE, .candidate = candidate, .stage = JOURNAL_ERROR};
    if (!cJSON_IsObject(row)) {
        cJSON_Delete(body);
        return;
    }
    cJSON_DeleteItemFromObject(row, "error");
    member_add_string(row, "error", error);
    journal_write_freely(journal, &entry, body);
}

static void journal_on_closed(void *data)
{
    struct journal *journal = data;
    ledger_close(journal->ledger);
    journal->closed(journal->data, &journal->err);
    free(journal);
}

void journal_close(struct journal *journal, void (*closed)(void *data, const struct err *err), void *data)
{
    journal->closed = closed;
    journal->data = data;
    ledger_writer_close(&journal->writer, journal_on_closed, journal);
}
