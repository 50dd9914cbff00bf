/* A temporary folder for each test that asks for one. */
#ifndef CUPEL_TESTS_BASE_SCRATCH_H
#define CUPEL_TESTS_BASE_SCRATCH_H

extern char scratch[]; /* its path, between set-up and tear-down */

/* cmocka's set-up and tear-down: 0, or below where
 * the folder can't be made or removed with all that is in it. */
int scratch_make(void **state);
int scratch_remove(void **state);
/* The path of a name below it; the caller's. */
char *scratch_path(const char *name);

#endif
