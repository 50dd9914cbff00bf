/* What layout variants say of a gain: which one counts, when a person is cautioned, and in which words. */
#include "base/memory.h"
#include "policies/layout_words.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 3 /* variants of a row */

/* Pairs of that ratio of variant over base, whose noise is a ripple of that size. */
static void add_variant(struct variants *variants, const char *name, size_t pairs, double ratio,
                        double ripple)
{
    struct variant *variant = &variants->items[variants->count++];
    variant->name = memory_copy_string(name);
    for (size_t i = 0; i < pairs; i++) {
        struct variant_pair *pair = &variant->pairs[variant->pair_count++];
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            pair->base.value[metric] = pair->variant.value[metric] = -1;
        pair->base.value[METRIC_CPU] = 0.04;
        pair->variant.value[METRIC_CPU] = 0.04 * ratio * (1 + ripple * ((double)(i * 5 % 8) - 3.5) / 3.5);
    }
}

static const struct {
    const char *title;
    double ratios[MOST]; /* of variants; 0: no more */
    double ripple;
    enum metric_outcome outcome;
    double gain;
    const char *words; /* NULL: no caution */
} rows[] = {
    {"no variants", {0}, 0.001, OUTCOME_IMPROVED, 0.11, NULL},
    {"layout that does nothing", {1, 1.001}, 0.003, OUTCOME_IMPROVED, 0.11, NULL},
    {"a little, far from everything", {1.02, 0.99}, 0.001, OUTCOME_IMPROVED, 0.2, NULL},
    {"so much that a gain of 12 % is not safe",
     {1.005, 1.031},
     0.0001,
     OUTCOME_IMPROVED,
     0.12,
     "A change of layout alone (\"v1\") moved it by up to 3.1 %: of a gain of 12.0 %, what is left without "
     "as much may not reach 10 %."},
    {"in the other direction",
     {0.969},
     0.0001,
     OUTCOME_IMPROVED,
     0.12,
     "A change of layout alone (\"v0\") moved it by up to 3.1 %: of a gain of 12.0 %, what is left without "
     "as much may not reach 10 %."},
    {"half of the gain",
     {1.07, 1.005},
     0.001,
     OUTCOME_IMPROVED,
     0.12,
     "A change of layout alone (\"v0\") moved it by up to 7.0 %: of a gain of 12.0 %, much or all may be "
     "where the code happens to lie, and go with the next change of anything."},
    {"a loss",
     {0.95},
     0.001,
     OUTCOME_REGRESSED,
     -0.08,
     "A change of layout alone (\"v0\") moved it by up to 5.0 %: of a loss of 8.0 %, much or all may be "
     "where the code happens to lie, and go with the next change of anything."},
    {"a great loss", {0.95}, 0.001, OUTCOME_REGRESSED, -0.3, NULL},
    {"as much, but lost in noise", {1.05}, 0.2, OUTCOME_IMPROVED, 0.11, NULL},
    {"nothing that anybody would act on", {1.07}, 0.001, OUTCOME_NOT_WORTH_IT, 0.02, NULL},
};

static void test_cautions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct variants *variants = variants_new();
        struct text words cleanup_text = {0};
        char name[8];
        for (size_t v = 0; v < MOST && rows[i].ratios[v] > 0; v++) {
            snprintf(name, sizeof name, "v%zu", v);
            add_variant(variants, name, VARIANTS_PAIRS, rows[i].ratios[v], rows[i].ripple);
        }
        variants_judge(variants);
        const struct metric_result result = {.metric = METRIC_CPU,
                                             .primary = true,
                                             .outcome = rows[i].outcome,
                                             .gain = {true, rows[i].gain, rows[i].gain, rows[i].gain}};
        bool cautious = layout_append_caution(&words, &result, 0.1, variants);
        if (cautious != (rows[i].words != NULL) || (cautious && strcmp(text_string(&words), rows[i].words)))
            fail_msg("%s: \"%s\"", rows[i].title, words.length ? text_string(&words) : "");
        variants_free(variants);
    }
}

