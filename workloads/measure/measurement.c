#include "workloads/measure/measurement.h"

#include "base/memory.h"

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

const char *held_out_outcome_name(enum held_out_outcome outcome)
{
    static const char *const names[] = {
        [HELD_OUT_NONE] = "none",       [HELD_OUT_NOT_ASKED] = "not-asked", [HELD_OUT_TOO_FEW] = "too-few",
        [HELD_OUT_UNCLEAR] = "unclear", [HELD_OUT_CONFIRMED] = "confirmed", [HELD_OUT_OVERFITS] = "overfits",
    };
    return names[outcome];
}

const char *signal_kind_name(enum signal_kind kind)
{
    static const char *const names[] = {[SIGNAL_REPEATS] = "repeats", [SIGNAL_WARM_UP] = "warm-up"};
    return names[kind];
}

static void measurement_free_held_out(struct held_out *held_out)
{
    for (size_t i = 0; i < held_out->stratum_count; i++) {
        free(held_out->strata[i].name);
        free(held_out->strata[i].visible);
        free(held_out->strata[i].held_out);
    }
    free(held_out->strata);
    free(held_out->pairs);
}

static char *continued_copy_word(const char *word)
{
    return word ? memory_copy_string(word) : NULL;
}

void continued_copy(struct continued *to, const struct continued *from)
{
    *to = (struct continued){.pairs = from->pairs,
                             .evaluation = continued_copy_word(from->evaluation),
                             .at = continued_copy_word(from->at),
                             .environment = continued_copy_word(from->environment)};
}

void continued_fini(struct continued *continued)
{
    free(continued->evaluation);
    free(continued->at);
    free(continued->environment);
    *continued = (struct continued){0};
}

void measurement_fini(struct measurement *measurement)
{
    free(measurement->pairs);
    continued_fini(&measurement->continues);
    for (size_t i = 0; i < measurement->stratum_count; i++) {
        free(measurement->strata[i].name);
        free(measurement->strata[i].pairs);
    }
    free(measurement->strata);
    measurement_free_held_out(&measurement->held_out);
    for (int kind = 0; kind < SIGNAL_COUNT; kind++)
        free(measurement->signals[kind].pairs);
    free(measurement->stopped);
    *measurement = (struct measurement){0};
}
