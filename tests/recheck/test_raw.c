/*
 * What recheck proves, value by value: every value of a report is altered in turn, and either that is
 * noticed, or the value is raw data and stands in the list below. In a view the digest gives these away, too.
 */
#include "base/memory.h"
#include "orchestrator/recheck/recheck.h"
#include "tests/recheck/honest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Indexes are "*"; what begins so is meant. Each is taken as it stands, for the reason above its group. */
static const char *const raw[] = {
    /* who and where: said by whoever ran cupel */
    "/assumptions/",
    "/base/commit",
    "/cupel",
    "/environment/cpu",
    "/environment/kernel",
    "/environment/isolation",
    "/environment/cpu_source",
    "/environment/peak_source",
    "/environment/calibration/",
    /* rules that this verdict doesn't touch */
    "/policy/time_budget_s",
    "/policy/price/",
    "/policy/name",
    "/policy/suspicious_calls/",
    "/policy/suspicious_gains/",
    "/policy/require_full_isolation",
    "/policy/guardrails/cpu",
    "/environment/full_isolation",
    /* the patch and what is said of it */
    "/candidates/*/name",
    "/candidates/*/claim/",
    "/candidates/*/patch/",
    /* what stages told */
    "/candidates/*/stages/*/seconds",
    "/candidates/*/stages/*/sentence",
    /* how the workload was run, and how much was compared */
    "/candidates/*/workloads/*/samples",
    "/candidates/*/contract/coverage/*/kinds",
    "/candidates/*/contract/coverage/*/more_kinds",
    "/candidates/*/contract/coverage/*/parameters",
    "/candidates/*/contract/coverage/*/unwritten/",
    "/candidates/*/contract/coverage/*/never_varied/",
    "/candidates/*/contract/coverage/*/never_varied_more",
    "/candidates/*/contract/coverage/*/strata/*/name",
    "/candidates/*/contract/coverage/*/strata/*/share",
    "/candidates/*/workloads/*/block",
    "/candidates/*/workloads/*/seconds",
    "/candidates/*/workloads/*/stopped",
    "/candidates/*/workloads/*/answers/",
    "/candidates/*/workloads/*/left_behind/",
    "/candidates/*/workloads/*/contract/done",
    "/candidates/*/workloads/*/contract/findings_dropped",
    "/candidates/*/workloads/*/weight",
    "/candidates/*/workloads/*/held_out/",
    /* the clock's own words, where one more or less of them changes no rank among the others */
    "/candidates/*/measurements/*/pairs/*/",
    "/candidates/*/measurements/*/strata/*/pairs/*/",
    "/candidates/*/measurements/*/continues/",
    "/candidates/*/measurements/*/strata/*/name",
    "/candidates/*/measurements/*/strata/*/weight",
    "/candidates/*/measurements/*/strata/*/samples",
    "/candidates/*/measurements/*/layout/*/pairs/*/",
    "/candidates/*/measurements/*/held_out/pairs/*/",
    "/candidates/*/measurements/*/held_out/strata/*/",
};

/* The same text with every index as "*". */
static char *raw_pattern(const char *pointer)
{
    struct text pattern = {0};
    for (const char *at = pointer; *at;) {
        size_t length = 1 + strcspn(at + 1, "/");
        bool index = length > 1 && strspn(at + 1, "0123456789") == length - 1;
        text_append(&pattern, index ? "/*" : at, index ? 2 : length);
        at += length;
    }
    return text_take(&pattern);
}

static bool raw_is_listed(const char *pattern)
{
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        size_t length = strlen(raw[i]);
        if (strncmp(pattern, raw[i], length) == 0 && (raw[i][length - 1] == '/' || pattern[length] == '\0'))
            return true;
    }
    return false;
}

static bool raw_is_noticed(const cJSON *document)
{
    struct recheck recheck;
    struct err err = {0};
    struct text bytes = honest_bytes(document);
    int status = recheck_report(&recheck, "file", text_string(&bytes), bytes.length, &err);
    bool noticed = status < 0 || !recheck_is_equal(&recheck);
    if (status == 0)
        recheck_fini(&recheck);
    text_fini(&bytes);
    return noticed;
}

static void raw_alter(cJSON *value)
{
    if (cJSON_IsNumber(value))
        cJSON_SetNumberValue(value, value->valuedouble * 1.5 + 1);
    else if (cJSON_IsBool(value))
        value->type = cJSON_IsTrue(value) ? cJSON_False : cJSON_True;
    else if (cJSON_IsString(value)) {
        char *longer = memory_format("%sx", value->valuestring);
        cJSON_SetValuestring(value, longer);
        free(longer);
    }
}

struct raw_walk {
    cJSON *document; /* all of it */
    struct text pointer;
    size_t altered, noticed; /* values */
    size_t open;             /* neither noticed nor listed */
};

static void raw_try(struct raw_walk *walk, cJSON *value)
{
    cJSON before = *value;
    char *string = cJSON_IsString(value) ? memory_copy_string(value->valuestring) : NULL;
    char *pattern = raw_pattern(text_string(&walk->pointer));
    raw_alter(value);
    bool noticed = raw_is_noticed(walk->document);
    walk->altered++;
    walk->noticed += noticed;
    if (!noticed && !raw_is_listed(pattern)) {
        printf("%s may be anything\n", text_string(&walk->pointer));
        walk->open++;
    }
    value->type = before.type;
    value->valuedouble = before.valuedouble;
    if (string)
        cJSON_SetValuestring(value, string);
    free(string);
    free(pattern);
}

/* Of long arrays every seventh element. */
static void raw_visit(struct raw_walk *walk, cJSON *value)
{
    size_t index = 0;
    size_t before = walk->pointer.length;
    for (cJSON *child = value->child; child; child = child->next, index++) {
        if (cJSON_IsArray(value) && index > 2 && index % 7 != 0)
            continue;
        if (cJSON_IsArray(value))
            text_printf(&walk->pointer, "/%zu", index);
        else
            text_printf(&walk->pointer, "/%s", child->string);
        raw_visit(walk, child);
        walk->pointer.length = before;
        walk->pointer.data[before] = '\0';
    }
    if (!value->child && !cJSON_IsNull(value) && !cJSON_IsArray(value) && !cJSON_IsObject(value))
        raw_try(walk, value);
}

static void every_value_is_noticed_or_raw(void **state)
{
    (void)state;
    static const char *const names[] = {"recommended", "stratum harmed", "gains on held-out samples",
                                        "asked before", "layout"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct raw_walk walk = {.document = honest_report(honest_find(names[i]))};
        raw_visit(&walk, walk.document);
        printf("%s: %zu values altered, %zu noticed\n", names[i], walk.altered, walk.noticed);
        assert_int_equal(walk.open, 0);
        assert_true(walk.noticed * 2 > walk.altered);
        text_fini(&walk.pointer);
        cJSON_Delete(walk.document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_noticed_or_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
