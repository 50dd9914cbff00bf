#include "orchestrator/compare/reach.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REACH_SHEBANG 256 /* bytes of a script's first line that the kernel reads */

/* What every sandbox shows of the host; see template.c. */
static const char *const reach_system[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
/* There inside, but made for it. */
static const char *const reach_own[] = {"/etc", "/dev", "/proc", "/sys", SANDBOX_WORKSPACE};

static bool reach_is_below(const char *path, const char *const *folders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operator_is_at_or_below(path, folders[i]))
            return true;
    return false;
}

static bool reach_is_system(const char *path)
{
    return reach_is_below(path, reach_system, sizeof reach_system / sizeof *reach_system);
}

/* By that very path. */
static bool reach_sees(const struct reach *reach, const char *path)
{
    for (size_t i = 0; i < reach->settings->mount_count; i++)
        if (operator_is_at_or_below(path, reach->settings->mounts[i].target))
            return true;
    return reach_is_system(path);
}

int reach_check_folder(const struct reach *reach, struct err *err)
{
    const char *refusal = operator_refuses_source(reach->folder, reach->state);
    if (refusal)
        return err_set(err, ERR_INVALID,
                       "the current folder is shown to both commands, and %s %s; change to the folder that "
                       "they work on",
                       reach->folder, refusal);
    return 0;
}

int reach_add_mount(struct operator_settings *settings, const char *path, const char *state, struct err *err)
{
    static const char *const taken[] = {"/etc",     "/dev",    "/proc", "/sys", SANDBOX_WORKSPACE,
                                        "/samples", "/var/tmp"};
    cleanup_free char *real = realpath(path, NULL);
    if (!real)
        return err_set(err, ERR_INVALID, "--mount %s: %s", path, strerror(errno));
    if (reach_is_system(real))
        return 0; /* is there already */
    const char *refusal = operator_refuses_source(real, state);
    if (refusal)
        return err_set(err, ERR_INVALID, "--mount %s can't be: it %s", path, refusal);
    if (reach_is_below(real, taken, sizeof taken / sizeof *taken) || strcmp(real, "/tmp") == 0)
        return err_set(err, ERR_INVALID, "--mount %s can't be: the sandbox has its own", path);
    operator_add_mount(settings, real);
    return 0;
}

/* The folder to mount for a program: that above its "bin", where it may be shown. */
static char *reach_advise(const char *real, const char *state)
{
    cleanup_free char *folder = memory_copy_string(real);
    *strrchr(folder, '/') = '\0';
    const char *last = strrchr(folder, '/');
    if (last && last != folder &&
        (strcmp(last, "/bin") == 0 || strcmp(last, "/sbin") == 0 || strcmp(last, "/shims") == 0)) {
        cleanup_free char *above = memory_copy_bytes(folder, (size_t)(last - folder));
        if (!operator_refuses_source(above, state))
            return STEAL(above);
    }
    return *folder && !operator_refuses_source(folder, state) ? STEAL(folder) : memory_copy_string(real);
}

/* By the rights of others where root started us, since the sandbox's user is somebody else then. */
static bool reach_allows(const char *path, int wanted)
{
    struct stat status;
    uid_t uid;
    gid_t gid;
    if (geteuid() != 0)
        return access(path, wanted) == 0;
    if (stat(path, &status) < 0)
        return false;
    sandbox_layer_owner(&uid, &gid);
    mode_t rights = status.st_uid == uid ? status.st_mode >> 6 : status.st_mode;
    return (rights & (mode_t)wanted) == (mode_t)wanted; /* R_OK is 4, X_OK is 1, as in a mode */
}

