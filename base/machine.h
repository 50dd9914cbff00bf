/*
 * A checked state machine. Each state is a table row with its allowed successors and the sentence that a
 * person reads while the machine is there; every move goes through machine_move(), which aborts on one
 * that the table does not allow.
 *
 *     static const struct machine_state states[] = {
 *         [IDLE]    = {"idle",    MACHINE_TO(RUNNING),                  "waits"},
 *         [RUNNING] = {"running", MACHINE_TO(DONE) | MACHINE_TO(IDLE),  "runs"},
 *         [DONE]    = {"done",    MACHINE_FINAL,                        "is done"},
 *     };
 */
#ifndef CUPEL_BASE_MACHINE_H
#define CUPEL_BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_TO(state) (UINT64_C(1) << (state))
#define MACHINE_FINAL     UINT64_C(0)

struct machine_state {
    const char *name;     /* for traces and assertions */
    uint64_t next;        /* bit set of allowed successors, by MACHINE_TO() */
    const char *sentence; /* for the user */
};

struct machine {
    const struct machine_state *states; /* borrowed table, at most 64 rows */
    int count;                          /* rows */
    int state;                          /* where the machine stands */
};

void machine_init(struct machine *machine, const struct machine_state *states, int count, int initial);
void machine_move(struct machine *machine, int state);
bool machine_may_move(const struct machine *machine, int state);
bool machine_is_final(const struct machine *machine);
const char *machine_sentence(const struct machine *machine);

#endif
