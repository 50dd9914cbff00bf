#include "sandbox/zygote/group.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* v1: a lane charged with more page cache than this starts its next run in a fresh memory folder. */
#define GROUP_RESIDUE_BYTES (8u << 20)

static int group_write(int folder, const char *name, const char *words)
{
    cleanup_fd int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, words, strlen(words)) >= 0 ? 0 : -1;
}

static int group_write_number(int folder, const char *name, uint64_t number)
{
    char words[32];
    snprintf(words, sizeof words, "%" PRIu64, number);
    return group_write(folder, name, words);
}

/* Into an open file, which stays open. */
static int group_set(int fd, uint64_t number)
{
    char words[32];
    int length = snprintf(words, sizeof words, "%" PRIu64, number);
    return pwrite(fd, words, (size_t)length, 0) == length ? 0 : -1;
}

static uint64_t group_read_number(int folder, const char *name, const char *key)
{
    cleanup_fd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    return counter_read_number(fd, key);
}

/* Makes `base`/`name`, and makes this process a member when `join`. A descriptor of the folder, or -1. */
static int group_make(const char *base, const char *name, bool join)
{
    cleanup_free char *path = memory_format("%s/%s", base, name);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return -1;
    cleanup_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || (join && group_write(folder, "cgroup.procs", "0") < 0))
        return -1;
    return STEAL_FD(folder);
}

static void group_remove(const char *base, const char *name)
{
    cleanup_free char *path = memory_format("%s/%s", base, name);
    /* A folder that is still busy is swept by the client when the zygote has gone. */
    (void)!rmdir(path);
}

static void group_memory_close(struct group_lane *lane)
{
    const int fds[] = {lane->memory, lane->files.limit, lane->files.peak, lane->files.usage,
                       lane->files.kills};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static struct group_memory group_memory_open(int folder)
{
    return (struct group_memory){.limit = openat(folder, "memory.limit_in_bytes", O_WRONLY | O_CLOEXEC),
                                 .peak = openat(folder, "memory.max_usage_in_bytes", O_RDWR | O_CLOEXEC),
                                 .usage = openat(folder, "memory.usage_in_bytes", O_RDONLY | O_CLOEXEC),
                                 .kills = openat(folder, "memory.oom_control", O_RDONLY | O_CLOEXEC)};
}

static int group_memory_enter(struct group_lane *lane)
{
    char name[64];
    snprintf(name, sizeof name, "lane-%u-%u", lane->slot, lane->generation);
    int folder = group_make(lane->setup->memory1, name, true);
    if (folder < 0)
        return -1;
    if (lane->memory >= 0) {
        group_memory_close(lane);
        snprintf(name, sizeof name, "lane-%u-%u", lane->slot, lane->generation - 1);
        group_remove(lane->setup->memory1, name);
    }
    lane->memory = folder;
    lane->files = group_memory_open(folder);
    lane->memory_bytes = 0;
    return 0;
}

int group_lane_open(struct group_lane *lane, const struct wire_setup *setup, unsigned slot,
                    struct wire_failed *failed)
{
    *lane = (struct group_lane){.setup = setup, .slot = slot, .memory = -1, .pids = -1, .cpu = -1};
    for (size_t i = 0; i < GROUP_RUNS_MAX; i++)
        lane->kept[i] = (struct group_kept){.folder = -1, .cpu = -1};
    char name[64];
    snprintf(name, sizeof name, "lane-%u", slot);
    if (setup->memory1[0] && group_memory_enter(lane) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "join a memory group in %s", setup->memory1);
    if (setup->pids1[0]) {
        cleanup_fd int folder = group_make(setup->pids1, name, true);
        lane->pids = folder < 0 ? -1 : openat(folder, "pids.max", O_WRONLY | O_CLOEXEC);
        if (lane->pids < 0)
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "join a pids group in %s", setup->pids1);
    }
    if (setup->cpu1[0]) {
        cleanup_fd int folder = group_make(setup->cpu1, name, true);
        lane->cpu = folder < 0 ? -1 : openat(folder, "cpuacct.usage", O_RDONLY | O_CLOEXEC);
        if (lane->cpu < 0)
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "join a cpuacct group in %s", setup->cpu1);
    }
    return 0;
}

static int group_limit2(const struct wire_setup *setup, int folder, const struct wire_run *run)
{
    if (setup->group2_memory) {
        if (group_write_number(folder, "memory.max", run->memory_bytes) < 0)
            return -1;
        group_write(folder, "memory.swap.max", "0"); /* absent without swap accounting */
    }
    if (setup->group2_pids && group_write_number(folder, "pids.max", (uint64_t)run->processes + 1) < 0)
        return -1;
    return 0;
}

static int group_arm2(struct group_lane *lane, struct group_run *group, unsigned index,
                      const struct wire_run *run)
{
    snprintf(group->name, sizeof group->name, "run-%u-%u", lane->slot, index);
    struct group_kept *kept = &lane->kept[index];
    if (kept->folder >= 0) {
        group->folder = STEAL_FD(kept->folder);
        group->cpu = STEAL_FD(kept->cpu);
        return group_limit2(lane->setup, group->folder, run);
    }
    group->folder = group_make(lane->setup->group2, group->name, false);
    if (group->folder < 0)
        return -1;
    group->cpu = openat(group->folder, "cpu.stat", O_RDONLY | O_CLOEXEC);
    return group->cpu < 0 ? -1 : group_limit2(lane->setup, group->folder, run);
}

