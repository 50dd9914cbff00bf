#include "base/machine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void machine_init(struct machine *machine, const struct machine_state *states, int count, int initial)
{
    assert(count > 0 && count <= 64 && initial >= 0 && initial < count);
    *machine = (struct machine){.states = states, .count = count, .state = initial};
}

bool machine_may_move(const struct machine *machine, int state)
{
    return state >= 0 && state < machine->count &&
           (machine->states[machine->state].next & MACHINE_TO(state)) != 0;
}

void machine_move(struct machine *machine, int state)
{
    /* Checked in release builds too: a wrong order would make evidence untrustworthy. */
    if (!machine_may_move(machine, state)) {
        fprintf(stderr, "cupel: bug: state machine refuses %s -> %d\n", machine->states[machine->state].name,
                state);
        abort();
    }
    machine->state = state;
}

bool machine_is_final(const struct machine *machine)
{
    return machine->states[machine->state].next == MACHINE_FINAL;
}

const char *machine_sentence(const struct machine *machine)
{
    return machine->states[machine->state].sentence;
}
