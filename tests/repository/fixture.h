/* Real repositories in temporary folders, made by the git program. */
#ifndef CUPEL_TESTS_REPOSITORY_FIXTURE_H
#define CUPEL_TESTS_REPOSITORY_FIXTURE_H

#include "orchestrator/repository/repository.h"

struct fixture {
    char folder[64]; /* holds "repo" and whatever a script writes beside it */
};

/* A fresh folder with an empty repository "repo"; aborts the test when git is missing. */
void fixture_make(struct fixture *fixture);
void fixture_remove(struct fixture *fixture);

/* Runs a shell script inside "repo" (exit status returned);
 * `save_all` is a function that commits everything. */
int fixture_run(const struct fixture *fixture, const char *script);
/* First line of a script's output, owned; "" when it failed. */
char *fixture_read(const struct fixture *fixture, const char *script);

/* The repository opened, and its intake in one step for tests that only look at the outcome. */
struct repository *fixture_open(const struct fixture *fixture, const char *name);
int fixture_intake(const struct fixture *fixture, const char *name, const char *patch,
                   struct candidate *candidate, bool *applied, char **failure, struct err *err);

#endif
