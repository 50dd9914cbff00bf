/* What must hold for any two documents, tried on some thousands that a seeded generator makes. */
#include "base/cleanup.h"
#include "tests/base/random_json.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define PROPERTIES_DOCUMENTS 2000
#define PROPERTIES_DEPTH     3

/* The comparison, and its findings in their order as text. */
struct property_result {
    enum contract_outcome outcome;
    size_t breaks;
    size_t places[CLASS_COUNT]; /* by class */
    struct text told;
};

static struct property_result property_compare(const struct text *before, const struct text *after,
                                               const struct rules *rules)
{
    struct contract_summary summary;
    struct property_result result = {.outcome = contract_compare_json(text_string(before), before->length,
                                                                      text_string(after), after->length,
                                                                      rules, &summary),
                                     .breaks = contract_breaks(&summary)};
    for (size_t i = 0; i < summary.finding_count; i++) {
        const struct finding *finding = &summary.findings[i];
        result.places[finding->class] += finding->count;
        text_printf(&result.told, "%s %s %zu %s %s>%s\n", finding_class_name(finding->class),
                    finding->pattern, finding->count, finding->pointer,
                    finding->before ? finding->before : "", finding->after ? finding->after : "");
    }
    contract_summary_fini(&summary);
    return result;
}

/* One document, the same otherwise written, and the same with one change. */
struct property_case {
    struct text plain;
    struct text respelled; /* members in another order, other white space */
    struct text changed;
};

static void property_case_make(struct random *random, struct property_case *one)
{
    struct node node;
    struct node copy;
    *one = (struct property_case){0};
    node_make(random, PROPERTIES_DEPTH, &node);
    node_write(&node, NULL, &one->plain);
    node_copy(&node, &copy);
    node_shuffle(random, &copy);
    node_write(&copy, random, &one->respelled);
    node_fini(&copy);
    node_change(random, &node);
    node_write(&node, NULL, &one->changed);
    node_fini(&node);
}

static void property_case_fini(struct property_case *one)
{
    text_fini(&one->plain);
    text_fini(&one->respelled);
    text_fini(&one->changed);
}

static void property_expect(bool holds, const char *what, const struct text *before, const struct text *after,
                            struct property_result *result)
{
    if (!holds) { /* cmocka cuts its messages */
        fprintf(stderr, "%s\n%s\n%s\noutcome %d\n%s", what, text_string(before), text_string(after),
                (int)result->outcome, text_string(&result->told));
        fail();
    }
    text_fini(&result->told);
}

static void test_properties_of_equal_and_changed_documents(void **state)
{
    (void)state;
    struct random random = {.state = 20260101};
    for (int i = 0; i < PROPERTIES_DOCUMENTS; i++) {
        struct property_case one;
        property_case_make(&random, &one);
        struct property_result itself = property_compare(&one.plain, &one.plain, NULL);
        property_expect(itself.outcome == CONTRACT_SAME && itself.breaks == 0, "equal to itself", &one.plain,
                        &one.plain, &itself);
        struct property_result respelled = property_compare(&one.plain, &one.respelled, NULL);
        property_expect((respelled.outcome == CONTRACT_SAME || respelled.outcome == CONTRACT_EQUIVALENT) &&
                            respelled.breaks == 0,
                        "equal whatever its key order", &one.plain, &one.respelled, &respelled);
        struct property_result changed = property_compare(&one.respelled, &one.changed, NULL);
        property_expect(changed.outcome == CONTRACT_DIFFERENT && changed.breaks > 0, "one change is found",
                        &one.respelled, &one.changed, &changed);
        property_case_fini(&one);
    }
}

static bool property_is_mirrored(const struct property_result *there, const struct property_result *back)
{
    return there->places[CLASS_VALUE] == back->places[CLASS_VALUE] &&
           there->places[CLASS_TYPE] == back->places[CLASS_TYPE] &&
           there->places[CLASS_ORDER] == back->places[CLASS_ORDER] &&
           there->places[CLASS_MISSING] == back->places[CLASS_ADDED] &&
           there->places[CLASS_ADDED] == back->places[CLASS_MISSING] &&
           /* [1] that became [] is emptied, the other way round it is longer */
           there->places[CLASS_LENGTH] + there->places[CLASS_EMPTIED] ==
               back->places[CLASS_LENGTH] + back->places[CLASS_EMPTIED];
}

