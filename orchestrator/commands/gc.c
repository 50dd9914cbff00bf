/* `cupel gc`: frees what of the state folder can be made again.
 * Evidence stays, and so does what is in use. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/caches/collect.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/paths.h"
#include "policies/figure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define GC_SANDBOXES  "sandbox" /* in the state folder, beside the repositories' */
#define GC_PATH_WIDTH 200       /* of a name that isn't ours, on a terminal */
#define GC_DAY_S      86400

struct gc {
    struct collect_options options;
    bool json;
    int64_t now_s;             /* since the epoch */
    cJSON *items, *left_alone; /* of the JSON result */
    uint64_t bytes;            /* of everything */
    struct {                   /* by kind */
        size_t count;          /* of items */
        uint64_t bytes;        /* allocated */
    } kinds[CACHE_KINDS];
    bool failed; /* something could not be freed; it was said */
};

static const char *const gc_kind_words[CACHE_KINDS] = {
    [CACHE_TREE] = "exported trees",
    [CACHE_KEPT] = "kept builds",
    [CACHE_WORK] = "working folders of dead evaluations",
    [CACHE_TEMPORARY] = "temporary leftovers",
};

static void gc_leave_alone(struct gc *gc, const char *path, const char *why)
{
    cleanup_text struct text shown = {0};
    cJSON *row = member_append_object(gc->left_alone);
    member_add_string(row, "path", path);
    member_add_string(row, "why", why);
    report_escape_terminal(&shown, path, GC_PATH_WIDTH);
    fprintf(stderr, "cupel: left alone: %s %s\n", text_string(&shown), why);
}

static void gc_add(struct gc *gc, const char *folder, const struct collected *collected)
{
    gc->bytes += collected->bytes;
    for (size_t i = 0; i < collected->inventory.count; i++) {
        const struct cache_item *item = &collected->inventory.items[i];
        cleanup_free char *path = memory_format("%s/%s", folder, item->path);
        cJSON *row = member_append_object(gc->items);
        member_add_string(row, "kind", cache_kind_name(item->kind));
        member_add_string(row, "path", path);
        member_add_number(row, "bytes", (double)item->bytes);
        member_add_number(row, "days", (double)(gc->now_s - item->changed_s) / GC_DAY_S);
        gc->kinds[item->kind].count++;
        gc->kinds[item->kind].bytes += item->bytes;
    }
    for (size_t i = 0; i < collected->inventory.stranger_count; i++) {
        const struct cache_stranger *stranger = &collected->inventory.strangers[i];
        cleanup_free char *path = memory_format("%s/%s", folder, stranger->path);
        gc_leave_alone(gc, path, stranger->why);
    }
    if (collected->busy)
        gc_leave_alone(gc, folder, collected->busy);
}

static void gc_collect(struct gc *gc, const char *state, const char *name)
{
    struct collected collected;
    struct err err = {0};
    cleanup_free char *folder = memory_format("%s/%s", state, name);
    bool sandboxes = strcmp(name, GC_SANDBOXES) == 0;
    if ((sandboxes ? collect_sandboxes : collect_repository)(folder, &gc->options, &collected, &err) < 0) {
        fprintf(stderr, "cupel: %s\n", err.message);
        gc->failed = true;
    }
    gc_add(gc, folder, &collected);
    collected_fini(&collected);
}

/* A repository's folder is named by its id. */
static bool gc_is_repository(const char *name)
{
    return *name && strspn(name, "0123456789abcdef") == strlen(name);
}

static int gc_collect_all(struct gc *gc, const char *state, struct err *err)
{
    int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_set_errno(err, errno, "open %s", state);
    cleanup_dir DIR *list = fdopendir(fd);
    if (!list) {
        close(fd);
        return err_set_errno(err, errno, "list %s", state);
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        struct stat status;
        const char *name = entry->d_name;
        if ((!gc_is_repository(name) && strcmp(name, GC_SANDBOXES) != 0) ||
            fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        cleanup_free char *path = memory_format("%s/%s", state, name);
        if (S_ISDIR(status.st_mode))
            gc_collect(gc, state, name);
        else
            gc_leave_alone(gc, path, "is no folder of its own");
    }
    return 0;
}

/* One repository may have no state yet. */
static int gc_collect_one(struct gc *gc, const char *state, const char *path, struct err *err)
{
    struct repository *repository = NULL;
    struct stat status;
    if (repository_open(&repository, path, err) < 0)
        return err->code;
    cleanup_free char *name = memory_copy_string(repository_id(repository));
    cleanup_free char *folder = memory_format("%s/%s", state, name);
    repository_close(repository);
    if (lstat(folder, &status) == 0 && S_ISDIR(status.st_mode))
        gc_collect(gc, state, name);
    return 0;
}

static void gc_print_text(const struct gc *gc)
{
    cleanup_text struct text out = {0};
    for (int kind = 0; kind < CACHE_KINDS; kind++) {
        if (gc->kinds[kind].count == 0)
            continue;
        cleanup_text struct text size = {0};
        figure_append_bytes(&size, (double)gc->kinds[kind].bytes);
        text_printf(&out, "%8zu  %10s  %s\n", gc->kinds[kind].count, text_string(&size), gc_kind_words[kind]);
    }
    text_append_string(&out, gc->options.dry_run ? "would free " : "freed ");
    figure_append_bytes(&out, (double)gc->bytes);
    text_append_string(&out, gc->options.dry_run ? "; nothing was changed\n" : "\n");
    fputs(text_string(&out), stdout);
}

static void gc_print_json(struct gc *gc)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddBoolToObject(document, "dry_run", gc->options.dry_run);
    member_add_number(document, "bytes", (double)gc->bytes);
    cJSON_AddItemReferenceToObject(document, "items", gc->items);
    cJSON_AddItemReferenceToObject(document, "left_alone", gc->left_alone);
    char *text = cJSON_Print(document);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(document);
}

static int gc_run(struct gc *gc, const struct paths *paths, const struct cli_arguments *arguments,
                  struct err *err)
{
    const char *repository = cli_option(arguments, CLI_OPTION_REPO);
    double days = 0;
    if (cli_number(arguments, CLI_OPTION_OLDER_THAN, &days, err) < 0)
        return err->code;
    gc->now_s = (int64_t)time(NULL);
    gc->options.dry_run = cli_flag(arguments, CLI_OPTION_DRY_RUN);
    gc->options.older_than_s = days > 0 ? gc->now_s - (int64_t)(days * GC_DAY_S) : INT64_MAX;
    int result = repository ? gc_collect_one(gc, paths->state, repository, err)
                            : gc_collect_all(gc, paths->state, err);
    if (result < 0)
        return result;
    if (cli_flag(arguments, CLI_OPTION_JSON))
        gc_print_json(gc);
    else
        gc_print_text(gc);
    return 0;
}

int command_gc(const struct cli_arguments *arguments)
{
    struct gc gc = {.items = cJSON_CreateArray(), .left_alone = cJSON_CreateArray()};
    struct paths paths;
    struct err err = {0};
    int status = paths_init(&paths, &err) < 0 ? -1 : gc_run(&gc, &paths, arguments, &err);
    if (status < 0) {
        fprintf(stderr, "cupel: %s\n", err.message);
        status = err.code == ERR_SYSTEM ? 1 : 2;
    } else if (gc.failed) {
        status = 1;
    }
    cJSON_Delete(gc.items);
    cJSON_Delete(gc.left_alone);
    paths_fini(&paths);
    return status;
}
