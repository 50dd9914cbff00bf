#include "policies/patch/said.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/patch/name.h"

#include <stdlib.h>
#include <string.h>

void patch_said_fini(struct patch_said *said)
{
    free(said->pair_old);
    free(said->pair_new);
    free(said->git_old);
    free(said->git_new);
    free(said->moved_from);
    free(said->moved_to);
}

/* A backup's name (x.orig, x.old, x~) beside x, as people diff by hand. */
static bool said_is_backup(const char *old_name, const char *new_name)
{
    size_t length = strlen(new_name);
    if (strncmp(old_name, new_name, length) != 0)
        return false;
    const char *suffix = old_name + length;
    return strcmp(suffix, ".orig") == 0 || strcmp(suffix, ".old") == 0 || strcmp(suffix, ".bak") == 0 ||
           strcmp(suffix, "~") == 0;
}

/*
 * Of a file that is added or deleted `---` and `+++` give one name alone, which says less about its prefix
 * than the two of `diff --git`. Their prefixes are off afterwards.
 */
static void said_strip_git_names(struct patch_said *said)
{
    const char *unusual;
    char **side = said->pair_new ? &said->pair_new : &said->pair_old;
    if (!said->git_old || !said->git_new)
        return;
    const char *raw = said->pair_new ? said->git_new : said->git_old;
    bool alone = !said->pair_old != !said->pair_new && strcmp(*side, raw) == 0;
    patch_name_strip_pair(said->git_old, said->git_new, &unusual);
    said->one_name = alone;
    if (!alone)
        return;
    free(*side);
    *side = memory_copy_string(said->pair_new ? said->git_new : said->git_old);
}

/* `diff --git` and the pair below it must name the same file, however they spell its prefixes. */
static int said_check_git_names(const char *name, const struct patch_file *file,
                                const struct patch_said *said, struct err *err)
{
    bool moved = file->change == PATCH_RENAME || file->change == PATCH_COPY;
    if (!said->git_old || !said->git_new || moved ||
        ((!file->old_path || strcmp(said->git_old, file->old_path) == 0) &&
         (!file->new_path || strcmp(said->git_new, file->new_path) == 0)))
        return 0;
    return err_set(
        err, ERR_INVALID,
        "%s:%u: `diff --git` names `%.300s` and the lines below it name `%.300s`; one of them is wrong", name,
        file->source, said->git_new, patch_file_name(file));
}

static int said_settle_names(const char *name, struct patch *patch, struct patch_file *file,
                             struct patch_said *said, struct err *err)
{
    const char *unusual;
    if (said->moved_from || said->moved_to) {
        if (!said->moved_from || !said->moved_to)
            return err_set(err, ERR_INVALID,
                           "%s:%u: a rename or copy needs both its \"from\" and its \"to\" line", name,
                           file->source);
        file->old_path = STEAL(said->moved_from);
        file->new_path = STEAL(said->moved_to);
        file->change = said->copied ? PATCH_COPY : PATCH_RENAME;
        return 0;
    }
    said_strip_git_names(said);
    unusual = NULL;
    if (!said->one_name)
        patch_name_strip_pair(said->pair_old, said->pair_new, &unusual);
    if (said->pair_old && said->pair_new && strcmp(said->pair_old, said->pair_new) != 0) {
        if (!said_is_backup(said->pair_old, said->pair_new))
            return err_set(
                err, ERR_INVALID,
                "%s:%u: the header names two files, `%.300s` and `%.300s`, and no rename; a rename "
                "needs `rename from` and `rename to` lines",
                name, file->source, said->pair_old, said->pair_new);
        free(said->pair_old);
        said->pair_old = memory_copy_string(said->pair_new);
    }
    file->old_path = STEAL(said->pair_old);
    file->new_path = STEAL(said->pair_new);
    if (unusual)
        patch_add_note(patch, "patch line %u: the header %s; read as `%s`", file->source, unusual,
                       patch_file_name(file));
    return 0;
}

int patch_said_settle(const char *name, struct patch *patch, struct patch_file *file, struct patch_said *said,
                      struct err *err)
{
    file->change = PATCH_MODIFY;
    if (said->has_pair && !said->pair_old && !said->pair_new)
        return err_set(err, ERR_INVALID, "%s:%u: both sides are /dev/null", name, file->source);
    int code = said_settle_names(name, patch, file, said, err);
    if (code == 0)
        code = said_check_git_names(name, file, said, err);
    if (code < 0)
        return code;
    if ((said->added && said->deleted) || (file->change != PATCH_MODIFY && (said->added || said->deleted)))
        return err_set(err, ERR_INVALID, "%s:%u: the header says two kinds of change at once", name,
                       file->source);
    if (said->added || !file->old_path) {
        free(file->old_path);
        file->old_path = NULL;
        file->old_mode = 0;
        file->change = PATCH_ADD;
    }
    if (said->deleted || (!file->new_path && file->change != PATCH_ADD)) {
        free(file->new_path);
        file->new_path = NULL;
        file->new_mode = 0;
        file->change = PATCH_DELETE;
    }
    if (!file->old_path && !file->new_path)
        return err_set(err, ERR_INVALID, "%s:%u: the header contradicts its /dev/null", name, file->source);
    return 0;
}
