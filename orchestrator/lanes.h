/*
 * Evaluations side by side: some do something, others have done everything but their measurement and wait for
 * it. Measurements go one after the other under the machine's measuring token, and nothing else of ours runs
 * meanwhile, however many CPUs there are: shared caches, memory channels and frequencies reach across them.
 *
 * Happy path: lanes_start() asks `next` for candidates until it says that there are none; each one's end is
 * told by `ended`; `done` comes when all are through. Failure: `next` may fail, which lets those under way
 * come to their end; `done` then has its error. Close: lanes_cancel() cancels those under way and asks for no
 * more. `done` comes once, last, never from inside start; the lanes are freed after it.
 */
#ifndef CUPEL_ORCHESTRATOR_LANES_H
#define CUPEL_ORCHESTRATOR_LANES_H

#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/token.h"

#define LANES_MAX 64 /* evaluations that are alive at once */

struct lanes;

struct lanes_input {
    uv_loop_t *loop;
    struct token *token; /* borrowed */
    unsigned active;     /* evaluations that do something at once; at least 1 */
    unsigned alive;      /* evaluations at once, those that wait included; active to LANES_MAX */
    /*
     * 1 with the input of the next evaluation (its repository handle, request and what it shares with the
     * others; lanes fill in the rest) and whatever stands for it in the calls below; 0: there are none;
     * negative with *err.
     */
    int (*next)(void *data, struct evaluation_input *input, void **candidate, struct err *err);
    /* As in struct evaluation_input; may be NULL. */
    void (*stage_ended)(void *data, void *candidate, struct evaluation *evaluation, enum stage stage);
    void (*progress)(void *data, void *candidate, const struct evaluation_progress *step);
    /* The evaluation is freed behind this. */
    void (*ended)(void *data, void *candidate, struct evaluation *evaluation, const struct err *err);
    void (*done)(void *data, const struct err *err);
    void *data;
};

struct lanes *lanes_start(const struct lanes_input *input);
/* What `ended` leaves to be cleaned up: until lanes_release(), which comes on the loop as often as
 * lanes_hold(), no measurement is begun and `done` does not come. */
void lanes_hold(struct lanes *lanes);
void lanes_release(struct lanes *lanes);
/* `reason` as in evaluation_cancel(). */
void lanes_cancel(struct lanes *lanes, const char *reason);

#endif