static int reach_refuse_rights(const char *name, const char *path, int wanted, struct err *err)
{
    struct stat status = {0};
    const char *right = wanted & X_OK ? "rx" : "r";
    (void)stat(path, &status);
    if (geteuid() != 0)
        return err_set(err, ERR_INVALID, "%s: you may not %s it", name, wanted & X_OK ? "run" : "read");
    return err_set(err, ERR_INVALID,
                   "%s: the sandbox's user can't %s it: root started cupel, and others have no right to %s "
                   "(mode %04o); chmod o+%s %s, or start cupel as an ordinary user who owns it",
                   name, wanted & X_OK ? "run" : "read", path, (unsigned)status.st_mode & 07777u, right,
                   path);
}

/* Every folder between `root` and the file, and the file itself. Files elsewhere are somebody else's. */
static int reach_check_rights(const char *root, const char *name, const char *path, int wanted,
                              struct err *err)
{
    if (!operator_is_at_or_below(path, root))
        return 0;
    cleanup_free char *prefix = memory_copy_string(path);
    char *below = prefix + strlen(root) + (strcmp(prefix, root) != 0); /* `root` ends with no slash */
    for (char *slash = strchr(below, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!reach_allows(prefix, X_OK))
            return reach_refuse_rights(name, prefix, X_OK, err);
        *slash = '/';
    }
    return reach_allows(path, wanted) ? 0 : reach_refuse_rights(name, path, wanted, err);
}

/* The program of that name in a list of folders as PATH has it; the caller's, NULL: there is none. */
static char *reach_search(const char *path, const char *name)
{
    while (path && *path) {
        size_t length = strcspn(path, ":");
        cleanup_free char *found = memory_format("%.*s/%s", (int)length, path, name);
        struct stat status;
        if (*path == '/' && stat(found, &status) == 0 && S_ISREG(status.st_mode) && access(found, X_OK) == 0)
            return STEAL(found);
        path += length + (path[length] == ':');
    }
    return NULL;
}

/* Where mounts and the system have it, on the host; the caller's. */
static char *reach_search_inside(const struct reach *reach, const char *name)
{
    for (size_t i = 0; i < reach->settings->mount_count; i++) {
        const char *source = reach->settings->mounts[i].source;
        cleanup_free char *both = memory_format("%s/bin:%s", source, source);
        char *found = reach_search(both, name);
        if (found)
            return found;
    }
    return reach_search("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", name);
}

static int reach_miss(const struct reach *reach, const char *name, const char *real, struct err *err)
{
    cleanup_free char *advice = reach_advise(real, reach->state);
    return err_set(err, ERR_INVALID,
                   "%s is %s here, which is neither in the current folder nor in the system's folders, so "
                   "the sandbox doesn't show it; --mount %s shows that, read-only",
                   name, real, advice);
}

static int reach_check_program(const struct reach *reach, const char *name, bool script, struct err *err);

/* A script needs what its first line names. */
static int reach_check_script(const struct reach *reach, const char *name, const char *path, struct err *err)
{
    char line[REACH_SHEBANG + 1] = "";
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, line, REACH_SHEBANG);
    if (length < 3 || strncmp(line, "#!", 2) != 0)
        return 0;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    char *rest = line + 2;
    char *interpreter = NULL;
    for (char *word; (word = strsep(&rest, " \t"));) {
        if (!*word || (interpreter && *word == '-'))
            continue;
        bool env = !interpreter && strcmp(word, "/usr/bin/env") == 0;
        interpreter = word;
        if (!env)
            break;
    }
    if (!interpreter || reach_check_program(reach, interpreter, true, err) == 0)
        return 0;
    return err_wrap(err, "%s is a script for %s", name, interpreter);
}

