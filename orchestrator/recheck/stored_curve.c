/* "curve" of a measurement: the raw pairs at each size; all else is found again from them at once, so that
 * what a document concludes from them is never taken at its word. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"
#include "workloads/curve/size.h"

static void curve_read_value(struct field_reader *reader, const struct json_value *object,
                             struct curve_value *value)
{
    static const char *const arms[] = {"base", "candidate", NULL};
    const struct json_value *pairs = field_array(reader, object, "pairs", CURVE_PAIRS_MOST);
    size_t length = field_length(reader, pairs);
    value->n = field_number(reader, object, "n", 0, SIZE_MOST);
    value->samples = field_count(reader, object, "samples", FIELD_COUNT_MAX);
    value->repeats = field_count(reader, object, "repeats", FIELD_COUNT_MAX);
    value->skipped = field_text(reader, object, "skipped");
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *pair = json_element(pairs, i);
        value->pairs[value->pair_count++] = (struct curve_pair){
            .candidate_first = field_choice(reader, pair, "first", arms) == 1,
            .base = field_figure(reader, pair, "base"),
            .candidate = field_figure(reader, pair, "candidate"),
        };
    }
}

static void curve_read_values(struct field_reader *reader, const struct json_value *object,
                              struct curve *curve)
{
    const struct json_value *values = field_array(reader, object, "values", FIT_POINTS_MOST);
    size_t length = field_length(reader, values);
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *element = json_element(values, i);
        curve_read_value(reader, element, &curve->values[curve->value_count++]);
        if (i > 0 && !(curve->values[i].n > curve->values[i - 1].n))
            field_refuse(reader, element, "must be of a greater size than the one before it");
    }
}

static void curve_read_production(struct field_reader *reader, const struct json_value *object,
                                  struct curve_production *production)
{
    if (field_is_null(reader, object, "production"))
        return;
    const struct json_value *member = field_object(reader, object, "production");
    production->known = field_number(reader, member, "known", 0, 1);
    for (int q = 0; q < CURVE_QUANTILES; q++) {
        const struct json_value *quantile = field_object(reader, member, curve_quantile_names[q]);
        production->points[q].n = field_number(reader, quantile, "n", 0, SIZE_MOST);
    }
}

void stored_read_curve(struct field_reader *reader, const struct json_value *row,
                       struct workload_evidence *workload)
{
    if (field_is_null(reader, row, "curve") || reader->failed)
        return;
    const struct json_value *object = field_object(reader, row, "curve");
    struct curve *curve = workload->curve = curve_new();
    curve->parameter = field_text(reader, object, "parameter");
    curve->metric = (enum metric)field_choice(reader, object, "metric", metric_names);
    curve->generated = field_bool(reader, object, "generated");
    curve->stopped = field_text(reader, object, "stopped");
    curve_read_values(reader, object, curve);
    curve_read_production(reader, object, &curve->production);
    if (!curve->parameter)
        field_refuse(reader, object, "must name its parameter");
    if (reader->failed)
        return;
    curve->threshold = workload->measurement.threshold;
    curve_judge(curve);
}
