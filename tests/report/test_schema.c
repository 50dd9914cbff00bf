/* The published schema and the documents agree:
 * no key that it doesn't know, none that it requires missing. */
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "tests/report/case.h"
#include "tests/report/schema.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static cJSON *schema_view(struct evidence *evidence, const struct policy *policy)
{
    struct decision decision;
    verdict_decide(evidence, policy, &decision);
    cJSON *document = report_build(evidence, &decision, policy, &case_context);
    struct digest digest = digest_of("", 0);
    cJSON *view = report_view(document, &digest, 1, "awaiting");
    cJSON_Delete(document);
    decision_fini(&decision);
    evidence_fini(evidence);
    return view;
}

static void bend_nothing(struct evidence *evidence)
{
    (void)evidence;
}

static void bend_growth(struct workload_evidence *workload)
{
    workload->curve = curve_new();
    workload->curve->parameter = memory_copy_string("arg:1");
    workload->curve->threshold = 0.1;
    workload->curve->production = (struct curve_production){.known = 1, .points[CURVE_MAX].n = 300};
    for (size_t i = 0; i < 3; i++) {
        struct curve_value *value = &workload->curve->values[workload->curve->value_count++];
        value->n = pow(10, (double)i);
        for (; value->pair_count < 3; value->pair_count++)
            value->pairs[value->pair_count] = (struct curve_pair){true, value->n * value->n, value->n};
    }
    curve_judge(workload->curve);
}

static void bend_layout(struct workload_evidence *workload)
{
    workload->layout = variants_new();
    workload->layout->count = 2;
    workload->layout->items[0].name = memory_copy_string("sorted");
    workload->layout->items[0].pairs[0] = (struct variant_pair){.variant_first = true, .seed = 3};
    workload->layout->items[0].pair_count = 1;
    workload->layout->items[1].name = memory_copy_string("aligned");
    variant_drop(&workload->layout->items[1], memory_copy_string("it does not build"));
}

static void bend_everything(struct evidence *evidence)
{
    struct workload_evidence *workload = evidence->workloads;
    case_add_stratum(workload, "large", 0.04, -0.312, true);
    case_add_finding(workload, CLASS_EMPTIED, "/items", "[1]", NULL);
    case_add_reproduction(workload, "{\"id\": \"a\"}", NULL);
    case_add_finding(workload, CLASS_MISSING, "/items", "[1]", NULL);
    case_add_reproduction(workload, NULL, "the sample is held out");
    case_add_refusal(evidence, "cupel.json", 3, "touch.forbidden_paths: cupel.json", "may not be changed");
    workload->measurement.metrics[0].gain.known = false;
    workload->measurement.metrics[1].outcome = OUTCOME_UNAVAILABLE;
    workload->measurement.pairs[0].base.value[METRIC_PEAK_MEMORY] = -1;
    case_hold_out(workload, HELD_OUT_TOO_FEW);
    workload->cache = WORKLOAD_CACHE_REPLAY;
    workload->cache_declared = true;
    struct signal *signal = &workload->measurement.signals[SIGNAL_WARM_UP];
    signal->pairs = MEMORY_NEW(struct signal_pair);
    signal->pair_count = 1;
    signal->later = (struct gain){.known = true, .point = 0.2, .low = 0.1, .high = 0.3};
    bend_growth(workload);
    bend_layout(workload);
    evidence->suspicions = case_strings("it looked for the parent's memory");
    evidence->observations = case_strings("it probed io_uring");
    const struct sandbox_call_row refusal = {.call = "ptrace", .count = 3};
    const struct sandbox_result result = {
        .usage.written_bytes = SANDBOX_UNKNOWN, .call_rows = &refusal, .call_row_count = 1};
    counts_add(&workload->counts[ARM_CANDIDATE], &result);
    const struct sandbox_result made = {.calls = 3, .call_rows = &refusal, .call_row_count = 1};
    calls_add(&workload->counts[ARM_CANDIDATE].calls, &made, 2);
    counts_add_simulated(&workload->counts[ARM_CANDIDATE], 4711);
    workload->counted = true;
    evidence->commands = MEMORY_NEW(struct command_evidence);
    evidence->command_count = 1;
    evidence->commands[0] = (struct command_evidence){
        .stage = STAGE_BUILD, .command = memory_copy_string("make"), .ran = {[ARM_CANDIDATE] = true}};
    counts_add(&evidence->commands[0].counts[ARM_CANDIDATE], &result);
    workload->contract.excuses = MEMORY_NEW(struct excuse);
    workload->contract.excuse_count = 1;
    workload->contract.excuses[0].by = memory_copy_string("learned noise");
    workload->contract.unused_rules = case_strings("ignore at /never");
}

static void bend_all_away(struct evidence *evidence)
{
    evidence_fini(evidence);
    case_empty(evidence);
    evidence->error = memory_copy_string("no space left on device");
}

