#include "workloads/contract/outcome.h"

#include "base/memory.h"

enum contract_outcome outcome_of(const struct findings *findings, bool compared, bool identical)
{
    size_t breaks = 0;
    for (int class = 0; class < CLASS_FIRST_NOTE; class ++) {
        if (compared || (class != CLASS_PARSE && class != CLASS_DEPTH))
            breaks += findings->of_class[class];
    }
    if (breaks)
        return CONTRACT_DIFFERENT;
    if (!compared)
        return CONTRACT_NOT_COMPARED;
    for (size_t i = 0; i < findings->excuse_count; i++) {
        if (findings->excuses[i].count)
            return CONTRACT_TOLERATED;
    }
    return identical ? CONTRACT_SAME : CONTRACT_EQUIVALENT;
}

char **outcome_unused_rules(const struct rules *rules, const bool *matched)
{
    size_t count = rules_count(rules);
    char **unused = memory_resize(NULL, count + 1, sizeof *unused);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!matched[i])
            unused[used++] = rule_describe(rules_get(rules, i), rule_first_effect(rules_get(rules, i)));
    }
    unused[used] = NULL;
    return unused;
}
