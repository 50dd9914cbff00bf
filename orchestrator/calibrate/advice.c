#include "orchestrator/calibrate/advice.h"

#include "base/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ADVICE_OTHERS   0.10 /* CPUs that others keep busy, from which they are felt */
#define ADVICE_STEAL    0.005
#define ADVICE_ORDER    0.005 /* log ratio of first to second run, from which it is worth a word */
#define ADVICE_FEW_RUNS 24    /* of a program on a set: what is told from fewer is a guess */

/* One thing to look for: both texts are NULL where it isn't so. */
struct advice_rule {
    const char *key;
    const char *why;
    char *(*seen)(const struct calibration *calibration); /* NULL: doesn't apply */
    char *(*mend)(const struct calibration *calibration);
};

char *advice_cpu_list(const int *cpus, size_t count)
{
    struct text list = {0};
    for (size_t i = 0; i < count;) {
        size_t last = i;
        while (last + 1 < count && cpus[last + 1] == cpus[last] + 1)
            last++;
        text_printf(&list, "%s%d", i ? "," : "", cpus[i]);
        if (last > i)
            text_printf(&list, "%c%d", last > i + 1 ? '-' : ',', cpus[last]);
        i = last + 1;
    }
    return text_take(&list);
}

char *advice_setting(const struct calibration_set *set)
{
    struct text line = {0};
    text_append_string(&line, "{\"measure_cpus\": [");
    for (size_t i = 0; i < set->cpu_count; i++)
        text_printf(&line, "%s%d", i ? ", " : "", set->cpus[i]);
    text_append_string(&line, "]}");
    return text_take(&line);
}

bool advice_is_needed(const struct calibration *calibration)
{
    double feasible = CALIBRATION_THRESHOLD * measure_method.feasible_multiple;
    double excess = calibration_set_excess(&calibration->sets[calibration->best],
                                           calibration_primary(calibration), CALIBRATION_MINUTE);
    return excess < 0 || resolution_gain(excess, CALIBRATION_THRESHOLD) > feasible;
}

static char *advice_copy(bool applies, const char *words)
{
    return applies ? memory_copy_string(words) : NULL;
}

static char *advice_see_battery(const struct calibration *calibration)
{
    return advice_copy(calibration->conditions.battery == 1, "the machine runs on its battery");
}

static char *advice_mend_battery(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("plug in the power supply");
}

static char *advice_see_steal(const struct calibration *calibration)
{
    double steal = calibration->conditions.steal;
    return steal < ADVICE_STEAL ? NULL
                                : memory_format("the hypervisor took %.1f %% of the CPU time while this was "
                                                "measured",
                                                100 * steal);
}

static char *advice_mend_steal(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("use a virtual machine with dedicated CPUs, or a machine of its own");
}

static char *advice_see_quota(const struct calibration *calibration)
{
    const struct conditions *conditions = &calibration->conditions;
    if (conditions->quota < 0 && conditions->throttled <= 0)
        return NULL;
    if (conditions->quota < 0)
        return memory_format("a CPU quota stopped our control group %.0f times", conditions->throttled);
    if (conditions->throttled < 0)
        return memory_format("our control group may use %.2g CPUs", conditions->quota);
    return memory_format("our control group may use %.2g CPUs and was stopped %.0f times for it",
                         conditions->quota, conditions->throttled);
}

static char *advice_mend_quota(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string(
        "systemctl set-property --runtime UNIT CPUQuota= (a unit), no --cpus (docker), no "
        "cpu limit (kubernetes)");
}

static char *advice_see_others(const struct calibration *calibration)
{
    double others = calibration->conditions.others;
    return others < ADVICE_OTHERS ? NULL
                                  : memory_format("other processes kept %.1f CPUs busy while this was "
                                                  "measured",
                                                  others);
}

static char *advice_mend_others(const struct calibration *calibration)
{
    size_t count = calibration->machine.cpu_count;
    if (count < 2)
        return memory_copy_string("stop them while cupel measures");
    char *rest = advice_cpu_list(calibration->machine.cpus, count - 1);
    char *words = memory_format("stop them while cupel measures, or keep them off CPU %d: systemctl "
                                "set-property --runtime system.slice AllowedCPUs=%s, and the same for "
                                "user.slice where cupel itself runs elsewhere",
                                calibration->machine.cpus[count - 1], rest);
    free(rest);
    return words;
}

static char *advice_see_governor(const struct calibration *calibration)
{
    const char *governor = calibration->conditions.governor;
    return *governor && strcmp(governor, "performance") != 0
               ? memory_format("the clock follows the load (governor \"%s\")", governor)
               : NULL;
}

static char *advice_mend_governor(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
}

static char *advice_see_turbo(const struct calibration *calibration)
{
    return advice_copy(calibration->conditions.turbo == 1, "turbo is on");
}

static char *advice_mend_turbo(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo (Intel), echo 0 > "
                              "/sys/devices/system/cpu/cpufreq/boost (others)");
}

static char *advice_see_smt(const struct calibration *calibration)
{
    const struct conditions *conditions = &calibration->conditions;
    if (conditions->smt != 1)
        return NULL;
    return *conditions->siblings ? memory_format("CPUs %s are one core", conditions->siblings)
                                 : memory_copy_string("CPUs share cores");
}

static char *advice_mend_smt(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("echo off > /sys/devices/system/cpu/smt/control");
}

