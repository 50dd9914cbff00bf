/*
 * What requests are changed to: data, so that a team can add its own. Read from policies/edge_values.json and
 * from a policy's `edge_values`, which adds to it.
 */
#ifndef CUPEL_WORKLOADS_EDGE_VALUES_H
#define CUPEL_WORKLOADS_EDGE_VALUES_H

#include "base/digest.h"
#include "base/json_access.h"

#include <stdbool.h>
#include <stddef.h>

/* What happens to a value. Not everything fits everywhere: see edge_mutate(). */
enum edge_act {
    EDGE_SET,            /* another value takes its place */
    EDGE_ABSENT,         /* gone, with its name */
    EDGE_BARE,           /* the name stays, without a value */
    EDGE_TWICE,          /* the parameter comes once more, with 0 */
    EDGE_BRACKETS,       /* p[]= for p= */
    EDGE_IN_ARRAY,       /* [v] for v */
    EDGE_FIRST_ITEM,     /* v for [v, …] */
    EDGE_ONE_ITEM,       /* [v] for [v, …] */
    EDGE_ITEMS_TWICE,    /* [v, v, …] for [v, …] */
    EDGE_DUPLICATE_KEY,  /* once more in the same object, with null */
    EDGE_EXTRA_KEY,      /* one key more in the object */
    EDGE_OTHER_CASE,     /* letters change case: ASCII's and Latin-1's, and ß becomes SS */
    EDGE_OTHER_FORM,     /* é as one character becomes e and an accent: Unicode's form D */
    EDGE_LEADING_SPACE,  /* a space before the text */
    EDGE_TRAILING_SPACE, /* a space behind it */
    EDGE_OF_ANOTHER, /* what another item, or else another sample, has in this place; see edges_choose() */
    EDGE_REVERSED,   /* a range's two ends change places; made of `ranges`, never read */
    EDGE_ACTS
};

const char *edge_act_name(enum edge_act act); /* "absent"; "set" and "reversed" too */

/*
 * A value as a person reads it, short, on one line; the caller's. Plain words as they are; what a reader
 * could not tell from the text around it stands in quotes, unless it is JSON (`quoted`), whose strings have
 * theirs.
 */
char *edge_value_label(const char *text, size_t length, bool quoted);

struct edge_value {
    enum edge_act act;
    char *text;    /* EDGE_SET: of a parameter the text, of JSON its source on one line; owned; else NULL */
    size_t length; /* of text */
    char *label;   /* EDGE_SET: as a person reads it, short: 0, "", "a" × 256; owned; else NULL */
    bool nothing;  /* stands for no value at all */
};

struct edge_list {
    struct edge_value *items; /* owned */
    size_t count;
};

struct edge_values {
    struct edge_list parameters; /* of command lines, query strings and forms */
    struct edge_list json;       /* of fields of JSON */
    char **filters;              /* words in the name of a filter; NULL-terminated; owned */
    char **ranges;               /* low, high, low, high, … words; NULL-terminated; owned */
    size_t cases;                /* changed requests a workload, at most; 0: none */
    double seconds;              /* that asking both arms for them should take, a workload */
};

#define EDGE_CASES_MOST  100000
#define EDGE_VALUES_MOST 1000 /* of one list */

/* Reads an object over what is there: lists grow, budgets are replaced. Unknown keys are errors. */
WARN_UNUSED int edge_values_read(struct edge_values *values, const struct json_file *file,
                                 const struct json_value *object, struct err *err);
/* The same from a file, comments allowed. */
WARN_UNUSED int edge_values_load(struct edge_values *values, const char *path, struct err *err);
/* Adds what decides which requests are made. */
void edge_values_digest(const struct edge_values *values, struct digest_stream *stream);
void edge_values_fini(struct edge_values *values);
void edge_list_fini(struct edge_list *list);

#endif
