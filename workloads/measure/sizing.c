#include "workloads/measure/sizing.h"

#include "workloads/measure/signals.h"

#include <stdlib.h>
#include <string.h>

void sizing_init(struct sizing *sizing, const struct sample_set *samples)
{
    *sizing = (struct sizing){0};
    block_plan_init(&sizing->visible, samples);
    block_plan_init_held_out(&sizing->held_out, &sizing->visible);
    strata_totals_init(&sizing->strata, sizing->visible.stratum_count);
    trace_init(&sizing->trace, samples->count);
    held_out_init(&sizing->collector, &sizing->visible, &sizing->held_out);
}

void sizing_fini(struct sizing *sizing)
{
    held_out_fini(&sizing->collector);
    trace_fini(&sizing->trace);
    strata_totals_fini(&sizing->strata);
    block_plan_fini(&sizing->held_out);
    block_plan_fini(&sizing->visible);
    for (int kind = 0; kind < SIGNAL_COUNT; kind++)
        free(sizing->signals[kind].pairs);
    *sizing = (struct sizing){0};
}

static bool sizing_has_held_out(const struct sizing *sizing)
{
    return sizing->held_out.timed_count > 0;
}

void sizing_draw(struct sizing *sizing, size_t size, enum workload_cache cache, bool sizes, uint64_t seed,
                 struct block *block)
{
    if (sizes && sizing_has_held_out(sizing))
        block_draw_both(&sizing->visible, &sizing->held_out, size, cache, seed, block);
    else
        block_draw(&sizing->visible, size, cache, sizes, seed, block);
    if (!sizes)
        return;
    trace_begin(&sizing->trace, block->count);
    strata_totals_add_pair(&sizing->strata);
}

void sizing_add(struct sizing *sizing, const void *run, bool candidate, size_t index, double value)
{
    trace_add(&sizing->trace, run, candidate, index, value);
    if (!sizing->visible.samples->items[index].held_out)
        strata_totals_add(&sizing->strata, candidate, sizing->visible.stratum_of[index], value);
}

void sizing_keep(struct sizing *sizing)
{
    held_out_add_pair(&sizing->collector, &sizing->trace);
    signals_add_pair(sizing->signals, &sizing->trace);
}

void sizing_drop(struct sizing *sizing)
{
    strata_totals_drop_pair(&sizing->strata);
}

void sizing_fill(struct sizing *sizing, double minimum_improvement, double delta,
                 struct measurement *measurement)
{
    tally_fill_strata(&sizing->visible, &sizing->strata, delta, measurement);
    held_out_fill(&sizing->collector, minimum_improvement, &measurement->held_out);
    memcpy(measurement->signals, sizing->signals, sizeof measurement->signals);
    memset(sizing->signals, 0, sizeof sizing->signals); /* what they own moved over */
    for (int kind = 0; kind < SIGNAL_COUNT; kind++)
        signals_judge(&measurement->signals[kind], minimum_improvement);
}
