/* Two JSON documents on their own. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/body.h"
#include "workloads/contract/outcome.h"

#include <string.h>

enum contract_outcome contract_compare_json(const char *before, size_t before_length, const char *after,
                                            size_t after_length, const struct rules *rules,
                                            struct contract_summary *summary)
{
    cleanup_free bool *matched = memory_zeroed(rules_count(rules) + 1);
    struct findings findings = {0};
    struct body left;
    struct body right;
    body_read(&left, BODY_JSON, before, before_length, NULL);
    body_read(&right, BODY_JSON, after, after_length, NULL);
    struct body_comparison how = {.part = "stdout",
                                  .rules = rules_count(rules) ? rules : NULL,
                                  .matched = matched,
                                  .findings = &findings};
    bool compared = body_compare(&how, &left, &right);
    bool identical = left.length == right.length && !memcmp(left.bytes, right.bytes, left.length);
    enum contract_outcome outcome = outcome_of(&findings, compared, identical);
    *summary = (struct contract_summary){.samples = 1, .fields = body_count_fields(&left)};
    summary->not_compared = outcome == CONTRACT_NOT_COMPARED;
    summary->tolerated = outcome == CONTRACT_TOLERATED;
    findings_summarise(&findings, summary);
    summary->unused_rules = outcome_unused_rules(rules, matched);
    findings_fini(&findings);
    body_fini(&left);
    body_fini(&right);
    return outcome;
}
