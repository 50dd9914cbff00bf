#include "orchestrator/batch/roster.h"

#include "base/memory.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct roster_entry *roster_at(struct roster *roster, size_t index)
{
    if (index >= roster->capacity) {
        size_t capacity = index < 32 ? 64 : 2 * index;
        roster->entries = memory_resize(roster->entries, capacity, sizeof *roster->entries);
        memset(roster->entries + roster->capacity, 0,
               (capacity - roster->capacity) * sizeof *roster->entries);
        roster->capacity = capacity;
    }
    if (index >= roster->count)
        roster->count = index + 1;
    return &roster->entries[index];
}

void roster_fini(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        free(roster->entries[i].name);
        free(roster->entries[i].error);
    }
    free(roster->entries);
    *roster = (struct roster){0};
}

void roster_note(struct roster_entry *entry, const char *name, const char *id,
                 const struct evidence *evidence)
{
    free(entry->name);
    entry->name = memory_copy_string(name);
    (void)snprintf(entry->id, sizeof entry->id, "%s", id);
    (void)git_oid_fromstr(&entry->base_commit, evidence->base_commit);
    (void)git_oid_fromstr(&entry->base_tree, evidence->base_tree);
    if (evidence->candidate_tree)
        (void)git_oid_fromstr(&entry->tree, evidence->candidate_tree);
    bool passed = evidence->stages[STAGE_SCREEN].outcome == STAGE_PASSED && !evidence->identical;
    entry->state = passed ? ROSTER_READY : ROSTER_SETTLED;
}

static int roster_compare(const void *left, const void *right)
{
    const struct roster_entry *a = left, *b = right;
    int tree = git_oid_cmp(&a->tree, &b->tree);
    return tree != 0 ? tree : git_oid_cmp(&a->base_tree, &b->base_tree);
}

static void roster_keep_node(void *node)
{
    (void)node; /* the roster's own */
}

size_t roster_mark_same(struct roster *roster)
{
    void *trees = NULL; /* tsearch(3), of entries */
    size_t family = 0;
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_entry *entry = &roster->entries[i];
        if (git_oid_is_zero(&entry->tree))
            continue;
        struct roster_entry **found = tsearch(entry, &trees, roster_compare);
        if (!found)
            abort();
        if (*found == entry) {
            family++;
            continue;
        }
        entry->state = ROSTER_SAME;
        entry->first = (size_t)(*found - roster->entries);
    }
    tdestroy(trees, roster_keep_node);
    return family;
}

size_t roster_group(const struct roster *roster, struct roster_group **groups)
{
    struct roster_group *all = memory_zeroed((roster->count + 1) * sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = &roster->entries[i];
        if (entry->state != ROSTER_READY)
            continue;
        size_t at = 0;
        while (at < count && !git_oid_equal(&all[at].base_tree, &entry->base_tree))
            at++;
        if (at == count)
            all[count++] =
                (struct roster_group){.base_commit = entry->base_commit, .base_tree = entry->base_tree};
        all[at].count++;
    }
    *groups = all;
    return count;
}

void roster_fail(struct roster_entry *entry, const char *error)
{
    free(entry->error);
    entry->error = memory_copy_string(error);
    entry->state = ROSTER_FAILED;
}
