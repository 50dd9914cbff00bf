#include "tests/bench/measure_results.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/plan.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

const char *const condition_names[CONDITION_COUNT + 1] = {"quiet", "neighbours", NULL};

#define RESULTS_COLUMNS 20

static int results_name(const char *const *names, int count, const char *word)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], word) == 0)
            return i;
    }
    return -1;
}

static int results_outcome(const char *word)
{
    for (int i = 0; i <= OUTCOME_UNAVAILABLE; i++) {
        if (strcmp(metric_outcome_name((enum metric_outcome)i), word) == 0)
            return i;
    }
    return -1;
}

static bool results_read_line(const char *line, struct result *row)
{
    char condition[16], metric[16], outcome[16];
    int accepted = 0;
    int found = sscanf(
        line, "%15s %15s %lf %zu %15s %d %zu %zu %zu %lf %lf %lf %lf %lf %lf %lf %lf %lf %lf %lf", condition,
        metric, &row->gain, &row->family, outcome, &accepted, &row->pairs, &row->guard_pairs, &row->quads,
        &row->e_value, &row->seconds, &row->noise, &row->early, &row->size, &row->statistics_ms,
        &row->rival_seconds, &row->saving[0], &row->saving[1], &row->p[0], &row->p[1]);
    if (found != RESULTS_COLUMNS)
        return false;
    int names[3] = {results_name(condition_names, CONDITION_COUNT, condition), metric_by_name(metric),
                    results_outcome(outcome)};
    row->condition = (enum condition)names[0];
    row->metric = (enum metric)names[1];
    row->outcome = (enum metric_outcome)names[2];
    row->accepted = accepted;
    return names[0] >= 0 && names[1] >= 0 && names[2] >= 0;
}

int results_load(struct results *results, const char *path)
{
    *results = (struct results){.startup = -1};
    cleanup_file FILE *file = fopen(path, "r");
    if (!file)
        return errno == ENOENT ? 0 : (perror(path), -1);
    cleanup_free char *line = NULL;
    size_t capacity = 0;
    size_t room = 0;
    for (size_t number = 1; getline(&line, &room, file) >= 0; number++) {
        if (line[0] == '#') {
            (void)sscanf(line, "# rounds %ld startup %lf", &results->rounds, &results->startup);
            continue;
        }
        MEMORY_GROW(results->rows, results->count, capacity);
        if (!results_read_line(line, &results->rows[results->count++])) {
            fprintf(stderr, "%s:%zu: not a line of results\n", path, number);
            return -1;
        }
    }
    return 0;
}

void results_fini(struct results *results)
{
    free(results->rows);
    *results = (struct results){0};
}

int results_append_head(const char *path, long rounds, double startup, unsigned long long seed)
{
    struct utsname system;
    cleanup_file FILE *file = fopen(path, "a");
    if (!file)
        return perror(path), -1;
    uname(&system);
    fprintf(file, "# rounds %ld startup %.6f seed %llu, %s %s, %ld CPUs\n", rounds, startup, seed,
            system.sysname, system.release, sysconf(_SC_NPROCESSORS_ONLN));
    fprintf(file, "# condition metric gain family outcome accepted pairs guard quads e-value seconds noise "
                  "early size statistics-ms rival-seconds saving-cpu saving-wall p-cpu p-wall effects\n");
    return 0;
}

int results_append(const char *path, const struct result *result, const struct measurement *measurement)
{
    cleanup_file FILE *file = fopen(path, "a");
    if (!file)
        return perror(path), -1;
    fprintf(file, "%s\t%s\t%g\t%zu\t%s\t%d\t%zu\t%zu\t%zu\t%.6g\t%.3f\t%.5f\t%.6f\t%.5f\t%.4f\t%.3f",
            condition_names[result->condition], metric_name(result->metric), result->gain, result->family,
            metric_outcome_name(result->outcome), result->accepted, result->pairs, result->guard_pairs,
            result->quads, result->e_value, result->seconds, result->noise, result->early, result->size,
            result->statistics_ms, result->rival_seconds);
    fprintf(file, "\t%.5f\t%.5f\t%.6g\t%.6g\t", result->saving[0], result->saving[1], result->p[0],
            result->p[1]);
    for (size_t i = 0; i < measurement->pair_count; i++) {
        if (measurement->pairs[i].phase == PHASE_DECIDE)
            fprintf(file, "%.6f,", plan_effect(&measurement->pairs[i], result->metric));
    }
    fputc('\n', file);
    return 0;
}
