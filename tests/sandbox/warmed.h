/* One warm sandbox of a test. */
#ifndef CUPEL_TESTS_WARMED_H
#define CUPEL_TESTS_WARMED_H

#include "asan.h"
#include "lab.h"

/* Process 1 lives under the limits of its programs; AddressSanitizer needs terabytes of addresses there. */
#if ASAN_IS_ON
#define WARMED_MEMORY (1ull << 46)
#define WARMED_BOMB   "exit 0"
#else
#define WARMED_MEMORY (64ull << 20)
#define WARMED_BOMB   "./attacker memory-bomb"
#endif

/* Open between set-up and teardown. */
extern struct sandbox_warm *warmed;

int warmed_open(void **state);
int warmed_close(void **state);
/* Of sandbox_warm_close(), for a bool. */
void warmed_on_closed(void *data);

struct sandbox_spec warmed_spec(const char *const *argv);
/* Starts; lab_wait() ends it. */
void warmed_start(const struct sandbox_spec *spec, struct lab_answer *answer);
void warmed_run(const struct sandbox_spec *spec, struct lab_answer *answer);
/* The same where it must work. */
void warmed_run_well(const struct sandbox_spec *spec, struct lab_answer *answer);
/* `sh -c script`, likewise. */
void warmed_shell(const char *script, struct lab_answer *answer);
/* The process number that a run gets: 2 in a new sandbox, and more each time. */
int warmed_ask_number(void);

#endif
