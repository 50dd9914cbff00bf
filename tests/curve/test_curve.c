/* Crossings, production, degenerate input, and the sentences that follow. */
#include "base/json_access.h"
#include "base/memory.h"
#include "policies/curve_words.h"
#include "tests/curve/simulate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double sizes[] = {100, 300, 1000, 3000, 10000};

static struct curve *judged(struct simulate simulate, const double quantiles[CURVE_QUANTILES])
{
    simulate.sizes = simulate.sizes ? simulate.sizes : sizes;
    simulate.count = simulate.count ? simulate.count : 5;
    simulate.pairs = simulate.pairs ? simulate.pairs : 5;
    struct curve *curve = simulate_curve(&simulate);
    curve->production.known = quantiles ? 1 : 0;
    for (int q = 0; q < CURVE_QUANTILES && quantiles; q++)
        curve->production.points[q].n = quantiles[q];
    curve_judge(curve);
    return curve;
}

static void says(const struct curve *curve, size_t index, const char *expected)
{
    char **sentences = curve_sentences(curve);
    size_t count = 0;
    while (sentences[count])
        count++;
    assert_true(index < count);
    assert_string_equal(sentences[index], expected);
    json_free_strings(sentences);
}

/* 0.01 s of start-up; n² against n log n, whose costs without it are equal nowhere. */
static const struct simulate_arm quadratic = {FIT_QUADRATIC, 0.01, 1};
static const struct simulate_arm linearithmic = {FIT_LINEARITHMIC, 0.01, 0.02};

static void test_pays_from_some_size_on(void **state)
{
    (void)state;
    size_t covered = 0;
    /* Where the gain is 10 %, by bisection. */
    double low = 100;
    double high = 10000;
    while (high - low > 0.01) {
        double n = (low + high) / 2;
        double base = 0.01 + 1e-8 * n * n;
        double candidate = 0.01 + 0.02 * n * log(n) / (1e4 * log(1e4));
        *(1 - candidate / base >= 0.1 ? &high : &low) = n;
    }
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct curve *curve =
            judged((struct simulate){.arm = {quadratic, linearithmic}, .noise = 0.02, .seed = seed}, NULL);
        assert_true(curve->pays.known);
        assert_false(curve->pays.falling);
        assert_true(curve->pays.low <= curve->pays.n && curve->pays.n <= curve->pays.high);
        assert_true(fabs(log(curve->pays.n / high)) < 0.7);
        covered += curve->pays.low <= high && high <= curve->pays.high;
        curve_free(curve);
    }
    assert_true(covered >= 85);
}

static void test_slower_below_and_faster_above(void **state)
{
    (void)state;
    const struct simulate_arm heavy = {FIT_LINEAR, 0.03, 0.02}; /* a table that is built first */
    struct curve *curve =
        judged((struct simulate){.arm = {quadratic, heavy}, .noise = 0.01, .seed = 7}, NULL);
    assert_true(curve->meets.known && !curve->meets.falling);
    assert_true(curve->meets.low < 1600 && curve->meets.high > 1450); /* 1e-8 n² = 0.02 + 2e-6 n at 1,518 */
    assert_true(curve->pays.known && curve->pays.n > curve->meets.n);
    curve_free(curve);
    /* The other way round it pays only up to there. */
    curve = judged((struct simulate){.arm = {heavy, quadratic}, .noise = 0.01, .seed = 7}, NULL);
    assert_true(curve->meets.known && curve->meets.falling);
    assert_true(curve->pays.known && curve->pays.falling);
    curve_free(curve);
}

/* Two equal arms cross wherever the noise wants: no crossing may be told. */
static void test_equal_arms_meet_nowhere(void **state)
{
    (void)state;
    size_t told = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct curve *curve =
            judged((struct simulate){.arm = {quadratic, quadratic}, .noise = 0.03, .seed = seed}, NULL);
        told += curve->meets.known;
        assert_false(curve->invisible);
        curve_free(curve);
    }
    assert_true(told <= 5);
}

static void test_production_is_told(void **state)
{
    (void)state;
    static const double small[] = {2, 5, 12, 40};
    static const double great[] = {1000, 3000, 10000, 90000};
    static const double with_twelve[] = {12, 100, 1000, 10000};
    struct simulate simulate = {.arm = {quadratic, linearithmic}, .noise = 0.01, .seed = 3};
    struct curve *curve = judged(simulate, great);
    const struct curve_quantile_point *p99 = &curve->production.points[CURVE_P99];
    assert_true(p99->measured && !p99->extrapolated && p99->gain.low > 0.95);
    assert_true(curve->production.points[CURVE_MAX].extrapolated);
    assert_false(curve->invisible);
    curve_free(curve);
    /* Smaller than any size: told, with the warning, but never called invisible. */
    curve = judged(simulate, small);
    assert_true(curve->production.points[CURVE_P99].extrapolated);
    assert_false(curve->invisible);
    curve_free(curve);
    simulate.sizes = with_twelve;
    simulate.count = 4;
    curve = judged(simulate, small);
    p99 = &curve->production.points[CURVE_P99];
    assert_true(p99->measured && p99->gain.point < 0.02 && p99->gain.high < 0.1);
    assert_true(curve->invisible);
    curve_free(curve);
}

