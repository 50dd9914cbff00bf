/*
 * `cupel init`: looks at a tree's tracked files and proposes a commented cupel.json, a starter for the
 * samples, and says in sentences what it found and what a person must still decide. The proposal is pure:
 * files and programs come through callbacks.
 */
#ifndef CUPEL_ORCHESTRATOR_INIT_INIT_H
#define CUPEL_ORCHESTRATOR_INIT_INIT_H

#include "base/error.h"

#include <stddef.h>

struct init_input {
    const char *name;         /* the repository's name, to prefer a program called so; NULL: unknown */
    const char *const *files; /* tracked paths from the tree's root, "/" between segments */
    size_t count;
    /* Bytes of a tracked file, to be free()d by init; NULL when they can't be had. */
    char *(*read)(const char *path, size_t *length, void *data);
    /* Where the caller's PATH finds a program (init_find_program()), free()d by init; NULL when nowhere. */
    char *(*find_program)(const char *program, void *data);
    void *data; /* of both callbacks */
};

struct init_proposal {
    char *text;         /* of cupel.json: JSON with comments, for configuration_read(); owned */
    char *samples_path; /* relative, as the configuration names it; owned */
    char *samples_text; /* three lines to start from; owned */
    char **notes;       /* sentences for a person, NULL-terminated; owned */
};

/* ERR_INVALID with what was looked for when the tree has no file at all;
 * otherwise there is always a proposal. */
WARN_UNUSED int init_propose(const struct init_input *input, struct init_proposal *out, struct err *err);
void init_proposal_fini(struct init_proposal *proposal);

/*
 * The path of a program by $PATH, for init_input.find_program. A version manager's shim is followed to the
 * version that it stands for where its files say so (<root>/version beside <root>/shims, as pyenv and rbenv
 * keep it). `data` is not used.
 */
char *init_find_program(const char *program, void *data);

#endif
