#include "orchestrator/repository/store.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define WALK_MAX_DEPTH 256 /* folders in folders, as for the paths of patches */

struct walk_level {
    git_tree *tree;     /* owned */
    size_t next;        /* entry to visit */
    size_t path_length; /* of the folder's path, its slash included */
};

struct walk {
    struct repository *repository;
    struct walk_level levels[WALK_MAX_DEPTH]; /* a stack instead of recursion */
    size_t depth;                             /* levels in use */
    size_t entries;                           /* visited, folders included */
    struct text path;                         /* of the current folder */
};

static int walk_compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* A name that is there twice is two different files to two different readers, so it is refused. */
static int walk_check_duplicates(const git_tree *tree, const char *folder, struct err *err)
{
    size_t count = git_tree_entrycount(tree);
    cleanup_free const char **names = memory_resize(NULL, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = git_tree_entry_name(git_tree_entry_byindex(tree, i));
    qsort(names, count, sizeof *names, walk_compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return err_set(err, ERR_INVALID, "the tree holds `%.200s%.300s` twice; no checkout can be right",
                           folder, names[i]);
    return 0;
}

static int walk_check_name(struct walk *walk, const git_tree_entry *entry, struct err *err)
{
    const char *why = NULL, *name = git_tree_entry_name(entry);
    if (strchr(name, '/'))
        why = "it has a slash inside one name";
    else
        patch_path_is_safe(name, &why);
    if (!why && walk->path.length + strlen(name) > 4095)
        why = "it is longer than 4095 bytes";
    if (why)
        return err_set(err, ERR_INVALID, "the tree holds an unsafe path, `%.300s%.300s`: %s",
                       text_string(&walk->path), name, why);
    return 0;
}

static int walk_enter(struct walk *walk, const git_oid *oid, struct err *err)
{
    if (walk->depth == WALK_MAX_DEPTH)
        return err_set(err, ERR_LIMIT, "the tree has more than %d levels of folders", WALK_MAX_DEPTH);
    struct walk_level *level = &walk->levels[walk->depth];
    *level = (struct walk_level){.path_length = walk->path.length};
    int code = git_tree_lookup(&level->tree, walk->repository->git, oid);
    if (code < 0)
        return store_fail(walk->repository, code, err, "read the tree of `%s`", text_string(&walk->path));
    walk->depth++;
    return walk_check_duplicates(level->tree, text_string(&walk->path), err);
}

static void walk_cut_path(struct walk *walk, size_t length)
{
    if (walk->path.data) {
        walk->path.length = length;
        walk->path.data[length] = '\0';
    }
}

/* One entry: goes into folders, shows everything else. */
static int walk_visit(struct walk *walk, const git_tree_entry *entry, repository_entry_cb each, void *data,
                      bool *stop, struct err *err)
{
    int code = walk_check_name(walk, entry, err);
    if (code < 0)
        return code;
    if (++walk->entries > REPOSITORY_MAX_ENTRIES)
        return err_set(err, ERR_LIMIT, "the tree has more than %d entries", REPOSITORY_MAX_ENTRIES);
    size_t length = walk->path.length;
    git_filemode_t mode = git_tree_entry_filemode(entry);
    text_append_string(&walk->path, git_tree_entry_name(entry));
    if (mode == GIT_FILEMODE_TREE) {
        text_append_char(&walk->path, '/');
        return walk_enter(walk, git_tree_entry_id(entry), err);
    }
    if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE && mode != GIT_FILEMODE_LINK &&
        mode != GIT_FILEMODE_COMMIT)
        return err_set(err, ERR_INVALID, "the tree holds `%.600s` with mode %o, which git does not know",
                       text_string(&walk->path), (unsigned)git_tree_entry_filemode_raw(entry));
    *stop = each(text_string(&walk->path), (uint32_t)mode, git_tree_entry_id(entry), data) != 0;
    walk_cut_path(walk, length);
    return 0;
}

int repository_walk(struct repository *repository, const git_oid *tree, repository_entry_cb each, void *data,
                    struct err *err)
{
    cleanup_free struct walk *walk = MEMORY_NEW(struct walk);
    walk->repository = repository;
    bool stop = false;
    int code = walk_enter(walk, tree, err);
    while (code == 0 && !stop && walk->depth > 0) {
        struct walk_level *level = &walk->levels[walk->depth - 1];
        walk_cut_path(walk, level->path_length);
        if (level->next == git_tree_entrycount(level->tree)) {
            git_tree_free(level->tree);
            walk->depth--;
            continue;
        }
        code = walk_visit(walk, git_tree_entry_byindex(level->tree, level->next++), each, data, &stop, err);
    }
    while (walk->depth > 0)
        git_tree_free(walk->levels[--walk->depth].tree);
    text_fini(&walk->path);
    return code;
}
