/* Runs whose calls are counted, refused or made ones, and the program that makes them: knocker.c. */
#ifndef CUPEL_TESTS_SANDBOX_KNOCKED_H
#define CUPEL_TESTS_SANDBOX_KNOCKED_H

#include "base/text.h"
#include "lab.h"

/* The result is borrowed by the callback, so it is written down there. */
struct knocked {
    struct text rows;           /* each as "call×count", in their order; owned */
    uint64_t getppid;           /* of them */
    uint64_t ptrace;            /* likewise */
    uint64_t execve;            /* likewise */
    uint64_t sum;               /* of all rows */
    bool ordered;               /* the most frequent first */
    uint64_t calls;             /* of the result */
    struct sandbox_usage usage; /* likewise */
    char ending[128];           /* sandbox_describe_end(), or why there is no result */
    char *out;                  /* stdout; owned */
    bool over;                  /* the callback came */
};

/* Puts the program into the lab's layer, as ./knocker; exits where that fails. */
void knocked_copy_program(void);
/* Runs to the end; knocked_forget() what came of it. */
void knocked_run(const struct sandbox_spec *spec, struct knocked *knocked);
void knocked_forget(struct knocked *knocked);

#endif
