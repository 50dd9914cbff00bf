/*
 * Folders of our own: made, filled and removed without ever following a symbolic link out of them.
 */
#ifndef CUPEL_BASE_FOLDER_H
#define CUPEL_BASE_FOLDER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* mkdir -p; an existing folder is fine. New ones get `mode`. */
WARN_UNUSED int folder_make(const char *path, mode_t mode, struct err *err);

/*
 * Removes a folder and all that is in it, however deep (each level is moved up instead of descended into) and
 * whatever its modes. A folder that is not there is fine. Symbolic links are removed, not followed.
 */
WARN_UNUSED int folder_remove(const char *path, struct err *err);

/* Removes what is in the folder and keeps the folder itself. */
WARN_UNUSED int folder_empty(const char *path, struct err *err);

/* A file's whole content, at most `limit` bytes; ERR_NOT_FOUND, ERR_LIMIT, ERR_SYSTEM. Free *bytes. */
WARN_UNUSED int folder_read_file(const char *path, size_t limit, char **bytes, size_t *length,
                                 struct err *err);

/* All of the bytes, however often write(2) is interrupted or cut short. 0, or -1 and errno. */
WARN_UNUSED int folder_write_all(int fd, const void *bytes, size_t length);

/* Writes atomically: a temporary beside it, fsync, rename, fsync of the folder. */
WARN_UNUSED int folder_replace_file(const char *path, const void *bytes, size_t length, struct err *err);

/* Who and when of what folder_write_entry() makes; zero uid and gid mean "leave as created" unless root. */
struct folder_stamp {
    uid_t uid; /* owner given to every file and folder made */
    gid_t gid;
    bool give_away;       /* chown at all: only root can */
    struct timespec time; /* mtime given to files and links */
};

/*
 * Makes one entry of git's mode 0100644, 0100755 or 0120000 at a relative path below `root`, and its parents.
 * Resolved with openat2(2) RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS: nothing lands elsewhere.
 */
WARN_UNUSED int folder_write_entry(int root, const char *path, uint32_t mode, const void *bytes,
                                   size_t length, const struct folder_stamp *stamp, struct err *err);

/* Makes an overlayfs whiteout (a character device 0/0) at a relative path below `root`, and its parents. */
WARN_UNUSED int folder_write_whiteout(int root, const char *path, const struct folder_stamp *stamp,
                                      struct err *err);

#endif
