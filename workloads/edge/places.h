/* Where a request can be changed: parameters and fields, with the bytes that hold them. Pure. */
#ifndef CUPEL_WORKLOADS_EDGE_PLACES_H
#define CUPEL_WORKLOADS_EDGE_PLACES_H

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum edge_carrier { EDGE_ARGUMENT, EDGE_STDIN, EDGE_REQUEST, EDGE_VARIABLE };

/* Offsets are into the carrier's text: an argument, stdin, a worker's line, "NAME=value". */
struct edge_place {
    enum edge_carrier carrier;
    bool json;         /* a field of JSON; else a parameter, whose value is text */
    bool query;        /* a parameter of a query string, percent-coded */
    bool plain;        /* of a command line: text that stands alone, perhaps a word of the program's */
    bool apart;        /* of a command line: the name is the argument before */
    bool flag;         /* likewise: a name alone, which can only be left out */
    char *pattern;     /* the same of all samples: "--status", "/items/<star>/price"; owned */
    char *name;        /* as a person reads it: "--status", "status", "/items/0/price"; owned */
    char *word;        /* the name alone, "status"; the pattern where it has none; owned */
    size_t argument;   /* index of the argument or variable that holds the value */
    size_t start, end; /* the value */
    size_t cut_start, cut_end;     /* what goes with it when it is left out; empty: it can't be */
    size_t name_start, name_end;   /* of a query's parameter, or of a JSON key with its quotes; empty: none */
    size_t first_start, first_end; /* of an array: its first item; empty: none */
    size_t again_start, again_end; /* another value of the same pattern, as of the next item; empty: none */
    size_t count;                  /* of an array or object: what is in it */
    enum json_type type;           /* of a field */
};

struct edge_places {
    struct edge_place *items; /* owned, in the order of the text */
    size_t count;
    size_t capacity;
};

#define EDGE_PLACES_MOST 256               /* of one request; the rest is not looked at */
#define EDGE_TEXT_MOST   ((size_t)1 << 20) /* bytes of a carrier; a longer one has no places */

/* What stands after --name, --name=, -n or name=; what stands alone; fields of JSON and parameters of query
 * strings in each. */
void edge_places_of_arguments(struct edge_places *places, char *const *arguments);
/* Values of "NAME=value". */
void edge_places_of_variables(struct edge_places *places, char *const *variables);
/* Fields of one JSON document, or of JSON lines; one place for each pattern, the first. Other text has none.
 */
void edge_places_of_json(struct edge_places *places, enum edge_carrier carrier, const char *text,
                         size_t length);
/* Parameters of the raw query string ("a=1&b"), or form, that a place holds. `around` may be one of `places`.
 */
void edge_places_of_query(struct edge_places *places, const struct edge_place *around, const char *text);
/* The same where a place holds one ("a=1&b") or a URL with one ("/orders?a=1"), in JSON in a string. */
void edge_places_of_string(struct edge_places *places, const struct edge_place *around, const char *text);
/* Fields of the JSON that an argument's place holds. */
void edge_places_of_json_argument(struct edge_places *places, const struct edge_place *around,
                                  const char *text);

/* The place of that name, or NULL. */
const struct edge_place *edge_places_find(const struct edge_places *places, const char *name);
/* The place of prefix and pattern together, or NULL. */
struct edge_place *edge_places_find_pattern(const struct edge_places *places, const char *prefix,
                                            const char *pattern);
struct edge_place *edge_places_add(struct edge_places *places); /* empty; valid until the next one */
void edge_places_fini(struct edge_places *places);

#endif
