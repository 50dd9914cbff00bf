#include "orchestrator/caches/inventory.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/arms/workroom.h"
#include "orchestrator/caches/collect.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* One sort of entry of one folder. */
struct inventory_place {
    const char *folder; /* below the state folder; "." is itself */
    enum cache_kind kind;
    mode_t type;                                   /* S_IFDIR or S_IFREG */
    bool (*is_ours)(const char *name);             /* by its name */
    bool (*is_live)(int folder, const char *name); /* somebody uses it; NULL: only presence tells */
};

static const char *const inventory_kinds[CACHE_KINDS] = {
    [CACHE_TREE] = "tree",
    [CACHE_KEPT] = "kept",
    [CACHE_WORK] = "work",
    [CACHE_TEMPORARY] = "temporary",
};

const char *cache_kind_name(enum cache_kind kind)
{
    assert(kind < CACHE_KINDS);
    return inventory_kinds[kind];
}

/* Length of the lower-case hexadecimal digits that `text` begins with. */
static size_t inventory_digits(const char *text)
{
    return strspn(text, "0123456789abcdef");
}

/* An object id. */
static bool inventory_is_tree(const char *name)
{
    size_t length = strlen(name);
    return (length == 40 || length == 64) && inventory_digits(name) == length;
}

/* ".<digits>.<pid>": a tree or a report before it got its name. */
static bool inventory_is_unfinished(const char *name)
{
    size_t digits = *name == '.' ? inventory_digits(name + 1) : 0;
    const char *pid = name + 1 + digits + 1;
    return digits > 0 && name[1 + digits] == '.' && *pid && strspn(pid, "0123456789") == strlen(pid);
}

/* "<digest>.diff.<pid>.tmp", as folder_replace_file() names it. */
static bool inventory_is_unfinished_patch(const char *name)
{
    static const char middle[] = ".diff.";
    size_t digits = inventory_digits(name);
    const char *pid = name + digits + sizeof middle - 1;
    if (digits == 0 || strncmp(name + digits, middle, sizeof middle - 1) != 0)
        return false;
    size_t length = strspn(pid, "0123456789");
    return length > 0 && strcmp(pid + length, ".tmp") == 0;
}

static bool inventory_is_name(const char *name)
{
    return *name != '.';
}

static bool inventory_is_moved(const char *name)
{
    return strncmp(name, COLLECT_PREFIX, sizeof COLLECT_PREFIX - 1) == 0;
}

static bool inventory_is_held(int folder, const char *name, int flags)
{
    cleanup_fd int fd = openat(folder, name, O_CLOEXEC | O_NOFOLLOW | flags);
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static bool inventory_is_room_live(int folder, const char *name)
{
    cleanup_fd int room = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return room >= 0 && inventory_is_held(room, WORKROOM_LEASE, O_RDWR);
}

static bool inventory_is_moved_live(int folder, const char *name)
{
    return inventory_is_held(folder, name, O_RDONLY | O_DIRECTORY);
}

static const struct inventory_place inventory_places[] = {
    {"trees", CACHE_TREE, S_IFDIR, inventory_is_tree, NULL},
    {"trees", CACHE_TEMPORARY, S_IFDIR, inventory_is_unfinished, NULL},
    {"kept", CACHE_KEPT, S_IFDIR, inventory_is_name, NULL},
    {"work", CACHE_WORK, S_IFDIR, inventory_is_name, inventory_is_room_live},
    {"reports", CACHE_TEMPORARY, S_IFREG, inventory_is_unfinished, NULL},
    {"patches", CACHE_TEMPORARY, S_IFREG, inventory_is_unfinished_patch, NULL},
    {".", CACHE_TEMPORARY, S_IFDIR, inventory_is_moved, inventory_is_moved_live},
};

static const char *inventory_type(mode_t mode)
{
    return S_ISLNK(mode)   ? "is a symbolic link"
           : S_ISDIR(mode) ? "is a folder, where cupel keeps a file"
           : S_ISREG(mode) ? "is a file, where cupel keeps a folder"
                           : "is neither file nor folder";
}

void inventory_add_stranger(struct inventory *inventory, const char *path, char *why)
{
    /* A folder is looked at once a sort. */
    for (size_t i = 0; i < inventory->stranger_count; i++)
        if (strcmp(inventory->strangers[i].path, path) == 0) {
            free(why);
            return;
        }
    MEMORY_GROW(inventory->strangers, inventory->stranger_count, inventory->stranger_capacity);
    inventory->strangers[inventory->stranger_count++] =
        (struct cache_stranger){.path = memory_copy_string(path), .why = why};
}

static void inventory_add(struct inventory *inventory, const struct inventory_place *place, int folder,
                          const char *name)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return; /* gone meanwhile */
    bool top = strcmp(place->folder, ".") == 0;
    char *path = top ? memory_copy_string(name) : memory_format("%s/%s", place->folder, name);
    if ((status.st_mode & S_IFMT) != place->type) {
        inventory_add_stranger(inventory, path, memory_copy_string(inventory_type(status.st_mode)));
        free(path);
    } else if (place->is_live && place->is_live(folder, name)) {
        free(path);
    } else {
        MEMORY_GROW(inventory->items, inventory->count, inventory->capacity);
        inventory->items[inventory->count++] =
            (struct cache_item){.kind = place->kind, .path = path, .changed_s = status.st_ctim.tv_sec};
    }
}

