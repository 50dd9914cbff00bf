/*
 * A list of commands of the configuration, one after the other in one arm's sandbox: prepare, build or tests.
 */
#ifndef CUPEL_ORCHESTRATOR_ARMS_BUILD_H
#define CUPEL_ORCHESTRATOR_ARMS_BUILD_H

#include "orchestrator/settings/configuration.h"
#include "sandbox/sandbox.h"
#include "workloads/count/counts.h"

#include <stdbool.h>

struct build_input {
    uv_loop_t *loop;
    struct sandbox *sandbox;
    const struct command_list *commands;
    const char *const *environment; /* NULL-terminated */
    const struct sandbox_mount *mounts;
    size_t mount_count;
    unsigned slot;
    const char *const *layers; /* NULL-terminated, topmost first */
    const char *upper;         /* kept on disk */
    const char *upper_work;
    double timeout_s;     /* of each command */
    uint64_t disk_bytes;  /* that `upper` may take */
    uint64_t disk_files;  /* likewise */
    bool counting;        /* refused calls are counted: nothing here is timed */
    const char *log_path; /* all output is appended here; made when it isn't there; copied */
};

struct build_result {
    bool passed;
    char *sentence; /* why not: "`make -j2` ended with exit status 2"; NULL when passed */
    char *excerpt;  /* of the failed command's output; NULL when passed */
    double seconds;
    struct counts *counts; /* of the commands that ran, in their order, where they were counted; owned */
    size_t count_count;
};
void build_result_fini(struct build_result *result);

struct build {
    struct build_input input;   /* borrowed parts live until done */
    struct build_result result; /* being filled */
    size_t next;                /* command to run */
    struct sandbox_run *run;    /* in flight, or NULL */
    bool cancelled;
    int log_fd;
    char *log_path;   /* for messages; owned */
    char **argv;      /* of the running command, placeholders replaced */
    struct err err;   /* infrastructure failure, told by `done` */
    uv_timer_t later; /* an empty list is done on the next turn of the loop */
    void (*done)(struct build *build, const struct err *err, void *data);
    void *data;
};

/* Embedded in its owner. `done` comes once, never from inside start;
 * the result is taken or released by it. */
WARN_UNUSED int build_start(struct build *build, const struct build_input *input,
                            void (*done)(struct build *, const struct err *, void *), void *data,
                            struct err *err);
/* `done` still comes, with ERR_CANCELLED. */
void build_cancel(struct build *build);

/* "make -j2": a NULL-terminated command as people read it; owned. */
char *build_command_words(char *const *command);

#endif
