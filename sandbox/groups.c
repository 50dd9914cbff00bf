#include "sandbox/groups.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static const char *const groups_controllers[GROUPS_KINDS] = {"", "memory", "pids", "cpuacct"};

/* Our path in a hierarchy by /proc/self/cgroup ("ID:CONTROLLERS:PATH", cgroups(7)); owned, or NULL. */
static char *groups_own_path(const char *controller)
{
    cleanup_file FILE *file = fopen("/proc/self/cgroup", "re");
    char line[PATH_MAX + 128];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        char *rest = names + 1;
        for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ","))
            if (strcmp(name, controller) == 0)
                return memory_copy_string(path);
    }
    return NULL;
}

static bool groups_has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += length)
        if ((at == words || strchr(", \n", at[-1])) && strchr(", \n", at[length]))
            return true;
    return false;
}

/* The mount of a hierarchy and the part of it that is mounted; false when there is none. */
static bool groups_find_mount(const char *controller, char root[static PATH_MAX], char point[static PATH_MAX])
{
    cleanup_file FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[3 * PATH_MAX];
    while (file && fgets(line, sizeof line, file)) {
        char type[32];
        char options[512];
        char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2 ||
            sscanf(dash, " - %31s %*s %511s", type, options) != 2)
            continue;
        if (*controller ? strcmp(type, "cgroup") == 0 && groups_has_word(options, controller)
                        : strcmp(type, "cgroup2") == 0)
            return true;
    }
    return false;
}

static bool groups_may_use(const char *folder)
{
    cleanup_free char *members = memory_format("%s/cgroup.procs", folder);
    return access(folder, W_OK | X_OK) == 0 && access(members, W_OK) == 0;
}

static bool groups_read_has(const char *folder, const char *name, const char *word)
{
    cleanup_free char *path = memory_format("%s/%s", folder, name);
    cleanup_file FILE *file = fopen(path, "re");
    char words[512];
    return file && fgets(words, sizeof words, file) && groups_has_word(words, word);
}

static char *groups_find_place(const char *controller)
{
    char root[PATH_MAX];
    char point[PATH_MAX];
    cleanup_free char *own = groups_own_path(controller);
    if (!own || !groups_find_mount(controller, root, point))
        return NULL;
    /* Controllers can't be handed down from a v2 group that has members,
     * as our own has; root may start at the top instead. */
    if (!*controller && geteuid() == 0 && groups_may_use(point) &&
        groups_read_has(point, "cgroup.subtree_control", "memory"))
        return memory_copy_string(point);
    size_t prefix = strcmp(root, "/") == 0 ? 0 : strlen(root);
    const char *below = strncmp(own, root, prefix) == 0 ? own + prefix : "";
    cleanup_free char *place = memory_format("%s%s", point, strcmp(below, "/") == 0 ? "" : below);
    if (groups_may_use(place))
        return STEAL(place);
    return NULL;
}

void groups_find(struct groups *groups)
{
    *groups = (struct groups){.lease = -1};
    groups->places[GROUPS_V2].parent = groups_find_place("");
    bool memory2 = groups->places[GROUPS_V2].parent &&
                   groups_read_has(groups->places[GROUPS_V2].parent, "cgroup.subtree_control", "memory");
    if (!memory2) {
        groups->places[GROUPS_MEMORY].parent = groups_find_place(groups_controllers[GROUPS_MEMORY]);
        groups->places[GROUPS_PIDS].parent = groups_find_place(groups_controllers[GROUPS_PIDS]);
    }
    if (!groups->places[GROUPS_V2].parent)
        groups->places[GROUPS_CPU].parent = groups_find_place(groups_controllers[GROUPS_CPU]);
}

static int groups_make_folders(struct groups *groups, const char *name, struct err *err)
{
    for (size_t i = 0; i < GROUPS_KINDS; i++) {
        struct groups_place *place = &groups->places[i];
        if (!place->parent)
            continue;
        place->folder = memory_format("%s/%s", place->parent, name);
        if (lease_add(groups->lease, place->folder) < 0)
            return err_set_errno(err, errno, "write %s", groups->lease_path);
        if (mkdir(place->folder, 0755) < 0)
            return err_set_errno(err, errno, "make control group %s", place->folder);
    }
    return 0;
}

static bool groups_enable(const char *folder, const char *controller)
{
    cleanup_free char *path = memory_format("%s/cgroup.subtree_control", folder);
    cleanup_free char *words = memory_format("+%s", controller);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, words, strlen(words)) > 0;
}

int groups_open(struct groups *groups, const char *state, struct err *err)
{
    cleanup_free char *folder = memory_format("%s/leases", state);
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return err_set_errno(err, errno, "make %s", folder);
    lease_sweep(folder);
    groups_find(groups);
    uint32_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return err_set_errno(err, errno, "read random bytes");
    cleanup_free char *name = memory_format("cupel-%d-%08x", (int)getpid(), number);
    groups->lease_path = memory_format("%s/%s", folder, name);
    groups->lease = lease_take(groups->lease_path);
    if (groups->lease < 0)
        return err_set_errno(err, errno, "take lease %s", groups->lease_path);
    groups->scratch = memory_format("%s/scratch/%s", state, name);
    if (lease_add(groups->lease, groups->scratch) < 0)
        return err_set_errno(err, errno, "write %s", groups->lease_path);
    if (groups_make_folders(groups, name, err) < 0)
        return err->code;
    const char *v2 = groups->places[GROUPS_V2].folder;
    groups->memory2 = v2 && groups_enable(v2, "memory");
    groups->pids2 = v2 && groups_enable(v2, "pids");
    return 0;
}

const char *groups_folder(const struct groups *groups, enum groups_kind kind)
{
    return groups->places[kind].folder ? groups->places[kind].folder : "";
}

void groups_close(struct groups *groups)
{
    if (groups->lease >= 0) {
        close(groups->lease);
        lease_release(groups->lease_path);
    }
    groups_fini(groups);
}

void groups_fini(struct groups *groups)
{
    for (size_t i = 0; i < GROUPS_KINDS; i++) {
        free(groups->places[i].parent);
        free(groups->places[i].folder);
    }
    free(groups->scratch);
    free(groups->lease_path);
    *groups = (struct groups){.lease = -1};
}
