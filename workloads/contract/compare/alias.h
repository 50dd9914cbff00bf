/* Ids that were renamed: a one-to-one map from the ids before to those after, for one response. */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_ALIAS_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_ALIAS_H

#include "base/json.h"
#include "workloads/contract/rules.h"
#include "workloads/contract/table.h"

struct alias_pair {
    const struct json_value *before; /* borrowed from the documents */
    const struct json_value *after;
    const struct rule *rule; /* that allows it; borrowed */
};

struct aliases {
    struct alias_pair *pairs; /* owned */
    size_t count;
    size_t capacity;
    struct table by_before;
    struct table by_after;
};

/* Two strings or two numbers; the first pair of an id decides. */
void aliases_add(struct aliases *aliases, const struct json_value *before, const struct json_value *after,
                 const struct rule *rule);
const struct alias_pair *aliases_of_before(const struct aliases *aliases, const struct json_value *before);
const struct alias_pair *aliases_of_after(const struct aliases *aliases, const struct json_value *after);
/* The same type and spelling. */
bool alias_is_same(const struct json_value *a, const struct json_value *b);
/* The same id: numbers however they are spelled. */
bool alias_is_equal(const struct json_value *a, const struct json_value *b);
void aliases_fini(struct aliases *aliases);

#endif