static char *advice_see_isolated(const struct calibration *calibration)
{
    const struct conditions *conditions = &calibration->conditions;
    const struct calibration_set *best = &calibration->sets[calibration->best];
    char *chosen = advice_cpu_list(best->cpus, best->cpu_count);
    bool unused = *conditions->isolated && strcmp(conditions->isolated, chosen) != 0;
    free(chosen);
    return unused ? memory_format("CPUs %s are isolated from the scheduler", conditions->isolated) : NULL;
}

static char *advice_mend_isolated(const struct calibration *calibration)
{
    return memory_format("name one of %s as \"measure_cpus\" in the operator's file, and calibrate again",
                         calibration->conditions.isolated);
}

static char *advice_see_shared(const struct calibration *calibration)
{
    bool shared = !*calibration->conditions.isolated && calibration->machine.cpu_count > 1;
    return advice_copy(shared && advice_is_needed(calibration), "no CPU is kept free of other work");
}

static char *advice_mend_shared(const struct calibration *calibration)
{
    int last = calibration->machine.cpus[calibration->machine.cpu_count - 1];
    return memory_format("start the kernel with isolcpus=%d nohz_full=%d", last, last);
}

static char *advice_see_aslr(const struct calibration *calibration)
{
    double aslr = calibration->conditions.aslr;
    return advice_copy(aslr >= 0 && aslr < 2, "addresses are not drawn anew for each run (ASLR is off)");
}

static char *advice_mend_aslr(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("echo 2 > /proc/sys/kernel/randomize_va_space");
}

static char *advice_see_virtual(const struct calibration *calibration)
{
    const char *name = calibration->conditions.hypervisor;
    return *name && advice_is_needed(calibration) ? memory_format("this is a virtual machine (%s)", name)
                                                  : NULL;
}

static char *advice_mend_virtual(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("measure CPU time rather than wall time, or use a machine of its own");
}

/* The order effect of the set that is measured on, as a fraction; 0 where it is lost in the noise. */
static double advice_order(const struct calibration *calibration)
{
    const struct calibration_set *best = &calibration->sets[calibration->best];
    double worst = 0;
    for (int p = 0; p < CALIBRATION_PROGRAMS; p++) {
        const struct plan_order *order = &best->series[p].metrics[calibration_primary(calibration)].order;
        if (order->known && fabs(order->effect) > order->scale && fabs(order->effect) > fabs(worst))
            worst = order->effect;
    }
    return fabs(worst) < ADVICE_ORDER ? 0 : worst;
}

static char *advice_see_order(const struct calibration *calibration)
{
    double order = advice_order(calibration);
    return order == 0 ? NULL
                      : memory_format("the first run of a pair takes %.1f %% %s than the second",
                                      100 * fabs(expm1(order)), order > 0 ? "more" : "less");
}

static char *advice_mend_order(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string(
        "nothing to do: cupel notices it and runs each pair in both orders, which takes "
        "twice as long");
}

static char *advice_see_few(const struct calibration *calibration)
{
    size_t least = 2 * (size_t)CALIBRATION_PAIRS_MOST;
    for (size_t i = 0; i < calibration->set_count; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            least = calibration->sets[i].series[p].run_count < least
                        ? calibration->sets[i].series[p].run_count
                        : least;
    return least >= ADVICE_FEW_RUNS ? NULL
                                    : memory_format("a program ran only %zu times on a set of CPUs", least);
}

static char *advice_mend_few(const struct calibration *calibration)
{
    (void)calibration;
    return memory_copy_string("cupel calibrate --time-budget 120");
}

static const struct advice_rule advice_rules[] = {
    {"few-runs", "so few say little of the noise, and the figures above are careful", advice_see_few,
     advice_mend_few},
    {"battery", "the clock is lowered to save it", advice_see_battery, advice_mend_battery},
    {"quota", "a group that used its share stands still until the next period, in the middle of a run",
     advice_see_quota, advice_mend_quota},
    {"steal", "time that other guests of the host take is counted as the program's wall time",
     advice_see_steal, advice_mend_steal},
    {"neighbours", "they take turns with the runs, and push them out of the caches", advice_see_others,
     advice_mend_others},
    {"governor", "how fast a run is then depends on what ran before it", advice_see_governor,
     advice_mend_governor},
    {"turbo", "the clock then depends on heat and on how many other cores are busy", advice_see_turbo,
     advice_mend_turbo},
    {"smt", "two threads on one core slow each other down, CPU time included", advice_see_smt,
     advice_mend_smt},
    {"isolated", "runs there meet nobody else", advice_see_isolated, advice_mend_isolated},
    {"shared-cpus", "any process may be put beside a run", advice_see_shared, advice_mend_shared},
    {"virtual-machine", "what the host and its other guests do can't be seen from inside", advice_see_virtual,
     advice_mend_virtual},
    {"aslr", "a lucky or unlucky layout then stays for all runs of an arm", advice_see_aslr,
     advice_mend_aslr},
    {"order", "an arm that always ran first would look slower or faster than it is", advice_see_order,
     advice_mend_order},
};

size_t advice_give(const struct calibration *calibration, struct advice rows[static ADVICE_MOST])
{
    size_t count = 0;
    _Static_assert(sizeof advice_rules / sizeof *advice_rules <= ADVICE_MOST, "a row for each rule");
    for (size_t i = 0; i < sizeof advice_rules / sizeof *advice_rules; i++) {
        const struct advice_rule *rule = &advice_rules[i];
        char *seen = rule->seen(calibration);
        if (seen)
            rows[count++] = (struct advice){rule->key, seen, rule->why, rule->mend(calibration)};
    }
    return count;
}

void advice_fini(struct advice *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].seen);
        free(rows[i].mend);
    }
}
