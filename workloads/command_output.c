#include "workloads/command_output.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Errors that what the program left behind can cause; anything else is our trouble. */
static bool command_output_is_absent(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
    case EACCES:
    case ENXIO:
    case ENODEV:
    case EISDIR:
        return true;
    default:
        return false;
    }
}

static int command_output_slurp(int fd, const char *path, struct text *content, struct err *err)
{
    while (content->length <= ANSWER_PART_MOST) {
        text_reserve(content, 65536);
        ssize_t got = read(fd, content->data + content->length, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "output file %s", path);
        if (got == 0)
            break;
        content->length += (size_t)got;
    }
    text_append(content, "", 0); /* the NUL, since the bytes came past the functions of text.h */
    return 0;
}

int command_output_open(int workspace, const char *path, int *fd, size_t *bytes, struct err *err)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    *fd = -1;
    *bytes = 0;
    cleanup_fd int opened = (int)syscall(SYS_openat2, workspace, path, &how, sizeof how);
    if (opened < 0 && command_output_is_absent(errno))
        return 0;
    if (opened < 0)
        return err_set_errno(err, errno, "output file %s", path);
    struct stat status;
    if (fstat(opened, &status) < 0)
        return err_set_errno(err, errno, "output file %s", path);
    if (!S_ISREG(status.st_mode))
        return 0;
    *bytes = (size_t)status.st_size < ANSWER_PART_MOST ? (size_t)status.st_size : ANSWER_PART_MOST;
    *fd = STEAL_FD(opened);
    return 0;
}

int command_output_read(int fd, const char *path, struct answer_part *part, struct err *err)
{
    cleanup_text struct text content = {0};
    *part = (struct answer_part){0};
    if (command_output_slurp(fd, path, &content, err) < 0)
        return err->code;
    part->present = true;
    part->cut = content.length > ANSWER_PART_MOST;
    part->length = part->cut ? ANSWER_PART_MOST : content.length;
    part->bytes = text_take(&content);
    return 0;
}
