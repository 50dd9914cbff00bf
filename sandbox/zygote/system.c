#include "sandbox/zygote/system.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* Octal escapes of mountinfo (proc_pid_mountinfo(5)): space, tab, newline, backslash. */
static void system_unescape(char *path)
{
    char *to = path;
    for (const char *at = path; *at; to++) {
        if (at[0] == '\\' && at[1] && at[2] && at[3]) {
            *to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 4;
        } else {
            *to = *at++;
        }
    }
    *to = '\0';
}

/* The mount point of a line: its fifth word. */
static char *system_mount_point(char *line)
{
    char *word = NULL;
    for (int i = 0; i < 5; i++)
        word = strsep(&line, " ");
    if (word)
        system_unescape(word);
    return word;
}

/* An overlay shows one file system: what is mounted
 * further down is bound over it, each with what is below. */
static int system_show_below(const char *from, const char *to)
{
    const size_t length = strlen(from);
    cleanup_free char *line = NULL;
    size_t size = 0;
    cleanup_file FILE *file = fopen("/proc/self/mountinfo", "re");
    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0) {
        const char *point = system_mount_point(line);
        if (!point || strncmp(point, from, length) != 0 || point[length] != '/')
            continue;
        cleanup_free char *target = memory_format("%s%s", to, point + length);
        /* Gone since the line was written, or hidden below another mount: then nothing of it was in view. */
        if (mount(point, target, NULL, MS_BIND | MS_REC, NULL) < 0 && errno != ENOENT && errno != ENOTDIR)
            return -1;
    }
    return 0;
}

int system_show(const char *from, const char *to, const char *empty, bool *shared)
{
    /* Two lower folders: the kernel takes no overlay of a single one. */
    cleanup_free char *options = memory_format("lowerdir=%s:%s", from, empty);
    if (mount("overlay", to, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV, options) == 0)
        return system_show_below(from, to);
    *shared = true;
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL);
}
