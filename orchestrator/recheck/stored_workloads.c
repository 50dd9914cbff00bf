/* The workloads: how they were run, and the figures that nothing was judged by. */
#include "base/memory.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/recheck/stored_parts.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static void workloads_read_arms(struct field_reader *reader, const struct json_value *object, const char *key,
                                size_t counts[2])
{
    const struct json_value *arms = field_object(reader, object, key);
    counts[ARM_BASE] = field_count(reader, arms, "base", FIELD_COUNT_MAX);
    counts[ARM_CANDIDATE] = field_count(reader, arms, "candidate", FIELD_COUNT_MAX);
}

/* Each request that was tried ended in one way, and none was tried that was not planned. */
static void workloads_read_edges(struct field_reader *reader, const struct json_value *contract,
                                 struct edge_counts *counts)
{
    const struct json_value *edges = field_object(reader, contract, "edges");
    counts->compared = field_count(reader, contract, "edge_cases", FIELD_COUNT_MAX);
    counts->planned = field_count(reader, edges, "planned", FIELD_COUNT_MAX);
    counts->tried = field_count(reader, edges, "tried", FIELD_COUNT_MAX);
    counts->refused = field_count(reader, edges, "refused", FIELD_COUNT_MAX);
    counts->unstable = field_count(reader, edges, "unstable", FIELD_COUNT_MAX);
    counts->crashed = field_count(reader, edges, "crashed", FIELD_COUNT_MAX);
    counts->not_compared = field_count(reader, edges, "not_compared", FIELD_COUNT_MAX);
    counts->different = field_count(reader, edges, "different", FIELD_COUNT_MAX);
    counts->left_out = field_count(reader, edges, "left_out_by_budget", FIELD_COUNT_MAX);
    if (reader->failed)
        return;
    size_t ended = counts->compared + counts->unstable + counts->crashed + counts->not_compared;
    if (counts->tried != ended || counts->tried > counts->planned || counts->different > counts->compared ||
        counts->refused > counts->planned)
        field_refuse(reader, edges,
                     "doesn't add up: what was tried was compared, unstable, crashed or not compared");
}

static void workloads_read_answered(struct field_reader *reader, const struct json_value *object,
                                    struct workload_evidence *workload)
{
    struct contract_summary *summary = &workload->contract;
    const struct json_value *contract = field_object(reader, object, "contract");
    workload->contract_done = field_bool(reader, contract, "done");
    summary->samples = field_count(reader, contract, "samples", FIELD_COUNT_MAX);
    summary->fields = field_count(reader, contract, "fields", FIELD_COUNT_MAX);
    summary->tolerated = field_count(reader, contract, "tolerated", FIELD_COUNT_MAX);
    summary->findings_dropped = field_count(reader, contract, "findings_dropped", FIELD_COUNT_MAX);
    summary->not_compared = field_count(reader, object, "not_compared", FIELD_COUNT_MAX);
    workloads_read_edges(reader, contract, &workload->edges);
}

static void workloads_read_unjudged(struct field_reader *reader, const struct json_value *object,
                                    struct measurement *measurement)
{
    const struct json_value *array = field_array(reader, object, "unjudged", METRIC_COUNT);
    for (size_t i = 0; i < field_length(reader, array); i++) {
        const struct json_value *row = json_element(array, i);
        enum metric metric = (enum metric)field_choice(reader, row, "metric", metric_names);
        measurement->noise_floor[metric] = field_figure(reader, row, "noise_floor");
        stored_read_pairs(reader, row, metric, measurement);
    }
}

static const struct workload_kind *workloads_read_kind(struct field_reader *reader,
                                                       const struct json_value *object)
{
    const char *name = field_is_null(reader, object, "kind") ? NULL : field_string(reader, object, "kind");
    const struct workload_kind *kind = name ? workload_kind_by_name(name) : NULL;
    if (name && !kind)
        field_refuse(reader, json_find(object, "kind"), "is no kind that this version knows");
    return kind;
}

static void workloads_read_one(struct field_reader *reader, const struct json_value *object,
                               struct workload_evidence *workload)
{
    struct measurement *measurement = &workload->measurement;
    const char *name = field_string(reader, object, "name");
    workload->name = name ? memory_copy_string(name) : NULL;
    workload->kind = workloads_read_kind(reader, object);
    workload->weight = field_number(reader, object, "weight", 0, STORED_WEIGHT_MAX);
    workload->samples_digest = field_digest(reader, object, "samples_digest");
    workload->sample_count = field_count(reader, object, "samples", FIELD_COUNT_MAX);
    stored_read_samples(reader, object, workload);
    workload->measured = field_bool(reader, object, "measured");
    measurement->block = field_count(reader, object, "block", FIELD_COUNT_MAX);
    measurement->seconds = field_number(reader, object, "seconds", 0, DBL_MAX);
    measurement->pairs_needed = field_figure(reader, object, "pairs_needed");
    measurement->seconds_needed = field_figure(reader, object, "seconds_needed");
    measurement->stopped = field_text(reader, object, "stopped");
    measurement->base_unstable = field_bool(reader, object, "base_unstable");
    measurement->contract_broken = field_bool(reader, object, "contract_broken");
    workloads_read_arms(reader, object, "answers", measurement->answers);
    workloads_read_arms(reader, object, "left_behind", measurement->left_behind);
    workloads_read_answered(reader, object, workload);
    stored_read_counts(reader, object, workload);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        measurement->noise_floor[metric] = -1;
    workloads_read_unjudged(reader, object, measurement);
}

void stored_read_workloads(struct field_reader *reader, const struct json_value *candidate,
                           struct evidence *evidence)
{
    const struct json_value *array = field_array(reader, candidate, "workloads", STORED_WORKLOADS_MAX);
    size_t length = field_length(reader, array);
    evidence->workloads = length > 0 ? memory_zeroed(length * sizeof *evidence->workloads) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *object = json_element(array, i);
        struct workload_evidence *workload = &evidence->workloads[evidence->workload_count++];
        workloads_read_one(reader, object, workload);
        for (size_t other = 0; other < i && !reader->failed; other++)
            if (strcmp(evidence->workloads[other].name, workload->name) == 0)
                field_refuse(reader, object, "has the name of another workload");
    }
}

struct workload_evidence *stored_find_workload(struct field_reader *reader, const struct json_value *object,
                                               struct evidence *evidence)
{
    const char *name = field_string(reader, object, "workload");
    for (size_t i = 0; name && i < evidence->workload_count; i++)
        if (strcmp(evidence->workloads[i].name, name) == 0)
            return &evidence->workloads[i];
    field_refuse(reader, object, "names a workload that is not among \"workloads\"");
    return NULL;
}