/* Of a program that is named by a path. */
static int reach_check_path(const struct reach *reach, const char *name, bool script, struct err *err)
{
    bool absolute = *name == '/';
    cleanup_free char *path =
        absolute ? memory_copy_string(name) : memory_format("%s/%s", reach->folder, name);
    cleanup_free char *real = realpath(path, NULL);
    struct stat status;
    if (!real || stat(real, &status) < 0)
        return err_set(err, ERR_INVALID, "%s: %s", name, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_INVALID, "%s is no file", name);
    bool inside = operator_is_at_or_below(real, reach->folder);
    if (absolute && !reach_sees(reach, path) && operator_is_at_or_below(path, reach->folder)) {
        const char *rest = path + strlen(reach->folder) + 1;
        cleanup_free char *advice = reach_advise(path, reach->state);
        return script ? err_set(err, ERR_INVALID,
                                "the current folder is " SANDBOX_WORKSPACE " inside; --mount %s shows that "
                                "at its own path, too",
                                advice)
                      : err_set(err, ERR_INVALID,
                                "%s is in the current folder, which is " SANDBOX_WORKSPACE
                                " inside; name it ./%s",
                                name, rest);
    }
    if (!inside && !reach_sees(reach, real))
        return reach_miss(reach, name, real, err);
    if (access(real, X_OK) < 0)
        return err_set(err, ERR_INVALID, "%s may not be run; chmod +x %s", name, name);
    if (inside && reach_check_rights(reach->folder, name, real, R_OK | X_OK, err) < 0)
        return err->code;
    return script ? 0 : reach_check_script(reach, name, real, err);
}

static int reach_check_program(const struct reach *reach, const char *name, bool script, struct err *err)
{
    if (strchr(name, '/'))
        return reach_check_path(reach, name, script, err);
    cleanup_free char *there = reach_search_inside(reach, name);
    if (there)
        return script ? 0 : reach_check_script(reach, name, there, err);
    cleanup_free char *here = reach_search(getenv("PATH"), name);
    if (here)
        return reach_miss(reach, name, here, err);
    cleanup_free char *beside = memory_format("%s/%s", reach->folder, name);
    if (access(beside, X_OK) == 0)
        return err_set(err, ERR_INVALID, "there is no program %s, but a file of that name: ./%s", name, name);
    return err_set(err, ERR_INVALID, "there is no program %s", name);
}

/* "--in=/data/x" names /data/x. */
static const char *reach_named(const char *word)
{
    const char *equals = strchr(word, '=');
    return *word == '-' && equals ? equals + 1 : word;
}

static void reach_note(const struct reach *reach, const char *word, const char *path, struct text *notes)
{
    cleanup_free char *real = realpath(path, NULL);
    if (!real || strcmp(real, "/") == 0 || strcmp(real, "/tmp") == 0 || reach_sees(reach, real) ||
        (*word == '/' && reach_sees(reach, word)) ||
        reach_is_below(real, reach_own, sizeof reach_own / sizeof *reach_own))
        return;
    if (!operator_is_at_or_below(real, reach->folder))
        text_printf(notes, "names %s, which the sandbox doesn't show; --mount %s would\n", word, real);
    else if (*word == '/')
        text_printf(notes,
                    "names %s, which is in the current folder: that is " SANDBOX_WORKSPACE
                    " inside; name it ./%s\n",
                    word, real[strlen(reach->folder)] ? real + strlen(reach->folder) + 1 : "");
}

static int reach_check_word(const struct reach *reach, const char *word, struct text *notes, struct err *err)
{
    const char *named = reach_named(word);
    struct stat status;
    if (!*named || strlen(named) >= PATH_MAX)
        return 0;
    cleanup_free char *path =
        *named == '/' ? memory_copy_string(named) : memory_format("%s/%s", reach->folder, named);
    cleanup_free char *real = realpath(path, NULL);
    if (!real || stat(real, &status) < 0)
        return 0;
    reach_note(reach, named, path, notes);
    bool readable = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
    return *named != '/' && readable ? reach_check_rights(reach->folder, named, real, R_OK, err) : 0;
}

int reach_check(const struct reach *reach, const struct command_line *command, struct text *notes,
                struct err *err)
{
    if (!command->shell && reach_check_program(reach, command->words[0], false, err) < 0)
        return err->code;
    for (size_t i = command->shell ? 0 : 1; command->words[i]; i++)
        if (reach_check_word(reach, command->words[i], notes, err) < 0)
            return err->code;
    return 0;
}
