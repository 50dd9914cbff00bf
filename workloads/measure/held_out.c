#include "workloads/measure/held_out.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/eprocess.h"
#include "workloads/measure/splits.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void held_out_init(struct held_out_collector *collector, const struct block_plan *visible,
                   const struct block_plan *held_out)
{
    size_t count = visible->samples->count + 1;
    *collector = (struct held_out_collector){.visible = visible, .held_out = held_out};
    collector->base = memory_zeroed(count * sizeof *collector->base);
    collector->candidate = memory_zeroed(count * sizeof *collector->candidate);
    collector->base_count = memory_zeroed(count * sizeof *collector->base_count);
    collector->candidate_count = memory_zeroed(count * sizeof *collector->candidate_count);
}

void held_out_fini(struct held_out_collector *collector)
{
    free(collector->base);
    free(collector->candidate);
    free(collector->base_count);
    free(collector->candidate_count);
    free(collector->pairs);
    *collector = (struct held_out_collector){0};
}

/* Sums of one pair in one stratum, by set and arm. */
struct held_out_cell {
    double sum[2][2];
    size_t count[2][2];
};

static bool held_out_is_seen(const struct held_out_cell *cell)
{
    return cell->count[0][0] && cell->count[0][1] && cell->count[1][0] && cell->count[1][1];
}

/* Means a request, each stratum with its share of production, in both sets alike. */
static struct held_out_pair held_out_weigh(const struct block_plan *visible,
                                           const struct held_out_cell *cells)
{
    struct held_out_pair pair = {{-1, -1}, {-1, -1}};
    double totals[2][2] = {{0}};
    double weights = 0;
    for (size_t s = 0; s < visible->stratum_count; s++) {
        if (!held_out_is_seen(&cells[s]))
            continue;
        weights += visible->strata[s].weight;
        for (int k = 0; k < 4; k++)
            totals[k / 2][k % 2] +=
                visible->strata[s].weight * cells[s].sum[k / 2][k % 2] / (double)cells[s].count[k / 2][k % 2];
    }
    if (weights > 0) {
        pair.visible = (struct stratum_pair){totals[0][0] / weights, totals[0][1] / weights};
        pair.held_out = (struct stratum_pair){totals[1][0] / weights, totals[1][1] / weights};
    }
    return pair;
}

void held_out_add_pair(struct held_out_collector *collector, const struct trace *trace)
{
    const struct block_plan *visible = collector->visible;
    cleanup_free struct held_out_cell *cells = memory_zeroed((visible->stratum_count + 1) * sizeof *cells);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_row *row = &trace->rows[i];
        bool held_out = visible->samples->items[row->index].held_out;
        size_t s = (held_out ? collector->held_out : visible)->stratum_of[row->index];
        cells[s].sum[held_out][row->candidate] += row->value;
        cells[s].count[held_out][row->candidate]++;
        (row->candidate ? collector->candidate : collector->base)[row->index] += row->value;
        (row->candidate ? collector->candidate_count : collector->base_count)[row->index]++;
    }
    collector->pairs = memory_resize(collector->pairs, collector->pair_count + 1, sizeof *collector->pairs);
    collector->pairs[collector->pair_count++] = held_out_weigh(visible, cells);
}

static bool held_out_was_asked(const struct held_out_collector *collector, size_t index)
{
    return collector->base_count[index] > 0 && collector->candidate_count[index] > 0;
}

/* The samples of one set in one stratum, at most `most`, evenly over those that were asked. */
static size_t held_out_copy_samples(const struct held_out_collector *collector, const struct block_plan *plan,
                                    size_t stratum, size_t most, struct stratum_pair **out)
{
    const struct block_stratum *from = &plan->strata[stratum];
    size_t asked = 0;
    for (size_t k = 0; k < from->count; k++)
        asked += held_out_was_asked(collector, plan->timed[from->first + k]);
    size_t kept = asked < most ? asked : most;
    *out = kept ? memory_zeroed(kept * sizeof **out) : NULL;
    size_t seen = 0;
    size_t filled = 0;
    for (size_t k = 0; k < from->count && filled < kept; k++) {
        size_t index = plan->timed[from->first + k];
        if (!held_out_was_asked(collector, index))
            continue;
        if (seen++ * kept / asked < filled)
            continue;
        (*out)[filled++] = (struct stratum_pair){
            collector->base[index] / (double)collector->base_count[index],
            collector->candidate[index] / (double)collector->candidate_count[index],
        };
    }
    return filled;
}

