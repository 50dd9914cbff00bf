#include "tests/calibrate/sample.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

static double sample_normal(uint64_t *state)
{
    double sum = -6; /* of twelve uniform numbers: near enough */
    for (int i = 0; i < 12; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(*state >> 11) * 0x1.0p-53;
    }
    return sum;
}

static void sample_fill_series(struct calibration_series *series, double noise, size_t pairs, uint64_t seed)
{
    for (size_t i = 0; i < pairs; i++) {
        struct figures runs[2] = {{{0}}, {{0}}};
        for (int k = 0; k < 2; k++) {
            double cpu = 0.1 * exp(noise * sample_normal(&seed));
            runs[k].value[METRIC_CPU] = cpu;
            runs[k].value[METRIC_WALL] = cpu * exp(3 * noise * fabs(sample_normal(&seed)));
            runs[k].value[METRIC_PEAK_MEMORY] = 34e6 + 4096 * (double)(seed % 3);
        }
        calibration_add_pair(series, runs);
    }
    series->pair_seconds = 0.22;
}

static void sample_add_set(struct calibration *calibration, const int *cpus, size_t count)
{
    struct calibration_set *set = &calibration->sets[calibration->set_count++];
    set->cpus = memory_resize(NULL, count, sizeof *cpus);
    set->cpu_count = count;
    memcpy(set->cpus, cpus, count * sizeof *cpus);
}

void sample_fill(struct calibration *calibration, const double noise[static 3], size_t pairs)
{
    static const int all[] = {0, 1, 2, 3};
    *calibration = (struct calibration){
        .cupel = memory_copy_string("0.1.0"),
        .created = memory_copy_string("2026-03-01T10:00:00.000000Z"),
        .machine = {.cpu = memory_copy_string("A processor"),
                    .kernel = memory_copy_string("Linux 6.1.0 x86_64"),
                    .cpus = memory_resize(NULL, 4, sizeof *all),
                    .cpu_count = 4,
                    .method = calibration_method()},
        .cpu_source = memory_copy_string("cgroup v2"),
        .peak_source = memory_copy_string("cgroup v2"),
        .seconds = 55,
        .conditions = {.governor = "performance",
                       .huge_pages = "madvise",
                       .turbo = 0,
                       .smt = 0,
                       .battery = -1,
                       .aslr = 2,
                       .quota = -1,
                       .load = 0.1,
                       .pressure = 0,
                       .steal = 0,
                       .others = 0.02,
                       .throttled = -1},
    };
    memcpy(calibration->machine.cpus, all, sizeof all);
    sample_add_set(calibration, &all[3], 1);
    sample_add_set(calibration, &all[2], 1);
    sample_add_set(calibration, all, 4);
    for (size_t i = 0; i < 3; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            sample_fill_series(&calibration->sets[i].series[p], noise[i], pairs, 17 + 2 * i + (size_t)p);
}

static void sample_assess_metric(struct calibration_metric *metric, bool enough)
{
    for (size_t b = 0; b < CALIBRATION_BUDGETS; b++)
        metric->shown[b] = (struct resolution){.excess = enough ? fmax(metric->noise / 2, -1) : -1,
                                               .joined = 1,
                                               .pairs = measure_method.cap,
                                               .win_pairs = 20};
}

void sample_assess(struct calibration *calibration)
{
    calibration_summarise(calibration);
    for (size_t i = 0; i < calibration->set_count; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            for (int m = 0; m < CALIBRATION_METRICS; m++)
                sample_assess_metric(&calibration->sets[i].series[p].metrics[m],
                                     calibration->sets[i].series[p].run_count >=
                                         (size_t)2 * RESOLUTION_PAIRS_LEAST);
    calibration_choose(calibration);
}
