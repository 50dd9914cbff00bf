#include "orchestrator/arms/system.h"

#include <string.h>
#include <sys/stat.h>

static void system_add_path(struct digest_stream *stream, const char *path)
{
    struct stat status;
    int64_t facts[4] = {-1};
    if (stat(path, &status) == 0) {
        facts[0] = (int64_t)status.st_ino;
        facts[1] = (int64_t)status.st_mtim.tv_sec;
        facts[2] = status.st_mtim.tv_nsec;
        facts[3] = S_ISREG(status.st_mode) ? (int64_t)status.st_size : 0;
    }
    digest_add_field(stream, path, strlen(path));
    digest_add(stream, facts, sizeof facts);
}

struct digest system_fingerprint(const struct operator_settings *settings, const char *kernel,
                                 const char *runner)
{
    static const char *const paths[] = {"/bin",
                                        "/sbin",
                                        "/lib",
                                        "/usr/bin",
                                        "/usr/sbin",
                                        "/usr/lib",
                                        "/usr/lib64",
                                        "/usr/lib/x86_64-linux-gnu",
                                        "/usr/lib/aarch64-linux-gnu",
                                        "/usr/local/bin",
                                        "/usr/local/lib",
                                        "/etc/alternatives",
                                        "/etc/ld.so.cache",
                                        "/var/lib/dpkg/status",
                                        "/var/lib/rpm",
                                        "/lib/apk/db/installed",
                                        "/var/lib/pacman/local"};
    struct digest_stream stream;
    digest_start(&stream);
    digest_add_field(&stream, kernel, strlen(kernel));
    digest_add_field(&stream, runner, strlen(runner));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        system_add_path(&stream, paths[i]);
    for (size_t i = 0; i < settings->mount_count; i++) {
        digest_add_field(&stream, settings->mounts[i].target, strlen(settings->mounts[i].target));
        system_add_path(&stream, settings->mounts[i].source);
    }
    return digest_finish(&stream);
}
