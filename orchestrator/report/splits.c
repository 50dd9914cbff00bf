#include "orchestrator/report/splits.h"

#include "orchestrator/report/member.h"

void splits_build_workload(cJSON *object, const struct workload_evidence *workload)
{
    member_add_string(object, "cache",
                      workload->cache_declared ? workload_cache_names[workload->cache] : NULL);
    if (workload->held_out_count == 0) {
        cJSON_AddNullToObject(object, "held_out");
        return;
    }
    cJSON *held_out = member_add_object(object, "held_out");
    member_add_digest(held_out, "digest", workload->held_out_digest);
    member_add_number(held_out, "samples", (double)workload->held_out_count);
    member_add_number(held_out, "visible", (double)workload->held_out_visible);
}

static void splits_build_figures(cJSON *object, const struct stratum_pair *figures)
{
    member_add_figure(object, "base", figures->base);
    member_add_figure(object, "candidate", figures->candidate);
}

static void splits_build_samples(cJSON *object, const char *key, const struct stratum_pair *samples,
                                 size_t count)
{
    cJSON *array = member_add_array(object, key);
    for (size_t i = 0; i < count; i++)
        splits_build_figures(member_append_object(array), &samples[i]);
}

void splits_build_held_out(cJSON *row, const struct measurement *measurement, bool primary)
{
    const struct held_out *held_out = &measurement->held_out;
    if (!primary || held_out->outcome == HELD_OUT_NONE) {
        cJSON_AddNullToObject(row, "held_out");
        return;
    }
    cJSON *object = member_add_object(row, "held_out");
    member_add_string(object, "outcome", held_out_outcome_name(held_out->outcome));
    member_add_figure(object, "p_value", held_out->p_value);
    member_add_gain(member_add_object(object, "visible"), &held_out->visible_gain);
    member_add_gain(member_add_object(object, "held_out"), &held_out->held_out_gain);
    member_add_gain(member_add_object(object, "beyond"), &held_out->beyond);
    cJSON *pairs = member_add_array(object, "pairs");
    for (size_t i = 0; i < held_out->pair_count; i++) {
        cJSON *pair = member_append_object(pairs);
        splits_build_figures(member_add_object(pair, "visible"), &held_out->pairs[i].visible);
        splits_build_figures(member_add_object(pair, "held_out"), &held_out->pairs[i].held_out);
    }
    cJSON *strata = member_add_array(object, "strata");
    for (size_t i = 0; i < held_out->stratum_count; i++) {
        const struct held_out_stratum *stratum = &held_out->strata[i];
        cJSON *each = member_append_object(strata);
        member_add_string(each, "name", stratum->name);
        member_add_number(each, "weight", stratum->weight);
        splits_build_samples(each, "visible", stratum->visible, stratum->visible_count);
        splits_build_samples(each, "held_out", stratum->held_out, stratum->held_out_count);
    }
}

void splits_build_signals(cJSON *row, const struct measurement *measurement, bool primary)
{
    cJSON *array = member_add_array(row, "signals");
    for (int kind = 0; primary && kind < SIGNAL_COUNT; kind++) {
        const struct signal *signal = &measurement->signals[kind];
        cJSON *object = member_append_object(array);
        member_add_string(object, "name", signal_kind_name((enum signal_kind)kind));
        member_add_bool(object, "only_later", signal->only_later);
        member_add_gain(member_add_object(object, "first"), &signal->first);
        member_add_gain(member_add_object(object, "later"), &signal->later);
        member_add_gain(member_add_object(object, "beyond"), &signal->beyond);
        cJSON *pairs = member_add_array(object, "pairs");
        for (size_t i = 0; i < signal->pair_count; i++) {
            cJSON *pair = member_append_object(pairs);
            splits_build_figures(member_add_object(pair, "first"), &signal->pairs[i].first);
            splits_build_figures(member_add_object(pair, "later"), &signal->pairs[i].later);
        }
    }
}
