#include "orchestrator/init/program.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void init_program_offer(struct init_program *best, const char *folder, const char *name,
                        const char *repository)
{
    char path[2 * INIT_NAME_MAX];
    if (!init_is_plain(name) || strlen(folder) >= sizeof best->folder)
        return;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int rank = repository && strcasecmp(name, repository) == 0 ? INIT_RANK_NAMESAKE
               : init_is_side_program(path)                    ? INIT_RANK_SIDE
                                                               : INIT_RANK_PROGRAM;
    best->others += rank > INIT_RANK_SIDE && best->rank > INIT_RANK_SIDE;
    if (rank <= best->rank)
        return;
    best->rank = rank;
    strcpy(best->name, name);
    strcpy(best->folder, folder);
}

void init_program_run(const struct init_program *program, struct init_plan *plan, const char *build)
{
    if (!program->rank)
        return;
    cleanup_free char *path = memory_format("%s%s%s%s%s", build, *build ? "/" : "", program->folder,
                                            *program->folder ? "/" : "", program->name);
    init_plan_run(plan, program->name, path, NULL);
    plan->run_is_ambiguous |= program->others > 0;
    if (program->rank == INIT_RANK_SIDE)
        init_list_add(
            &plan->notes,
            "%s is a test or an example by its name, and no other program was found: for a library, "
            "let \"build\" compile a small program that calls it with a sample's arguments.",
            path);
}

bool init_folder_of(const char *path, const char *file, char folder[INIT_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (strcmp(slash ? slash + 1 : path, file) != 0 || length >= INIT_NAME_MAX)
        return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return length == 0 || init_is_plain(folder);
}
