#include "orchestrator/caches/collect.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/caches/presence.h"
#include "orchestrator/ledger/ledger.h"
#include "orchestrator/ledger/lock.h"
#include "sandbox/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* While it is held, no cupel comes to this repository. */
struct collect_claim {
    int presence;     /* descriptor, or -1 */
    struct lock lock; /* the repository's */
};

static void collect_give_back(struct collect_claim *claim)
{
    lock_release(&claim->lock);
    if (claim->presence >= 0)
        close(claim->presence);
    claim->presence = -1;
}

/* 0, or 1 with *busy. A dry run makes no lock files. */
static int collect_claim(const char *state, bool dry_run, struct collect_claim *claim, char **busy,
                         struct err *err)
{
    cleanup_free char *path = memory_format("%s/" LOCK_NAME, state);
    struct lock_owner holder;
    char words[512];
    *claim = (struct collect_claim){.presence = -1, .lock = LOCK_NONE};
    /* The lock first: it says who. */
    int taken =
        dry_run && access(path, F_OK) < 0 ? 0 : lock_try(&claim->lock, path, "cupel gc", &holder, err);
    if (taken < 0)
        return taken;
    if (taken > 0) {
        lock_describe(&holder, words, sizeof words);
        *busy = memory_format("is used by %s", words);
        return 1;
    }
    taken = presence_claim(state, dry_run, &claim->presence, err);
    if (taken != 0)
        collect_give_back(claim);
    if (taken > 0)
        *busy = memory_copy_string("is used by another cupel");
    return taken;
}