static void schema_and_documents_agree(void **state)
{
    (void)state;
    static void (*const bends[])(struct evidence *) = {bend_nothing, bend_everything, bend_all_away};
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/report.json");
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        struct policy policy = case_policy;
        struct evidence evidence;
        const char *where = "";
        policy.budget[METRIC_CPU] = 0.5;
        case_recommended(&evidence);
        bends[i](&evidence);
        cJSON *view = schema_view(&evidence, &policy);
        if (!schema_allows(schema, view, &where))
            fail_msg("case %zu: %s", i, where);
        cJSON_Delete(view);
    }
    cJSON_Delete(schema);
}

static void schema_allows_batches(void **state)
{
    (void)state;
    struct evidence evidence;
    struct decision decision;
    const char *where = "";
    const struct ranked_conflict conflict = {"a", "b", "both change a.c"};
    const struct ranked_batch batch = {.id = "b",
                                       .submitted = 2,
                                       .seconds = 3.5,
                                       .conflicts = &conflict,
                                       .conflict_count = 1,
                                       .conflicts_checked = true,
                                       .combination_id = "c",
                                       .combination_verdict = "recommended"};
    double e_values[] = {231, 40};
    struct rank_family family;
    struct report_context context = case_context;
    struct ranked_entry entries[2] = {{.sign_off_state = "awaiting"}, {.sign_off_state = "awaiting"}};
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/report.json");
    rank_close_family(&family, e_values, 2, 2, 0.1);
    context.family = &family;
    for (size_t i = 0; i < 2; i++) {
        case_recommended(&evidence);
        if (i > 0)
            bend_all_away(&evidence);
        rank_join(&evidence, &family);
        verdict_decide(&evidence, &case_policy, &decision);
        entries[i].document = report_build(&evidence, &decision, &case_policy, &context);
        decision_fini(&decision);
        evidence_fini(&evidence);
    }
    cJSON *view = report_view_batch(entries, 2, &batch);
    if (!schema_allows(schema, view, &where))
        fail_msg("%s", where);
    assert_int_equal(2, member_count(member_get(view, "family"), "e_values"));
    assert_true(member_is_true(member_get(view, "family"), "closed"));
    cJSON_Delete(view);
    cJSON_Delete(schema);
    rank_family_fini(&family);
}

static void schema_notices_what_does_not_agree(void **state)
{
    (void)state;
    struct evidence evidence;
    const char *where = "";
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/report.json");
    case_recommended(&evidence);
    cJSON *view = schema_view(&evidence, &case_policy);
    cJSON *candidate = cJSON_GetObjectItem(view, "candidates")->child;
    cJSON_AddNullToObject(candidate, "surprise");
    assert_false(schema_allows(schema, view, &where));
    assert_string_equal("surprise", where);
    cJSON_DeleteItemFromObject(candidate, "surprise");
    cJSON_DeleteItemFromObject(candidate, "reason");
    assert_false(schema_allows(schema, view, &where));
    assert_string_equal("reason", where);
    cJSON_AddStringToObject(candidate, "reason", "because");
    assert_true(schema_allows(schema, view, &where));
    cJSON_ReplaceItemInObject(candidate, "verdict", cJSON_CreateString("excellent"));
    assert_false(schema_allows(schema, view, &where));
    cJSON_Delete(view);
    cJSON_Delete(schema);
}

static bool schema_lists(const cJSON *schema, const char *const path[], const char *word)
{
    for (; *path; path++)
        schema = member_get(schema, *path);
    for (const cJSON *each = member_first(schema, "enum"); each; each = each->next)
        if (strcmp(each->valuestring, word) == 0)
            return true;
    return false;
}

static void schema_lists_every_name(void **state)
{
    (void)state;
    static const char *const verdicts[] = {"properties", "candidates", "items",
                                           "properties", "verdict",    NULL};
    static const char *const classes[] = {"properties", "candidates", "items",    "properties",
                                          "contract",   "properties", "findings", "items",
                                          "properties", "class",      NULL};
    static const char *const stages[] = {"properties", "candidates", "items", "properties", "stages",
                                         "items",      "properties", "name",  NULL};
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/report.json");
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        assert_true(schema_lists(schema, verdicts, verdict_name((enum verdict)verdict)));
    for (int class = 0; class < CLASS_COUNT; class ++)
        assert_true(schema_lists(schema, classes, finding_class_name((enum finding_class) class)));
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        assert_true(schema_lists(schema, stages, stage_name((enum stage)stage)));
    cJSON_Delete(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_and_documents_agree),
        cmocka_unit_test(schema_allows_batches),
        cmocka_unit_test(schema_notices_what_does_not_agree),
        cmocka_unit_test(schema_lists_every_name),
    };
    return cmocka_run_group_tests_name("report schema", tests, NULL, NULL);
}
