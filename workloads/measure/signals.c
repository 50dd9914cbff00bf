#include "workloads/measure/signals.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/eprocess.h"
#include "workloads/measure/tally.h"

#include <math.h>

static double *signals_side(struct stratum_pair *pair, bool candidate)
{
    return candidate ? &pair->candidate : &pair->base;
}

static void signals_put(struct stratum_pair *pair, bool candidate, double value)
{
    double *side = signals_side(pair, candidate);
    *side = (*side < 0 ? 0 : *side) + value;
}

/* Repeats of the run whose rows these are. */
static void signals_add_repeats(struct signal_pair *pair, const struct trace_row *rows, size_t count,
                                size_t *repeats)
{
    for (size_t i = 0; i < count; i++)
        repeats[rows[i].index] += rows[i].asked > 0;
    for (size_t i = 0; i < count; i++) {
        size_t again = repeats[rows[i].index];
        if (rows[i].asked > 0)
            signals_put(&pair->later, rows[i].candidate, rows[i].value / (double)again);
        else if (again > 0)
            signals_put(&pair->first, rows[i].candidate, rows[i].value);
    }
    for (size_t i = 0; i < count; i++)
        repeats[rows[i].index] = 0;
}

static struct signal_pair *signals_open_pair(struct signal *signal)
{
    const struct stratum_pair unknown = {-1, -1};
    signal->pairs = memory_resize(signal->pairs, signal->pair_count + 1, sizeof *signal->pairs);
    signal->pairs[signal->pair_count] = (struct signal_pair){unknown, unknown};
    return &signal->pairs[signal->pair_count++];
}

void signals_add_pair(struct signal signals[static SIGNAL_COUNT], const struct trace *trace)
{
    struct signal_pair *repeats = signals_open_pair(&signals[SIGNAL_REPEATS]);
    struct signal_pair *warm_up = signals_open_pair(&signals[SIGNAL_WARM_UP]);
    cleanup_free size_t *again = memory_zeroed((trace->samples + 1) * sizeof *again);
    for (size_t first = 0, next; first < trace->count; first = next) {
        for (next = first; next < trace->count && trace->rows[next].run == trace->rows[first].run; next++) {
            const struct trace_row *row = &trace->rows[next];
            signals_put(row->early ? &warm_up->first : &warm_up->later, row->candidate, row->value);
        }
        signals_add_repeats(repeats, trace->rows + first, next - first, again);
    }
}

static bool signals_is_known(const struct stratum_pair *pair)
{
    return pair->base >= 0 && pair->candidate >= 0;
}

void signals_judge(struct signal *signal, double minimum_improvement)
{
    double first[METHOD_PAIRS_MAX];
    double later[METHOD_PAIRS_MAX];
    double beyond[METHOD_PAIRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < signal->pair_count && count < METHOD_PAIRS_MAX; i++) {
        const struct signal_pair *pair = &signal->pairs[i];
        if (!signals_is_known(&pair->first) || !signals_is_known(&pair->later))
            continue;
        first[count] = eprocess_effect(pair->first.base, pair->first.candidate);
        later[count] = eprocess_effect(pair->later.base, pair->later.candidate);
        beyond[count] = later[count] - first[count];
        count++;
    }
    signal->first = tally_gain(first, count);
    signal->later = tally_gain(later, count);
    signal->beyond = tally_gain(beyond, count);
    double part = measure_method.doubt * minimum_improvement;
    signal->only_later = minimum_improvement > 0 && signal->beyond.known &&
                         signal->later.point >= minimum_improvement && signal->first.point < part &&
                         signal->beyond.low > part;
}
