#include "orchestrator/arms/workroom.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static int workroom_take_lease(const char *path, struct err *err)
{
    cleanup_free char *name = memory_format("%s/" WORKROOM_LEASE, path);
    cleanup_fd int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set_errno(err, errno, "create %s", name);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return err_set_errno(err, errno, "lock %s", name);
    return STEAL_FD(fd);
}

/*
 * Makes the folder of all rooms and locks it, so that the sweeper never sees one between its mkdir and its
 * lease. Whoever closes the descriptor lets go.
 */
static int workroom_lock_parent(const char *parent, struct err *err)
{
    if (folder_make(parent, 0755, err) < 0)
        return err->code;
    cleanup_fd int gate = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (gate < 0 || flock(gate, LOCK_EX) < 0)
        return err_set_errno(err, errno, "lock %s", parent);
    return STEAL_FD(gate);
}

int workroom_open(struct workroom *room, const char *state, struct err *err)
{
    *room = (struct workroom){.lease = -1};
    cleanup_free char *parent = memory_format("%s/work", state);
    cleanup_fd int gate = workroom_lock_parent(parent, err);
    if (gate < 0)
        return gate;
    cleanup_free char *path = memory_format("%s/XXXXXX", parent);
    if (!mkdtemp(path))
        return err_set_errno(err, errno, "make a folder in %s", parent);
    if (chmod(path, 0755) < 0)
        return err_set_errno(err, errno, "open up %s", path);
    int lease = workroom_take_lease(path, err);
    if (lease < 0)
        return lease;
    room->path = STEAL(path);
    room->lease = lease;
    return 0;
}

int workroom_close(struct workroom *room, struct err *err)
{
    int result = room->path ? folder_remove(room->path, err) : 0;
    if (room->lease >= 0)
        close(room->lease);
    free(room->path);
    *room = (struct workroom){.lease = -1};
    return result;
}

int workroom_sweep(const char *state, struct err *err)
{
    cleanup_free char *parent = memory_format("%s/work", state);
    cleanup_fd int gate = workroom_lock_parent(parent, err);
    if (gate < 0)
        return gate;
    cleanup_dir DIR *list = opendir(parent);
    if (!list)
        return err_set_errno(err, errno, "list %s", parent);
    struct dirent *entry;
    while ((entry = readdir(list))) {
        if (entry->d_name[0] == '.')
            continue;
        cleanup_free char *path = memory_format("%s/%s", parent, entry->d_name);
        struct err ignored = {0}; /* a lease that is held is the normal case */
        cleanup_fd int lease = workroom_take_lease(path, &ignored);
        if (lease >= 0 && folder_remove(path, err) < 0)
            return err_wrap(err, "remove what a killed cupel left");
    }
    return 0;
}

char *workroom_folder(const char *parent, const char *name, struct err *err)
{
    cleanup_free char *path = memory_format("%s/%s", parent, name);
    if (folder_make(path, 0755, err) < 0)
        return NULL;
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if (geteuid() == 0 && chown(path, uid, gid) < 0) {
        (void)err_set_errno(err, errno, "give %s to the sandbox's user", path);
        return NULL;
    }
    return STEAL(path);
}
