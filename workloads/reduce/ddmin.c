#include "workloads/reduce/ddmin.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void ddmin_init(struct ddmin *ddmin, size_t total)
{
    assert(total <= UINT32_MAX);
    *ddmin = (struct ddmin){
        .kept = memory_zeroed((total + 1) * sizeof *ddmin->kept), .count = total, .total = total};
    for (size_t i = 0; i < total; i++)
        ddmin->kept[i] = (uint32_t)i;
}

void ddmin_fini(struct ddmin *ddmin)
{
    free(ddmin->kept);
    *ddmin = (struct ddmin){0};
}

/* Where a chunk begins in `kept`; chunks differ by one item at most. */
static size_t ddmin_start(const struct ddmin *ddmin, size_t chunk)
{
    return ddmin->chunks ? chunk * ddmin->count / ddmin->chunks : chunk * ddmin->count;
}

void ddmin_result(const struct ddmin *ddmin, bool *keep)
{
    memset(keep, 0, ddmin->total * sizeof *keep);
    for (size_t i = 0; i < ddmin->count; i++)
        keep[ddmin->kept[i]] = true;
}

/* A last item alone was on trial when nothing was. */
static bool ddmin_is_over(const struct ddmin *ddmin)
{
    return ddmin->count == 0 || (ddmin->chunks > 0 && (ddmin->count == 1 || ddmin->failed > ddmin->count));
}

bool ddmin_next(const struct ddmin *ddmin, bool *keep)
{
    if (ddmin_is_over(ddmin))
        return false;
    ddmin_result(ddmin, keep);
    for (size_t i = ddmin_start(ddmin, ddmin->at); i < ddmin_start(ddmin, ddmin->at + 1); i++)
        keep[ddmin->kept[i]] = false;
    return true;
}

static void ddmin_drop(struct ddmin *ddmin)
{
    size_t from = ddmin_start(ddmin, ddmin->at);
    size_t to = ddmin_start(ddmin, ddmin->at + 1);
    memmove(ddmin->kept + from, ddmin->kept + to, (ddmin->count - to) * sizeof *ddmin->kept);
    ddmin->count -= to - from;
    ddmin->failed = 0;
    ddmin->chunks = ddmin->chunks > 3 ? ddmin->chunks - 1 : 2;
    ddmin->at = ddmin->at < ddmin->chunks ? ddmin->at : 0;
}

static void ddmin_refine(struct ddmin *ddmin)
{
    bool single = ddmin->chunks >= ddmin->count;
    ddmin->chunks = 2 * ddmin->chunks < ddmin->count ? 2 * ddmin->chunks : ddmin->count;
    ddmin->failed = single ? ddmin->count + 1 : 0; /* no single one can go: over */
    ddmin->at = 0;
}

void ddmin_tell(struct ddmin *ddmin, bool enough)
{
    if (enough) {
        ddmin_drop(ddmin);
    } else if (ddmin->chunks == 0) {
        ddmin->chunks = 2;
    } else {
        ddmin->at = (ddmin->at + 1) % ddmin->chunks;
        if (++ddmin->failed == ddmin->chunks)
            ddmin_refine(ddmin);
    }
}