static int inventory_look(struct inventory *inventory, const struct inventory_place *place, int state,
                          struct err *err)
{
    int fd = openat(state, place->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        inventory_add_stranger(inventory, place->folder, memory_copy_string("is no folder of its own"));
        return 0;
    }
    if (fd < 0)
        return err_set_errno(err, errno, "open %s", place->folder);
    cleanup_dir DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return err_set_errno(err, errno, "list %s", place->folder);
    }
    for (struct dirent *entry; (entry = readdir(list));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            place->is_ours(entry->d_name))
            inventory_add(inventory, place, fd, entry->d_name);
    return 0;
}

int inventory_take(struct inventory *inventory, const char *state, struct err *err)
{
    *inventory = (struct inventory){0};
    cleanup_fd int fd = open(state, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "open %s", state);
    for (size_t i = 0; i < sizeof inventory_places / sizeof *inventory_places; i++)
        if (inventory_look(inventory, &inventory_places[i], fd, err) < 0)
            return err->code;
    return 0;
}

void inventory_keep_older(struct inventory *inventory, int64_t than_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < inventory->count; i++) {
        if (inventory->items[i].changed_s < than_s)
            inventory->items[kept++] = inventory->items[i];
        else
            free(inventory->items[i].path);
    }
    inventory->count = kept;
}

void inventory_fini(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->count; i++)
        free(inventory->items[i].path);
    for (size_t i = 0; i < inventory->stranger_count; i++) {
        free(inventory->strangers[i].path);
        free(inventory->strangers[i].why);
    }
    free(inventory->items);
    free(inventory->strangers);
    *inventory = (struct inventory){0};
}

uint64_t inventory_weigh(const char *path)
{
    cleanup_free char *copy = memory_copy_string(path);
    char *const roots[] = {copy, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    double bytes = 0;
    for (FTSENT *entry; walk && (entry = fts_read(walk));) {
        bool counts = entry->fts_info != FTS_DP && entry->fts_info != FTS_NS && entry->fts_info != FTS_ERR;
        /* A hard link is its share of the file. */
        if (counts && !S_ISDIR(entry->fts_statp->st_mode) && entry->fts_statp->st_nlink > 1)
            bytes += 512.0 * (double)entry->fts_statp->st_blocks / (double)entry->fts_statp->st_nlink;
        else if (counts && entry->fts_info != FTS_DNR)
            bytes += 512.0 * (double)entry->fts_statp->st_blocks;
    }
    if (walk)
        fts_close(walk);
    return (uint64_t)bytes;
}