static void test_properties_of_changing_sides(void **state)
{
    (void)state;
    struct random random = {.state = 4711};
    for (int i = 0; i < PROPERTIES_DOCUMENTS; i++) {
        struct node node;
        struct text before cleanup_text = {0};
        struct text after cleanup_text = {0};
        node_make(&random, PROPERTIES_DEPTH, &node);
        node_write(&node, NULL, &before);
        for (size_t changes = 1 + random_below(&random, 4); changes; changes--)
            node_change(&random, &node);
        node_write(&node, NULL, &after);
        node_fini(&node);
        struct property_result there = property_compare(&before, &after, NULL);
        struct property_result again = property_compare(&before, &after, NULL);
        struct property_result back = property_compare(&after, &before, NULL);
        assert_string_equal(text_string(&there.told), text_string(&again.told));
        text_fini(&again.told);
        bool mirrored = property_is_mirrored(&there, &back);
        text_append_string(&there.told, "and back:\n");
        text_append(&there.told, text_string(&back.told), back.told.length);
        text_fini(&back.told);
        property_expect(mirrored, "the same findings from both sides", &before, &after, &there);
    }
}

/* NULL where they contradict each other. */
static struct rules *property_make_rules(struct random *random, struct text *text)
{
    static const char *const effects[] = {
        "\"ignore\":true",         "\"noisy\":true",       "\"noisy\":true,\"format\":\"uuid\"",
        "\"multiset\":true",       "\"key\":\"k0\"",       "\"alias\":true",
        "\"numeric_string\":true", "\"unicode\":\"nfc\"",  "\"absolute\":\"1\"",
        "\"total\":true",          "\"relative\":\"0.1\"", "\"format\":\"rfc3339\""};
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    text_append_char(text, '[');
    for (size_t i = 1 + random_below(random, 5); i; i--) {
        text_append_string(text, "{\"path\":\"");
        for (size_t depth = random_below(random, 5); depth; depth--) {
            if (random_below(random, 2))
                text_append_string(text, "/*");
            else
                text_printf(text, "/k%zu", random_below(random, 4));
        }
        text_printf(text, "\",%s}%s", effects[random_below(random, sizeof effects / sizeof *effects)],
                    i > 1 ? "," : "]");
    }
    assert_int_equal(json_file_read(&file, "rules", text->data, text->length, NULL, &err), 0);
    if (rules_read(&rules, &file, json_root(file.document), &err) < 0 &&
        !strstr(err.message, "which binds the same place"))
        fail_msg("%s", err.message);
    json_file_fini(&file);
    return rules;
}

/* A rule may hide a difference. It must never make one. */
static void test_properties_of_rules(void **state)
{
    (void)state;
    struct random random = {.state = 99};
    int bound = 0;
    for (int i = 0; i < PROPERTIES_DOCUMENTS; i++) {
        struct property_case one;
        property_case_make(&random, &one);
        struct text written cleanup_text = {0};
        struct rules *rules = property_make_rules(&random, &written);
        struct property_result itself = property_compare(&one.plain, &one.plain, rules);
        property_expect(itself.breaks == 0 && itself.outcome != CONTRACT_DIFFERENT, text_string(&written),
                        &one.plain, &one.plain, &itself);
        struct property_result respelled = property_compare(&one.plain, &one.respelled, rules);
        property_expect(respelled.breaks == 0 && respelled.outcome != CONTRACT_DIFFERENT,
                        text_string(&written), &one.plain, &one.respelled, &respelled);
        bound += rules != NULL;
        rules_free(rules);
        property_case_fini(&one);
    }
    assert_true(bound > PROPERTIES_DOCUMENTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties_of_equal_and_changed_documents),
        cmocka_unit_test(test_properties_of_changing_sides),
        cmocka_unit_test(test_properties_of_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
