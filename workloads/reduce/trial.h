/*
 * Two ways of making a tree smaller, step by step: leaving children of one node out, and pieces of one leaf.
 * Each step changes the tree; how it went is told, and a step that was not enough is taken back.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_TRIAL_H
#define CUPEL_WORKLOADS_REDUCE_TRIAL_H

#include "workloads/reduce/ddmin.h"
#include "workloads/reduce/tree.h"

/* One node under way. */
struct trial {
    struct ddmin ddmin; /* over groups of children, or over pieces */
    bool *keep;         /* by group or piece; owned */
    uint32_t node;      /* resolved; TREE_NONE: none is under way */
    uint32_t *members;  /* children that may go; owned; NULL: of a leaf */
    uint32_t *groups;   /* by member: its group; owned */
    size_t count;       /* of members, or of pieces */
    char *bytes;        /* of the leaf at the start; owned */
    size_t length;      /* of them */
    uint32_t *starts;   /* of the pieces; owned */
};

/* Children of a container or pieces of a leaf. `pairs`: an option and the argument behind it go together. */
void trial_begin(struct trial *trial, const struct tree *tree, uint32_t node, bool pairs);
/* Makes the next change. False: there is none, and trial_end() is due. */
bool trial_next(struct trial *trial, struct tree *tree);
void trial_tell(struct trial *trial, struct tree *tree, bool enough);
void trial_end(struct trial *trial);

#endif