/* What can't be had is left alone, with the reason. Its own folder's ".." changes, so it must be writable. */
static bool collect_move(int state, int moved, size_t index, struct inventory *inventory)
{
    struct cache_item *item = &inventory->items[index];
    struct stat status;
    char name[32];
    snprintf(name, sizeof name, "%zu", index);
    if (fstatat(state, item->path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
        fchmodat(state, item->path, 0700, 0);
    if (renameat(state, item->path, moved, name) == 0)
        return true;
    inventory_add_stranger(inventory, item->path, memory_format("can't be moved: %s", strerror(errno)));
    free(STEAL(item->path));
    return false;
}

static void collect_move_all(int state, int moved, struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->count; i++)
        (void)collect_move(state, moved, i, inventory);
}

/* A folder to move things into, locked, so that no other collector takes it for a dead one's. */
static int collect_make_folder(const char *state, char **path, struct err *err)
{
    *path = memory_format("%s/" COLLECT_PREFIX "XXXXXX", state);
    if (!mkdtemp(*path))
        return err_set_errno(err, errno, "make a folder in %s", state);
    int fd = open(*path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int saved = errno;
        if (fd >= 0)
            close(fd);
        return err_set_errno(err, saved, "lock %s", *path);
    }
    return fd;
}

/* Weighs and removes what was moved; items that were not are dropped. The first failure is told. */
static int collect_remove(const char *moved, struct collected *out, struct err *err)
{
    struct inventory *inventory = &out->inventory;
    size_t kept = 0;
    int result = 0;
    for (size_t i = 0; i < inventory->count; i++) {
        struct cache_item item = inventory->items[i];
        struct err failed = {0};
        if (!item.path)
            continue;
        cleanup_free char *path = memory_format("%s/%zu", moved, i);
        item.bytes = inventory_weigh(path);
        out->bytes += item.bytes;
        inventory->items[kept++] = item;
        if (folder_remove(path, &failed) < 0 && result == 0)
            result = err_set(err, ERR_SYSTEM, "%s", failed.message);
    }
    inventory->count = kept;
    if (result == 0 && rmdir(moved) < 0)
        result = err_set_errno(err, errno, "remove %s", moved);
    return result;
}

/* Who asks later where a base's tree has gone finds it in the ledger, where there is one. */
static int collect_record(const char *state, const struct collected *collected, struct err *err)
{
    cleanup_free char *path = memory_format("%s/" LEDGER_NAME, state);
    if (access(path, F_OK) < 0)
        return 0;
    struct ledger *ledger = NULL;
    cleanup_free char *body =
        memory_format("{\"bytes\":%" PRIu64 ",\"items\":%zu}", collected->bytes, collected->inventory.count);
    const struct ledger_entry entry = {.kind = LEDGER_GC, .body = body};
    int result = ledger_open(&ledger, state, NULL, err);
    if (result == 0)
        result = ledger_append(ledger, &entry, 1, NULL, err);
    ledger_close(ledger);
    return result;
}

static void collect_weigh_all(const char *state, struct collected *out)
{
    for (size_t i = 0; i < out->inventory.count; i++) {
        struct cache_item *item = &out->inventory.items[i];
        cleanup_free char *path = memory_format("%s/%s", state, item->path);
        item->bytes = inventory_weigh(path);
        out->bytes += item->bytes;
    }
}

static int collect_free(const char *state, struct collect_claim *claim, struct collected *out,
                        struct err *err)
{
    cleanup_free char *moved = NULL;
    cleanup_fd int root = open(state, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root < 0)
        return err_set_errno(err, errno, "open %s", state);
    cleanup_fd int folder = collect_make_folder(state, &moved, err);
    if (folder < 0)
        return folder;
    collect_move_all(root, folder, &out->inventory);
    collect_give_back(claim);
    int result = collect_remove(moved, out, err);
    struct err unrecorded = {0};
    if (collect_record(state, out, &unrecorded) < 0 && result == 0)
        result = err_set(err, ERR_SYSTEM, "record what was freed: %s", unrecorded.message);
    return result;
}

int collect_repository(const char *state, const struct collect_options *options, struct collected *out,
                       struct err *err)
{
    struct collect_claim claim;
    *out = (struct collected){0};
    int result = collect_claim(state, options->dry_run, &claim, &out->busy, err);
    if (result != 0)
        return result < 0 ? result : 0;
    result = inventory_take(&out->inventory, state, err);
    if (result == 0)
        inventory_keep_older(&out->inventory, options->older_than_s);
    if (result == 0 && options->dry_run) {
        collect_give_back(&claim); /* weighing may take long, and nothing is changed */
        collect_weigh_all(state, out);
    } else if (result == 0 && out->inventory.count > 0) {
        result = collect_free(state, &claim, out, err);
    }
    collect_give_back(&claim);
    return result;
}

/* A sandbox's folder has the name of its lease, which its owner keeps locked.
 * What is no file of ours, but a link, is as good as held. */
static bool collect_is_lease_held(const char *state, const char *name)
{
    cleanup_free char *path = memory_format("%s/leases/%s", state, name);
    cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? errno != ENOENT : flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static int collect_list_scratch(const char *state, struct inventory *inventory, struct err *err)
{
    cleanup_free char *path = memory_format("%s/scratch", state);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        inventory_add_stranger(inventory, "scratch", memory_copy_string("is no folder of its own"));
        return 0;
    }
    if (fd < 0)
        return errno == ENOENT ? 0 : err_set_errno(err, errno, "open %s", path);
    cleanup_dir DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return err_set_errno(err, errno, "list %s", path);
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        struct stat status;
        if (strncmp(entry->d_name, "cupel-", 6) != 0 || collect_is_lease_held(state, entry->d_name) ||
            fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(status.st_mode))
            continue;
        MEMORY_GROW(inventory->items, inventory->count, inventory->capacity);
        inventory->items[inventory->count++] =
            (struct cache_item){.kind = CACHE_TEMPORARY,
                                .path = memory_format("scratch/%s", entry->d_name),
                                .changed_s = status.st_ctim.tv_sec};
    }
    return 0;
}

int collect_sandboxes(const char *state, const struct collect_options *options, struct collected *out,
                      struct err *err)
{
    *out = (struct collected){0};
    int result = collect_list_scratch(state, &out->inventory, err);
    inventory_keep_older(&out->inventory, options->older_than_s);
    collect_weigh_all(state, out);
    if (result < 0 || options->dry_run)
        return result;
    for (size_t i = 0; i < out->inventory.count; i++) {
        const char *name = strrchr(out->inventory.items[i].path, '/') + 1;
        cleanup_free char *lease = memory_format("%s/leases/%s", state, name);
        cleanup_free char *path = memory_format("%s/%s", state, out->inventory.items[i].path);
        lease_release(lease); /* its groups too */
        if (folder_remove(path, err) < 0)
            return err->code;
    }
    return 0;
}

void collected_fini(struct collected *collected)
{
    inventory_fini(&collected->inventory);
    free(collected->busy);
    *collected = (struct collected){0};
}
