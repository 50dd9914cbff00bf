#include "sandbox/disk.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#define DISK_DEPTH_MAX     128 /* folders below each other; a descriptor each */
#define DISK_RESERVE_BYTES ((uint64_t)1 << 30)
#define DISK_RESERVE_FILES 100000
#define DISK_PAUSE_NS      UINT64_C(1000000000) /* between walks that nothing asked for, at least */
#define DISK_SHARE         20                   /* and so many times what a walk takes */

struct disk_walk {
    DIR *folders[DISK_DEPTH_MAX]; /* from the top to where it stands */
    size_t depth;                 /* of them */
    struct disk_amount limit;     /* beyond it nobody needs to know */
    double bytes;                 /* hard links have their share each */
    double files;                 /* likewise */
    bool hidden;                  /* a folder could not be read */
};

static uint64_t disk_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* By descriptors and without following links: the program may move things about meanwhile. */
static void disk_enter(struct disk_walk *walk, int parent, const char *name)
{
    if (walk->depth == DISK_DEPTH_MAX) {
        walk->hidden = true;
        return;
    }
    cleanup_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        walk->hidden |= errno != ENOENT && errno != ENOTDIR;
        return;
    }
    (void)STEAL_FD(fd);
    walk->folders[walk->depth++] = folder;
}

static void disk_take(struct disk_walk *walk, int parent, const char *name)
{
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        walk->hidden |= errno != ENOENT;
        return;
    }
    bool folder = S_ISDIR(status.st_mode);
    double links = folder || status.st_nlink == 0 ? 1 : (double)status.st_nlink;
    walk->bytes += (double)status.st_blocks * 512 / links;
    walk->files += 1 / links;
    if (folder)
        disk_enter(walk, parent, name);
}

static bool disk_is_beyond(const struct disk_walk *walk)
{
    return walk->bytes > (double)walk->limit.of[DISK_BYTES] + 1 ||
           walk->files > (double)walk->limit.of[DISK_FILES] + 1;
}

static void disk_walk_all(struct disk_walk *walk)
{
    while (walk->depth) {
        DIR *folder = walk->folders[walk->depth - 1];
        struct dirent *entry = disk_is_beyond(walk) ? NULL : readdir(folder);
        if (!entry) {
            closedir(folder);
            walk->depth--;
        } else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            disk_take(walk, dirfd(folder), entry->d_name);
        }
    }
}

/* What the file system doesn't count (btrfs has no inodes) is never short. */
static void disk_read_room(const struct disk *disk, struct disk_room *room)
{
    struct statvfs status;
    *room = (struct disk_room){.free.of = {UINT64_MAX, UINT64_MAX}};
    if (fstatvfs(disk->folder, &status) < 0)
        return;
    if (status.f_blocks) {
        room->free.of[DISK_BYTES] = (uint64_t)status.f_bavail * status.f_frsize;
        room->whole.of[DISK_BYTES] = (uint64_t)status.f_blocks * status.f_frsize;
    }
    if (status.f_files) {
        room->free.of[DISK_FILES] = status.f_favail;
        room->whole.of[DISK_FILES] = status.f_files;
    }
}

static uint64_t disk_fallen(const struct disk_room *from, const struct disk_room *to, int which)
{
    return from->free.of[which] > to->free.of[which] ? from->free.of[which] - to->free.of[which] : 0;
}

static void disk_walk_folder(struct disk *disk)
{
    struct disk_walk walk = {.limit = disk->limit};
    uint64_t began = disk_clock();
    disk_enter(&walk, disk->folder, ".");
    disk_walk_all(&walk);
    disk->used = (struct disk_amount){.of = {(uint64_t)walk.bytes, (uint64_t)(walk.files + 0.5)}};
    disk->hidden |= walk.hidden;
    disk->walked = disk->now;
    disk->walked_ns = disk_clock();
    disk->walk_ns = disk->walked_ns - began;
}

/* A folder that hides something is charged with all that is gone. */
static uint64_t disk_charge(const struct disk *disk, int which)
{
    uint64_t gone = disk->before.of[which] + disk_fallen(&disk->start, &disk->now, which);
    return disk->hidden && gone > disk->used.of[which] ? gone : disk->used.of[which];
}

static void disk_judge(struct disk *disk)
{
    for (int i = 0; i < DISK_RESOURCES && disk->state == DISK_WITHIN; i++) {
        disk->which = (enum disk_resource)i;
        if (disk_charge(disk, i) > disk->limit.of[i])
            disk->state = DISK_OVER;
        else if (disk->now.free.of[i] < disk_reserve((enum disk_resource)i, disk->now.whole.of[i]))
            disk->state = DISK_RESERVE;
    }
}

int disk_open(struct disk *disk, const char *upper, const struct disk_amount *limit, struct err *err)
{
    *disk = (struct disk){.folder = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .limit = *limit};
    if (disk->folder < 0)
        return err_set_errno(err, errno, "open %s", upper);
    disk_read_room(disk, &disk->start);
    return 0;
}

void disk_close(struct disk *disk)
{
    if (disk->folder >= 0)
        close(disk->folder);
    disk->folder = -1;
}

void disk_look(struct disk *disk)
{
    bool first = disk->walked_ns == 0;
    disk_read_room(disk, &disk->now);
    if (first || disk_is_due(disk, disk_clock()))
        disk_walk_folder(disk);
    /* What is there already was written by runs before, or in a moment by this one. */
    if (first)
        for (int i = 0; i < DISK_RESOURCES; i++) {
            uint64_t own = disk_fallen(&disk->start, &disk->now, i);
            disk->before.of[i] = disk->used.of[i] > own ? disk->used.of[i] - own : 0;
        }
    disk_judge(disk);
}

void disk_conclude(struct disk *disk)
{
    struct disk_room full = disk->now;
    bool first = disk->walked_ns == 0;
    disk_read_room(disk, &disk->now);
    disk_walk_folder(disk);
    if (first)
        disk->before = (struct disk_amount){0};
    disk_judge(disk);
    if (disk->state != DISK_RESERVE)
        return;
    /* Files without a name went with the run: what it gives back was its own, too. */
    int i = (int)disk->which;
    if (first)
        full = disk->now;
    uint64_t own = disk->used.of[i] > disk->before.of[i] ? disk->used.of[i] - disk->before.of[i] : 0;
    own += disk_fallen(&disk->now, &full, i);
    uint64_t gone = disk_fallen(&disk->start, &full, i);
    uint64_t later = disk_fallen(&disk->start, &disk->now, i);
    gone = later > gone ? later : gone;
    disk->blamed = own > 0 && own >= gone / 2;
}

uint64_t disk_reserve(enum disk_resource which, uint64_t whole)
{
    const uint64_t most = which == DISK_BYTES ? DISK_RESERVE_BYTES : DISK_RESERVE_FILES;
    return whole / 20 < most ? whole / 20 : most;
}

bool disk_is_due(const struct disk *disk, uint64_t now_ns)
{
    for (int i = 0; i < DISK_RESOURCES; i++) {
        uint64_t limit = disk->limit.of[i];
        uint64_t left = limit > disk->used.of[i] ? limit - disk->used.of[i] : 0;
        uint64_t step = left / 4 > limit / 64 ? left / 4 : limit / 64;
        uint64_t fallen = disk_fallen(&disk->walked, &disk->now, i);
        if (fallen && fallen >= step)
            return true;
    }
    uint64_t pause = disk->walk_ns > DISK_PAUSE_NS / DISK_SHARE ? disk->walk_ns * DISK_SHARE : DISK_PAUSE_NS;
    return now_ns - disk->walked_ns >= pause;
}
