#include "tests/bench/measure_neighbours.h"

#include "base/memory.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEIGHBOURS_BYTES ((size_t)16 << 20) /* more than a core's own caches */

/* SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static double neighbours_uniform(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

static double neighbours_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void neighbours_sleep(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static void neighbours_work(double seconds, volatile unsigned char *memory, bool walk)
{
    size_t at = 0;
    for (double end = neighbours_now() + seconds; neighbours_now() < end;) {
        for (size_t i = 0; i < 20000; i++) {
            at = walk ? (at + 4160) % NEIGHBOURS_BYTES : at;
            memory[at]++;
        }
    }
}

static void neighbours_live(int cpu, uint64_t seed)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    uint64_t state = seed;
    volatile unsigned char *memory = memory_zeroed(NEIGHBOURS_BYTES);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        _exit(1);
    raise(SIGSTOP);
    for (;;) {
        neighbours_sleep(0.1 + 2.9 * neighbours_uniform(&state));
        double busy = 0.1 + 2.9 * neighbours_uniform(&state);
        neighbours_work(busy, memory, neighbours_uniform(&state) < 0.5);
    }
}

static int neighbours_fork(struct neighbours *neighbours, int cpu, uint64_t seed)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            neighbours_live(cpu, seed);
        _exit(0);
    }
    if (pid < 0)
        return -1;
    neighbours->pids[neighbours->count++] = pid;
    int status;
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status))
        return 0;
    errno = EINVAL;
    return -1;
}

int neighbours_start(struct neighbours *neighbours, uint64_t seed)
{
    cpu_set_t allowed;
    *neighbours = (struct neighbours){0};
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return -1;
    for (int cpu = 0; cpu < CPU_SETSIZE && neighbours->count < NEIGHBOURS_MOST; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && neighbours_fork(neighbours, cpu, seed + (uint64_t)cpu) < 0)
            return -1;
    }
    return 0;
}

void neighbours_resume(const struct neighbours *neighbours)
{
    for (int i = 0; i < neighbours->count; i++)
        kill(neighbours->pids[i], SIGCONT);
}

void neighbours_pause(const struct neighbours *neighbours)
{
    for (int i = 0; i < neighbours->count; i++)
        kill(neighbours->pids[i], SIGSTOP);
}

void neighbours_end(struct neighbours *neighbours)
{
    for (int i = 0; i < neighbours->count; i++) {
        kill(neighbours->pids[i], SIGKILL);
        waitpid(neighbours->pids[i], NULL, 0);
    }
    neighbours->count = 0;
}
