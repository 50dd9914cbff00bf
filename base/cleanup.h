/*
 * Cleanup attributes for what a scope owns. A variable marked so must be initialised where it is declared.
 *
 *     cleanup_free char *path = memory_format("%s/%s", folder, name);
 *     cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
 */
#ifndef CUPEL_BASE_CLEANUP_H
#define CUPEL_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Takes the value out of an owning variable, so that its scope no longer frees it. */
#define STEAL(variable)                                                                                      \
    __extension__({                                                                                          \
        __typeof__(variable) stolen_ = (variable);                                                           \
        (variable) = NULL;                                                                                   \
        stolen_;                                                                                             \
    })

#define STEAL_FD(variable)                                                                                   \
    __extension__({                                                                                          \
        int stolen_ = (variable);                                                                            \
        (variable) = -1;                                                                                     \
        stolen_;                                                                                             \
    })

static inline void cleanup_free_pointer(void *pointer)
{
    free(*(void **)pointer);
}

static inline void cleanup_close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

static inline void cleanup_close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_fd   __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_file __attribute__((cleanup(cleanup_close_file)))
#define cleanup_dir  __attribute__((cleanup(cleanup_close_dir)))

#endif
