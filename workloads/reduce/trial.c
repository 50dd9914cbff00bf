#include "workloads/reduce/trial.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/reduce/leaf.h"

#include <stdlib.h>
#include <string.h>

static bool trial_is_option(const struct tree *tree, uint32_t node)
{
    size_t length;
    if (node == TREE_NONE || tree->nodes[node].kind != TREE_TEXT)
        return false;
    const char *bytes = tree_text(tree, node, &length);
    return leaf_is_option(bytes, length);
}

/* "--name=value" is one already. */
static bool trial_takes_value(const struct tree *tree, uint32_t node)
{
    size_t length;
    if (!trial_is_option(tree, node))
        return false;
    const char *bytes = tree_text(tree, node, &length);
    return !memchr(bytes, '=', length);
}

static size_t trial_collect(struct trial *trial, const struct tree *tree, bool pairs)
{
    size_t capacity = 0;
    size_t groups = 0;
    uint32_t before = TREE_NONE; /* began a pair that is still open */
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, trial->node, child)) != TREE_NONE;) {
        if (tree->nodes[child].pinned)
            continue;
        MEMORY_GROW(trial->members, trial->count, capacity);
        trial->groups = memory_resize(trial->groups, capacity, sizeof *trial->groups);
        bool joins = before != TREE_NONE && !trial_is_option(tree, child);
        groups += !joins;
        trial->members[trial->count] = child;
        trial->groups[trial->count++] = (uint32_t)groups - 1;
        before = pairs && !joins && trial_takes_value(tree, child) ? child : TREE_NONE;
    }
    return groups;
}

void trial_begin(struct trial *trial, const struct tree *tree, uint32_t node, bool pairs)
{
    *trial = (struct trial){.node = node};
    size_t items = 0;
    if (tree_is_container(tree, node)) {
        items = trial_collect(trial, tree, pairs);
    } else if (!tree->nodes[node].pinned) {
        const char *bytes = tree_text(tree, node, &trial->length);
        trial->bytes = memory_copy_bytes(bytes, trial->length);
        trial->starts = leaf_split(tree->nodes[node].kind, bytes, trial->length, &trial->count);
        items = trial->count;
    }
    ddmin_init(&trial->ddmin, items);
    trial->keep = memory_zeroed((items + 1) * sizeof *trial->keep);
}

/* As `keep` says. False: that makes no value. */
static bool trial_apply(struct trial *trial, struct tree *tree)
{
    for (size_t i = 0; trial->members && i < trial->count; i++)
        tree->nodes[trial->members[i]].dropped = !trial->keep[trial->groups[i]];
    if (!trial->starts)
        return true;
    cleanup_text struct text joined = {0};
    bool valid = leaf_join(tree->nodes[trial->node].kind, trial->bytes, trial->length, trial->starts,
                           trial->count, trial->keep, &joined);
    if (valid)
        tree_change(tree, trial->node, text_string(&joined), joined.length);
    return valid;
}

bool trial_next(struct trial *trial, struct tree *tree)
{
    while (ddmin_next(&trial->ddmin, trial->keep)) {
        if (trial_apply(trial, tree))
            return true;
        ddmin_tell(&trial->ddmin, false);
    }
    return false;
}

void trial_tell(struct trial *trial, struct tree *tree, bool enough)
{
    ddmin_tell(&trial->ddmin, enough);
    if (enough)
        return;
    ddmin_result(&trial->ddmin, trial->keep);
    trial_apply(trial, tree);
}

void trial_end(struct trial *trial)
{
    ddmin_fini(&trial->ddmin);
    free(trial->keep);
    free(trial->members);
    free(trial->groups);
    free(trial->bytes);
    free(trial->starts);
    *trial = (struct trial){0};
}
