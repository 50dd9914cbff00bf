/*
 * Held-out samples: looked up below the operator's folder, refused where code under test, or whoever writes
 * it, could read them, and joined to the visible ones.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Folders of the machine that every sandbox shows. */
static const char *const held_out_shown[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc"};

static bool held_out_is_at_or_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Is one of the two in the other? Links are followed; what isn't there shows nothing. */
static bool held_out_overlaps(const char *path, const char *place)
{
    cleanup_free char *real = place ? realpath(place, NULL) : NULL;
    return real && (held_out_is_at_or_below(path, real) || held_out_is_at_or_below(real, path));
}

/* Why samples in that folder (resolved) are no secret, or NULL. */
static const char *held_out_refuses(const struct evaluation *evaluation, const char *folder)
{
    const struct operator_settings *settings = evaluation->input.settings;
    if (held_out_overlaps(folder, repository_path(evaluation->input.repository)))
        return "is in the repository, or holds it";
    if (held_out_overlaps(folder, evaluation->input.state))
        return "is in cupel's own state, or holds it";
    for (size_t i = 0; i < sizeof held_out_shown / sizeof *held_out_shown; i++)
        if (held_out_overlaps(folder, held_out_shown[i]))
            return "is in a folder of the system, which every sandbox shows";
    for (size_t i = 0; i < settings->mount_count; i++)
        if (held_out_overlaps(folder, settings->mounts[i].source))
            return "is in what is mounted by \"mounts\", or holds it";
    for (size_t i = 0; i < evaluation->case_count; i++)
        if (held_out_overlaps(folder, evaluation->cases[i].samples.folder))
            return "is in a folder of visible samples, or holds it";
    return NULL;
}

/* The file's folder, and the folder of what a link in its place leads to. */
static int held_out_check_place(const struct evaluation *evaluation, const char *path, struct err *err)
{
    cleanup_free char *named = memory_format("%.*s", (int)(strrchr(path, '/') - path), path);
    cleanup_free char *folder = realpath(named, NULL);
    cleanup_free char *file = realpath(path, NULL);
    if (!folder || !file)
        return err_set_errno(err, errno, "held-out samples: %s", path);
    const char *refusal = held_out_refuses(evaluation, folder);
    if (!refusal) {
        *strrchr(file, '/') = '\0';
        refusal = held_out_refuses(evaluation, *file ? file : "/");
    }
    if (refusal)
        return err_set(err, ERR_INVALID, "%s: held_out: %s %s: code under test could read it",
                       evaluation->input.settings->source, folder, refusal);
    return 0;
}

int held_out_load(struct evaluation *evaluation, struct err *err)
{
    const char *root = evaluation->input.settings->held_out;
    for (size_t i = 0; root && i < evaluation->case_count; i++) {
        struct workload_case *workload_case = &evaluation->cases[i];
        cleanup_free char *path = memory_format("%s/%s", root, workload_case->workload->samples_path);
        if (access(path, F_OK) < 0 && errno == ENOENT)
            continue;
        if (held_out_check_place(evaluation, path, err) < 0 ||
            samples_hold_out(&workload_case->samples, path, err) < 0)
            return err->code;
    }
    return 0;
}
