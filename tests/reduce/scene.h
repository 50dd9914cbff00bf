/* Runs of a kind of its own, whose answers follow from what was asked, and one search for the smallest input.
 */
#ifndef CUPEL_TESTS_REDUCE_SCENE_H
#define CUPEL_TESTS_REDUCE_SCENE_H

#include "workloads/reduce/reduce.h"

/* What a test does to the runs. */
struct scene {
    /* The answer of that arm; `count` of its answers so far. */
    void (*answer)(const struct sample *sample, enum arm_side side, size_t count, struct answer *answer);
    size_t answers[2];  /* by arm */
    size_t started;     /* runs */
    size_t fail_at;     /* run that fails, from 1; 0: none */
    size_t refuse_at;   /* run that can't be started, likewise */
    size_t cancel_at;   /* run during which all is cancelled, likewise */
    size_t cancel_turn; /* turn of the loop without a run at which it is, likewise */
    size_t turns;       /* turns of the loop in which no run was in flight */
    size_t hang_at;     /* run that never ends by itself, likewise */
    size_t steps_least; /* of the input */
    size_t slow_ms;     /* that a run takes */
    bool overlap;       /* two runs at once */
    size_t flying;
    uv_loop_t *loop;
    struct reduce *reduce;
};
extern struct scene scene;

extern size_t scene_stderr_bytes; /* of each answer */
extern const char *scene_line;    /* what the set is made of; at first scene_request */
extern char *scene_folder;        /* of its files; NULL: none */
extern const char scene_request[];

struct outcome {
    int calls;
    int code;
    struct reproduction *reproduction;
};

/* All as it was before any run. */
void scene_of(void (*answer)(const struct sample *sample, enum arm_side side, size_t count,
                             struct answer *answer));
/* What the program printed on stdout, and how it ended. */
void scene_say(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void scene_end_with(struct answer *answer, int status);
/* Looks for the smallest input of the set's first sample; its reproduction is the caller's. */
struct outcome scene_reduce(const struct finding *finding, size_t steps_most, double seconds);

#endif
