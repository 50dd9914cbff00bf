/* A batch made by hand for the tests of the ranked report: candidates are added one by one, then viewed. */
#ifndef CUPEL_TESTS_REPORT_SCENE_H
#define CUPEL_TESTS_REPORT_SCENE_H

#include "orchestrator/report/ranked.h"
#include "tests/report/case.h"

#define SCENE_ENTRIES_MAX 1000

struct scene {
    struct ranked_entry entries[SCENE_ENTRIES_MAX];
    struct text canonical[SCENE_ENTRIES_MAX]; /* of each entry, in the order in which they were added */
    size_t count;
};
extern struct scene scene; /* one at a time; scene_fini() it */

extern const struct ranked_batch scene_batch;

/* Ends the evidence. `duplicates` stay borrowed. */
void scene_add(struct evidence *evidence, const struct policy *policy, char *const *duplicates);
/* Another name, and with it another patch and id. */
void scene_name(struct evidence *evidence, const char *name);
void scene_add_recommended(const char *name, double gain, size_t added, char *const *duplicates);
void scene_add_refused(const char *name);
/* One refused, two recommended, one with an unproven guardrail. */
void scene_add_few(void);

/* The view, with the documents in it (cJSON_Delete); the canonical bytes stay. */
cJSON *scene_view(const struct ranked_batch *batch);
void scene_fini(void);

#endif
