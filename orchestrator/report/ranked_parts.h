/* The parts of a batch's view that several files build;
 * ranked.h and ranked_stream.h are what others include. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_RANKED_PARTS_H
#define CUPEL_ORCHESTRATOR_REPORT_RANKED_PARTS_H

#include "orchestrator/report/ranked.h"
#include "policies/rank.h"

/* What ordering takes of each document: some hundred bytes a candidate. */
struct ranked_list {
    struct rank_candidate *ranked;   /* in the order of ranked_list_add(); owned, like all of these */
    struct rank_estimate *estimates; /* likewise */
    char **ids;                      /* likewise; `ranked` borrows them */
    size_t *order;                   /* best first: indexes; after ranked_list_order() */
    size_t count;                    /* added */
    size_t capacity;                 /* room */
};

void ranked_list_init(struct ranked_list *list, size_t capacity);
void ranked_list_fini(struct ranked_list *list);
/* Takes what it needs and keeps nothing of the document. */
void ranked_list_add(struct ranked_list *list, const cJSON *document);
/* Fills `order`, and the ranks of those recommended. */
void ranked_list_order(struct ranked_list *list);

/* The one candidate of a canonical document, or NULL; borrowed. */
cJSON *ranked_candidate_of(const cJSON *document);

/* Top level of the view without "candidates": that of the first document, under the batch's own name and
 * time, and "batch". The caller's (cJSON_Delete). */
cJSON *ranked_top(const cJSON *first, const struct ranked_batch *batch, const struct ranked_list *list);

/*
 * Takes the candidate out of its document and ends the document: the candidate as a view shows it, but for
 * its rank. The caller's; NULL where the document has none. `index` in the list; `view`: what the document
 * says otherwise is noted; NULL: not.
 */
cJSON *ranked_take_candidate(struct ranked_entry *entry, const struct ranked_list *list, size_t index,
                             const cJSON *view);
void ranked_add_rank(cJSON *candidate, const struct rank_candidate *ranked);
/* The document tells the currency. */
void ranked_add_estimate(cJSON *candidate, const struct rank_estimate *estimate, bool reached,
                         const cJSON *document);

#endif
