/* Two documents under rules, and everything that was told about them in one line. */
#ifndef CUPEL_TESTS_CONTRACT_TOLD_H
#define CUPEL_TESTS_CONTRACT_TOLD_H

#include "base/text.h"
#include "workloads/contract/contract.h"

/* Fails the test with the words of a refusal; rules_free() it. */
struct rules *told_rules(const char *text);
/* "class pointer before>after; …", then excuses in parentheses and unused rules in brackets. */
void told_describe(const struct contract_summary *summary, struct text *out);

struct told_row {
    const char *before;
    const char *after;
    const char *rules; /* NULL: none */
    enum contract_outcome outcome;
    const char *told;
};
/* False, and both sides of the story on stderr, where a row does not hold. */
bool told_holds(const struct told_row *row);

#endif
