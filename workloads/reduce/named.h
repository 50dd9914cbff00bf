/* What a person calls each value of a tree: "stdin /status", "argument --limit", "variable LANG". Pure. */
#ifndef CUPEL_WORKLOADS_REDUCE_NAMED_H
#define CUPEL_WORKLOADS_REDUCE_NAMED_H

#include "workloads/reduce/tree.h"

#define NAMED_OPTION 60 /* bytes of an argument that a name holds */

/*
 * Tells of every leaf that stands in the tree, in the order of the request, but for those that are pinned.
 * `name` is the callee's for the call. Ends early where `visit` returns false.
 */
void named_walk(const struct tree *tree, bool (*visit)(uint32_t node, const char *name, void *data),
                void *data);

#endif
