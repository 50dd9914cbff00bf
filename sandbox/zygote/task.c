#include "sandbox/zygote/task.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_STACK (256u << 10)

pid_t task_start(int (*body)(void *data), void *data, int flags)
{
    /* One at a time in a process: the caller is stopped until its child no longer uses the stack. */
    static _Alignas(16) uint8_t stack[TASK_STACK];
    return clone(body, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD | flags, data);
}
