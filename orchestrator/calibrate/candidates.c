#include "orchestrator/calibrate/candidates.h"

#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static int candidates_compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The index of that set, added where it is not there. The operator may name a CPU twice; a set doesn't. */
static size_t candidates_add(struct calibration *calibration, const int *cpus, size_t count)
{
    int *sorted = memory_resize(NULL, count, sizeof *sorted);
    size_t kept = 0;
    memcpy(sorted, cpus, count * sizeof *cpus);
    qsort(sorted, count, sizeof *sorted, candidates_compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || sorted[i] != sorted[kept - 1])
            sorted[kept++] = sorted[i];
    const struct calibration_set *found = calibration_find(calibration, sorted, kept);
    if (found) {
        free(sorted);
        return (size_t)(found - calibration->sets);
    }
    assert(calibration->set_count < CALIBRATION_SETS_MOST);
    calibration->sets[calibration->set_count] = (struct calibration_set){.cpus = sorted, .cpu_count = kept};
    return calibration->set_count++;
}

void candidates_fill(struct calibration *calibration, const int *allowed, size_t count, const int *chosen,
                     size_t chosen_count)
{
    size_t singles = count < CANDIDATES_SINGLE_MOST ? count : CANDIDATES_SINGLE_MOST;
    assert(count > 0);
    calibration->usual = chosen ? candidates_add(calibration, chosen, chosen_count)
                                : candidates_add(calibration, &allowed[count - 1], 1);
    for (size_t i = 0; i < singles; i++)
        candidates_add(calibration, &allowed[count - 1 - i * count / singles], 1);
    candidates_add(calibration, allowed, count);
}

int candidates_allowed(int **cpus, size_t *count, struct err *err)
{
    for (size_t most = 1024; most <= CALIBRATION_CPUS_MOST; most *= 2) {
        cpu_set_t *set = CPU_ALLOC(most);
        if (!set)
            abort();
        if (sched_getaffinity(0, CPU_ALLOC_SIZE(most), set) == 0) {
            *cpus = memory_resize(NULL, most, sizeof **cpus);
            *count = 0;
            for (size_t cpu = 0; cpu < most; cpu++)
                if (CPU_ISSET_S(cpu, CPU_ALLOC_SIZE(most), set))
                    (*cpus)[(*count)++] = (int)cpu;
            CPU_FREE(set);
            return 0;
        }
        CPU_FREE(set);
        if (errno != EINVAL) /* the kernel's set is larger */
            break;
    }
    return err_set_errno(err, errno, "sched_getaffinity");
}
