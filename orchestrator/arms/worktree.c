#include "orchestrator/arms/worktree.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "policies/screen.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MODE_LINK    0120000u
#define MODE_GITLINK 0160000u

struct worktree_writer {
    struct repository *repository; /* borrowed */
    int root;                      /* folder that is written */
    struct folder_stamp stamp;     /* owner and time of every entry */
    struct err *err;               /* where failures are told */
    bool failed;                   /* one stopped the walk */
};

static struct folder_stamp worktree_stamp(struct timespec time)
{
    struct folder_stamp stamp = {.time = time, .give_away = geteuid() == 0};
    sandbox_layer_owner(&stamp.uid, &stamp.gid);
    return stamp;
}

static int worktree_open_root(const char *path, struct err *err)
{
    int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root < 0 ? err_set_errno(err, errno, "open %s", path) : root;
}

static int worktree_write_blob(struct worktree_writer *writer, const char *path, uint32_t mode,
                               const git_oid *blob)
{
    if (mode == MODE_GITLINK)
        return err_set(
            writer->err, ERR_INVALID,
            "%s is a submodule; cupel exports one repository's own files: evaluate a tree in which the "
            "submodule's content is vendored or subtree-merged",
            path);
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    if (repository_blob(writer->repository, blob, &bytes, &length, writer->err) < 0)
        return err_wrap(writer->err, "%s", path);
    if (mode != MODE_LINK && screen_is_lfs_pointer(bytes, length))
        return err_set(
            writer->err, ERR_INVALID,
            "%s is a Git LFS pointer, not its content; evaluate a tree with the content committed, or "
            "keep the file outside and mount it (operator's file, `mounts`)",
            path);
    return folder_write_entry(writer->root, path, mode, bytes, length, &writer->stamp, writer->err);
}

static int worktree_on_entry(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    struct worktree_writer *writer = data;
    writer->failed = worktree_write_blob(writer, path, mode, blob) < 0;
    return writer->failed;
}

int worktree_export(struct repository *repository, const git_oid *tree, const char *trees, char **path,
                    struct err *err)
{
    char id[GIT_OID_HEXSZ + 1];
    git_oid_tostr(id, sizeof id, tree);
    cleanup_free char *final = memory_format("%s/%s", trees, id);
    if (access(final, F_OK) == 0) {
        *path = STEAL(final);
        return 0;
    }
    cleanup_free char *temporary = memory_format("%s/.%s.%ld", trees, id, (long)getpid());
    if (folder_make(trees, 0755, err) < 0 || folder_remove(temporary, err) < 0 ||
        folder_make(temporary, 0755, err) < 0)
        return err->code;
    struct worktree_writer writer = {.repository = repository,
                                     .stamp = worktree_stamp((struct timespec){.tv_sec = WORKTREE_BASE_TIME}),
                                     .err = err};
    cleanup_fd int root = writer.root = worktree_open_root(temporary, err);
    if (root < 0)
        return err->code;
    struct err ignored = {0};
    if (writer.stamp.give_away && fchownat(root, "", writer.stamp.uid, writer.stamp.gid, AT_EMPTY_PATH) < 0)
        return err_set_errno(err, errno, "give %s to the sandbox's user", temporary);
    if (repository_walk(repository, tree, worktree_on_entry, &writer, err) < 0 || writer.failed) {
        if (folder_remove(temporary, &ignored) < 0)
            return err_wrap(err, "export tree to %s (which stays: %s)", final, ignored.message);
        return err_wrap(err, "export tree to %s", final);
    }
    /* A tree that is found under its name is taken to be whole, after a power cut too. */
    cleanup_fd int whole = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (whole < 0 || syncfs(whole) < 0)
        return err_set_errno(err, errno, "write exported tree %s to the disk", temporary);
    if (rename(temporary, final) < 0) {
        bool there = errno == EEXIST || errno == ENOTEMPTY;
        int saved = errno;
        if (folder_remove(temporary, &ignored) < 0 || !there)
            return err_set_errno(err, saved, "finish exported tree %s", final);
    }
    *path = STEAL(final);
    return 0;
}

/* Writes the base's side of one change; the source of a copy that stays has a change of its own, or none. */
static int worktree_write_old(struct worktree_writer *writer, const struct candidate *candidate,
                              const struct candidate_change *change)
{
    if (!change->old_path)
        return 0;
    bool moved = !change->new_path || strcmp(change->old_path, change->new_path) != 0;
    if (moved && repository_mode_at(writer->repository, &candidate->tree, change->old_path) != 0)
        return 0;
    return worktree_write_blob(writer, change->old_path, change->old_mode, &change->old_blob);
}

/*
 * Hides a path that the candidate no longer has: at the topmost folder that is gone as a whole, since git
 * keeps no empty folders; not at all where a file now stands in place of one of its folders.
 */
static int worktree_hide(struct worktree_writer *writer, const git_oid *tree, const char *path)
{
    cleanup_free char *prefix = memory_copy_string(path);
    for (char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        uint32_t mode = repository_mode_at(writer->repository, tree, prefix);
        if (mode == 0)
            return folder_write_whiteout(writer->root, prefix, &writer->stamp, writer->err);
        if (!S_ISDIR(mode))
            return 0;
        *slash = '/';
    }
    if (repository_mode_at(writer->repository, tree, path) != 0)
        return 0;
    return folder_write_whiteout(writer->root, path, &writer->stamp, writer->err);
}

static int worktree_write_new(struct worktree_writer *writer, const struct candidate *candidate,
                              const struct candidate_change *change)
{
    if (change->old_path && (!change->new_path || strcmp(change->old_path, change->new_path) != 0) &&
        worktree_hide(writer, &candidate->tree, change->old_path) < 0)
        return writer->err->code;
    if (!change->new_path)
        return 0;
    return worktree_write_blob(writer, change->new_path, change->new_mode, &change->new_blob);
}

int worktree_write_patch(struct repository *repository, const struct candidate *candidate,
                         const char *base_layer, const char *candidate_layer, const struct timespec times[2],
                         struct err *err)
{
    struct worktree_writer old = {.repository = repository, .stamp = worktree_stamp(times[0]), .err = err};
    struct worktree_writer new = {.repository = repository, .stamp = worktree_stamp(times[1]), .err = err};
    cleanup_fd int old_root = old.root = worktree_open_root(base_layer, err);
    if (old_root < 0)
        return err->code;
    cleanup_fd int new_root = new.root = worktree_open_root(candidate_layer, err);
    if (new_root < 0)
        return err->code;
    for (size_t i = 0; i < candidate->change_count; i++) {
        if (worktree_write_old(&old, candidate, &candidate->changes[i]) < 0)
            return err_wrap(err, "write patch layer %s", base_layer);
        if (worktree_write_new(&new, candidate, &candidate->changes[i]) < 0)
            return err_wrap(err, "write patch layer %s", candidate_layer);
    }
    return 0;
}
