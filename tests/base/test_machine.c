/* The state machine moves along its table and nowhere else, in release builds too. */
#include "base/machine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { IDLE, RUNNING, DONE, COUNT };

static const struct machine_state states[COUNT] = {
    [IDLE] = {"idle", MACHINE_TO(RUNNING), "waits"},
    [RUNNING] = {"running", MACHINE_TO(DONE) | MACHINE_TO(IDLE), "runs"},
    [DONE] = {"done", MACHINE_FINAL, "is done"},
};

static void moves_along_the_table(void **state)
{
    (void)state;
    struct machine machine;
    machine_init(&machine, states, COUNT, IDLE);
    assert_string_equal(machine_sentence(&machine), "waits");
    machine_move(&machine, RUNNING);
    machine_move(&machine, IDLE);
    machine_move(&machine, RUNNING);
    assert_false(machine_is_final(&machine));
    machine_move(&machine, DONE);
    assert_true(machine_is_final(&machine));
}

/* Every pair of states: allowed exactly where the table says, and a forbidden move ends the program. */
static void refuses_every_other_move(void **state)
{
    (void)state;
    for (int from = 0; from < COUNT; from++) {
        for (int to = -1; to <= COUNT; to++) {
            struct machine machine;
            machine_init(&machine, states, COUNT, from);
            bool listed = to >= 0 && to < COUNT && (states[from].next & MACHINE_TO(to));
            assert_int_equal(machine_may_move(&machine, to), listed);
            if (listed)
                continue;
            pid_t child = fork();
            if (child == 0) {
                fclose(stderr);
                signal(SIGABRT, SIG_DFL);
                machine_move(&machine, to);
                _exit(0);
            }
            int status;
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_along_the_table),
        cmocka_unit_test(refuses_every_other_move),
    };
    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
