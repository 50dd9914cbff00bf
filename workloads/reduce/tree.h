/*
 * A sample's request as a tree of places that can be dropped, replaced or shortened: its arguments, its
 * environment, and its standard input or request, JSON by structure and anything else by lines. Spelling is
 * kept: a number or a string is written as it came.
 *
 * Pure; borrows from the sample.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_TREE_H
#define CUPEL_WORKLOADS_REDUCE_TREE_H

#include "base/json.h"
#include "base/text.h"
#include "workloads/samples.h"

enum tree_kind {
    TREE_LIST,   /* arguments, variables, or lines */
    TREE_OBJECT, /* JSON, like the rest but TREE_TEXT */
    TREE_ARRAY,
    TREE_STRING,
    TREE_NUMBER,
    TREE_WORD, /* true, false, null */
    TREE_TEXT  /* bytes: an argument, the value of a variable, a line with its end */
};

#define TREE_NONE  0   /* no node: the first one is never used */
#define TREE_DEPTH 128 /* of JSON; what is deeper is text */

struct tree_node {
    enum tree_kind kind;
    bool dropped;
    bool pinned;                        /* never dropped or changed: the id of a worker's request */
    uint32_t parent, first, last, next; /* nodes */
    uint32_t hoisted; /* the node that stands in this one's place, below it; TREE_NONE: itself */
    const char *key;  /* source of a member's key, or "NAME=" of a variable; NULL: none */
    size_t key_length;
    const char *text; /* source of a leaf */
    size_t length;    /* of it */
    char *changed;    /* what is written instead, `changed_length` bytes; owned; NULL: the source */
    size_t changed_length;
};

struct tree {
    struct tree_node *nodes; /* owned */
    size_t count;
    size_t capacity;
    uint32_t arguments, environment;  /* lists */
    uint32_t input;                   /* standard input: JSON, or a list of lines; TREE_NONE: it has none */
    uint32_t request;                 /* of a worker; TREE_NONE: it has none */
    bool input_newline;               /* the input is one JSON value and ends with a newline */
    struct json_document **documents; /* what nodes borrow from; owned */
    size_t document_count;
    size_t document_capacity;
};

/* `plain`: nothing but a request is read as JSON. */
void tree_init(struct tree *tree, const struct sample *sample, bool plain);
void tree_fini(struct tree *tree);

/* What stands in the node's place. */
uint32_t tree_resolve(const struct tree *tree, uint32_t node);
/* The next child that is not dropped, behind `after`, or the first for TREE_NONE; TREE_NONE: no more. `node`
 * is resolved. */
uint32_t tree_next_child(const struct tree *tree, uint32_t node, uint32_t after);
bool tree_is_container(const struct tree *tree, uint32_t node);

/* A leaf's bytes as they stand. */
const char *tree_text(const struct tree *tree, uint32_t node, size_t *length);
/* Others instead (copied), or NULL for the source. */
void tree_change(struct tree *tree, uint32_t node, const char *bytes, size_t length);

/* The sample as it stands, with the id of `like`, and its stdin_file where there is no input; free it with
 * sample_fini(). */
void tree_make_sample(const struct tree *tree, const struct sample *like, struct sample *out);

#endif
