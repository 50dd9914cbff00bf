#include "orchestrator/compare/choice.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define CHOICE_COMPUTES 0.8   /* CPU seconds a wall second from which a command computes, and doesn't wait */
#define CHOICE_SEVERAL  1.25  /* likewise, from which it uses several CPUs */
#define CHOICE_SHORT_S  0.005 /* so short a run says little about several CPUs */

/* Tasks that could run right now besides ourselves (proc_loadavg(5)); 0 where that can't be had. */
static double choice_count_runnable(void)
{
    unsigned long runnable = 0;
    cleanup_file FILE *file = fopen("/proc/loadavg", "re");
    if (!file || fscanf(file, "%*s %*s %*s %lu/", &runnable) != 1)
        return 0;
    return runnable > 1 ? (double)runnable - 1 : 0;
}

void choice_add_run(struct choice *choice, enum arm_side side, const struct figures *figures)
{
    double cpu = figures->value[METRIC_CPU];
    double wall = figures->value[METRIC_WALL];
    choice->runs++;
    choice->runnable += choice_count_runnable();
    choice->no_cpu = choice->no_cpu || cpu < 0;
    double busy = wall > 0 ? fmax(cpu, 0) / wall : 0;
    if (wall < CHOICE_SHORT_S)
        busy = fmin(busy, 1);
    choice->busy[side] = fmax(choice->busy[side], busy);
}

static void choice_take_cpus(struct choice *choice)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return;
    choice->cpus = memory_zeroed((size_t)CPU_COUNT(&set) * sizeof *choice->cpus);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            choice->cpus[choice->cpu_count++] = cpu;
}

/* Of a CPU that a single process could get from this machine while the runs lasted. */
static double choice_share(const struct choice *choice)
{
    cpu_set_t set;
    double cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return fmin(1, cpus / (choice->runnable / (double)choice->runs + 1));
}

static char *choice_waits(const struct choice *choice)
{
    enum arm_side side = choice->busy[ARM_BASE] <= choice->busy[ARM_CANDIDATE] ? ARM_BASE : ARM_CANDIDATE;
    return memory_format("%s computes only %.0f %% of its time", side == ARM_BASE ? "A" : "B",
                         100 * choice->busy[side]);
}

static void choice_decide(struct choice *choice)
{
    const double *busy = choice->busy;
    double several = fmax(busy[ARM_BASE], busy[ARM_CANDIDATE]);
    double least = fmin(busy[ARM_BASE], busy[ARM_CANDIDATE]);
    double share = choice_share(choice);
    choice->metric = METRIC_WALL;
    if (choice->no_cpu) {
        choice->why = memory_copy_string("this machine gives no CPU time");
    } else if (several >= CHOICE_SEVERAL) {
        choice->why = memory_format("%s keeps %.1f CPUs busy, so a run may use all of them",
                                    busy[ARM_BASE] >= busy[ARM_CANDIDATE] ? "A" : "B", several);
    } else if (least < CHOICE_COMPUTES * share) {
        choice->why = choice_waits(choice);
    } else {
        choice->metric = METRIC_CPU;
        choice->why = memory_copy_string(share < 1 && least < CHOICE_COMPUTES
                                             ? "both compute as far as this busy machine lets them"
                                             : "both compute nearly all of their time");
    }
}

void choice_make(struct choice *choice, int wanted)
{
    choice_decide(choice);
    if (fmax(choice->busy[ARM_BASE], choice->busy[ARM_CANDIDATE]) >= CHOICE_SEVERAL)
        choice_take_cpus(choice);
    if (wanted < 0)
        return;
    free(choice->why);
    choice->metric = (enum metric)wanted;
    choice->why = memory_copy_string("as --metric asks");
}

void choice_fini(struct choice *choice)
{
    free(choice->why);
    free(choice->cpus);
    *choice = (struct choice){0};
}
