#include "workloads/count/simulated.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIMULATED_NAME      ".cupel-instructions."
#define SIMULATED_FILES_MAX 1000
#define SIMULATED_LABEL     "summary: "
#define SIMULATED_DIGITS    15 /* below 2^53, so that reports hold it exactly */

const char *const simulated_prefix[SIMULATED_PREFIX_LENGTH] = {
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--branch-sim=no",
    "--quiet",
    "--trace-children=yes",
    "--cachegrind-out-file=/work/" SIMULATED_NAME "%p",
};

bool simulated_parse(const char *tail, size_t length, uint64_t *instructions)
{
    if (length < 2 || tail[length - 1] != '\n')
        return false;
    size_t digits = 0;
    uint64_t value = 0;
    uint64_t place = 1;
    size_t at = length - 1;
    for (; at > 0 && tail[at - 1] >= '0' && tail[at - 1] <= '9'; at--, digits++) {
        if (digits == SIMULATED_DIGITS)
            return false;
        value += place * (uint64_t)(tail[at - 1] - '0');
        place *= 10;
    }
    const size_t label = strlen(SIMULATED_LABEL);
    if (digits == 0 || at < label || memcmp(tail + at - label, SIMULATED_LABEL, label) != 0 ||
        (at > label && tail[at - label - 1] != '\n'))
        return false;
    *instructions = value;
    return true;
}

/* Opened without following links or waiting for a pipe's writer: whoever ran there chose what the name is. */
static bool simulated_read(int folder, const char *name, uint64_t *instructions)
{
    char tail[SIMULATED_TAIL_MAX];
    struct stat status;
    cleanup_fd int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    const off_t from = status.st_size > (off_t)sizeof tail ? status.st_size - (off_t)sizeof tail : 0;
    const ssize_t length = pread(fd, tail, sizeof tail, from);
    return length > 0 && simulated_parse(tail, (size_t)length, instructions);
}

uint64_t simulated_sum(int workspace)
{
    uint64_t sum = 0;
    size_t files = 0;
    int fd = openat(workspace, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return UINT64_MAX;
    }
    bool whole = true;
    for (struct dirent *entry; whole && (entry = readdir(folder));) {
        uint64_t instructions = 0;
        if (strncmp(entry->d_name, SIMULATED_NAME, strlen(SIMULATED_NAME)) != 0)
            continue;
        whole = ++files <= SIMULATED_FILES_MAX && simulated_read(dirfd(folder), entry->d_name, &instructions);
        sum += instructions;
    }
    closedir(folder);
    return whole && files > 0 ? sum : UINT64_MAX;
}
