/* Two documents under rules, and everything that was told about them in one line. */
#ifndef CUPEL_TESTS_CONTRACT_TOLD_H
#define CUPEL_TESTS_CONTRACT_TOLD_H

#include "base/text.h"
#include "workloads/contract/contract.h"

/* Fails the test with the words of a refusal; rules_free() it. */
struct rules *told_rules(const char *text);
/* "class [part] pointer before>after; …", then excuses in parentheses and unused rules in brackets. */
void told_describe(const struct contract_summary *summary, bool with_parts, struct text *out);

struct told_row {
    const char *before; /* a document, or what a test makes an answer of; NULL where that may be absent */
    const char *after;  /* likewise */
    const char *rules;  /* NULL: none */
    enum contract_outcome outcome;
    const char *told; /* as told_describe() says it */
};
/* False, and both sides of the story on stderr, where the row says otherwise. */
bool told_agrees(const struct told_row *row, enum contract_outcome outcome,
                 const struct contract_summary *summary, bool with_parts);
/* Compares the documents of each row, and fails the test where a row does not hold. */
void told_assert_all(const struct told_row *rows, size_t count);

#endif
