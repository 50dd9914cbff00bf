#include "policies/screen/finding.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/patch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCREEN_MAX_FINDINGS 500  /* of remarks, and of refusals; more say nothing new */
#define SCREEN_BINARY_PROBE 8000 /* bytes looked at for a NUL, as git does (xdiff-interface.c) */
#define SCREEN_LFS_POINTER  1024 /* bytes that a Git LFS pointer stays under (git-lfs, docs/spec.md) */
#define MODE_KIND           0170000u
#define MODE_SYMLINK        0120000u
#define MODE_SUBMODULE      0160000u

void screen_find(struct screen *screen, const char *path, uint32_t line, bool unsafe, const char *rule,
                 const char *format, ...)
{
    struct screen_result *result = screen->result;
    bool remark = screen->policy->touch.report_only && !unsafe;
    char *sentence = NULL;
    /* Each by itself: a crowd of remarks must not push a refusal out. */
    if ((remark ? result->remark_count : result->refusal_count) >= SCREEN_MAX_FINDINGS)
        return;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&sentence, format, arguments) < 0)
        abort();
    va_end(arguments);
    struct refusal refusal = {memory_copy_string(path), line, memory_copy_string(rule), sentence, unsafe};
    if (remark) {
        MEMORY_GROW(result->remarks, result->remark_count, screen->remark_capacity);
        result->remarks[result->remark_count++] = refusal;
    } else {
        MEMORY_GROW(result->refusals, result->refusal_count, screen->refusal_capacity);
        result->refusals[result->refusal_count++] = refusal;
    }
}

static const char *screen_first_match(char *const *globs, const char *path)
{
    for (; globs && *globs; globs++)
        if (policy_glob_matches(*globs, path))
            return *globs;
    return NULL;
}

static void screen_check_path(struct screen *screen, const char *path)
{
    const struct policy_touch *touch = &screen->policy->touch;
    const char *why;
    if (!patch_path_is_safe(path, &why))
        screen_find(screen, path, 0, true, "paths", "this path is never taken: %s", why);
    for (const char *const *own = screen->input->protected_paths; own && *own; own++)
        if (policy_glob_matches(*own, path)) {
            cleanup_free char *rule = memory_format("protected: %s", *own);
            screen_find(
                screen, path, 0, true, rule,
                "this file takes part in judging the patch, so the patch can't change it; change it in a "
                "commit of its own");
            return;
        }
    const char *forbidden = screen_first_match(touch->forbidden_paths, path);
    if (forbidden) {
        cleanup_free char *rule = memory_format("touch.forbidden_paths: %s", forbidden);
        screen_find(screen, path, 0, false, rule, "the policy forbids patches to touch this path");
    } else if (touch->allowed_paths && touch->allowed_paths[0] &&
               !screen_first_match(touch->allowed_paths, path)) {
        screen_find(screen, path, 0, false, "touch.allowed_paths",
                    "the policy lets patches touch %s%s only, and this path is outside",
                    touch->allowed_paths[0], touch->allowed_paths[1] ? " and others listed" : "");
    }
}

/* Does the link, seen from its own folder,
 * lead out of the tree? Counted on the text alone: nothing is followed. */
static bool screen_link_leaves(const char *path, const char *target, size_t length)
{
    long depth = 0;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
        depth++;
    if (length == 0 || target[0] == '/' || memchr(target, '\0', length))
        return true;
    for (size_t start = 0; start <= length;) {
        const char *slash = memchr(target + start, '/', length - start);
        size_t end = slash ? (size_t)(slash - target) : length;
        if (end - start == 2 && memcmp(target + start, "..", 2) == 0)
            depth--;
        else if (end > start && !(end - start == 1 && target[start] == '.'))
            depth++;
        if (depth < 0)
            return true;
        start = end + 1;
    }
    return false;
}

static void screen_check_kind(struct screen *screen, const struct screen_file *file, const char *path)
{
    const struct policy_touch *touch = &screen->policy->touch;
    uint32_t old_kind = file->old_mode & MODE_KIND, new_kind = file->new_mode & MODE_KIND;
    if (new_kind == MODE_SYMLINK && file->new_bytes &&
        screen_link_leaves(path, file->new_bytes, file->new_length))
        screen_find(screen, path, 1, true, "touch.allow_symlinks", "the symbolic link leads out of the tree");
    else if ((old_kind == MODE_SYMLINK || new_kind == MODE_SYMLINK) && !touch->allow_symlinks)
        screen_find(screen, path, 0, false, "touch.allow_symlinks",
                    "the patch adds, changes or removes a symbolic link; the policy allows none");
    if ((old_kind == MODE_SUBMODULE || new_kind == MODE_SUBMODULE) && !touch->allow_submodules)
        screen_find(screen, path, 0, new_kind == MODE_SUBMODULE, "touch.allow_submodules",
                    "the patch adds, changes or removes a submodule; the policy allows none");
    if (old_kind == 0100000 && new_kind == 0100000 && file->old_mode != file->new_mode &&
        !touch->allow_mode_changes)
        screen_find(screen, path, 0, false, "touch.allow_mode_changes",
                    "the mode goes from %o to %o; the policy keeps modes as they are", file->old_mode,
                    file->new_mode);
    if (file->old_mode == 0 && file->new_mode == 0100755 && !touch->allow_mode_changes)
        screen_find(screen, path, 0, false, "touch.allow_mode_changes",
                    "the new file is executable; the policy lets patches add plain files only");
}

