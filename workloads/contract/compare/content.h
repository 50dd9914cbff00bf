/* Pairs the elements of two arrays by content: what has only moved. */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_CONTENT_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_CONTENT_H

#include "workloads/contract/compare/compare.h"
#include "workloads/contract/compare/matching.h"

/* Some elements of one side. */
struct content {
    const struct json_document *document; /* borrowed */
    const struct json_value *array;       /* borrowed */
    int32_t *indices;                     /* of these elements, ascending; owned */
    uint32_t *sketches;                   /* of these elements, where `sketched`; owned */
    int32_t *
        matches; /* places in the other side's list, or MATCH_NONE or MATCH_COUNT; NULL: not matched; owned */
    struct json_extent *extents; /* of these elements, where `sketched` and their array is folded; owned */
    size_t count;
    size_t capacity;
    size_t sketch_capacity;
    size_t extent_capacity;
    bool sketched; /* no rule can make different elements equal */
};

/* None yet of an array of the document, which stands under these rules. */
struct content content_of(const struct comparison *c, const struct json_document *document,
                          const struct json_value *array, struct rule_scope scope);
void content_fini(struct content *content);
#define cleanup_content __attribute__((cleanup(content_fini)))

void content_add(struct content *content, size_t index);
void content_add_range(struct content *content, size_t start, size_t end);
/* How many before surely have no equal in the other's list, at no more than a glance at each. */
size_t content_count_strangers(const struct content *before, const struct content *after);
/* Whether the k-th of one and the m-th of the other are known to have the same text, without reading them. */
bool content_is_same(const struct content *before, size_t k, const struct content *after, size_t m);
/* Fills both sides' matches. Equal contents that occur equally often are paired in order. */
void content_match(struct comparison *c, struct content *before, struct content *after,
                   struct rule_scope scope);
/* Keeps the elements without a match. */
void content_keep_lone(struct content *content);
/*
 * Adds the elements of two stretches, [start, end) of each, of which no rule can say anything; but not those
 * of which content_match() would find, over the whole stretches, that they have a match, since their texts
 * stand in the same order on both sides.
 */
void content_add_unpaired(struct comparison *c, struct content *before, size_t before_end,
                          struct content *after, size_t after_end, size_t start);

#endif
