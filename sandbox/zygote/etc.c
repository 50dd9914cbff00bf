#include "sandbox/zygote/etc.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/system.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct etc_file {
    const char *name;  /* below /etc */
    const char *words; /* its content */
};

/* Nothing here names a real account or host. */
static const struct etc_file etc_files[] = {
    {"passwd",
     "cupel:x:1000:1000:cupel:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
    {"group", "cupel:x:1000:\nnogroup:x:65534:\n"},
    {"hosts", "127.0.0.1 localhost cupel\n::1 localhost ip6-localhost\n"},
    {"hostname", "cupel\n"},
    {"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"},
    {"resolv.conf", ""},
    {"shells", "/bin/sh\n/bin/bash\n"},
};

/* Copied when the host has them: the loader's cache, and names of ports and protocols. */
static const char *const etc_copies[] = {"ld.so.cache", "services", "protocols", "debian_version"};

/* Folders mounted read-only: where Debian keeps cc and awk, certificates, and parts of language runtimes. */
static const char *const etc_folders[] = {"alternatives", "ssl",          "java*", "python3*",       "perl",
                                          "fonts",        "ImageMagick*", "pki",   "crypto-policies"};

static int etc_write(const char *path, const char *bytes, size_t length)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return fd >= 0 && write(fd, bytes, length) == (ssize_t)length ? 0 : -1;
}

static void etc_copy(const char *from, const char *to)
{
    enum { ETC_COPY_MAX = 4 << 20 };
    cleanup_fd int fd = open(from, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > ETC_COPY_MAX)
        return;
    cleanup_free char *bytes = memory_zeroed((size_t)status.st_size + 1);
    ssize_t length = read(fd, bytes, (size_t)status.st_size);
    /* Programs start without it too, only slower. */
    if (length < 0 || etc_write(to, bytes, (size_t)length) < 0)
        unlink(to);
}

static int etc_show(const char *name, const char *root, const char *empty, bool *shared)
{
    cleanup_free char *from = memory_format("/etc/%s", name);
    cleanup_free char *to = memory_format("%s/etc/%s", root, name);
    return mkdir(to, 0755) == 0 && system_show(from, to, empty, shared) == 0 ? 0 : -1;
}

static int etc_show_folders(const char *root, const char *empty, bool *shared, struct wire_failed *failed)
{
    cleanup_dir DIR *folder = opendir("/etc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        for (size_t i = 0; i < sizeof etc_folders / sizeof etc_folders[0]; i++)
            if (entry->d_type == DT_DIR && fnmatch(etc_folders[i], entry->d_name, 0) == 0 &&
                etc_show(entry->d_name, root, empty, shared) < 0)
                return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "mount /etc/%s", entry->d_name);
    }
    return 0;
}

int etc_fill(const char *root, const char *empty, bool *shared, struct wire_failed *failed)
{
    for (size_t i = 0; i < sizeof etc_files / sizeof etc_files[0]; i++) {
        cleanup_free char *path = memory_format("%s/etc/%s", root, etc_files[i].name);
        if (etc_write(path, etc_files[i].words, strlen(etc_files[i].words)) < 0)
            return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "write /etc/%s", etc_files[i].name);
    }
    for (size_t i = 0; i < sizeof etc_copies / sizeof etc_copies[0]; i++) {
        cleanup_free char *from = memory_format("/etc/%s", etc_copies[i]);
        cleanup_free char *to = memory_format("%s/etc/%s", root, etc_copies[i]);
        etc_copy(from, to);
    }
    cleanup_free char *release = memory_format("%s/etc/os-release", root);
    if (symlink("../usr/lib/os-release", release) < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "link /etc/os-release");
    return etc_show_folders(root, empty, shared, failed);
}
