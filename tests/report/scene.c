#include "tests/report/scene.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene scene;

const struct ranked_batch scene_batch = {
    .id = "0123456789ab", .created = "2026-03-01T12:00:00Z", .submitted = 6, .seconds = 500};

void scene_add(struct evidence *evidence, const struct policy *policy, char *const *duplicates)
{
    struct ranked_entry *entry = &scene.entries[scene.count];
    struct text *canonical = &scene.canonical[scene.count++];
    struct decision decision;
    struct err err = {0};
    *canonical = (struct text){0};
    verdict_decide(evidence, policy, &decision);
    *entry = (struct ranked_entry){.sign_off_state = "awaiting", .duplicates = duplicates};
    entry->document = report_build(evidence, &decision, policy, &case_context);
    assert_int_equal(0, report_canonicalise(entry->document, canonical, &err));
    entry->digest = digest_of(canonical->data, canonical->length);
    decision_fini(&decision);
    evidence_fini(evidence);
}

void scene_name(struct evidence *evidence, const char *name)
{
    free(evidence->candidate_name);
    evidence->candidate_name = memory_copy_string(name);
    free(evidence->patch_digest); /* part of the id */
    struct digest digest = digest_of(name, strlen(name));
    evidence->patch_digest = memory_zeroed(DIGEST_HEX);
    digest_to_hex(&digest, evidence->patch_digest);
}

void scene_add_recommended(const char *name, double gain, size_t added, char *const *duplicates)
{
    struct evidence evidence;
    case_recommended(&evidence);
    scene_name(&evidence, name);
    evidence.added = added;
    struct metric_result *primary = &evidence.workloads->measurement.metrics[0];
    primary->gain = (struct gain){true, gain, gain - 0.01, gain + 0.01};
    scene_add(&evidence, &case_policy, duplicates);
}

void scene_add_refused(const char *name)
{
    struct evidence evidence;
    case_recommended(&evidence);
    scene_name(&evidence, name);
    case_add_refusal(&evidence, "cupel.json", 1, "touch.forbidden_paths", "may not be changed");
    scene_add(&evidence, &case_policy, NULL);
}

cJSON *scene_view(const struct ranked_batch *batch)
{
    return report_view_batch(scene.entries, scene.count, batch);
}

void scene_fini(void)
{
    for (size_t i = 0; i < scene.count; i++)
        text_fini(&scene.canonical[i]);
    scene.count = 0;
}

void scene_add_few(void)
{
    static char one[] = "twin \"one\"";
    static char two[] = "twin two";
    static char *twins[] = {one, two, NULL};
    struct evidence evidence;
    scene_add_refused("refused.patch");
    scene_add_recommended("small gain.patch", 0.15, 10, NULL);
    case_recommended(&evidence);
    scene_name(&evidence, "unproven.patch");
    evidence.workloads->measurement.metrics[1].outcome = OUTCOME_UNPROVEN;
    scene_add(&evidence, &case_policy, NULL);
    scene_add_recommended("large gain.patch", 0.40, 300, twins);
}
