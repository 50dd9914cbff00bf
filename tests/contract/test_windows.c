/*
 * Long documents are read a window at a time. Whatever is compared, under rules and learned noise: all that
 * is said is what is said of the same documents in whole.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "tests/base/random_json.h"
#include "workloads/contract/body.h"
#include "workloads/contract/kinds.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define WINDOWS_CASES 1500
#define WINDOWS_RULES 8

/* Two answers of the base, and one that is held against the first. */
struct answers {
    struct text base;
    struct text again;
    struct text after;
};

static void answers_fini(struct answers *answers)
{
    text_fini(&answers->base);
    text_fini(&answers->again);
    text_fini(&answers->after);
}
#define cleanup_answers __attribute__((cleanup(answers_fini)))

/* Two elements of some array change places, or one comes once more. */
static void windows_move(struct random *random, struct node *node)
{
    while (node->count > 0 && (node->type == NODE_OBJECT || random_below(random, 3) == 0))
        node = &node->items[random_below(random, node->count)];
    if (node->type != NODE_ARRAY || node->count < 2)
        return;
    size_t i = random_below(random, node->count);
    size_t j = random_below(random, node->count);
    struct node kept = node->items[i];
    if (random_below(random, 3)) {
        node->items[i] = node->items[j];
        node->items[j] = kept;
        return;
    }
    struct node copy;
    node_copy(&kept, &copy);
    node->items = memory_resize(node->items, node->count + 1, sizeof *node->items);
    node->items[node->count++] = copy;
}

static void windows_change(struct random *random, struct node *node)
{
    for (size_t changes = random_below(random, 5); changes; changes--)
        node_change(random, node);
    for (size_t moves = random_below(random, 3); moves; moves--)
        windows_move(random, node);
    if (!random_below(random, 3))
        node_shuffle(random, node);
}

/* JSON, or its elements on a line each: JSON lines, or text. */
static void windows_write(struct random *random, const struct node *node, enum body_kind kind,
                          struct text *out)
{
    struct random *spaces = random_below(random, 2) ? random : NULL;
    if (kind == BODY_JSON) {
        node_write(node, spaces, out);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct node element = node->items[i];
        element.key = NULL;
        text_append_string(out, spaces && !random_below(random, 4) ? " \n" : "");
        node_write(&element, NULL, out);
        text_append_string(out, i + 1 < node->count || random_below(random, 2) ? "\n" : "");
    }
    if (!random_below(random, 30))
        text_append_string(out, "[1,");
}

static void windows_make(struct random *random, enum body_kind kind, struct answers *answers)
{
    struct node node;
    *answers = (struct answers){0};
    node_make(random, 4, &node);
    windows_write(random, &node, kind, &answers->base);
    struct random same = *random;
    for (size_t changes = random_below(random, 3); changes; changes--)
        node_change(random, &node);
    windows_write(&same, &node, kind, &answers->again);
    windows_change(random, &node);
    windows_write(random, &node, kind, &answers->after);
    node_fini(&node);
}

/* None of those that look for elements wherever they are; NULL where they contradict each other. */
static struct rules *windows_make_rules(struct random *random)
{
    static const char *const effects[] = {
        "\"ignore\":true",     "\"noisy\":true",       "\"format\":\"integer\"", "\"numeric_string\":true",
        "\"unicode\":\"nfc\"", "\"absolute\":\"400\"", "\"total\":true",         "\"relative\":\"0.5\""};
    struct text text cleanup_text = {0};
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    text_append_char(&text, '[');
    for (size_t i = 1 + random_below(random, WINDOWS_RULES); i; i--) {
        text_append_string(&text, "{\"path\":\"");
        for (size_t depth = random_below(random, 5); depth; depth--) {
            if (random_below(random, 2))
                text_append_string(&text, "/*");
            else
                text_printf(&text, "/%s%zu", random_below(random, 2) ? "k" : "", random_below(random, 8));
        }
        text_printf(&text, "\",%s}%s", effects[random_below(random, sizeof effects / sizeof *effects)],
                    i > 1 ? "," : "]");
    }
    assert_int_equal(json_file_read(&file, "rules", text.data, text.length, NULL, &err), 0);
    if (rules_read(&rules, &file, json_root(file.document), &err) < 0)
        rules = NULL;
    json_file_fini(&file);
    return rules;
}

static bool windows_have_folded(const struct json_value *value)
{
    enum json_type type = json_type(value);
    if (value->meta & JSON_META_FOLDED)
        return true;
    for (size_t i = 0; (type == JSON_OBJECT || type == JSON_ARRAY) && i < json_count(value); i++) {
        if (windows_have_folded(type == JSON_OBJECT ? json_key(value, i) + 1 : json_element(value, i)))
            return true;
    }
    return false;
}

