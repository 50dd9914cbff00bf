#include "orchestrator/calibrate/conditions.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONDITIONS_LINE 4096 /* as long as the flags of a processor get */

/* The first line of a file below the root, without its newline. False where there is none. */
static bool conditions_line(const char *root, const char *path, char *line, size_t size)
{
    cleanup_free char *whole = memory_format("%s%s", root, path);
    cleanup_file FILE *file = fopen(whole, "re");
    if (!file || !fgets(line, (int)size, file))
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static void conditions_text(const char *root, const char *path, char text[static CONDITIONS_TEXT])
{
    if (!conditions_line(root, path, text, CONDITIONS_TEXT))
        *text = '\0';
}

static double conditions_number(const char *root, const char *path)
{
    char line[64];
    double number;
    return conditions_line(root, path, line, sizeof line) && sscanf(line, "%lf", &number) == 1 ? number : -1;
}

/* One that lets the clock follow the load speaks for all. */
static void conditions_read_governor(const char *root, const int *cpus, size_t count,
                                     struct conditions *conditions)
{
    for (size_t i = 0; i < count; i++) {
        char governor[CONDITIONS_TEXT];
        cleanup_free char *path =
            memory_format("/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpus[i]);
        conditions_text(root, path, governor);
        if (*governor && (!*conditions->governor || strcmp(governor, "performance") != 0))
            memcpy(conditions->governor, governor, sizeof governor);
        if (*governor && strcmp(governor, "performance") != 0)
            return;
    }
}

static double conditions_read_turbo(const char *root)
{
    double off = conditions_number(root, "/sys/devices/system/cpu/intel_pstate/no_turbo");
    return off >= 0 ? off == 0 : conditions_number(root, "/sys/devices/system/cpu/cpufreq/boost");
}

static void conditions_read_cores(const char *root, const int *cpus, size_t count,
                                  struct conditions *conditions)
{
    for (size_t i = 0; i < count; i++) {
        char siblings[CONDITIONS_TEXT];
        cleanup_free char *path =
            memory_format("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpus[i]);
        conditions_text(root, path, siblings);
        bool shares = strpbrk(siblings, ",-") != NULL;
        if (*siblings)
            conditions->smt = fmax(conditions->smt, shares);
        memcpy(conditions->siblings, shares ? siblings : "", shares ? sizeof siblings : 1);
    }
}

static void conditions_read_hypervisor(const char *root, struct conditions *conditions)
{
    char line[CONDITIONS_LINE];
    cleanup_free char *path = memory_format("%s/proc/cpuinfo", root);
    cleanup_file FILE *file = fopen(path, "re");
    bool virtual = false;
    while (file && !virtual && fgets(line, sizeof line, file))
        virtual = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
    if (!virtual)
        return;
    conditions_text(root, "/sys/class/dmi/id/product_name", conditions->hypervisor);
    if (!*conditions->hypervisor)
        snprintf(conditions->hypervisor, CONDITIONS_TEXT, "unnamed");
}

static void conditions_read_huge_pages(const char *root, struct conditions *conditions)
{
    char line[CONDITIONS_TEXT];
    conditions_text(root, "/sys/kernel/mm/transparent_hugepage/enabled", line);
    const char *chosen = strchr(line, '[');
    if (chosen)
        snprintf(conditions->huge_pages, CONDITIONS_TEXT, "%.*s", (int)strcspn(chosen + 1, "]"), chosen + 1);
}

/* A battery that is being emptied; one of a mouse or a headset says that its scope is a device. */
static double conditions_read_battery(const char *root)
{
    cleanup_free char *folder = memory_format("%s/sys/class/power_supply", root);
    cleanup_dir DIR *supplies = opendir(folder);
    double battery = -1;
    for (struct dirent *entry; supplies && (entry = readdir(supplies));) {
        char type[CONDITIONS_TEXT];
        char scope[CONDITIONS_TEXT];
        char status[CONDITIONS_TEXT];
        cleanup_free char *supply = memory_format("/sys/class/power_supply/%s", entry->d_name);
        cleanup_free char *type_path = memory_format("%s/type", supply);
        cleanup_free char *scope_path = memory_format("%s/scope", supply);
        cleanup_free char *status_path = memory_format("%s/status", supply);
        conditions_text(root, type_path, type);
        conditions_text(root, scope_path, scope);
        conditions_text(root, status_path, status);
        if (strcmp(type, "Battery") == 0 && strcmp(scope, "Device") != 0)
            battery = fmax(battery, strcmp(status, "Discharging") == 0);
    }
    return battery;
}

static double conditions_read_pressure(const char *root)
{
    char line[CONDITIONS_TEXT];
    double percent;
    conditions_text(root, "/proc/pressure/cpu", line);
    return sscanf(line, "some avg10=%lf", &percent) == 1 ? percent / 100 : -1;
}

/* A control group of ours: its folder and which of the two kinds it is. */
struct conditions_group {
    char path[CONDITIONS_LINE]; /* below the root */
    size_t top;                 /* length of the mount point: no ancestor is shorter */
    bool second;                /* version 2 */
};

/* From a line of /proc/self/cgroup; false for one without the CPU controller. */
static bool conditions_find_group(const char *root, const char *line, struct conditions_group *group)
{
    const char *first = strchr(line, ':');
    const char *path = first ? strchr(first + 1, ':') : NULL;
    if (!path || strstr(path, "/.."))
        return false;
    int length = (int)(path - first - 1);
    group->second = length == 0;
    bool counts = group->second || (length == 3 && strncmp(first + 1, "cpu", 3) == 0) ||
                  (length >= 4 && (strncmp(first + 1, "cpu,", 4) == 0 || strncmp(path - 4, ",cpu", 4) == 0));
    if (!counts)
        return false;
    /* Where both versions are mounted, the second one's folder has this name. */
    cleanup_free char *unified = memory_format("%s/sys/fs/cgroup/unified", root);
    cleanup_free char *mount =
        group->second ? memory_format("/sys/fs/cgroup%s", access(unified, F_OK) == 0 ? "/unified" : "")
                      : memory_format("/sys/fs/cgroup/%.*s", length, first + 1);
    int written = snprintf(group->path, sizeof group->path, "%s%s", mount, path[1] ? path + 1 : "");
    group->top = strlen(mount);
    return written > 0 && (size_t)written < sizeof group->path;
}

/* CPUs that the group itself may use; negative: no limit. */
static double conditions_group_quota(const char *root, const struct conditions_group *group)
{
    double quota = -1;
    double period = 0;
    if (group->second) {
        char line[64];
        cleanup_free char *path = memory_format("%s/cpu.max", group->path);
        if (!conditions_line(root, path, line, sizeof line) || sscanf(line, "%lf %lf", &quota, &period) != 2)
            return -1;
    } else {
        cleanup_free char *quota_path = memory_format("%s/cpu.cfs_quota_us", group->path);
        cleanup_free char *period_path = memory_format("%s/cpu.cfs_period_us", group->path);
        quota = conditions_number(root, quota_path);
        period = conditions_number(root, period_path);
    }
    return quota > 0 && period > 0 ? quota / period : -1;
}

static double conditions_group_throttled(const char *root, const struct conditions_group *group)
{
    char line[CONDITIONS_TEXT];
    double times;
    cleanup_free char *path = memory_format("%s%s/cpu.stat", root, group->path);
    cleanup_file FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "nr_throttled %lf", &times) == 1)
            return times;
    return -1;
}

/* The tightest limit of our groups and of those around them, and how often it was felt. */
static void conditions_read_groups(const char *root, double *quota, double *throttled)
{
    char line[CONDITIONS_LINE];
    cleanup_free char *path = memory_format("%s/proc/self/cgroup", root);
    cleanup_file FILE *file = fopen(path, "re");
    *quota = *throttled = -1;
    while (file && fgets(line, sizeof line, file)) {
        struct conditions_group group;
        line[strcspn(line, "\n")] = '\0';
        if (!conditions_find_group(root, line, &group))
            continue;
        for (;;) {
            double allowed = conditions_group_quota(root, &group);
            *quota = allowed >= 0 && (*quota < 0 || allowed < *quota) ? allowed : *quota;
            *throttled = fmax(*throttled, conditions_group_throttled(root, &group));
            char *slash = strrchr(group.path, '/');
            if (!slash || (size_t)(slash - group.path) < group.top)
                break;
            *slash = '\0';
        }
    }
}

void conditions_read(const char *root, const int *cpus, size_t cpu_count, struct conditions *conditions)
{
    double ignored;
    *conditions = (struct conditions){.smt = -1, .steal = -1, .others = -1, .throttled = -1};
    conditions_read_governor(root, cpus, cpu_count, conditions);
    conditions_read_cores(root, cpus, cpu_count, conditions);
    conditions_read_hypervisor(root, conditions);
    conditions_read_huge_pages(root, conditions);
    conditions_text(root, "/sys/devices/system/cpu/isolated", conditions->isolated);
    conditions_text(root, "/sys/devices/system/cpu/nohz_full", conditions->tickless);
    if (strcmp(conditions->tickless, "(null)") == 0) /* printed so by kernels that were built with it */
        *conditions->tickless = '\0';
    conditions->turbo = conditions_read_turbo(root);
    conditions->battery = conditions_read_battery(root);
    conditions->aslr = conditions_number(root, "/proc/sys/kernel/randomize_va_space");
    conditions->load = conditions_number(root, "/proc/loadavg");
    conditions->pressure = conditions_read_pressure(root);
    conditions_read_groups(root, &conditions->quota, &ignored);
}

void conditions_count(const char *root, struct conditions_counters *counters)
{
    char line[512];
    double ignored;
    cleanup_free char *path = memory_format("%s/proc/stat", root);
    cleanup_file FILE *file = fopen(path, "re");
    *counters = (struct conditions_counters){.throttled = -1};
    conditions_read_groups(root, &ignored, &counters->throttled);
    while (file && fgets(line, sizeof line, file) && strncmp(line, "cpu", 3) == 0) {
        uint64_t user, nice, system, idle, wait, irq, soft, steal = 0; /* proc_stat(5) */
        if (line[3] != ' ') {
            counters->cpus++;
            continue;
        }
        if (sscanf(line + 3,
                   "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64,
                   &user, &nice, &system, &idle, &wait, &irq, &soft, &steal) < 7)
            return;
        counters->busy = user + nice + system + irq + soft;
        counters->stolen = steal;
        counters->total = counters->busy + idle + wait + steal;
    }
}

void conditions_compare(const struct conditions_counters *before, const struct conditions_counters *after,
                        double own_cpus, struct conditions *conditions)
{
    conditions->throttled = before->throttled >= 0 ? fmax(after->throttled - before->throttled, -1) : -1;
    if (before->total == 0 || after->total <= before->total || after->busy < before->busy ||
        after->stolen < before->stolen)
        return;
    double total = (double)(after->total - before->total);
    conditions->steal = (double)(after->stolen - before->stolen) / total;
    conditions->others =
        fmax((double)(after->busy - before->busy) / total * (double)after->cpus - own_cpus, 0);
}
