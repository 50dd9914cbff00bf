#include "orchestrator/settings/environment.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static const char *const environment_fixed[] = {
    "HOME=/tmp",        "TMPDIR=/tmp", "LANG=C.UTF-8",
    "TZ=UTC",           "USER=cupel",  "LOGNAME=cupel",
    "SHELL=/bin/sh",    "TERM=dumb",   "SOURCE_DATE_EPOCH=1000000000",
    "PYTHONHASHSEED=0", "CI=true",     "PYTHONDONTWRITEBYTECODE=1",
};

#define FIXED_COUNT (sizeof environment_fixed / sizeof *environment_fixed)

/* <target>/bin where a mount has one, else the target itself when it is a folder. */
static char *environment_path(const struct operator_settings *settings)
{
    struct text path = {0};
    for (size_t i = 0; i < settings->mount_count; i++) {
        cleanup_free char *bin = memory_format("%s/bin", settings->mounts[i].source);
        text_printf(&path, "%s%s:", settings->mounts[i].target, access(bin, X_OK) == 0 ? "/bin" : "");
    }
    text_append_string(&path, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    return text_take(&path);
}

static bool environment_is_overridden(const char *entry, char *const *additions)
{
    size_t name = strcspn(entry, "=") + 1;
    for (; *additions; additions++)
        if (strncmp(*additions, entry, name) == 0)
            return true;
    return false;
}

char **environment_build(const struct configuration *configuration, const struct operator_settings *settings)
{
    size_t additions = 0;
    while (configuration->environment[additions])
        additions++;
    char **entries = memory_zeroed((FIXED_COUNT + additions + 2) * sizeof *entries);
    size_t count = 0;
    cleanup_free char *path = environment_path(settings);
    cleanup_free char *path_entry = memory_format("PATH=%s", path);
    if (!environment_is_overridden(path_entry, configuration->environment))
        entries[count++] = memory_copy_string(path_entry);
    for (size_t i = 0; i < FIXED_COUNT; i++)
        if (!environment_is_overridden(environment_fixed[i], configuration->environment))
            entries[count++] = memory_copy_string(environment_fixed[i]);
    for (size_t i = 0; i < additions; i++)
        entries[count++] = memory_copy_string(configuration->environment[i]);
    return entries;
}

char **environment_overlay(char *const *environment, char *const *additions)
{
    size_t most = 0;
    size_t count = 0;
    for (char *const *entry = environment; *entry; entry++)
        most++;
    for (char *const *entry = additions; *entry; entry++)
        most++;
    char **entries = memory_zeroed((most + 1) * sizeof *entries);
    for (; *environment; environment++)
        if (!environment_is_overridden(*environment, additions))
            entries[count++] = memory_copy_string(*environment);
    for (; *additions; additions++)
        entries[count++] = memory_copy_string(*additions);
    return entries;
}
