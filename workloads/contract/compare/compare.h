/*
 * Compares two documents field by field under rules and learned noise. Recursion is as deep as the documents,
 * whose depth the reader limits.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_COMPARE_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_COMPARE_H

#include "base/json.h"
#include "workloads/contract/compare/alias.h"
#include "workloads/contract/compare/lessons.h"
#include "workloads/contract/compare/path.h"
#include "workloads/contract/findings.h"
#include "workloads/contract/noise.h"
#include "workloads/contract/rules.h"

/*
 * The longest stretch found to be the same text on both sides last. Whoever goes down along one difference
 * asks about containers in containers, and would read the same bytes again at each level.
 */
struct same_text {
    uint32_t from; /* offset before */
    uint32_t to;   /* behind the last equal byte */
    int64_t shift; /* offset after - offset before */
    bool stops;    /* the bytes at `to` differ */
};

/* One that was counted while a comparison was quick. */
struct undo {
    bool excuse; /* else a finding, which can only be a note */
    size_t index;
};

struct comparison {
    const char *part;                   /* borrowed */
    const struct json_document *before; /* borrowed */
    const struct json_document *after;  /* borrowed */
    struct findings *findings;          /* where differences go; borrowed */
    struct noise *noise;                /* learned, or learning; NULL: none; borrowed */
    bool learning;                      /* before against before: differing values become noise */
    uint64_t sample;                    /* whose noise is learned, or alone excuses; 0: any sample's */
    struct rule_walk walk;
    struct path path;
    struct aliases *aliases; /* NULL: no alias rule; borrowed */
    struct lessons *lessons; /* while learning: what becomes noise at the end; borrowed */
    struct same_text same;
    bool collecting;              /* first pass of an alias rule: only the aliases count */
    const struct rule *hidden_by; /* the `ignore` rule above, or NULL */
    bool quick;                   /* only asks whether there is a difference; notes and excuses are undone */
    bool unequal;                 /* the answer to that */
    size_t unaddressed;           /* depth of a multiset's element, which has no place of its own; 0: none */
    size_t trial_bytes;           /* of elements that may still be compared only to find partners */
    bool exact;                   /* hashing: only what is noisy or ignored does not count */
    struct undo *undo;            /* what was counted while quick; owned */
    size_t undo_count;
    size_t undo_capacity;
    int32_t *scratch; /* a stack of index lists; owned */
    size_t scratch_count;
    size_t scratch_capacity;
};

/* The whole documents; `style` is how places are named. */
void comparison_run(struct comparison *comparison, enum path_style style);
void comparison_fini(struct comparison *comparison);

/* Inside: values at the path where the comparison stands. */
void compare_values(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope);
void compare_objects(struct comparison *c, const struct json_value *before, const struct json_value *after,
                     struct rule_scope scope);
void compare_arrays(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope, const struct rule_binding *binding);
void compare_elements(struct comparison *c, const struct json_value *before, const struct json_value *after,
                      struct rule_scope scope);
void compare_multisets(struct comparison *c, const struct json_value *before, const struct json_value *after,
                       struct rule_scope scope, const struct rule *rule);
/* `length`, told in words. */
void compare_report_length(struct comparison *c, size_t before, size_t after);
/* False where an element has no such member: nothing but a warning was said. */
bool compare_by_key(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope, const struct rule *rule);
/* Two strings, two numbers, or two booleans. */
void compare_scalars(struct comparison *c, const struct json_value *before, const struct json_value *after,
                     const struct rule_binding *binding);
void compare_types(struct comparison *c, const struct json_value *before, const struct json_value *after,
                   const struct rule_binding *binding);
/* One pair of elements, placed at index `i`. */
void compare_pair(struct comparison *c, const struct json_value *before, size_t i,
                  const struct json_value *after, size_t j, struct rule_scope scope);
/* Whether that pair is equal; differences leave no trace, notes and excuses of equal pairs stay. */
bool compare_is_equal_pair(struct comparison *c, const struct json_value *before, size_t i,
                           const struct json_value *after, size_t j, struct rule_scope scope);
/* The same, and nothing stays of equal pairs either. */
bool compare_try_pair(struct comparison *c, const struct json_value *before, size_t i,
                      const struct json_value *after, size_t j, struct rule_scope scope);
/* A member or element that one side lacks; its path is pushed, `scope` is its own. */
void compare_absent(struct comparison *c, enum finding_class class, const struct json_value *value,
                    struct rule_scope scope);
/* Bytes that both have in common from the start. */
size_t compare_count_common(const char *left, const char *right, size_t length);
/* The same text, spelling included. */
bool compare_is_identical(struct comparison *c, const struct json_value *before,
                          const struct json_value *after);
/* Of two strings of the same bytes: false where one has an escaped surrogate and the other its raw bytes. */
bool compare_is_same_string(const struct comparison *c, const struct json_value *before,
                            const struct json_value *after);
/* Nothing but a difference of text could be told of the two here: neither rules nor aliases. */
static inline bool compare_is_plain(const struct comparison *c, struct rule_scope scope)
{
    return !scope.count && !c->aliases;
}
/* Learned noise can make different values equal. */
static inline bool compare_heeds_noise(const struct comparison *c)
{
    return c->noise && !c->learning && c->noise->count;
}
/* Room for `count` numbers on the scratch stack; the caller resets scratch_count to what this returns. */
size_t compare_take_scratch(struct comparison *c, size_t count);

/* What is shown of a side: a value, words instead, or nothing. */
struct shown {
    const struct json_document *document;
    const struct json_value *value;
    const char *words;
};
void compare_report(struct comparison *c, enum finding_class class, struct shown before, struct shown after);
/* The two values themselves. */
void compare_report_values(struct comparison *c, enum finding_class class, const struct json_value *before,
                           const struct json_value *after);
/* A difference of `class` that a rule hides, by its key `effect`. */
void compare_excuse(struct comparison *c, enum finding_class class, const struct rule *rule,
                    const char *effect);
void compare_excuse_noise(struct comparison *c, const struct noise_entry *entry);

/* Hash of a value: equal values hash equally, whatever their key order and spelling. */
uint64_t compare_hash_plain(const struct json_value *value);
/*
 * The same where the comparison stands, under the rules and the learned noise there: what they excuse does
 * not count, so that equal hashes still have to be compared.
 */
uint64_t compare_hash(struct comparison *c, const struct json_value *value, struct rule_scope scope);

#endif