/* A guardrail that holds is no change, whatever layout does to it; one that breaks may be layout. */
static void test_guardrails(void **state)
{
    (void)state;
    static const struct {
        enum metric_outcome outcome;
        bool cautious;
    } guardrails[] = {{OUTCOME_HELD, false}, {OUTCOME_BROKEN, true}, {OUTCOME_UNPROVEN, false}};
    for (size_t i = 0; i < sizeof guardrails / sizeof *guardrails; i++) {
        struct variants *variants = variants_new();
        struct text words cleanup_text = {0};
        add_variant(variants, "x", VARIANTS_PAIRS, 1.06, 0.001);
        variants_judge(variants);
        const struct metric_result result = {
            .metric = METRIC_CPU, .outcome = guardrails[i].outcome, .gain = {true, -0.07, -0.08, -0.06}};
        assert_int_equal(layout_append_caution(&words, &result, 0.1, variants), guardrails[i].cautious);
        variants_free(variants);
    }
    struct text words cleanup_text = {0};
    const struct metric_result result = {.metric = METRIC_CPU, .primary = true};
    assert_false(layout_append_caution(&words, &result, 0.1, NULL));
}

static void test_what_is_worth_measuring(void **state)
{
    (void)state;
    static const struct {
        enum metric_outcome outcome;
        double e_real;
        bool worth;
    } cases[] = {
        {OUTCOME_IMPROVED, 300, true},    {OUTCOME_REGRESSED, 0.1, true},    {OUTCOME_UNDECIDED, 25, true},
        {OUTCOME_UNDECIDED, 19.9, false}, {OUTCOME_NOT_WORTH_IT, 25, false}, {OUTCOME_UNAVAILABLE, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct metric_result primary = {.outcome = cases[i].outcome, .e_real = cases[i].e_real};
        assert_int_equal(layout_is_worth_measuring(&primary), cases[i].worth);
    }
}

static void test_too_few_pairs_and_other_metrics_say_nothing(void **state)
{
    (void)state;
    struct variants *variants = variants_new();
    add_variant(variants, "few", VARIANTS_PAIRS_LEAST - 1, 1.5, 0.001);
    add_variant(variants, "enough", VARIANTS_PAIRS_LEAST, 1.02, 0.001);
    variants_judge(variants);
    assert_false(variants->items[0].gains[METRIC_CPU].known);
    assert_true(variants->items[1].gains[METRIC_CPU].known);
    assert_true(fabs(variants->items[1].gains[METRIC_CPU].point + 0.02) < 0.001);
    assert_false(variants->items[1].gains[METRIC_WALL].known);
    assert_ptr_equal(variants_strongest(variants, METRIC_CPU), &variants->items[1]);
    assert_null(variants_strongest(variants, METRIC_WALL));
    variant_drop(&variants->items[1], memory_copy_string("first"));
    variant_drop(&variants->items[1], memory_copy_string("second"));
    assert_string_equal(variants->items[1].problem, "first");
    assert_int_equal(variants->items[1].pair_count, 0);
    variants_free(variants);
    variants_free(NULL);
}

/* A pair of eight on the other side: enough alone, not among four. */
static void test_many_variants_share_the_level(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 4};
    for (size_t i = 0; i < 2; i++) {
        struct variants *variants = variants_new();
        for (size_t v = 0; v < counts[i]; v++)
            add_variant(variants, "v", VARIANTS_PAIRS, v == 0 ? 1.03 : 1, 0.0001);
        variants->items[0].pairs[5].variant.value[METRIC_CPU] = 0.04 * 0.9999;
        variants_judge(variants);
        assert_true(variants->items[0].gains[METRIC_CPU].high < 0);
        assert_ptr_equal(variants_strongest(variants, METRIC_CPU), i == 0 ? &variants->items[0] : NULL);
        variants_free(variants);
    }
}

/* A name from a report that somebody else wrote. */
static void test_names_are_data(void **state)
{
    (void)state;
    struct variants *variants = variants_new();
    struct text words cleanup_text = {0};
    add_variant(variants, "a\"\x1b[2J", VARIANTS_PAIRS, 1.3, 0.001);
    variants_judge(variants);
    const struct metric_result result = {
        .metric = METRIC_CPU, .primary = true, .outcome = OUTCOME_IMPROVED, .gain = {true, 0.2, 0.2, 0.2}};
    assert_true(layout_append_caution(&words, &result, 0.1, variants));
    assert_non_null(strstr(text_string(&words), "(\"a\\\"\\x1b[2J\")"));
    variants_free(variants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cautions),
        cmocka_unit_test(test_guardrails),
        cmocka_unit_test(test_what_is_worth_measuring),
        cmocka_unit_test(test_too_few_pairs_and_other_metrics_say_nothing),
        cmocka_unit_test(test_many_variants_share_the_level),
        cmocka_unit_test(test_names_are_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
