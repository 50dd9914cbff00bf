#include "orchestrator/repository/store.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/screen.h"

#define GAPS_LFS_MAX_BYTES 1024 /* larger blobs need not be read to see that they are no pointer */

struct gaps_reader {
    struct repository *repository;
    struct tree_gaps *gaps;
};

static void gaps_add(char ***paths, size_t *count, const char *path)
{
    *paths = memory_resize(*paths, *count + 2, sizeof **paths);
    (*paths)[(*count)++] = memory_copy_string(path);
    (*paths)[*count] = NULL;
}

static bool gaps_is_lfs_pointer(struct repository *repository, const git_oid *blob)
{
    cleanup_git_odb_object git_odb_object *object = NULL;
    return git_odb_read(&object, repository->odb, blob) == 0 &&
           screen_is_lfs_pointer(git_odb_object_data(object), git_odb_object_size(object));
}

static int gaps_on_entry(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    struct gaps_reader *reader = data;
    struct tree_gaps *gaps = reader->gaps;
    size_t size;
    git_object_t type;
    if (mode == GIT_FILEMODE_COMMIT)
        gaps_add(&gaps->submodules, &gaps->submodule_count, path);
    else if (git_odb_read_header(&size, &type, reader->repository->odb, blob) < 0)
        gaps_add(&gaps->missing, &gaps->missing_count, path);
    else if (size < GAPS_LFS_MAX_BYTES && gaps_is_lfs_pointer(reader->repository, blob))
        gaps_add(&gaps->lfs_pointers, &gaps->lfs_count, path);
    return 0;
}

int repository_check_tree(struct repository *repository, const git_oid *tree, struct tree_gaps *gaps,
                          struct err *err)
{
    *gaps = (struct tree_gaps){0};
    struct gaps_reader reader = {.repository = repository, .gaps = gaps};
    int code = repository_walk(repository, tree, gaps_on_entry, &reader, err);
    if (code == 0 && gaps->missing_count > 0)
        gaps->missing_advice = store_missing_advice(repository);
    if (code < 0)
        tree_gaps_fini(gaps);
    return code;
}

static void gaps_free_paths(char **paths)
{
    for (size_t i = 0; paths && paths[i]; i++)
        free(paths[i]);
    free(paths);
}

void tree_gaps_fini(struct tree_gaps *gaps)
{
    gaps_free_paths(gaps->submodules);
    gaps_free_paths(gaps->lfs_pointers);
    gaps_free_paths(gaps->missing);
    free(gaps->missing_advice);
    *gaps = (struct tree_gaps){0};
}
