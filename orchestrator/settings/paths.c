#include "orchestrator/settings/paths.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>

static char *paths_home(void)
{
    const char *home = getenv("HOME");
    if (home && *home == '/')
        return memory_copy_string(home);
    const struct passwd *entry = getpwuid(geteuid());
    return memory_copy_string(entry && entry->pw_dir ? entry->pw_dir : "/");
}

/* $variable when it is an absolute path (the specification says to ignore others), else home/fallback. */
static char *paths_xdg(const char *variable, const char *home, const char *fallback)
{
    const char *value = getenv(variable);
    if (value && *value == '/')
        return memory_copy_string(value);
    return memory_format("%s/%s", home, fallback);
}

static char *paths_first_readable(char *first, char *second)
{
    if (access(first, R_OK) == 0) {
        free(second);
        return first;
    }
    free(first);
    return second;
}

static int paths_find_data(struct paths *paths, const char *bin, struct err *err)
{
    paths->sandbox = paths_first_readable(memory_format("%s/../libexec/cupel/cupel-sandbox", bin),
                                          memory_format("%s/cupel-sandbox", bin));
    paths->attacker = paths_first_readable(memory_format("%s/../libexec/cupel/cupel-attacker", bin),
                                           memory_format("%s/cupel-attacker", bin));
    paths->gauge = paths_first_readable(memory_format("%s/../libexec/cupel/cupel-gauge", bin),
                                        memory_format("%s/cupel-gauge", bin));
    paths->policies = paths_first_readable(memory_format("%s/../share/cupel/policies", bin),
                                           memory_copy_string(CUPEL_SOURCE_POLICIES));
    paths->filters = memory_format("%s/seccomp", paths->policies);
    if (access(paths->sandbox, X_OK) < 0)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: not there; the installation is incomplete, install cupel again", paths->sandbox);
    if (access(paths->filters, R_OK) < 0)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: not there; the installation is incomplete, install cupel again", paths->filters);
    return 0;
}

int paths_init(struct paths *paths, struct err *err)
{
    *paths = (struct paths){0};
    cleanup_free char *home = paths_home();
    cleanup_free char *state = paths_xdg("XDG_STATE_HOME", home, ".local/state");
    cleanup_free char *config = paths_xdg("XDG_CONFIG_HOME", home, ".config");
    paths->state = memory_format("%s/cupel", state);
    paths->operator_user = memory_format("%s/cupel/operator.json", config);
    paths->operator_system = memory_copy_string("/etc/cupel/operator.json");
    char executable[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    if (length < 0)
        return err_set_errno(err, errno, "read /proc/self/exe");
    executable[length] = '\0';
    *strrchr(executable, '/') = '\0';
    return paths_find_data(paths, executable, err);
}

void paths_fini(struct paths *paths)
{
    free(paths->state);
    free(paths->operator_user);
    free(paths->operator_system);
    free(paths->policies);
    free(paths->filters);
    free(paths->sandbox);
    free(paths->attacker);
    free(paths->gauge);
    *paths = (struct paths){0};
}

int paths_repository_state(const struct paths *paths, const char *repository_id, const char *repository_path,
                           char **folder, struct err *err)
{
    cleanup_free char *state = memory_format("%s/%s", paths->state, repository_id);
    if (folder_make(state, 0700, err) < 0)
        return err_wrap(err, "state folder");
    cleanup_free char *real = realpath(state, NULL);
    if (!real)
        return err_set_errno(err, errno, "state folder %s", state);
    size_t length = strlen(repository_path);
    while (length > 1 && repository_path[length - 1] == '/')
        length--;
    if (strncmp(real, repository_path, length) == 0 && (real[length] == '/' || real[length] == '\0'))
        return err_set(
            err, ERR_INVALID,
            "state folder %s is inside the repository, where code under test and agents can write; set "
            "XDG_STATE_HOME to a folder outside",
            real);
    *folder = STEAL(real);
    return 0;
}
