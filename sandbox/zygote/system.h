/*
 * Folders of the host's system inside: read-only, and as files of the slot's own.
 *
 * A lock (flock(2), fcntl(2)) and a watch (inotify(7)) belong to an inode and need no right to write: through
 * a bind mount every sandbox and the machine itself would feel them. An overlay of the folder alone gives
 * each mount inodes of its own over the same pages.
 */
#ifndef CUPEL_SANDBOX_SYSTEM_H
#define CUPEL_SANDBOX_SYSTEM_H

#include <stdbool.h>

/*
 * Mounts the host's folder `from` at `to`, with what is mounted below it. `empty`: any empty folder. Where
 * the kernel refuses an overlay it is bound, and `*shared` becomes true. 0, or -1 and errno.
 */
int system_show(const char *from, const char *to, const char *empty, bool *shared);

#endif
