/* Two documents on their own. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/body.h"
#include "workloads/contract/outcome.h"

#include <string.h>

static const enum body_kind documents_bodies[] = {[WORKLOAD_STDOUT_JSON] = BODY_JSON,
                                                  [WORKLOAD_STDOUT_JSONL] = BODY_JSON_LINES,
                                                  [WORKLOAD_STDOUT_TEXT] = BODY_TEXT,
                                                  [WORKLOAD_STDOUT_BYTES] = BODY_BYTES};
static const enum workload_stdout documents_kinds[] = {[BODY_JSON] = WORKLOAD_STDOUT_JSON,
                                                       [BODY_JSON_LINES] = WORKLOAD_STDOUT_JSONL,
                                                       [BODY_TEXT] = WORKLOAD_STDOUT_TEXT,
                                                       [BODY_BYTES] = WORKLOAD_STDOUT_BYTES};

static void documents_read(struct body *body, enum workload_stdout *kind,
                           const struct contract_document *document, struct json_pool *pool,
                           const struct rules *rules)
{
    const struct body_memory memory = {
        .pool = pool, .padded = document->padded, .window = body_window(rules, document->length)};
    if (*kind == WORKLOAD_STDOUT_AUTO)
        body_read_auto(body, document->bytes, document->length, &memory);
    else
        body_read(body, documents_bodies[*kind], document->bytes, document->length, &memory);
    *kind = documents_kinds[body->kind];
}

static bool documents_compare(struct body *before, struct body *after, bool identical,
                              const struct rules *rules, struct findings *findings, bool *matched)
{
    struct body_comparison how = {.part = "stdout",
                                  .rules = rules_count(rules) ? rules : NULL,
                                  .matched = matched,
                                  .findings = findings};
    return body_compare(&how, before, identical ? before : after);
}

enum contract_outcome contract_compare_documents(enum workload_stdout *kind,
                                                 const struct contract_document *before,
                                                 const struct contract_document *after,
                                                 const struct rules *rules, struct contract_summary *summary)
{
    cleanup_free bool *matched = memory_zeroed(rules_count(rules) + 1);
    bool identical = before->length == after->length &&
                     (!before->length || !memcmp(before->bytes, after->bytes, before->length));
    if (identical && *kind == WORKLOAD_STDOUT_AUTO && !rules_count(rules))
        *kind = WORKLOAD_STDOUT_BYTES;
    struct findings findings = {0};
    struct json_pool *pool = json_pool_new();
    struct body left;
    struct body right = {0};
    documents_read(&left, kind, before, pool, rules);
    if (!identical)
        documents_read(&right, kind, after, pool, rules);
    bool compared = documents_compare(&left, &right, identical, rules, &findings, matched);
    enum contract_outcome outcome = outcome_of(&findings, compared, identical);
    *summary = (struct contract_summary){.samples = 1, .fields = body_count_fields(&left)};
    summary->not_compared = outcome == CONTRACT_NOT_COMPARED;
    summary->missed[left.length ? MISSED_UNREADABLE : MISSED_EMPTY] = summary->not_compared;
    summary->tolerated = outcome == CONTRACT_TOLERATED;
    findings_summarise(&findings, summary);
    summary->unused_rules = outcome_unused_rules(rules, matched);
    findings_fini(&findings);
    body_fini(&left);
    body_fini(&right);
    json_pool_free(pool);
    return outcome;
}

enum contract_outcome contract_compare_json(const char *before, size_t before_length, const char *after,
                                            size_t after_length, const struct rules *rules,
                                            struct contract_summary *summary)
{
    enum workload_stdout kind = WORKLOAD_STDOUT_JSON;
    const struct contract_document left = {.bytes = before, .length = before_length};
    const struct contract_document right = {.bytes = after, .length = after_length};
    return contract_compare_documents(&kind, &left, &right, rules, summary);
}
