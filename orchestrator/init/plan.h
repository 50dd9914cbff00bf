/* What a detector found out: the parts of a configuration, before they become text. */
#ifndef CUPEL_ORCHESTRATOR_INIT_PLAN_H
#define CUPEL_ORCHESTRATOR_INIT_PLAN_H

#include "orchestrator/init/init.h"

#include <stdbool.h>

#define INIT_FILE_MAX ((size_t)1 << 20) /* bytes; larger build files are not looked at */
#define INIT_NAME_MAX 128               /* bytes of a guessed name or path */

struct init_list {
    char **items; /* owned */
    size_t count;
    size_t capacity;
};

struct init_plan {
    const char *system;       /* "CMake"; a literal */
    struct init_list prepare; /* commands, each a JSON array as text */
    struct init_list build;
    struct init_list tests;
    struct init_list programs; /* run by the commands, to look for in PATH: "cmake" */
    char *run;                 /* the workload's command, a JSON array as text; NULL: nothing to guess from */
    char *run_name;            /* what it runs, for the workload's name */
    bool worker;               /* it answers line by line: the workload is of kind worker */
    bool run_is_ambiguous;     /* other programs would have done as well */
    char *environment;         /* members of the configuration's "environment", or NULL */
    struct init_list notes;    /* sentences */
};

void init_list_add(struct init_list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void init_list_fini(struct init_list *list);
void init_plan_fini(struct init_plan *plan);

/* Names the system (a literal), and says so in the first note. */
void init_plan_found(struct init_plan *plan, const char *system);
/* Adds a command of plain words (NULL ends them); its program is noted for the search in PATH. */
void init_plan_command(struct init_plan *plan, struct init_list *list, ...) __attribute__((sentinel));
/* Sets what to run, likewise; `name` is what the workload is called. The first one stays. */
void init_plan_run(struct init_plan *plan, const char *name, ...) __attribute__((sentinel));

/* Letters, digits and ._+-/ without "..": safe in JSON, as a path and as a word. */
bool init_is_plain(const char *name);
/* Is a program of that name or place more likely a test, a benchmark or an example than the product? */
bool init_is_side_program(const char *path);

bool init_has_file(const struct init_input *input, const char *path);
/* Some tracked file lies below `folder`. */
bool init_has_folder(const struct init_input *input, const char *folder);
/* Files whose name ends so. */
size_t init_count_suffix(const struct init_input *input, const char *suffix);
/* Text of a file without NUL bytes, NUL-terminated, to be free()d; NULL if unreadable or too large. */
char *init_read_text(const struct init_input *input, const char *path);

/* Each returns whether the tree is one of its kind, and fills the plan then. */
bool init_detect_cmake(const struct init_input *input, struct init_plan *plan);
bool init_detect_meson(const struct init_input *input, struct init_plan *plan);
bool init_detect_autotools(const struct init_input *input, struct init_plan *plan);
bool init_detect_make(const struct init_input *input, struct init_plan *plan);
bool init_detect_npm(const struct init_input *input, struct init_plan *plan);
bool init_detect_python(const struct init_input *input, struct init_plan *plan);

/* Behind the others: a script that answers line by line takes the place of what is run. */
void init_detect_worker(const struct init_input *input, struct init_plan *plan);

/* Three lines of a sample file, in the fields that the program is asked by; free() them. */
char *init_write_samples(const struct init_input *input, const struct init_plan *plan);

/* Remarks that hold for every build system: submodules, Git LFS, toolchains outside the system's folders. */
void init_note_repository(const struct init_input *input, struct init_plan *plan);
void init_note_toolchains(const struct init_input *input, struct init_plan *plan);

#endif