static bool screen_is_binary(const char *bytes, size_t length)
{
    size_t probe = length < SCREEN_BINARY_PROBE ? length : SCREEN_BINARY_PROBE;
    return bytes && memchr(bytes, '\0', probe);
}

bool screen_is_lfs_pointer(const char *bytes, size_t length)
{
    static const char head[] = "version https://git-lfs.github.com/spec/";
    return bytes && length < SCREEN_LFS_POINTER && length >= sizeof head - 1 &&
           memcmp(bytes, head, sizeof head - 1) == 0;
}

/* A pointer that the base has as well is the base's fault, which is an error and no verdict on the patch. */
static void screen_check_content(struct screen *screen, const struct screen_file *file, const char *path)
{
    if ((file->new_mode & MODE_KIND) == MODE_SYMLINK ||
        !screen_is_lfs_pointer(file->new_bytes, file->new_length) ||
        screen_is_lfs_pointer(file->old_bytes, file->old_length))
        return;
    screen_find(
        screen, path, 1, true, "content",
        "this is a Git LFS pointer, not the file: what it stands for is not in the patch and can't be "
        "evaluated; commit the content itself");
}

static void screen_check_file(struct screen *screen, const struct screen_file *file)
{
    const char *path = file->new_path ? file->new_path : file->old_path;
    if (!path)
        return;
    screen_check_path(screen, path);
    if (file->old_path && strcmp(file->old_path, path) != 0)
        screen_check_path(screen, file->old_path);
    screen_check_kind(screen, file, path);
    screen_check_content(screen, file, path);
    if (screen_is_binary(file->old_bytes, file->old_length) ||
        screen_is_binary(file->new_bytes, file->new_length)) {
        if (!screen->policy->touch.allow_binaries)
            screen_find(screen, path, 0, false, "touch.allow_binaries",
                        "the file is binary, so nobody can read the change; the policy allows text only");
        return;
    }
    if ((file->new_mode & MODE_KIND) == MODE_SYMLINK || (file->new_mode & MODE_KIND) == MODE_SUBMODULE)
        return;
    screen_check_dependencies(screen, file);
    screen_check_imports(screen, file);
}

static void screen_check_size(struct screen *screen)
{
    const struct policy_touch *touch = &screen->policy->touch;
    uint64_t lines = 0;
    const char *largest = "";
    uint64_t most = 0;
    for (size_t i = 0; i < screen->input->count; i++) {
        const struct screen_file *file = &screen->input->files[i];
        uint64_t changed = (uint64_t)file->added + file->removed;
        lines += changed;
        if (changed >= most) {
            most = changed;
            largest = file->new_path ? file->new_path : file->old_path ? file->old_path : "";
        }
    }
    if (screen->input->count > touch->max_files)
        screen_find(screen, largest, 0, false, "touch.max_files",
                    "the patch changes %zu files; the policy takes at most %u", screen->input->count,
                    touch->max_files);
    if (lines > touch->max_lines)
        screen_find(screen, largest, 0, false, "touch.max_lines",
                    "the patch adds and removes %llu lines, %llu of them here; the policy takes at most %u",
                    (unsigned long long)lines, (unsigned long long)most, touch->max_lines);
}

void screen_patch(const struct screen_input *input, const struct policy *policy, struct screen_result *result)
{
    *result = (struct screen_result){0};
    struct screen screen = {.input = input, .policy = policy, .result = result};
    screen_check_size(&screen);
    for (size_t i = 0; i < input->count; i++)
        screen_check_file(&screen, &input->files[i]);
}

static void screen_free_refusals(struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(refusals[i].path);
        free(refusals[i].rule);
        free(refusals[i].sentence);
    }
    free(refusals);
}

void screen_result_fini(struct screen_result *result)
{
    screen_free_refusals(result->refusals, result->refusal_count);
    screen_free_refusals(result->remarks, result->remark_count);
    *result = (struct screen_result){0};
}