/* Of a set's samples that are kept, what a stratum gets: its share of them, and one at least. */
static size_t held_out_room(const struct block_plan *plan, size_t stratum)
{
    double share = plan->weight > 0 ? plan->strata[stratum].weight / plan->weight : 0;
    return (size_t)fmax(1, floor(share * (double)measure_method.compared_most));
}

static void held_out_copy_strata(const struct held_out_collector *collector, struct held_out *result)
{
    const struct block_plan *visible = collector->visible;
    const struct block_plan *held_out = collector->held_out;
    for (size_t s = 0; s < visible->stratum_count; s++) {
        struct held_out_stratum *row = &result->strata[result->stratum_count++];
        row->name = memory_copy_string(visible->strata[s].name);
        row->weight = visible->strata[s].weight / visible->weight;
        row->visible_count =
            held_out_copy_samples(collector, visible, s, held_out_room(visible, s), &row->visible);
        row->held_out_count =
            held_out_copy_samples(collector, held_out, s, held_out_room(held_out, s), &row->held_out);
    }
}

/* Strata that no visible sample is of: named, and not compared. */
static void held_out_name_others(const struct sample_set *samples, struct held_out *result)
{
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->items[i];
        size_t s = 0;
        while (s < result->stratum_count && strcmp(result->strata[s].name, sample->stratum) != 0)
            s++;
        if (!sample->held_out || !(sample->weight > 0) || s < result->stratum_count)
            continue;
        result->strata = memory_resize(result->strata, s + 1, sizeof *result->strata);
        result->strata[result->stratum_count++] =
            (struct held_out_stratum){.name = memory_copy_string(sample->stratum)};
    }
}

void held_out_fill(const struct held_out_collector *collector, double minimum_improvement,
                   struct held_out *result)
{
    const struct block_plan *visible = collector->visible;
    if (visible->samples->held_out_count == 0)
        return;
    result->strata = memory_zeroed((visible->stratum_count + 1) * sizeof *result->strata);
    if (collector->pair_count > 0) {
        held_out_copy_strata(collector, result);
        held_out_name_others(visible->samples, result);
        result->pairs = memory_zeroed(collector->pair_count * sizeof *result->pairs);
        memcpy(result->pairs, collector->pairs, collector->pair_count * sizeof *result->pairs);
        result->pair_count = collector->pair_count;
    }
    result->outcome = HELD_OUT_NOT_ASKED;
    held_out_judge(result, minimum_improvement);
}

static void held_out_fill_gains(struct held_out *result)
{
    double visible[METHOD_PAIRS_MAX];
    double held_out[METHOD_PAIRS_MAX];
    double beyond[METHOD_PAIRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < result->pair_count && count < METHOD_PAIRS_MAX; i++) {
        const struct held_out_pair *pair = &result->pairs[i];
        if (pair->visible.base < 0 || pair->held_out.base < 0 || pair->visible.candidate < 0 ||
            pair->held_out.candidate < 0)
            continue;
        visible[count] = eprocess_effect(pair->visible.base, pair->visible.candidate);
        held_out[count] = eprocess_effect(pair->held_out.base, pair->held_out.candidate);
        beyond[count] = visible[count] - held_out[count];
        count++;
    }
    result->visible_gain = tally_gain(visible, count);
    result->held_out_gain = tally_gain(held_out, count);
    result->beyond = tally_gain(beyond, count);
}

void held_out_judge(struct held_out *result, double minimum_improvement)
{
    result->p_value = -1;
    if (result->outcome == HELD_OUT_NONE)
        return;
    result->outcome = HELD_OUT_NOT_ASKED;
    held_out_fill_gains(result);
    if (result->pair_count == 0)
        return;
    result->p_value = splits_p_value(result->strata, result->stratum_count);
    const struct gain *gain = &result->held_out_gain;
    double margin = measure_method.doubt * fabs(minimum_improvement);
    bool confirmed = gain->known && gain->point >= minimum_improvement && gain->low > 0;
    bool different = result->beyond.known && result->beyond.low > margin && result->p_value >= 0 &&
                     result->p_value <= measure_method.split_level;
    if (!result->beyond.known || result->p_value < 0 ||
        splits_count(result->strata, result->stratum_count) * measure_method.split_level < 1)
        result->outcome = HELD_OUT_TOO_FEW;
    else if (different && gain->point < minimum_improvement)
        result->outcome = HELD_OUT_OVERFITS;
    else
        result->outcome = confirmed ? HELD_OUT_CONFIRMED : HELD_OUT_UNCLEAR;
}
