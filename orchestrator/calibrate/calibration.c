#include "orchestrator/calibrate/calibration.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_BETTER 0.85 /* of the usual set's excess: below it another set is worth a word */

const double calibration_budgets[CALIBRATION_BUDGETS] = {10, 60, 300};
const char *const calibration_programs[CALIBRATION_PROGRAMS + 1] = {
    [CALIBRATION_COMPUTE] = "compute", [CALIBRATION_MEMORY] = "memory", NULL};

void calibration_machine_fini(struct calibration_machine *machine)
{
    free(machine->cpu);
    free(machine->kernel);
    free(machine->cpus);
    *machine = (struct calibration_machine){0};
}

void calibration_fini(struct calibration *calibration)
{
    for (size_t i = 0; i < calibration->set_count; i++) {
        struct calibration_set *set = &calibration->sets[i];
        free(set->cpus);
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            for (int m = 0; m < CALIBRATION_METRICS; m++)
                free(set->series[p].runs[m]);
    }
    calibration_machine_fini(&calibration->machine);
    free(calibration->cupel);
    free(calibration->created);
    free(calibration->cpu_source);
    free(calibration->peak_source);
    *calibration = (struct calibration){0};
}

void calibration_add_pair(struct calibration_series *series, const struct figures runs[static 2])
{
    assert(series->run_count + 2 <= 2 * CALIBRATION_PAIRS_MOST);
    size_t most = 2 * (size_t)CALIBRATION_PAIRS_MOST;
    for (int m = 0; m < CALIBRATION_METRICS; m++) {
        if (!series->runs[m])
            series->runs[m] = memory_zeroed(most * sizeof *series->runs[m]);
        series->runs[m][series->run_count] = runs[0].value[m];
        series->runs[m][series->run_count + 1] = runs[1].value[m];
    }
    series->run_count += 2;
}

/* The pairs as an evaluation's A/A pairs: the first run is the base's. */
static size_t calibration_pairs(const struct calibration_series *series,
                                struct pair pairs[static CALIBRATION_PAIRS_MOST])
{
    size_t count = series->run_count / 2;
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){.phase = PHASE_NOISE};
        for (int m = 0; m < CALIBRATION_METRICS; m++) {
            pairs[i].base.value[m] = series->runs[m][2 * i];
            pairs[i].candidate.value[m] = series->runs[m][2 * i + 1];
        }
    }
    return count;
}

static double calibration_median_run(const struct calibration_series *series)
{
    double wall[2 * CALIBRATION_PAIRS_MOST];
    if (series->run_count > 0)
        memcpy(wall, series->runs[METRIC_WALL], series->run_count * sizeof *wall);
    return statistics_median(wall, series->run_count);
}

static void calibration_summarise_series(struct calibration_series *series)
{
    struct pair pairs[CALIBRATION_PAIRS_MOST];
    size_t count = calibration_pairs(series, pairs);
    series->run_seconds = calibration_median_run(series);
    for (int m = 0; m < CALIBRATION_METRICS; m++) {
        struct calibration_metric *metric = &series->metrics[m];
        const struct plan plan = {.primary = (enum metric)m};
        metric->noise = plan_noise_floor(pairs, count, (enum metric)m);
        metric->order = (struct plan_order){0};
        if (metric->noise < 0)
            continue;
        metric->order = plan_order_effect(&plan, pairs, count);
        /* Base against base has one order only, which is the plan's reason to believe in none yet. */
        metric->order.known = count >= measure_method.order_least;
    }
}

