/* What size pairs were split into: visible and held-out samples, first and later requests. */
#include "base/memory.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/recheck/stored_parts.h"

#define SPLITS_STRATA  (2 * SAMPLES_STRATA_MOST) /* of both sets */
#define SPLITS_SAMPLES 1024 /* of a set, over all strata; the method keeps half of that at most */

void stored_read_samples(struct field_reader *reader, const struct json_value *object,
                         struct workload_evidence *workload)
{
    workload->cache_declared = !field_is_null(reader, object, "cache");
    if (workload->cache_declared)
        workload->cache = (enum workload_cache)field_choice(reader, object, "cache", workload_cache_names);
    if (field_is_null(reader, object, "held_out"))
        return;
    const struct json_value *held_out = field_object(reader, object, "held_out");
    workload->held_out_digest = field_digest(reader, held_out, "digest");
    workload->held_out_count = field_count(reader, held_out, "samples", FIELD_COUNT_MAX);
    workload->held_out_visible = field_count(reader, held_out, "visible", FIELD_COUNT_MAX);
    if (workload->held_out_count == 0)
        field_refuse(reader, held_out, "must hold samples, or be null");
}

static struct stratum_pair splits_read_figures(struct field_reader *reader, const struct json_value *object)
{
    return (struct stratum_pair){.base = field_figure(reader, object, "base"),
                                 .candidate = field_figure(reader, object, "candidate")};
}

static struct gain splits_read_gain(struct field_reader *reader, const struct json_value *object,
                                    const char *key)
{
    return field_gain(reader, field_object(reader, object, key));
}

/* `total`: of the set so far, over all strata; the comparison draws from them thousands of times. */
static struct stratum_pair *splits_read_samples(struct field_reader *reader, const struct json_value *object,
                                                const char *key, size_t *total, size_t *count)
{
    const struct json_value *array = field_array(reader, object, key, SPLITS_SAMPLES - *total);
    size_t length = field_length(reader, array);
    struct stratum_pair *samples = length > 0 ? memory_zeroed(length * sizeof *samples) : NULL;
    for (size_t i = 0; i < length; i++)
        samples[i] = splits_read_figures(reader, reader->failed ? NULL : json_element(array, i));
    *total += length;
    *count = length;
    return samples;
}

static void splits_read_strata(struct field_reader *reader, const struct json_value *object,
                               struct held_out *held_out)
{
    const struct json_value *array = field_array(reader, object, "strata", SPLITS_STRATA);
    size_t length = field_length(reader, array);
    size_t visible = 0;
    size_t hidden = 0;
    held_out->strata = memory_zeroed((length + 1) * sizeof *held_out->strata);
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *each = json_element(array, i);
        struct held_out_stratum *stratum = &held_out->strata[held_out->stratum_count++];
        stratum->name = field_text(reader, each, "name");
        stratum->weight = field_number(reader, each, "weight", 0, STORED_WEIGHT_MAX);
        stratum->visible = splits_read_samples(reader, each, "visible", &visible, &stratum->visible_count);
        stratum->held_out = splits_read_samples(reader, each, "held_out", &hidden, &stratum->held_out_count);
    }
}

void stored_read_held_out(struct field_reader *reader, const struct json_value *row, bool primary,
                          struct held_out *held_out)
{
    const char *outcomes[HELD_OUT_OVERFITS + 2] = {NULL};
    if (field_is_null(reader, row, "held_out"))
        return;
    const struct json_value *object = field_object(reader, row, "held_out");
    if (!primary)
        field_refuse(reader, object, "belongs to the primary");
    if (reader->failed)
        return; /* what the primary's row filled stays as it is */
    for (int outcome = 0; outcome <= HELD_OUT_OVERFITS; outcome++)
        outcomes[outcome] = held_out_outcome_name((enum held_out_outcome)outcome);
    held_out->outcome = (enum held_out_outcome)field_choice(reader, object, "outcome", outcomes);
    if (held_out->outcome == HELD_OUT_NONE)
        field_refuse(reader, object, "must be null where no samples are held out");
    held_out->p_value = field_figure(reader, object, "p_value");
    held_out->visible_gain = splits_read_gain(reader, object, "visible");
    held_out->held_out_gain = splits_read_gain(reader, object, "held_out");
    held_out->beyond = splits_read_gain(reader, object, "beyond");
    const struct json_value *array = field_array(reader, object, "pairs", STORED_PAIRS_MAX);
    size_t length = field_length(reader, array);
    held_out->pairs = length > 0 ? memory_zeroed(length * sizeof *held_out->pairs) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *pair = json_element(array, i);
        held_out->pairs[held_out->pair_count++] = (struct held_out_pair){
            .visible = splits_read_figures(reader, field_object(reader, pair, "visible")),
            .held_out = splits_read_figures(reader, field_object(reader, pair, "held_out")),
        };
    }
    splits_read_strata(reader, object, held_out);
}

static void signals_read_one(struct field_reader *reader, const struct json_value *object,
                             struct signal *signal)
{
    signal->only_later = field_bool(reader, object, "only_later");
    signal->first = splits_read_gain(reader, object, "first");
    signal->later = splits_read_gain(reader, object, "later");
    signal->beyond = splits_read_gain(reader, object, "beyond");
    const struct json_value *array = field_array(reader, object, "pairs", STORED_PAIRS_MAX);
    size_t length = field_length(reader, array);
    signal->pairs = length > 0 ? memory_zeroed(length * sizeof *signal->pairs) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *pair = json_element(array, i);
        signal->pairs[signal->pair_count++] = (struct signal_pair){
            .first = splits_read_figures(reader, field_object(reader, pair, "first")),
            .later = splits_read_figures(reader, field_object(reader, pair, "later")),
        };
    }
}

/* All of them in their order, or none in a row that is not the primary's. */
void stored_read_signals(struct field_reader *reader, const struct json_value *row, bool primary,
                         struct signal signals[static SIGNAL_COUNT])
{
    const struct json_value *array = field_array(reader, row, "signals", primary ? SIGNAL_COUNT : 0);
    if (primary && field_length(reader, array) != SIGNAL_COUNT)
        field_refuse(reader, array, "must hold every signal");
    for (int kind = 0; primary && kind < SIGNAL_COUNT && !reader->failed; kind++) {
        const char *const names[] = {signal_kind_name((enum signal_kind)kind), NULL};
        const struct json_value *object = json_element(array, (size_t)kind);
        field_choice(reader, object, "name", names);
        signals_read_one(reader, object, &signals[kind]);
    }
}
