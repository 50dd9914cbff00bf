#include "orchestrator/repository/store.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <git2/odb_backend.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Above libgit2's own backends (loose 1, packed 2), so that every write ends in memory. */
#define STORE_PRIORITY 1000

int store_fail(struct repository *repository, int code, struct err *err, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    const git_error *last = git_error_last();
    const char *why = last && last->message ? last->message : "no reason given";
    if (code == GIT_ENOTFOUND && repository) {
        cleanup_free char *advice = store_missing_advice(repository);
        return err_set(err, ERR_NOT_FOUND, "%s: %s; %s", words, why, advice);
    }
    return err_set(err, code == GIT_ENOTFOUND ? ERR_NOT_FOUND : ERR_SYSTEM, "%s: %s", words, why);
}

int store_init(struct repository *repository, struct err *err)
{
    git_odb_backend *memory = NULL;
    int code = git_repository_odb(&repository->odb, repository->git);
    if (code == 0)
        code = git_mempack_new(&memory);
    if (code == 0)
        code = git_odb_add_backend(repository->odb, memory, STORE_PRIORITY);
    if (code < 0)
        return store_fail(NULL, code, err, "open the object store of %s", repository->path);
    return 0;
}

int store_add(struct repository *repository, git_object_t type, const void *bytes, size_t length,
              git_oid *oid, struct err *err)
{
    int code = git_odb_hash(oid, bytes, length, type);
    /* git_odb_write() would touch the time stamp of an existing
     * object's file: the user's, so we look first. */
    if (code == 0 && !git_odb_exists(repository->odb, oid))
        code = git_odb_write(oid, repository->odb, bytes, length, type);
    return code < 0 ? store_fail(NULL, code, err, "keep an object in memory") : 0;
}

/* Does the setting make this a partial clone (git, Documentation/technical/partial-clone.txt)? */
static bool store_names_promisor(const char *setting)
{
    size_t length = strlen(setting), tail = strlen(".promisor");
    return strcmp(setting, "extensions.partialclone") == 0 ||
           (strncmp(setting, "remote.", 7) == 0 && length > tail &&
            strcmp(setting + length - tail, ".promisor") == 0);
}

/* By hand, since libgit2 1.5 leaks memory for each setting that a pattern does not match. */
static bool store_is_partial(struct repository *repository)
{
    git_config *config = NULL;
    git_config_iterator *each = NULL;
    git_config_entry *entry;
    bool partial = false;
    if (git_repository_config_snapshot(&config, repository->git) == 0 &&
        git_config_iterator_new(&each, config) == 0)
        while (!partial && git_config_next(&entry, each) == 0)
            partial = store_names_promisor(entry->name);
    git_config_iterator_free(each);
    git_config_free(config);
    return partial;
}

char *store_missing_advice(struct repository *repository)
{
    if (store_is_partial(repository))
        return memory_copy_string(
            "this is a partial clone: get the rest with `git fetch --refetch --no-filter`");
    if (git_repository_is_shallow(repository->git) == 1)
        return memory_copy_string("this is a shallow clone: get the rest with `git fetch --unshallow`");
    return memory_copy_string("the object store is not complete: `git fsck` says what is missing");
}

int repository_blob(struct repository *repository, const git_oid *blob, char **bytes, size_t *length,
                    struct err *err)
{
    cleanup_git_odb_object git_odb_object *object = NULL;
    char hex[GIT_OID_HEXSZ + 1];
    size_t size;
    git_object_t type;
    git_oid_tostr(hex, sizeof hex, blob);
    int code = git_odb_read_header(&size, &type, repository->odb, blob);
    if (code == 0 && size > REPOSITORY_MAX_BLOB)
        return err_set(err, ERR_LIMIT, "object %s has %zu bytes; at most %zu are taken", hex, size,
                       REPOSITORY_MAX_BLOB);
    if (code == 0)
        code = git_odb_read(&object, repository->odb, blob);
    if (code < 0)
        return store_fail(repository, code, err, "read object %s", hex);
    if (git_odb_object_type(object) != GIT_OBJECT_BLOB)
        return err_set(err, ERR_INVALID, "object %s is no file but a %s", hex,
                       git_object_type2string(git_odb_object_type(object)));
    *length = git_odb_object_size(object);
    *bytes = memory_copy_bytes(git_odb_object_data(object), *length);
    return 0;
}

static int store_find_entry(struct repository *repository, const git_oid *oid, const char *path,
                            git_tree_entry **entry)
{
    cleanup_git_tree git_tree *tree = NULL;
    int code = git_tree_lookup(&tree, repository->git, oid);
    return code < 0 ? code : git_tree_entry_bypath(entry, tree, path);
}

int repository_file(struct repository *repository, const git_oid *tree, const char *path, char **bytes,
                    size_t *length, struct err *err)
{
    git_tree_entry *entry = NULL;
    int code = store_find_entry(repository, tree, path, &entry);
    if (code == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "%s is not in the tree", path);
    if (code < 0)
        return store_fail(repository, code, err, "look up %s", path);
    git_oid blob = *git_tree_entry_id(entry);
    bool file = git_tree_entry_type(entry) == GIT_OBJECT_BLOB;
    git_tree_entry_free(entry);
    if (!file)
        return err_set(err, ERR_NOT_FOUND, "%s is in the tree, but is no file", path);
    code = repository_blob(repository, &blob, bytes, length, err);
    return code < 0 ? err_wrap(err, "%s", path) : 0;
}

uint32_t repository_mode_at(struct repository *repository, const git_oid *tree, const char *path)
{
    git_tree_entry *entry = NULL;
    if (store_find_entry(repository, tree, path, &entry) < 0)
        return 0;
    uint32_t mode = (uint32_t)git_tree_entry_filemode(entry);
    git_tree_entry_free(entry);
    return mode;
}
