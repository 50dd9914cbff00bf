#include "orchestrator/ledger/place.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

/*
 * statfs(2), linux/magic.h, and the file systems' own sources. SQLite's write-ahead log needs a memory map
 * and locks that every process that uses the file sees; over a network neither is given.
 */
static const struct {
    int64_t magic;    /* f_type, as 32 bits */
    const char *name; /* as a person knows it */
} place_networks[] = {
    {0x6969, "NFS"},
    {0x517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB"},
    {0x01021997, "9p"},
    {0x65735546, "FUSE, such as sshfs"},
    {0x00c36400, "Ceph"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x73757245, "Coda"},
    {0x564c, "NCP"},
    {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x01161970, "GFS2"},
    {0x7461636f, "OCFS2"},
    {0x19830326, "BeeGFS"},
    {0x20030528, "OrangeFS"},
    {0xaad7aaea, "PanFS"},
    {0x786f4256, "VirtualBox shared folder"},
};

int place_check_file_system(const char *folder, int64_t magic, struct err *err)
{
    for (size_t i = 0; i < sizeof place_networks / sizeof *place_networks; i++) {
        if (place_networks[i].magic == (magic & 0xffffffff))
            return err_set(err, ERR_SYSTEM,
                           "the ledger can't be kept in %s: it is on a network file system (%s), where locks "
                           "don't hold; set XDG_STATE_HOME to a folder on a local disk",
                           folder, place_networks[i].name);
    }
    return 0;
}

int place_look(const char *path, struct err *err)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        if (errno != ENOENT)
            return err_set_errno(err, errno, "look at ledger %s", path);
        cleanup_free char *log = memory_format("%s-wal", path);
        if (lstat(log, &status) == 0)
            return err_set(err, ERR_SYSTEM,
                           "%s is there without its ledger; nothing was changed: put " LEDGER_NAME
                           " back beside it, or move it away too",
                           log);
        return 0;
    }
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_SYSTEM, "ledger %s is no regular file: move it away", path);
    if (status.st_size == 0)
        return err_set(err, ERR_SYSTEM,
                       "ledger %s is damaged: it was cut to 0 bytes; nothing was changed: move " LEDGER_NAME
                       "* out of that folder to keep them, and cupel starts a new ledger; reports and "
                       "decision refs are still there",
                       path);
    return 1;
}

static void place_remove_draft(const char *draft)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        cleanup_free char *name = memory_format("%s%s", draft, suffixes[i]);
        unlink(name);
    }
}

/* link() and not rename(): it never replaces a ledger. */
static int place_publish(int folder, const char *draft, const char *path, struct err *err)
{
    if (link(draft, path) < 0 || fsync(folder) < 0)
        return err_set_errno(err, errno, "make ledger %s", path);
    return 0;
}

int place_create(const char *folder, const char *path, int (*fill)(const char *path, struct err *err),
                 struct err *err)
{
    cleanup_fd int gate = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (gate < 0 || flock(gate, LOCK_EX) < 0)
        return err_set_errno(err, errno, "lock %s", folder);
    int there = place_look(path, err);
    if (there != 0)
        return there < 0 ? there : 0;
    cleanup_free char *draft = memory_format("%s.new", path);
    place_remove_draft(draft);
    cleanup_fd int fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set_errno(err, errno, "make ledger %s", draft);
    /* Closed before SQLite opens it: closing any descriptor later would drop SQLite's locks (fcntl(2)). */
    close(STEAL_FD(fd));
    int status = fill(draft, err);
    if (status == 0)
        status = place_publish(gate, draft, path, err);
    place_remove_draft(draft);
    return status;
}
