#include "tests/ledger/holder.h"

#include "orchestrator/ledger/lock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

pid_t holder_start(const char *path, const char *command, int *end)
{
    int ready[2];
    int finish[2];
    char byte = 'x';
    assert_int_equal(0, pipe(ready));
    assert_int_equal(0, pipe(finish));
    pid_t child = fork();
    if (child == 0) {
        struct lock lock = LOCK_NONE;
        struct lock_owner holder;
        struct err err = {0};
        close(finish[1]);
        if (lock_try(&lock, path, command, &holder, &err) != 0 || write(ready[1], &byte, 1) != 1)
            _exit(1);
        _exit(read(finish[0], &byte, 1) < 0);
    }
    assert_int_equal(1, read(ready[0], &byte, 1));
    close(ready[0]);
    close(ready[1]);
    close(finish[0]);
    *end = finish[1];
    return child;
}

void holder_end(pid_t child, int end, bool kill_it)
{
    int status = 0;
    if (kill_it)
        assert_int_equal(0, kill(child, SIGKILL));
    close(end);
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(kill_it ? WIFSIGNALED(status) : status == 0);
}
