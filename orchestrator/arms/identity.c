#include "orchestrator/arms/identity.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX   256
#define BLOCK_BYTES 65536

struct identity {
    const struct identity_watch *watch; /* or NULL */
    bool cancelled;                     /* it said so */
    struct digest_stream stream;
};

static int identity_by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool identity_is_cancelled(struct identity *identity)
{
    const struct identity_watch *watch = identity->watch;
    identity->cancelled = identity->cancelled || (watch && watch->is_cancelled(watch->data));
    return identity->cancelled;
}

/*
 * Size, and each block that isn't all zero with its place: holes cost nothing, however large a sparse file
 * claims to be, and it equals the same file with its zeros written out.
 */
static int identity_add_blocks(struct identity *identity, int fd)
{
    struct digest_stream *stream = &identity->stream;
    char block[BLOCK_BYTES];
    for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0;) {
        if (identity_is_cancelled(identity))
            return 0;
        at -= at % BLOCK_BYTES;
        ssize_t got = pread(fd, block, sizeof block, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : 0;
        bool zero = block[0] == 0 && memcmp(block, block + 1, (size_t)got - 1) == 0;
        uint64_t place = (uint64_t)at;
        if (!zero) {
            digest_add(stream, &place, sizeof place);
            digest_add_field(stream, block, (size_t)got);
        }
        at += BLOCK_BYTES;
    }
    return errno == ENXIO ? 0 : -1;
}

static int identity_add_regular(struct identity *identity, const char *path, uint64_t size, struct err *err)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_set_errno(err, errno, "open %s", path);
    const uint64_t end = UINT64_MAX; /* no block stands there */
    digest_add(&identity->stream, &size, sizeof size);
    if (identity_add_blocks(identity, fd) < 0)
        return err_set_errno(err, errno, "read %s", path);
    digest_add(&identity->stream, &end, sizeof end);
    return 0;
}

static int identity_add_link(struct digest_stream *stream, const char *path, struct err *err)
{
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0)
        return err_set_errno(err, errno, "read link %s", path);
    digest_add_field(stream, target, (size_t)length);
    return 0;
}

static int identity_add_entry(struct identity *identity, const FTSENT *entry, size_t root, struct err *err)
{
    struct digest_stream *stream = &identity->stream;
    const struct stat *status = entry->fts_statp;
    uint32_t kind = (uint32_t)status->st_mode & (S_IFMT | S_IXUSR);
    /* A whiteout (device 0/0) differs from any other special file. */
    uint64_t device =
        S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? (uint64_t)status->st_rdev + 1 : 0;
    digest_add_field(stream, entry->fts_path + root, entry->fts_pathlen - root);
    digest_add(stream, &kind, sizeof kind);
    digest_add(stream, &device, sizeof device);
    if (S_ISREG(status->st_mode))
        return identity_add_regular(identity, entry->fts_path, (uint64_t)status->st_size, err);
    if (S_ISLNK(status->st_mode))
        return identity_add_link(stream, entry->fts_path, err);
    return 0;
}

static int identity_walk(FTS *walk, size_t root, struct identity *identity, struct err *err)
{
    for (FTSENT *entry; errno = 0, (entry = fts_read(walk));) {
        if (identity_is_cancelled(identity))
            return err_set(err, ERR_CANCELLED, "cancelled");
        if (entry->fts_info == FTS_DP)
            continue;
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
            return err_set_errno(err, entry->fts_errno, "compare %s", entry->fts_path);
        if (entry->fts_level > DEPTH_MAX)
            return err_set(err, ERR_LIMIT, "compare %s: deeper than %d folders", entry->fts_path, DEPTH_MAX);
        if (identity_add_entry(identity, entry, root, err) < 0)
            return err->code;
    }
    return errno ? err_set_errno(err, errno, "walk a build folder") : 0;
}

int identity_digest_folder(const char *path, const struct identity_watch *watch, struct digest *digest,
                           struct err *err)
{
    cleanup_free char *copy = memory_copy_string(path);
    char *const roots[] = {copy, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, identity_by_name);
    if (!walk)
        return err_set_errno(err, errno, "walk %s", path);
    struct identity identity = {.watch = watch};
    digest_start(&identity.stream);
    int result = identity_walk(walk, strlen(path), &identity, err);
    if (result == 0)
        *digest = digest_finish(&identity.stream);
    else
        digest_abandon(&identity.stream);
    fts_close(walk);
    return result;
}

static bool identity_has_suffix(const char *path, char *const *suffixes)
{
    size_t length = strlen(path);
    for (; *suffixes; suffixes++) {
        size_t suffix = strlen(*suffixes);
        if (length > suffix && strcmp(path + length - suffix, *suffixes) == 0)
            return true;
    }
    return false;
}

bool identity_is_compile_only(const struct candidate *candidate, const struct policy *policy)
{
    for (size_t i = 0; i < candidate->change_count; i++) {
        const struct candidate_change *change = &candidate->changes[i];
        if ((change->old_path && !identity_has_suffix(change->old_path, policy->compile_only_suffixes)) ||
            (change->new_path && !identity_has_suffix(change->new_path, policy->compile_only_suffixes)))
            return false;
    }
    return true;
}
