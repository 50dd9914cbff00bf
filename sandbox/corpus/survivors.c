#include "sandbox/corpus/survivors.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SURVIVORS_LOOKS 100 /* 20 ms apart */

struct survivors_process {
    int pid;    /* as we see it */
    int parent; /* likewise */
    bool ours;  /* descends from us */
};

struct survivors_list {
    struct survivors_process *items; /* owned */
    size_t count;
    size_t capacity;
};

/* PID (NAME) STATE PPID …: the name may hold anything,
 * so what follows its last parenthesis counts (proc(5)). */
static bool survivors_read_process(const char *name, struct survivors_process *process)
{
    char path[64];
    char line[512];
    char state;
    snprintf(path, sizeof path, "/proc/%.32s/stat", name);
    cleanup_file FILE *file = fopen(path, "re");
    if (!file || !fgets(line, sizeof line, file) || !strrchr(line, ')'))
        return false;
    process->pid = atoi(name);
    process->ours = process->pid == getpid();
    return sscanf(strrchr(line, ')') + 1, " %c %d", &state, &process->parent) == 2;
}

static void survivors_list_processes(struct survivors_list *list)
{
    cleanup_dir DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct survivors_process process;
        if (!isdigit((unsigned char)entry->d_name[0]) || !survivors_read_process(entry->d_name, &process))
            continue;
        MEMORY_GROW(list->items, list->count, list->capacity);
        list->items[list->count++] = process;
    }
}

/* A parent may be listed behind its child: repeated until nothing is added. */
static void survivors_mark_ours(struct survivors_list *list)
{
    for (bool added = true; added;) {
        added = false;
        for (size_t i = 0; i < list->count; i++)
            for (size_t j = 0; j < list->count && !list->items[i].ours; j++)
                if (list->items[j].ours && list->items[i].parent == list->items[j].pid)
                    added = list->items[i].ours = true;
    }
}

static size_t survivors_count_mounts(int pid)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
    cleanup_file FILE *file = fopen(path, "re");
    for (int c; file && (c = getc(file)) != EOF;)
        count += c == '\n';
    return count;
}

static bool survivors_has_members(const char *group)
{
    cleanup_free char *path = memory_format("%s/cgroup.procs", group);
    cleanup_file FILE *file = fopen(path, "re");
    return file && getc(file) != EOF;
}

/* Groups with members: an empty one is kept for the next run. */
static size_t survivors_count_groups_below(const char *path)
{
    size_t count = 0;
    cleanup_dir DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            cleanup_free char *below = memory_format("%s/%s", path, entry->d_name);
            count += survivors_has_members(below) + survivors_count_groups_below(below);
        }
    return count;
}

char *survivors_read_leases(const char *state)
{
    struct text lines = {0};
    cleanup_free char *leases = memory_format("%s/leases", state);
    cleanup_dir DIR *folder = opendir(leases);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        cleanup_free char *path = memory_format("%s/%s", leases, entry->d_name);
        cleanup_file FILE *file = fopen(path, "re");
        char line[PATH_MAX];
        while (file && fgets(line, sizeof line, file))
            text_append_string(&lines, line);
    }
    return text_take(&lines);
}

static size_t survivors_count_groups(const char *state)
{
    size_t count = 0;
    cleanup_free char *lines = survivors_read_leases(state);
    char *rest = lines;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            count += survivors_count_groups_below(line);
    return count;
}

size_t survivors_count_existing(const char *lines)
{
    size_t count = 0;
    cleanup_free char *copy = memory_copy_string(lines);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));)
        count += *line && access(line, F_OK) == 0;
    return count;
}

static size_t survivors_files;    /* of the walk under way: nftw(3) passes no pointer */
static uint64_t survivors_digest; /* likewise */

static void survivors_add(const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        survivors_digest = (survivors_digest ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
}

static int survivors_visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    const uint64_t facts[] = {status->st_size, status->st_mode, status->st_uid,
                              (uint64_t)status->st_mtim.tv_sec, (uint64_t)status->st_mtim.tv_nsec};
    (void)type;
    (void)where;
    survivors_files++;
    survivors_add(path, strlen(path));
    survivors_add(facts, sizeof facts);
    return 0;
}

static size_t survivors_count_planted(void)
{
    static const char *const patterns[] = {"/tmp/cupel-attack*", "/dev/shm/cupel-attack*",
                                           "/work/cupel-attack*", "/usr/bin/cupel-attack-*"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        glob_t found = {0};
        if (glob(patterns[i], GLOB_NOSORT, NULL, &found) == 0)
            count += found.gl_pathc;
        globfree(&found);
    }
    return count;
}

void survivors_look(const char *state, const char *layer, struct survivors_view *view)
{
    struct survivors_list list = {0};
    *view = (struct survivors_view){.groups = survivors_count_groups(state)};
    survivors_list_processes(&list);
    survivors_mark_ours(&list);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].ours) {
            view->processes++;
            view->mounts += survivors_count_mounts(list.items[i].pid);
        }
    free(list.items);
    survivors_files = 0;
    nftw(state, survivors_visit, 16, FTW_PHYS);
    view->files = survivors_files + survivors_count_planted();
    survivors_digest = UINT64_C(14695981039346656037);
    nftw(layer, survivors_visit, 16, FTW_PHYS);
    view->layer = survivors_digest;
}

static void survivors_pause(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

void survivors_settle(const char *state, const char *layer, struct survivors_view *view)
{
    struct survivors_view before;
    survivors_look(state, layer, view);
    for (int i = 0; i < SURVIVORS_LOOKS; i++) {
        before = *view;
        survivors_pause();
        survivors_look(state, layer, view);
        if (memcmp(&before, view, sizeof before) == 0)
            return;
    }
}

static size_t survivors_more(size_t now, size_t before)
{
    return now > before ? now - before : 0;
}

bool survivors_are_none(const char *state, const char *layer, const struct survivors_view *baseline,
                        char words[static 128])
{
    struct survivors_view now;
    for (int i = 0; i < SURVIVORS_LOOKS; i++) {
        survivors_look(state, layer, &now);
        if (now.processes <= baseline->processes && now.mounts <= baseline->mounts &&
            now.groups <= baseline->groups && now.files <= baseline->files && now.layer == baseline->layer)
            return true;
        survivors_pause();
    }
    snprintf(words, 128, "%zu processes, %zu mounts, %zu groups, %zu files%s",
             survivors_more(now.processes, baseline->processes), survivors_more(now.mounts, baseline->mounts),
             survivors_more(now.groups, baseline->groups), survivors_more(now.files, baseline->files),
             now.layer == baseline->layer ? "" : ", the layer is changed");
    return false;
}
