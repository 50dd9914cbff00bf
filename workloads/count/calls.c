#include "workloads/count/calls.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct calls_row *calls_take_row(struct calls *calls, const char *name)
{
    for (size_t i = 0; i < calls->row_count; i++)
        if (strcmp(calls->rows[i].call, name) == 0)
            return &calls->rows[i];
    MEMORY_GROW(calls->rows, calls->row_count, calls->row_capacity);
    struct calls_row *row = &calls->rows[calls->row_count++];
    *row = (struct calls_row){.call = memory_copy_string(name), .steady = true};
    return row;
}

void calls_add(struct calls *calls, const struct sandbox_result *result, uint64_t most)
{
    if (result->calls == SANDBOX_UNKNOWN)
        return;
    if (!calls->known)
        calls->steady = true;
    calls->known = true;
    calls->more |= result->calls > most;
    calls->total += result->calls;
    for (size_t i = 0; i < result->call_row_count; i++)
        calls_take_row(calls, result->call_rows[i].call)->count += result->call_rows[i].count;
}

void calls_merge(struct calls *calls, const struct calls *again)
{
    for (size_t i = 0; i < calls->row_count; i++)
        calls->rows[i].steady = calls_of(again, calls->rows[i].call) == calls->rows[i].count;
    for (size_t i = 0; i < again->row_count; i++) {
        struct calls_row *row = calls_take_row(calls, again->rows[i].call);
        row->steady = row->count == again->rows[i].count;
        row->count = again->rows[i].count > row->count ? again->rows[i].count : row->count;
    }
    calls->known &= again->known;
    calls->more |= again->more;
    calls->total = again->total > calls->total ? again->total : calls->total;
    calls->steady = calls->known && !calls->more;
    for (size_t i = 0; i < calls->row_count; i++)
        calls->steady &= calls->rows[i].steady;
}

uint64_t calls_of(const struct calls *calls, const char *name)
{
    for (size_t i = 0; i < calls->row_count; i++)
        if (strcmp(calls->rows[i].call, name) == 0)
            return calls->rows[i].count;
    return 0;
}

void calls_fini(struct calls *calls)
{
    for (size_t i = 0; i < calls->row_count; i++)
        free(calls->rows[i].call);
    free(calls->rows);
    *calls = (struct calls){0};
}
