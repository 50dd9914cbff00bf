/* Pairs two lists by seeded 64-bit hashes: members by key, elements by id or by content. Linear. */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_MATCHING_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_MATCHING_H

#include <stddef.h>
#include <stdint.h>

#define MATCH_NONE  (-1) /* the other side has no such thing */
#define MATCH_COUNT (-2) /* both sides have it, in different numbers */

/*
 * Equal hashes that occur equally often are paired in order: before[i] becomes the index after, and after[j]
 * the index before; otherwise MATCH_NONE or MATCH_COUNT.
 */
void matching_build(const uint64_t *before_hashes, size_t before_count, const uint64_t *after_hashes,
                    size_t after_count, int32_t *before, int32_t *after);

#endif
