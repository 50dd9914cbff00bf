#include "workloads/measure/measurement.h"

#include <stdlib.h>

const char *pair_phase_name(enum pair_phase phase)
{
    static const char *const names[] = {
        [PHASE_NOISE] = "noise",
        [PHASE_DECIDE] = "decide",
        [PHASE_GUARD] = "guard",
        [PHASE_SIZE] = "size",
    };
    return names[phase];
}

const char *metric_outcome_name(enum metric_outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_IMPROVED] = "improved",   [OUTCOME_NOT_WORTH_IT] = "not-worth-it",
        [OUTCOME_UNDECIDED] = "undecided", [OUTCOME_REGRESSED] = "regressed",
        [OUTCOME_HELD] = "held",           [OUTCOME_BROKEN] = "broken",
        [OUTCOME_UNPROVEN] = "unproven",   [OUTCOME_UNAVAILABLE] = "unavailable",
    };
    return names[outcome];
}

void measurement_fini(struct measurement *measurement)
{
    free(measurement->pairs);
    for (size_t i = 0; i < measurement->stratum_count; i++) {
        free(measurement->strata[i].name);
        free(measurement->strata[i].pairs);
    }
    free(measurement->strata);
    free(measurement->stopped);
    *measurement = (struct measurement){0};
}
