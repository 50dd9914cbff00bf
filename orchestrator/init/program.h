/* Which of the programs that build files name is the product, and where the build leaves it. */
#ifndef CUPEL_ORCHESTRATOR_INIT_PROGRAM_H
#define CUPEL_ORCHESTRATOR_INIT_PROGRAM_H

#include "orchestrator/init/plan.h"

/* How likely a program is the product; 0: there is none. */
enum init_rank {
    INIT_RANK_SIDE = 1, /* a test, a benchmark, an example, by its name or place */
    INIT_RANK_PROGRAM,
    INIT_RANK_NAMESAKE, /* called like the repository */
};

/* A program that the build files name, and the folder of the build that it lands in. */
struct init_program {
    char name[INIT_NAME_MAX];   /* "orders" */
    char folder[INIT_NAME_MAX]; /* of its build file: "src", or "" */
    int rank;                   /* enum init_rank; 0: none found */
    size_t others;              /* further ones that were no tests or examples */
};

/* Keeps the likeliest: called like the repository, then the first that is no test or example, then any. */
void init_program_offer(struct init_program *best, const char *folder, const char *name,
                        const char *repository);
/* Makes it the plan's command, below the build folder ("": the root, "." gives "./name"). */
void init_program_run(const struct init_program *program, struct init_plan *plan, const char *build);

/* The folder of `path` when its last segment is `file`;
 * false otherwise, or when it can't be written plainly. */
bool init_folder_of(const char *path, const char *file, char folder[INIT_NAME_MAX]);

#endif
