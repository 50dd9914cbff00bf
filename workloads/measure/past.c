#include "workloads/measure/past.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void pair_record_fill(struct pair_record *record, const struct measurement *measurement)
{
    *record = (struct pair_record){
        .pair = measurement->pairs[measurement->pair_count - 1],
        .block = measurement->block,
        .seconds = measurement->seconds,
    };
    memcpy(record->answers, measurement->answers, sizeof record->answers);
    memcpy(record->left_behind, measurement->left_behind, sizeof record->left_behind);
}

void measure_past_add(struct measure_past *past, const struct pair_record *record)
{
    MEMORY_GROW(past->pairs, past->count, past->capacity);
    past->pairs[past->count++] = record->pair;
    past->last = *record;
    past->from.pairs = past->count;
}

void measure_past_take(const struct measure_past *past, struct measurement *measurement)
{
    measurement->pairs = memory_resize(NULL, past->count, sizeof *measurement->pairs);
    memcpy(measurement->pairs, past->pairs, past->count * sizeof *measurement->pairs);
    measurement->pair_count = past->count;
    measurement->block = past->last.block;
    measurement->seconds = past->last.seconds;
    memcpy(measurement->answers, past->last.answers, sizeof measurement->answers);
    memcpy(measurement->left_behind, past->last.left_behind, sizeof measurement->left_behind);
    continued_copy(&measurement->continues, &past->from);
}

void measure_past_fini(struct measure_past *past)
{
    free(past->pairs);
    continued_fini(&past->from);
    *past = (struct measure_past){0};
}
