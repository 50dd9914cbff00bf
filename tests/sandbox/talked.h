/* One conversation of a test: what was heard, and when. */
#ifndef CUPEL_TESTS_TALKED_H
#define CUPEL_TESTS_TALKED_H

#include "lab.h"

#include "base/text.h"

#define TALKED_LONG (8u << 20) /* bytes: more than both pipes hold */

struct talked {
    struct lab_answer answer; /* first: the run's data is this */
    struct text heard;        /* by stdout so far */
    uint64_t started_ns;      /* of on_exec; 0 before */
    unsigned starts;          /* calls of it */
    unsigned ends;            /* calls of on_output for the end */
    bool early;               /* output came before the start */
    bool cancel_on_exec;      /* its owner has enough then */
    bool cancel_on_output;    /* or then */
};

/* As lab_spec(), in the profile workload, 20 s, with callbacks for a `struct talked`. */
struct sandbox_spec talked_spec(const char *const *argv);
void talked_start_spec(const struct sandbox_spec *spec, struct talked *talked);
/* `sh -c script` */
void talked_start(const char *script, struct talked *talked);
void talked_say(struct talked *talked, const char *words);
/* Until so many bytes came, or the run is over. */
void talked_hear(struct talked *talked, size_t length);
/* Exactly these words come next. */
void talked_expect(struct talked *talked, const char *words);
void talked_await_start(struct talked *talked);
/* Turns of the loop for so long. */
void talked_wait_ms(uint64_t ms);
/* The run ends so, and all is freed; words are sandbox_describe_end()'s, or how they begin. */
void talked_end_with(struct talked *talked, const char *words);

#endif