static void test_sentences(void **state)
{
    (void)state;
    static const double small[] = {2, 5, 12, 40};
    static const double with_twelve[] = {12, 100, 1000, 10000};
    struct simulate simulate = {
        .arm = {quadratic, {FIT_LINEAR, 0.01, 0.02}}, .sizes = with_twelve, .count = 4};
    struct curve *curve = judged(simulate, small); /* without any noise */
    says(curve, 0,
         "CPU time over n (/items/length, 12 to 10,000): O(n²) → between O(n) and O(n log n); 10 % are saved "
         "from n ≈ 460 (460–470) on.");
    says(curve, 1,
         "At n = 12, the 99th percentile of production: 0.2 % more CPU time (−0.2 to 0.6 %), below the 10 % "
         "that count: the change is invisible there.");
    curve->production.known = 0.93;
    curve->values[3].skipped = memory_copy_string("the time budget has no room for its pairs");
    curve->values[3].pair_count = 0;
    curve_judge(curve);
    char **sentences = curve_sentences(curve);
    assert_non_null(strstr(sentences[1], "percentile of production (n is known of 93.0 % of it): "));
    assert_string_equal(sentences[2], "Not measured: n = 10,000; the time budget has no room for its pairs.");
    json_free_strings(sentences);
    curve->production.known = 0;
    curve_judge(curve);
    says(curve, 1, "No timed sample tells its n, so where production stands is unknown.");
    curve_free(curve);
}

static void test_the_same_pairs_give_the_same(void **state)
{
    (void)state;
    static const double great[] = {1000, 3000, 10000, 90000};
    struct simulate simulate = {.arm = {quadratic, linearithmic}, .noise = 0.05, .seed = 11};
    struct curve *one = judged(simulate, great);
    struct curve *two = judged(simulate, great);
    curve_judge(two); /* again, over what it has */
    assert_memory_equal(one->fit, two->fit, sizeof one->fit);
    assert_memory_equal(&one->pays, &two->pays, sizeof one->pays);
    assert_memory_equal(&one->production, &two->production, sizeof one->production);
    curve_free(one);
    curve_free(two);
}

static struct curve *constant(const double *n, size_t count, size_t pairs, double cost)
{
    struct curve *curve = curve_new();
    curve->parameter = memory_copy_string("arg:1");
    curve->threshold = 0.1;
    curve->value_count = count;
    for (size_t i = 0; i < count; i++) {
        curve->values[i].n = n[i];
        for (size_t p = 0; p < pairs; p++)
            curve->values[i].pairs[curve->values[i].pair_count++] =
                (struct curve_pair){.base = cost, .candidate = cost};
    }
    curve_judge(curve);
    return curve;
}

static void test_degenerate_input(void **state)
{
    (void)state;
    static const double three[] = {0, 1, 1e15};
    struct curve *curve = constant(three, 1, 5, 1);
    assert_false(curve->fit[0].known);
    says(curve, 0, "CPU time over n (arg:1): 1 size was measured, and a shape needs 3.");
    curve_free(curve);
    curve = constant(three, 3, 2, 1); /* pairs too few */
    assert_false(curve->fit[0].known);
    says(curve, 0, "CPU time over n (arg:1): 0 sizes were measured, and a shape needs 3.");
    curve_free(curve);
    static const double costs[] = {0, 1, 1e-300, 1e300, -1};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        curve = constant(three, 3, 5, costs[i]);
        assert_int_equal(curve->fit[0].known, costs[i] >= 0);
        assert_false(curve->meets.known || curve->pays.known || curve->invisible);
        char **sentences = curve_sentences(curve);
        assert_non_null(sentences[0]);
        if (costs[i] >= 0 && costs[i] < 1e300)
            assert_non_null(strstr(sentences[0], "flat before and after; 10 % are saved at no size"));
        json_free_strings(sentences);
        curve_free(curve);
    }
    curve = constant(three, 0, 0, 0);
    assert_false(curve->fit[0].known);
    curve_free(curve);
    curve_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pays_from_some_size_on),
        cmocka_unit_test(test_slower_below_and_faster_above),
        cmocka_unit_test(test_equal_arms_meet_nowhere),
        cmocka_unit_test(test_production_is_told),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_the_same_pairs_give_the_same),
        cmocka_unit_test(test_degenerate_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
