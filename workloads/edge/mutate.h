/* One change of a request; the rest of it keeps its bytes. Pure. */
#ifndef CUPEL_WORKLOADS_EDGE_MUTATE_H
#define CUPEL_WORKLOADS_EDGE_MUTATE_H

#include "base/text.h"
#include "workloads/edge/places.h"
#include "workloads/edge/values.h"
#include "workloads/samples.h"

/*
 * The carrier's text with that change, appended to `out`. False where the change doesn't fit the place or
 * changes nothing; then `out` is as it was. What needs other arguments than the place's own (a name or a flag
 * that goes, an option that comes twice) is edge_mutate_sample()'s alone.
 */
bool edge_mutate_text(const struct edge_place *place, const struct edge_value *value, const char *text,
                      size_t length, struct text *out);

/*
 * A sample of weight 0 with that change, whose id the caller sets; everything else is a copy. `stdin_bytes`
 * are those of the sample, wherever they lie; NULL where it has none, or more than anybody looks into: then
 * the copy asks with the same. False as above.
 */
bool edge_mutate_sample(const struct sample *sample, const char *stdin_bytes, size_t stdin_length,
                        const struct edge_place *place, const struct edge_value *value, struct sample *out);

/* A range's two ends change places, in the same way. */
bool edge_mutate_range(const struct sample *sample, const char *stdin_bytes, size_t stdin_length,
                       const struct edge_place *low, const struct edge_place *high, struct sample *out);

/* "with status=0", "without status", "with status twice"; the caller's. */
char *edge_mutate_words(const struct edge_place *place, const struct edge_value *value);

#endif
