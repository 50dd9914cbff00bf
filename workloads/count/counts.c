#include "workloads/count/counts.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const counts_names[COUNTS_FIGURES] = {
    [COUNTS_MINOR_FAULTS] = "minor_faults",
    [COUNTS_MAJOR_FAULTS] = "major_faults",
    [COUNTS_YIELDS] = "yields",
    [COUNTS_PREEMPTIONS] = "preemptions",
    [COUNTS_WRITTEN_BYTES] = "written_bytes",
    [COUNTS_INSTRUCTIONS] = "instructions",
};

const char *counts_figure_name(enum counts_figure figure)
{
    assert(figure < COUNTS_FIGURES);
    return counts_names[figure];
}

static struct counts_row *counts_find(const struct counts *counts, const char *call)
{
    for (size_t i = 0; i < counts->row_count; i++)
        if (strcmp(counts->rows[i].call, call) == 0)
            return &counts->rows[i];
    return NULL;
}

static struct counts_row *counts_take_row(struct counts *counts, const char *call)
{
    struct counts_row *row = counts_find(counts, call);
    if (row)
        return row;
    MEMORY_GROW(counts->rows, counts->row_count, counts->row_capacity);
    row = &counts->rows[counts->row_count++];
    *row = (struct counts_row){.call = memory_copy_string(call), .steady = true};
    return row;
}

static void counts_add_figure(struct counts_total *total, uint64_t value)
{
    bool unknown = value == SANDBOX_UNKNOWN || total->value == SANDBOX_UNKNOWN;
    *total = (struct counts_total){.value = unknown ? SANDBOX_UNKNOWN : total->value + value, .steady = true};
}

void counts_add_simulated(struct counts *counts, uint64_t instructions)
{
    counts_add_figure(&counts->simulated, instructions);
    counts->simulated_samples++;
}

void counts_add(struct counts *counts, const struct sandbox_result *result)
{
    const uint64_t values[COUNTS_FIGURES] = {
        [COUNTS_MINOR_FAULTS] = result->usage.minor_faults,
        [COUNTS_MAJOR_FAULTS] = result->usage.major_faults,
        [COUNTS_YIELDS] = result->usage.yields,
        [COUNTS_PREEMPTIONS] = result->usage.preemptions,
        [COUNTS_WRITTEN_BYTES] = result->usage.written_bytes,
        [COUNTS_INSTRUCTIONS] = result->usage.instructions,
    };
    for (int i = 0; i < COUNTS_FIGURES; i++)
        counts_add_figure(&counts->totals[i], values[i]);
    for (size_t i = 0; i < result->call_row_count; i++)
        counts_take_row(counts, result->call_rows[i].call)->count += result->call_rows[i].count;
    counts->samples++;
}

static void counts_merge_figure(struct counts_total *total, const struct counts_total *again)
{
    total->steady = total->value == again->value;
    total->value = again->value > total->value ? again->value : total->value;
}

void counts_merge(struct counts *counts, const struct counts *again)
{
    for (int i = 0; i < COUNTS_FIGURES; i++)
        counts_merge_figure(&counts->totals[i], &again->totals[i]);
    counts_merge_figure(&counts->simulated, &again->simulated);
    for (size_t i = 0; i < counts->row_count; i++)
        counts->rows[i].steady = counts_of(again, counts->rows[i].call) == counts->rows[i].count;
    for (size_t i = 0; i < again->row_count; i++) {
        struct counts_row *row = counts_take_row(counts, again->rows[i].call);
        row->steady = row->count == again->rows[i].count;
        row->count = again->rows[i].count > row->count ? again->rows[i].count : row->count;
    }
}

uint64_t counts_of(const struct counts *counts, const char *call)
{
    const struct counts_row *row = counts_find(counts, call);
    return row ? row->count : 0;
}

void counts_fini(struct counts *counts)
{
    for (size_t i = 0; i < counts->row_count; i++)
        free(counts->rows[i].call);
    free(counts->rows);
    calls_fini(&counts->calls);
    *counts = (struct counts){0};
}
