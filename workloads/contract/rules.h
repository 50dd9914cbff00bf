/*
 * The contract's rules. A rule binds the paths that its pattern names exactly and is not inherited by what
 * lies below (except `ignore`, whose value is everything below). Walking down a document carries along the
 * set of pattern positions that still fit, so that a document without rules costs nothing.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_RULES_H
#define CUPEL_WORKLOADS_CONTRACT_RULES_H

#include "base/decimal.h"
#include "base/json_access.h"
#include "workloads/contract/format.h"

struct rules;

struct rule {
    char *path;      /* as written; "" for the root */
    char *part;      /* "stdout" where the rule names none */
    char *header;    /* a response header instead of a path, in small letters, or NULL */
    char **segments; /* of the path, decoded */
    size_t segment_count;
    bool ignore;         /* anything may happen here and below */
    bool noisy;          /* the value may differ, not its type, presence or format */
    bool multiset;       /* an array whose order says nothing */
    bool numeric_string; /* "1" may stand for 1, and 1 for "1.0" */
    bool alias;          /* an id that may be renamed, consistently */
    bool nfc;            /* strings are compared by Unicode normalisation form C */
    bool total;          /* a number whose fall to 0 is `emptied` */
    char *key;           /* an array whose elements are matched by this member, or NULL */
    enum format format;
    bool has_regex;
    regex_t regex;           /* when has_regex */
    char *absolute_text;     /* or NULL */
    char *relative_text;     /* or NULL */
    struct decimal absolute; /* of the texts */
    struct decimal relative;
};

/* What binds at one place; each the most exact rule that says so, or NULL. */
struct rule_binding {
    const struct rule *ignore;
    const struct rule *noisy;
    const struct rule *multiset;
    const struct rule *numeric_string;
    const struct rule *alias;
    const struct rule *nfc;
    const struct rule *total;
    const struct rule *key;
    const struct rule *format;
    const struct rule *absolute;
    const struct rule *relative;
    const struct rule *held; /* that does anything but ignore */
};

/* Pattern positions in play, a stack; a scope is a slice of it. */
struct rule_walk {
    const struct rules *rules; /* borrowed, or NULL: no rules */
    uint32_t *nodes;           /* owned */
    size_t count;
    size_t capacity;
    bool *matched; /* by rule: bound anywhere; borrowed */
};
struct rule_scope {
    size_t first; /* into the walk's nodes */
    size_t count; /* 0: no rule can bind here or below */
};

size_t rules_count(const struct rules *rules);
const struct rule *rules_get(const struct rules *rules, size_t index);
bool rules_have_alias(const struct rules *rules);
/* Elements stand for themselves where they stand: no alias, no multiset, no key. */
bool rules_keep_order(const struct rules *rules);
/* The part that a header's values are, as in "header content-type"; free() it. */
char *rule_header_part(const char *header);

/* At the root of a part. `walk->count` may be reset to a scope's `first` once that scope is done with. */
struct rule_scope rule_walk_enter(struct rule_walk *walk, const char *part);
struct rule_scope rule_walk_key(struct rule_walk *walk, struct rule_scope scope,
                                const struct json_value *key);
struct rule_scope rule_walk_index(struct rule_walk *walk, struct rule_scope scope, size_t index);
/* An element found by its id: bound by "*", by its index before, and by "@key=id". */
struct rule_scope rule_walk_id(struct rule_walk *walk, struct rule_scope scope, size_t index,
                               const char *id_key, const struct json_value *id);
/* Whether any rule can bind below. */
bool rule_walk_goes_on(const struct rule_walk *walk, struct rule_scope scope);
struct rule_binding rule_walk_bind(const struct rule_walk *walk, struct rule_scope scope);
void rule_walk_fini(struct rule_walk *walk);

/* The path as written; "" for a header, whose part is named after it. */
const char *rule_place(const struct rule *rule);
/* "noisy at /items/<star>/updated_at"; free() it. `effect` is the rule's key, or NULL: it only compares. */
char *rule_describe(const struct rule *rule, const char *effect);
/* The key of one thing that the rule does; NULL: it only lists a header. */
const char *rule_first_effect(const struct rule *rule);

#endif
