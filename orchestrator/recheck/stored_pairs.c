/* "pairs" of a measurement: the raw figures from which everything else is found again. */
#include "base/memory.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/recheck/stored_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t stored_read_seed(struct field_reader *reader, const struct json_value *object)
{
    const char *digits = field_string(reader, object, "seed");
    if (!digits)
        return 0;
    errno = 0;
    uint64_t seed = strtoull(digits, NULL, 10);
    if (errno != 0 || *digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
        field_refuse(reader, json_find(object, "seed"), "must be an integer below 2^64 in a string");
    return seed;
}

static void pairs_read_coin(struct field_reader *reader, const struct json_value *object, struct pair *pair)
{
    static const char *const phases[] = {
        [PHASE_NOISE] = "noise", [PHASE_DECIDE] = "decide", [PHASE_GUARD] = "guard",
        [PHASE_SIZE] = "size",   [PHASE_SIZE + 1] = NULL,
    };
    static const char *const arms[] = {"base", "candidate", NULL};
    pair->phase = (enum pair_phase)field_choice(reader, object, "phase", phases);
    pair->candidate_first = field_choice(reader, object, "first", arms) == 1;
    pair->quad = field_bool(reader, object, "quad");
    pair->seed = stored_read_seed(reader, object);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        pair->base.value[metric] = pair->candidate.value[metric] = -1;
}

void stored_read_pairs(struct field_reader *reader, const struct json_value *row, enum metric metric,
                       struct measurement *measurement)
{
    const struct json_value *array = field_array(reader, row, "pairs", STORED_PAIRS_MAX);
    size_t length = field_length(reader, array);
    bool first = !measurement->pairs;
    if (first && !reader->failed) {
        measurement->pairs = memory_zeroed((length + 1) * sizeof *measurement->pairs);
        measurement->pair_count = length;
    }
    if (length != measurement->pair_count)
        field_refuse(reader, array, "must hold as many pairs as the workload's other metrics");
    for (size_t i = 0; i < length && !reader->failed; i++) {
        struct pair *pair = &measurement->pairs[i];
        const struct json_value *object = json_element(array, i);
        if (first)
            pairs_read_coin(reader, object, pair);
        pair->base.value[metric] = field_figure(reader, object, "base");
        pair->candidate.value[metric] = field_figure(reader, object, "candidate");
    }
}
