/* The headers of two answers, as far as rules list them. Pure. */
#ifndef CUPEL_WORKLOADS_CONTRACT_HEADERS_H
#define CUPEL_WORKLOADS_CONTRACT_HEADERS_H

#include "workloads/answer.h"
#include "workloads/contract/body.h"

/*
 * Each header that a rule of `how->rules` names is a part of its own, "header content-type": the array of its
 * values in their order (RFC 9110, section 5.3). Names are compared without case; what no rule names isn't
 * looked at. `how->part` says nothing. Adds the base's values to *fields; true where any header has other
 * values, excused or not.
 */
bool headers_compare(const struct body_comparison *how, const struct answer *before,
                     const struct answer *after, size_t *fields);

#endif