static int group_arm1(struct group_lane *lane, struct group_run *group, const struct wire_run *run)
{
    if (lane->memory >= 0) {
        /* Shrinking below what is charged fails with EBUSY, so the residue is kept small on disarming. */
        if (lane->memory_bytes != run->memory_bytes && group_set(lane->files.limit, run->memory_bytes) < 0)
            return -1;
        lane->memory_bytes = run->memory_bytes;
        (void)!group_set(lane->files.peak, 0);
        group->memory_before = counter_read_number(lane->files.usage, "");
    }
    /* The lane and the run's first process are members besides. */
    if (lane->pids >= 0 && lane->processes != run->processes &&
        group_set(lane->pids, (uint64_t)run->processes + 2) < 0)
        return -1;
    lane->processes = run->processes;
    return 0;
}

int group_run_arm(struct group_lane *lane, struct group_run *group, unsigned index,
                  const struct wire_run *run, struct wire_failed *failed)
{
    *group = (struct group_run){.folder = -1, .cpu = -1, .index = index};
    if (lane->setup->group2[0] && group_arm2(lane, group, index, run) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "make a group in %s", lane->setup->group2);
    if (group_arm1(lane, group, run) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "set the limits of the lane's groups");
    group->out_of_memory = 0;
    group->out_of_memory = group_read_kills(lane, group);
    return 0;
}

void group_run_disarm(struct group_lane *lane, struct group_run *group, bool alone)
{
    if (group->folder >= 0) {
        /* Its peak can't be reset before Linux 6.12, so a folder with the memory controller is used once. */
        if (lane->setup->group2_memory || group->cpu < 0) {
            close(group->folder);
            close(group->cpu);
            group_remove(lane->setup->group2, group->name);
        } else {
            lane->kept[group->index] = (struct group_kept){.folder = group->folder, .cpu = group->cpu};
        }
    }
    if (lane->memory >= 0 && alone && counter_read_number(lane->files.usage, "") > GROUP_RESIDUE_BYTES) {
        lane->generation++;
        if (group_memory_enter(lane) < 0)
            lane->generation--;
    }
    *group = (struct group_run){.folder = -1, .cpu = -1};
}

int group_freeze(const struct group_run *group, bool freeze)
{
    return group_write(group->folder, "cgroup.freeze", freeze ? "1" : "0");
}

bool group_is_frozen(const struct group_run *group)
{
    return group_read_number(group->folder, "cgroup.events", "frozen ") == 1;
}

enum sandbox_cpu_source group_cpu_source(const struct group_lane *lane, const struct group_run *group)
{
    if (group->cpu >= 0)
        return SANDBOX_CPU_CGROUP2;
    return lane->cpu >= 0 ? SANDBOX_CPU_CGROUP1 : SANDBOX_CPU_TASK_CLOCK;
}

int group_cpu_fd(const struct group_lane *lane, const struct group_run *group)
{
    return group->cpu >= 0 ? group->cpu : lane->cpu;
}

bool group_limits_memory(const struct group_lane *lane)
{
    return lane->memory >= 0 || lane->setup->group2_memory;
}

enum sandbox_peak_source group_read_peak(const struct group_lane *lane, const struct group_run *group,
                                         uint64_t *bytes)
{
    if (lane->setup->group2_memory && (*bytes = group_read_number(group->folder, "memory.peak", "")) > 0)
        return SANDBOX_PEAK_CGROUP2;
    if (lane->memory < 0)
        return SANDBOX_PEAK_NONE;
    uint64_t peak = counter_read_number(lane->files.peak, "");
    *bytes = peak > group->memory_before ? peak - group->memory_before : 0;
    return SANDBOX_PEAK_CGROUP1;
}

int group_open_peak(const struct group_lane *lane, const struct group_run *group,
                    enum sandbox_peak_source *source, uint64_t *before)
{
    int fd = lane->setup->group2_memory ? openat(group->folder, "memory.peak", O_RDONLY | O_CLOEXEC) : -1;
    *source = SANDBOX_PEAK_CGROUP2;
    *before = 0;
    if (fd < 0 && lane->memory >= 0) {
        fd = openat(lane->memory, "memory.max_usage_in_bytes", O_RDONLY | O_CLOEXEC);
        *source = SANDBOX_PEAK_CGROUP1;
        *before = group->memory_before;
    }
    if (fd < 0)
        *source = SANDBOX_PEAK_NONE;
    return fd;
}

uint32_t group_read_kills(const struct group_lane *lane, const struct group_run *group)
{
    uint64_t kills = 0;
    if (lane->setup->group2_memory)
        kills = group_read_number(group->folder, "memory.events", "oom_kill ");
    else if (lane->memory >= 0)
        kills = counter_read_number(lane->files.kills, "oom_kill ");
    return (uint32_t)(kills - group->out_of_memory);
}
