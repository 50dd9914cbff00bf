/* Trees made of a few files each, and what is proposed for them. */
#ifndef CUPEL_TESTS_INIT_TREES_H
#define CUPEL_TESTS_INIT_TREES_H

#include <stddef.h>

#define TREES_FILES_MAX 8

struct tree_file {
    const char *path;    /* NULL ends the list */
    const char *content; /* NULL: can't be read */
};

struct tree {
    const char *title;
    const char *name; /* of the repository */
    struct tree_file files[TREES_FILES_MAX];
    const char *prepare, *build, *tests, *run; /* as JSON without spaces; NULL for run: the placeholder */
    const char *environment;                   /* likewise; NULL: no such key */
    const char *kind;                          /* likewise; NULL: "command" */
    const char *note;                          /* must be part of some note; NULL: none asked for */
    const char *no_note;                       /* must be part of none */
};

#define TREES_PYTHON_WORKER                                                                                  \
    "import json, sys\nfor line in sys.stdin:\n    sys.stdout.write(json.dumps(json.loads(line)))\n"

extern const struct tree trees[];
extern const size_t tree_count;

#endif
