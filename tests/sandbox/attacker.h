/* The candidate's side of the attempts, by name; see attacker.c. */
#ifndef CUPEL_TESTS_ATTACKER_H
#define CUPEL_TESTS_ATTACKER_H

struct attack {
    const char *name;  /* argument */
    long (*act)(void); /* -1 and errno, or success */
};

/* Each ends with a row without a name. */
extern const struct attack attacks_on_calls[];
extern const struct attack attacks_on_files[];
extern const struct attack attacks_on_resources[];

#endif