void calibration_summarise(struct calibration *calibration)
{
    for (size_t i = 0; i < calibration->set_count; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            calibration_summarise_series(&calibration->sets[i].series[p]);
}

/* Of every run. */
static bool calibration_has(const struct calibration_series *series, enum metric metric)
{
    for (size_t i = 0; i < series->run_count; i++)
        if (series->runs[metric][i] < 0)
            return false;
    return series->run_count > 0 && series->pair_seconds > 0;
}

static void calibration_resolve(struct calibration_series *series, enum metric metric)
{
    struct resolution *shown = series->metrics[metric].shown;
    const struct resolution_runs runs = {.metric = metric,
                                         .values = series->runs[metric],
                                         .count = series->run_count,
                                         .pair_seconds = series->pair_seconds};
    for (size_t b = 0; b < CALIBRATION_BUDGETS; b++) {
        shown[b] = (struct resolution){.excess = -1, .joined = 1};
        if (!calibration_has(series, metric))
            continue;
        shown[b] = resolution_outline(&runs, calibration_budgets[b]);
        bool same = b > 0 && shown[b].joined == shown[b - 1].joined && shown[b].pairs == shown[b - 1].pairs;
        shown[b] = same ? shown[b - 1] : resolution_find(&runs, calibration_budgets[b], measure_method.win);
        /* Who has more time may use less of it: long runs average little out where the machine drifts. */
        if (b > 0 && shown[b - 1].excess >= 0 && shown[b - 1].excess < shown[b].excess)
            shown[b] = shown[b - 1];
    }
}

bool calibration_tells(enum calibration_program program, enum metric metric)
{
    return metric != METRIC_PEAK_MEMORY || program == CALIBRATION_MEMORY;
}

double calibration_set_noise(const struct calibration_set *set, enum metric metric)
{
    double noise = -1;
    for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
        if (calibration_tells((enum calibration_program)p, metric))
            noise = fmax(noise, set->series[p].metrics[metric].noise);
    return noise;
}

double calibration_set_excess(const struct calibration_set *set, enum metric metric, size_t budget)
{
    double excess = -1;
    for (int p = 0; p < CALIBRATION_PROGRAMS; p++) {
        double own = set->series[p].metrics[metric].shown[budget].excess;
        if (!calibration_tells((enum calibration_program)p, metric))
            continue;
        if (own < 0)
            return -1;
        excess = fmax(excess, own);
    }
    return excess;
}

enum metric calibration_primary(const struct calibration *calibration)
{
    bool counted =
        calibration->set_count > 0 && calibration_set_noise(&calibration->sets[0], METRIC_CPU) >= 0;
    return counted ? METRIC_CPU : METRIC_WALL;
}

/* Another set must be clearly better than the usual one: two that are alike differ by what was drawn. */
void calibration_choose(struct calibration *calibration)
{
    enum metric metric = calibration_primary(calibration);
    size_t best = calibration->usual;
    double usual = calibration_set_excess(&calibration->sets[best], metric, CALIBRATION_MINUTE);
    double least = usual < 0 ? INFINITY : usual * CALIBRATION_BETTER;
    for (size_t i = 0; i < calibration->set_count; i++) {
        double excess = calibration_set_excess(&calibration->sets[i], metric, CALIBRATION_MINUTE);
        if (excess < 0 || excess >= least)
            continue;
        best = i;
        least = excess;
    }
    calibration->best = best;
}

void calibration_assess(struct calibration *calibration)
{
    calibration_summarise(calibration);
    for (size_t i = 0; i < calibration->set_count; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            for (int m = 0; m < CALIBRATION_METRICS; m++)
                calibration_resolve(&calibration->sets[i].series[p], (enum metric)m);
    calibration_choose(calibration);
}

const struct calibration_set *calibration_find(const struct calibration *calibration, const int *cpus,
                                               size_t cpu_count)
{
    for (size_t i = 0; i < calibration->set_count; i++) {
        const struct calibration_set *set = &calibration->sets[i];
        if (set->cpu_count == cpu_count && memcmp(set->cpus, cpus, cpu_count * sizeof *cpus) == 0)
            return set;
    }
    return NULL;
}

struct digest calibration_method(void)
{
    static const char version[] = "calibration 1"; /* of the programs and of the search for a resolution */
    struct digest_stream stream;
    digest_start(&stream);
    digest_add_field(&stream, version, sizeof version - 1);
    digest_add_field(&stream, &measure_method, sizeof measure_method);
    return digest_finish(&stream);
}
