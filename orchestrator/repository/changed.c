#include "orchestrator/repository/changed.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <string.h>

/* A folder whose two sides differ; either may be missing. */
struct changed_folder {
    char *path;       /* with its slash; "" at the top; owned */
    git_oid sides[2]; /* before and after */
    bool has[2];      /* which of them there are */
};

/* Folders still to look into: a list instead of recursion. */
struct changed_work {
    struct repository *repository;
    struct changed_folder *folders;
    size_t count, capacity;
    struct changed_paths *changed;
};

static void changed_push(struct changed_work *work, char *path, const git_tree_entry *const sides[2])
{
    struct changed_folder folder = {.path = path};
    for (size_t i = 0; i < 2; i++)
        if (sides[i] && git_tree_entry_type(sides[i]) == GIT_OBJECT_TREE) {
            folder.sides[i] = *git_tree_entry_id(sides[i]);
            folder.has[i] = true;
        }
    MEMORY_GROW(work->folders, work->count, work->capacity);
    work->folders[work->count++] = folder;
}

static bool changed_is_equal(const git_tree_entry *before, const git_tree_entry *after)
{
    return before && after && git_tree_entry_filemode_raw(before) == git_tree_entry_filemode_raw(after) &&
           git_oid_equal(git_tree_entry_id(before), git_tree_entry_id(after));
}

/* One name of one folder: files are noted, folders looked into later;
 * a name can be both, one on each side. */
static int changed_visit(struct changed_work *work, const char *folder, const git_tree_entry *const sides[2],
                         struct err *err)
{
    struct changed_paths *changed = work->changed;
    bool file = false, below = false;
    if (changed_is_equal(sides[0], sides[1]))
        return 0;
    for (size_t i = 0; i < 2; i++) {
        file |= sides[i] && git_tree_entry_type(sides[i]) != GIT_OBJECT_TREE;
        below |= sides[i] && git_tree_entry_type(sides[i]) == GIT_OBJECT_TREE;
    }
    if (changed->count + work->count >= REPOSITORY_MAX_ENTRIES)
        return err_set(err, ERR_LIMIT, "the candidate changes more than %d paths", REPOSITORY_MAX_ENTRIES);
    const char *name = git_tree_entry_name(sides[0] ? sides[0] : sides[1]);
    if (strlen(folder) + strlen(name) > 4095)
        return err_set(err, ERR_INVALID, "the tree holds a path longer than 4095 bytes below `%.200s`",
                       folder);
    if (file) {
        MEMORY_GROW(changed->paths, changed->count, changed->capacity);
        changed->paths[changed->count++] = memory_format("%s%s", folder, name);
    }
    if (below)
        changed_push(work, memory_format("%s%s/", folder, name), sides);
    return 0;
}

static int changed_compare(struct changed_work *work, const char *folder, git_tree *const trees[2],
                           struct err *err)
{
    int code = 0;
    size_t count = trees[0] ? git_tree_entrycount(trees[0]) : 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        const git_tree_entry *before = git_tree_entry_byindex(trees[0], i);
        const git_tree_entry *after =
            trees[1] ? git_tree_entry_byname(trees[1], git_tree_entry_name(before)) : NULL;
        code = changed_visit(work, folder, (const git_tree_entry *const[2]){before, after}, err);
    }
    count = trees[1] ? git_tree_entrycount(trees[1]) : 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        const git_tree_entry *after = git_tree_entry_byindex(trees[1], i);
        if (!trees[0] || !git_tree_entry_byname(trees[0], git_tree_entry_name(after)))
            code = changed_visit(work, folder, (const git_tree_entry *const[2]){NULL, after}, err);
    }
    return code;
}

static int changed_enter(struct changed_work *work, const struct changed_folder *folder, struct err *err)
{
    git_tree *trees[2] = {NULL, NULL};
    int git = 0;
    for (size_t i = 0; git == 0 && i < 2; i++)
        if (folder->has[i])
            git = git_tree_lookup(&trees[i], work->repository->git, &folder->sides[i]);
    int code = git < 0 ? store_fail(work->repository, git, err, "read the tree of `%.300s`", folder->path)
                       : changed_compare(work, folder->path, trees, err);
    git_tree_free(trees[0]);
    git_tree_free(trees[1]);
    return code;
}

int changed_find(struct repository *repository, const git_oid *before, const git_oid *after,
                 struct changed_paths *changed, struct err *err)
{
    struct changed_work work = {.repository = repository, .changed = changed};
    *changed = (struct changed_paths){0};
    int code = 0;
    if (!git_oid_equal(before, after)) {
        MEMORY_GROW(work.folders, work.count, work.capacity);
        work.folders[work.count++] =
            (struct changed_folder){memory_copy_string(""), {*before, *after}, {true, true}};
    }
    while (work.count > 0) {
        struct changed_folder folder = work.folders[--work.count];
        if (code == 0)
            code = changed_enter(&work, &folder, err);
        free(folder.path);
    }
    free(work.folders);
    if (code < 0)
        changed_fini(changed);
    return code;
}

void changed_fini(struct changed_paths *changed)
{
    for (size_t i = 0; i < changed->count; i++)
        free(changed->paths[i]);
    free(changed->paths);
    *changed = (struct changed_paths){0};
}