/* Reads and compares with windows of so many bytes, and adds all that is said. */
static bool windows_compare_pair(const struct text *before, const struct text *after, enum body_kind kind,
                                 struct body_comparison how, size_t window, struct text *told)
{
    struct json_pool *pool = json_pool_new();
    struct body_memory memory = {.pool = pool, .window = window};
    struct body left;
    struct body right;
    struct findings findings = {0};
    struct kinds kinds = {0};
    body_read(&left, kind, text_string(before), before->length, &memory);
    body_read(&right, kind, text_string(after), after->length, &memory);
    bool folded = left.document && windows_have_folded(json_root(left.document));
    how.findings = &findings;
    kinds_add_body(&kinds, "stdout", &left);
    bool compared = body_compare(&how, &left, &right);
    text_printf(told, "compared %d, %zu fields, %zu kinds, %zu dropped\n", compared, body_count_fields(&left),
                kinds.count, findings.dropped);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];
        text_printf(told, "%s %s %zu %s %s>%s\n", finding_class_name(finding->class), finding->pattern,
                    finding->count, finding->pointer, finding->before ? finding->before : "-",
                    finding->after ? finding->after : "-");
    }
    for (size_t i = 0; i < findings.excuse_count; i++) {
        const struct excuse *excuse = &findings.excuses[i];
        text_printf(told, "%s at %s %zu by %s, %zu of %zu\n", finding_class_name(excuse->class),
                    excuse->pattern, excuse->count, excuse->by, excuse->evidence, excuse->asked);
    }
    findings_fini(&findings);
    kinds_fini(&kinds);
    body_fini(&left);
    body_fini(&right);
    json_pool_free(pool);
    return folded;
}

/* Learns from the base's two answers, then compares. Whether the base's array was read in windows. */
static bool windows_tell(const struct answers *answers, enum body_kind kind, const struct rules *rules,
                         size_t window, struct text *told)
{
    bool matched[WINDOWS_RULES] = {false};
    struct noise noise = {.asked = 1};
    struct body_comparison how = {
        .part = "stdout", .rules = rules, .matched = matched, .noise = &noise, .learning = true, .sample = 1};
    windows_compare_pair(&answers->base, &answers->again, kind, how, window, told);
    text_printf(told, "%zu learned\n", noise.count);
    how.learning = false;
    how.sample = 0;
    bool folded = windows_compare_pair(&answers->base, &answers->after, kind, how, window, told);
    for (size_t i = 0; i < WINDOWS_RULES; i++)
        text_append_char(told, matched[i] ? '1' : '0');
    noise_fini(&noise);
    return folded;
}

static void test_windows_change_nothing_that_is_said(void **state)
{
    (void)state;
    static const enum body_kind kinds[] = {BODY_JSON, BODY_JSON_LINES, BODY_TEXT};
    struct random random = {.state = 20260303};
    size_t folded[3] = {0};
    for (int i = 0; i < WINDOWS_CASES; i++) {
        struct answers answers cleanup_answers;
        struct text whole cleanup_text = {0};
        struct text windowed cleanup_text = {0};
        enum body_kind kind = kinds[i % 3];
        windows_make(&random, kind, &answers);
        struct rules *rules = random_below(&random, 2) ? windows_make_rules(&random) : NULL;
        windows_tell(&answers, kind, rules, 0, &whole);
        folded[i % 3] += windows_tell(&answers, kind, rules, 1 + random_below(&random, 100), &windowed);
        rules_free(rules);
        if (strcmp(text_string(&whole), text_string(&windowed)) != 0) { /* cmocka cuts its messages */
            fprintf(stderr, "case %d\n%s\n%s\n%s\n%s\nbut in whole:\n%s\n", i, text_string(&answers.base),
                    text_string(&answers.again), text_string(&answers.after), text_string(&windowed),
                    text_string(&whole));
            fail();
        }
    }
    for (size_t i = 0; i < 3; i++)
        assert_in_range(folded[i], WINDOWS_CASES / 10, WINDOWS_CASES);
}

/* What makes a window's length matter: the rules, and how long the body is. */
static void test_windows_are_for_what_stays_in_order(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "[{\"path\":\"/a\",\"multiset\":true}]", "[{\"path\":\"/a\",\"key\":\"id\"}]",
        "[{\"path\":\"/a\",\"alias\":true}]", "[{\"path\":\"/a\",\"noisy\":true}]"};
    size_t length = (size_t)100 << 20;
    assert_true(body_window(NULL, length) > 0);
    assert_int_equal(body_window(NULL, 1000), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_file file;
        struct err err = {0};
        struct rules *rules;
        assert_int_equal(json_file_read(&file, "rules", rows[i], strlen(rows[i]), NULL, &err), 0);
        assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), 0);
        assert_int_equal(body_window(rules, length) > 0, strstr(rows[i], "noisy") != NULL);
        rules_free(rules);
        json_file_fini(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_change_nothing_that_is_said),
        cmocka_unit_test(test_windows_are_for_what_stays_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
