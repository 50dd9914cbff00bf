/*
 * Where sandboxes are tested: a temporary folder with copies of cupel-sandbox, the filters and the attacker,
 * and one open sandbox. Every test runs as root (if we are) and as an ordinary user.
 *
 * Nothing starts outside a mount namespace of our own: a hostile test that went wrong there would damage the
 * machine.
 */
#ifndef CUPEL_TESTS_LAB_H
#define CUPEL_TESTS_LAB_H

#include "sandbox/sandbox.h"

struct lab {
    char *folder;                   /* everything of ours; owned */
    char *layer;                    /* lower folder with the attacker; owned */
    struct sandbox_options options; /* paths below `folder`; owned */
    uv_loop_t loop;                 /* of the sandbox */
    struct sandbox *sandbox;        /* open while tests run */
    bool root;                      /* which round this is */
};

struct lab_answer {
    struct sandbox_result result; /* out, error and workspace_fd are the caller's: lab_forget() */
    struct err err;               /* infrastructure failure */
    char words[128];              /* sandbox_describe_end() */
    bool over;                    /* the callback came */
    struct sandbox_run *run;      /* in flight */
};

/* Runs `body` once or twice, with lab_current() open; the sum of what it returns, or 77 to skip. */
int lab_main(int (*body)(void));
struct lab *lab_current(void);

/* Defaults: profile build, 10 s, 512 MiB, 1 MiB of output, the lab's layer, a tmpfs upper. */
struct sandbox_spec lab_spec(const char *const *argv);
/* Runs to the end. */
void lab_run(const struct sandbox_spec *spec, struct lab_answer *answer);
/* Whose data is a lab_answer. */
void lab_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                void *data);
/* Starts; lab_wait() ends it. */
void lab_start(const struct sandbox_spec *spec, struct lab_answer *answer);
void lab_wait(struct lab_answer *answer);
void lab_forget(struct lab_answer *answer);

/* `sh -c script` with the defaults, in slot 0. */
void lab_shell(const char *script, struct lab_answer *answer);
/* `attacker name`, likewise. */
void lab_attack(const char *name, struct lab_answer *answer);

/* A new folder below the lab's, owned as layers must be; the path is the caller's. */
char *lab_make_layer(const char *name);

#endif
