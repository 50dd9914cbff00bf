/* Inside of the rules: their patterns as a tree of segments. Not for other rooms. */
#ifndef CUPEL_WORKLOADS_CONTRACT_RULES_TREE_H
#define CUPEL_WORKLOADS_CONTRACT_RULES_TREE_H

#include "workloads/contract/rules.h"

struct rule_edge {
    const char *segment; /* borrowed from a rule; "*" fits any */
    size_t length;       /* bytes of it */
    int64_t index;       /* the segment as an array index, or -1 */
    uint32_t node;       /* where it leads */
};

struct rule_node {
    struct rule_edge *edges; /* owned */
    size_t edge_count;
    size_t edge_capacity;
    uint32_t *rules; /* indices of the rules that bind here; owned */
    size_t rule_count;
    size_t rule_capacity;
};

struct rules {
    struct rule *items; /* owned */
    size_t count;
    size_t capacity;
    struct rule_node *nodes; /* owned; a part's name is the edge from node 0 to its root */
    size_t node_count;
    size_t node_capacity;
};

/* Makes the nodes of all items. */
void rules_build_tree(struct rules *rules);
void rules_free_tree(struct rules *rules);

/* ERR_INVALID where effects for one path exclude each other; the error names the later rule of `value`. */
WARN_UNUSED int rules_check_effects(const struct rules *rules, const struct json_file *file,
                                    const struct json_value *value, struct err *err);

#endif
