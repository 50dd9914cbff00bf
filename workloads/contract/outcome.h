/* What a comparison's findings add up to. */
#ifndef CUPEL_WORKLOADS_CONTRACT_OUTCOME_H
#define CUPEL_WORKLOADS_CONTRACT_OUTCOME_H

#include "workloads/contract/findings.h"
#include "workloads/contract/rules.h"

/* `compared`: before could be read at all. A finding outweighs what was not compared, except that both can't
 * be read. */
enum contract_outcome outcome_of(const struct findings *findings, bool compared, bool identical);
/* Those rules, in words; a NULL-terminated array for json_free_strings(). */
char **outcome_unused_rules(const struct rules *rules, const bool *matched);

#endif
