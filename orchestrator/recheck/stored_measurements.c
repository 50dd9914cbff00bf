/* The rows of "measurements": what was said of each metric. */
#include "base/memory.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/recheck/stored_parts.h"

#include <float.h>

#define MEASUREMENTS_STRATA 4096

static void measurements_read_stratum(struct field_reader *reader, const struct json_value *object,
                                      struct stratum_effect *stratum)
{
    const char *name = field_string(reader, object, "name");
    const struct json_value *array = field_array(reader, object, "pairs", STORED_PAIRS_MAX);
    size_t length = field_length(reader, array);
    stratum->name = name ? memory_copy_string(name) : NULL;
    stratum->weight = field_number(reader, object, "weight", 0, STORED_WEIGHT_MAX);
    stratum->samples = field_count(reader, object, "samples", FIELD_COUNT_MAX);
    stratum->gain = field_gain(reader, object);
    stratum->harmful = field_bool(reader, object, "harmful");
    stratum->pairs = length > 0 ? memory_zeroed(length * sizeof *stratum->pairs) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++)
        stratum->pairs[stratum->pair_count++] = (struct stratum_pair){
            .base = field_figure(reader, json_element(array, i), "base"),
            .candidate = field_figure(reader, json_element(array, i), "candidate"),
        };
}

/* Strata belong to the workload and stand in the primary's row. */
static void measurements_read_strata(struct field_reader *reader, const struct json_value *row, bool primary,
                                     struct measurement *measurement)
{
    const struct json_value *array = field_array(reader, row, "strata", primary ? MEASUREMENTS_STRATA : 0);
    size_t length = field_length(reader, array);
    if (length == 0)
        return;
    measurement->strata = memory_zeroed(length * sizeof *measurement->strata);
    for (size_t i = 0; i < length && !reader->failed; i++)
        measurements_read_stratum(reader, json_element(array, i),
                                  &measurement->strata[measurement->stratum_count++]);
}

static void measurements_read_figures(struct field_reader *reader, const struct json_value *row,
                                      struct metric_result *result)
{
    const char *outcomes[OUTCOME_UNAVAILABLE + 2] = {NULL};
    for (int outcome = 0; outcome <= OUTCOME_UNAVAILABLE; outcome++)
        outcomes[outcome] = metric_outcome_name((enum metric_outcome)outcome);
    result->outcome = (enum metric_outcome)field_choice(reader, row, "outcome", outcomes);
    result->e_value = field_number(reader, row, "e_value", 0, DBL_MAX);
    result->e_real = field_number(reader, row, "e_real", 0, DBL_MAX);
    result->e_worse = field_number(reader, row, "e_worse", 0, DBL_MAX);
    result->gain = field_gain(reader, row);
    result->size_pairs = field_count(reader, row, "size_pairs", FIELD_COUNT_MAX);
    result->pairs_to_verdict = field_count(reader, row, "pairs_to_verdict", FIELD_COUNT_MAX);
    result->before = field_figure(reader, row, "before");
    result->after = field_figure(reader, row, "after");
}

/* A further row of the workload, of a metric that has none yet; NULL after a failure. */
static struct metric_result *measurements_add_row(struct field_reader *reader, const struct json_value *row,
                                                  struct workload_evidence *workload)
{
    struct measurement *measurement = &workload->measurement;
    enum metric metric = (enum metric)field_choice(reader, row, "metric", metric_names);
    if (!workload->measured)
        field_refuse(reader, row, "belongs to a workload that was not measured");
    for (size_t i = 0; i < measurement->metric_count; i++)
        if (measurement->metrics[i].metric == metric)
            field_refuse(reader, row, "repeats a metric of its workload");
    if (reader->failed)
        return NULL;
    struct metric_result *result = &measurement->metrics[measurement->metric_count++];
    result->metric = metric;
    return result;
}

/* Of the workload: read from its primary's row. */
static void measurements_read_continued(struct field_reader *reader, const struct json_value *row,
                                        struct measurement *measurement)
{
    if (field_is_null(reader, row, "continues"))
        return;
    const struct json_value *object = field_object(reader, row, "continues");
    struct continued *continues = &measurement->continues;
    continues->pairs = field_count(reader, object, "pairs", STORED_PAIRS_MAX);
    continues->evaluation = field_text(reader, object, "evaluation");
    continues->at = field_text(reader, object, "at");
    continues->environment = field_text(reader, object, "environment");
    if (!reader->failed && (continues->pairs == 0 || continues->pairs > measurement->pair_count))
        field_refuse(reader, object, "must continue at least one of the pairs, and at most all");
}

static void measurements_read_row(struct field_reader *reader, const struct json_value *row,
                                  struct workload_evidence *workload)
{
    static const char *const roles[] = {"guardrail", "primary", NULL};
    struct measurement *measurement = &workload->measurement;
    struct metric_result *result = measurements_add_row(reader, row, workload);
    if (!result)
        return;
    double threshold = field_number(reader, row, "threshold", -STORED_WEIGHT_MAX, STORED_WEIGHT_MAX);
    result->primary = field_choice(reader, row, "role", roles) == 1;
    if (result->primary != (measurement->metric_count == 1))
        field_refuse(reader, row, "must be the primary's first of all, and no other one");
    if (result->primary)
        measurement->threshold = threshold;
    else
        result->delta = -threshold;
    measurements_read_figures(reader, row, result);
    measurement->noise_floor[result->metric] = field_figure(reader, row, "noise_floor");
    stored_read_pairs(reader, row, result->metric, measurement);
    if (result->primary)
        measurements_read_continued(reader, row, measurement);
    measurements_read_strata(reader, row, result->primary, measurement);
    stored_read_held_out(reader, row, result->primary, &measurement->held_out);
    stored_read_signals(reader, row, result->primary, measurement->signals);
    stored_read_layout(reader, row, result->metric, result->primary, workload);
    if (result->primary)
        stored_read_curve(reader, row, workload);
    else if (!field_is_null(reader, row, "curve"))
        field_refuse(reader, row, "must have no curve: that is the primary's");
}

void stored_read_measurements(struct field_reader *reader, const struct json_value *candidate,
                              struct evidence *evidence)
{
    const struct json_value *array =
        field_array(reader, candidate, "measurements", STORED_WORKLOADS_MAX * METRIC_COUNT);
    for (size_t i = 0; i < field_length(reader, array); i++) {
        const struct json_value *row = json_element(array, i);
        struct workload_evidence *workload = stored_find_workload(reader, row, evidence);
        if (workload)
            measurements_read_row(reader, row, workload);
    }
    for (size_t i = 0; i < evidence->workload_count; i++)
        if (evidence->workloads[i].measured && evidence->workloads[i].measurement.metric_count == 0)
            field_refuse(reader, array, "lacks the rows of a workload that was measured");
}
