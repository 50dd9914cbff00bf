/* Findings and excuses in groups: a class at a pattern of a part. Comparisons fill one, contracts add them
 * up. */
#ifndef CUPEL_WORKLOADS_CONTRACT_FINDINGS_H
#define CUPEL_WORKLOADS_CONTRACT_FINDINGS_H

#include "workloads/contract/contract.h"
#include "workloads/contract/table.h"

#include <stdint.h>

#define FINDINGS_MOST_GROUPS 200 /* of a class: a hostile answer may invent a key for each difference */

#define FINDINGS_MOST_EXCUSES 500 /* places; what is ignored could have a new key in each answer */

struct findings {
    struct finding *items; /* owned, strings too */
    uint64_t *keys;        /* the items' group keys, in the same order; owned */
    size_t count;
    size_t capacity;
    size_t key_capacity;
    struct excuse *excuses; /* owned, strings too */
    size_t excuse_count;
    size_t excuse_capacity;
    struct table by_key;          /* findings */
    struct table excuse_by_key;   /* excuses */
    size_t of_class[CLASS_COUNT]; /* groups */
    size_t dropped;               /* groups beyond FINDINGS_MOST_GROUPS */
};

/*
 * A fresh group for that key, or NULL where it exists already (its count grows by `count`) or there are too
 * many. Its place into *index, SIZE_MAX for none, where that is asked.
 */
struct finding *findings_add(struct findings *findings, enum finding_class class, uint64_t key, size_t count,
                             size_t *index);
enum excuse_state {
    EXCUSE_KNOWN,
    EXCUSE_FRESH, /* of this one place: to be filled */
    EXCUSE_WIDE   /* to be filled for all places of its rule that got none of their own */
};
/* The excuse of that key, or, where there are too many, of `wide`: one for each class, part and rule. 0:
 * never. */
struct excuse *findings_excuse(struct findings *findings, uint64_t key, uint64_t wide,
                               enum excuse_state *state);

/* Adds the groups of one sample: a group's count grows by one, new ones remember the sample; of those that
 * are held out only until another one comes. */
void findings_merge(struct findings *total, const struct findings *one, const char *sample);
/* Groups of one sample get the remark in the total, where they have none. */
void findings_remark(struct findings *total, const struct findings *one, const char *remark);
/* Drops the newest findings until `count` remain; their keys are free again. */
void findings_truncate(struct findings *findings, size_t count);

/* Whether any group breaks the contract. */
bool findings_break(const struct findings *findings);
/* Copies into the summary: most serious first, then part and pattern. */
void findings_summarise(const struct findings *findings, struct contract_summary *summary);
void findings_fini(struct findings *findings);

#endif
