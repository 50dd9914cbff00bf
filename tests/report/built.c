#include "tests/report/built.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void built_make(struct evidence *evidence, struct built *built)
{
    struct decision decision;
    struct err err = {0};
    *built = (struct built){0};
    verdict_decide(evidence, &case_policy, &decision);
    built->document = report_build(evidence, &decision, &case_policy, &case_context);
    assert_int_equal(0, report_canonicalise(built->document, &built->canonical, &err));
    struct digest digest = digest_of(text_string(&built->canonical), built->canonical.length);
    built->view = report_view(built->document, &digest, 1, "awaiting");
    decision_fini(&decision);
    evidence_fini(evidence);
}

void built_fini(struct built *built)
{
    cJSON_Delete(built->document);
    cJSON_Delete(built->view);
    text_fini(&built->canonical);
}

const cJSON *built_at(const cJSON *root, const char *path)
{
    char *copy = memory_copy_string(path);
    char *state = NULL;
    for (char *part = strtok_r(copy, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
        root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, atoi(part))
                                   : cJSON_GetObjectItemCaseSensitive(root, part);
        if (!root)
            fail_msg("nothing at %s (%s)", path, part);
    }
    free(copy);
    return root;
}

void built_assert(const cJSON *root, const char *path, const char *expected)
{
    char *printed = cJSON_PrintUnformatted(built_at(root, path));
    assert_string_equal(expected, printed);
    cJSON_free(printed);
}

void built_rich_evidence(struct evidence *evidence)
{
    case_recommended(evidence);
    struct workload_evidence *workload = evidence->workloads;
    case_add_stratum(workload, "large", 0.04, -0.312, true);
    case_add_finding(workload, CLASS_NUMBER_SPELLING, "/total", "1.0", NULL);
    case_add_refusal(evidence, "cupel.json", 3, "touch.forbidden_paths: cupel.json", "may not be changed");
    evidence->patch_notes = case_strings("hunk 1 of src/a.c said 5 lines and has 6");
    evidence->suspicions = case_strings("it looked for the parent's memory");
    workload->contract.excuses = MEMORY_NEW(struct excuse);
    workload->contract.excuse_count = 1;
    workload->contract.excuses[0] = (struct excuse){
        .part = memory_copy_string("stdout"),
        .pattern = memory_copy_string("/updated_at"),
        .by = memory_copy_string("learned noise"),
        .count = 1200,
        .evidence = 3,
        .asked = 3,
        .class = CLASS_VALUE,
    };
    workload->contract.unused_rules = case_strings("ignore at /never");
}

char *built_render_text(struct evidence *evidence, int width, bool color)
{
    struct text out = {0};
    struct built built;
    built_make(evidence, &built);
    report_format_text(built.view, color, width, &out);
    built_fini(&built);
    return text_take(&out);
}
