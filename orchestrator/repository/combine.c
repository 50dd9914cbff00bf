#include "orchestrator/repository/combine.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/repository/difference.h"

#include <stdlib.h>
#include <string.h>

static void combine_cleanup_index(git_index **index)
{
    git_index_free(*index);
}
static void combine_cleanup_conflicts(git_index_conflict_iterator **iterator)
{
    git_index_conflict_iterator_free(*iterator);
}
#define cleanup_index     __attribute__((cleanup(combine_cleanup_index)))
#define cleanup_conflicts __attribute__((cleanup(combine_cleanup_conflicts)))

struct combine_list {
    char **paths;           /* NULL-terminated once it has one; owned */
    size_t count, capacity; /* of paths, without the NULL */
};

void combine_paths_free(char **paths)
{
    for (size_t i = 0; paths && paths[i]; i++)
        free(paths[i]);
    free(paths);
}

static void combine_add_path(struct combine_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->paths[i], path) == 0)
            return;
    MEMORY_GROW(list->paths, list->count + 1, list->capacity);
    list->paths[list->count++] = memory_copy_string(path);
    list->paths[list->count] = NULL;
}

/* The paths with conflict entries, in the index's order. */
static int combine_read_conflicts(git_index *index, char ***paths)
{
    cleanup_conflicts git_index_conflict_iterator *iterator = NULL;
    const git_index_entry *ancestor, *ours, *theirs;
    struct combine_list list = {0};
    int code = git_index_conflict_iterator_new(&iterator, index);
    while (code == 0 && (code = git_index_conflict_next(&ancestor, &ours, &theirs, iterator)) == 0) {
        const git_index_entry *named = ours ? ours : theirs ? theirs : ancestor;
        combine_add_path(&list, named->path);
    }
    if (code != GIT_ITEROVER || list.count == 0) {
        combine_paths_free(list.paths);
        return code == GIT_ITEROVER ? GIT_ERROR : code;
    }
    *paths = list.paths;
    return 0;
}

static int combine_merge(struct repository *repository, const git_oid *base, const git_oid *ours,
                         const git_oid *theirs, git_index **index)
{
    cleanup_git_tree git_tree *base_tree = NULL, *our_tree = NULL, *their_tree = NULL;
    /* Every field filled, so that no setting of the user
     * bends the outcome: no renames found, no favour taken. */
    git_merge_options options = {
        .version = GIT_MERGE_OPTIONS_VERSION,
        .file_favor = GIT_MERGE_FILE_FAVOR_NORMAL,
        .default_driver = "text",
    };
    int code = git_tree_lookup(&base_tree, repository->git, base);
    if (code == 0)
        code = git_tree_lookup(&our_tree, repository->git, ours);
    if (code == 0)
        code = git_tree_lookup(&their_tree, repository->git, theirs);
    return code == 0 ? git_merge_trees(index, repository->git, base_tree, our_tree, their_tree, &options)
                     : code;
}

int combine_trees(struct repository *repository, const git_oid *base, const git_oid *ours,
                  const git_oid *theirs, git_oid *out, char ***paths, struct err *err)
{
    cleanup_index git_index *index = NULL;
    *paths = NULL;
    if (git_oid_equal(base, theirs) || git_oid_equal(ours, theirs)) {
        *out = *ours;
        return 0;
    }
    int code = combine_merge(repository, base, ours, theirs, &index);
    if (code == 0)
        code = git_index_has_conflicts(index) ? combine_read_conflicts(index, paths)
                                              : git_index_write_tree_to(out, index, repository->git);
    return code < 0 ? store_fail(repository, code, err, "merge two candidates") : 0;
}

static int combine_try_pairs(struct repository *repository, const git_oid *base, const git_oid *trees,
                             size_t count, struct combination *combination, struct err *err)
{
    size_t capacity = 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        for (size_t j = i + 1; code == 0 && j < count; j++) {
            struct combine_conflict conflict = {.first = i, .second = j};
            git_oid merged;
            code = combine_trees(repository, base, &trees[i], &trees[j], &merged, &conflict.paths, err);
            if (code < 0 || !conflict.paths)
                continue;
            MEMORY_GROW(combination->conflicts, combination->conflict_count, capacity);
            combination->conflicts[combination->conflict_count++] = conflict;
        }
    return code;
}

static int combine_take(struct repository *repository, const git_oid *base, const git_oid *trees,
                        size_t count, struct combination *combination, struct err *err)
{
    combination->tree = *base;
    for (size_t i = 0; i < count; i++) {
        char **paths;
        git_oid merged;
        int code = combine_trees(repository, base, &combination->tree, &trees[i], &merged, &paths, err);
        if (code < 0)
            return code;
        if (paths) {
            combination->places[i] = COMBINE_CONFLICTS;
            combine_paths_free(paths);
        } else if (git_oid_equal(&merged, &combination->tree)) {
            combination->places[i] = COMBINE_CONTAINED;
        } else {
            combination->places[i] = COMBINE_TAKEN;
            combination->taken++;
            combination->tree = merged;
        }
    }
    return 0;
}

/* The combined change as text, without rename headers or the like that its parts did not have to agree on. */
static int combine_write(struct repository *repository, const git_oid *base, struct combination *combination,
                         struct err *err)
{
    struct candidate whole = {.base_tree = *base, .tree = combination->tree};
    int code = difference_fill(repository, &whole, err);
    if (code == 0) {
        combination->bytes = STEAL(whole.normalised);
        combination->length = whole.normalised_length;
    }
    candidate_fini(&whole);
    return code;
}

int combine_candidates(struct repository *repository, const git_oid *base, const git_oid *trees, size_t count,
                       struct combination *combination, struct err *err)
{
    *combination = (struct combination){0};
    if (count > COMBINE_MAX_CANDIDATES)
        return err_set(err, ERR_LIMIT, "%zu candidates are too many to try in pairs; at most %d are taken",
                       count, COMBINE_MAX_CANDIDATES);
    combination->places = memory_zeroed((count + 1) * sizeof *combination->places);
    int code = combine_try_pairs(repository, base, trees, count, combination, err);
    if (code == 0)
        code = combine_take(repository, base, trees, count, combination, err);
    if (code == 0 && combination->taken > 1)
        code = combine_write(repository, base, combination, err);
    if (code < 0) {
        combination_fini(combination);
        return err_wrap(err, "combine candidates");
    }
    return 0;
}

void combination_fini(struct combination *combination)
{
    for (size_t i = 0; i < combination->conflict_count; i++)
        combine_paths_free(combination->conflicts[i].paths);
    free(combination->conflicts);
    free(combination->places);
    free(combination->bytes);
    *combination = (struct combination){0};
}
