/*
 * Whether the right class is found: simulated programs of every class, noise of 1 to 8 %, few and many sizes,
 * much and little start-up. Counts how often the true class is ruled out and how often a wrong one stands
 * alone; prints how often the true one stands alone.
 */
#include "tests/curve/simulate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SEEDS 40

static const double decades[] = {100, 1000, 10000};
static const double halves[] = {100, 300, 1000, 3000, 10000};
static const double wide[] = {10, 100, 1000, 10000, 100000};
static const double narrow[] = {1000, 2000, 4000, 8000};
static const struct {
    const char *name;
    const double *sizes;
    size_t count;
} ranges[] = {{"100, 1,000, 10,000", decades, 3},
              {"100 to 10,000, five", halves, 5},
              {"10 to 100,000, five", wide, 5},
              {"1,000 to 8,000, four", narrow, 4}};
static const double noises[] = {0.01, 0.03, 0.05, 0.08};
static const double starts[] = {0, 0.05, 0.5};

struct tally {
    size_t lost;   /* the true class is not possible */
    size_t wrong;  /* another one stands alone */
    size_t single; /* the true one stands alone */
    size_t missed; /* the true power is outside the exponent's interval */
    size_t runs;
};

static void tally_add(struct tally *tally, const struct fit *fit, enum fit_class truth)
{
    static const double powers[FIT_CLASSES] = {[FIT_LINEAR] = 1, [FIT_QUADRATIC] = 2};
    size_t possible = 0;
    for (int growth = 0; growth < FIT_CLASSES; growth++)
        possible += fit->possible[growth];
    tally->runs++;
    tally->lost += !fit->possible[truth];
    tally->wrong += possible == 1 && !fit->possible[truth];
    tally->single += possible == 1 && fit->possible[truth];
    if (powers[truth] > 0 && fit->has_exponent)
        tally->missed +=
            powers[truth] < fit->exponent_low - 1e-9 || powers[truth] > fit->exponent_high + 1e-9;
}

/* All classes under one condition; both arms are simulated alike, so that each curve counts twice. */
static struct tally tally_condition(size_t range, double start, double noise, size_t pairs,
                                    struct tally classes[FIT_CLASSES])
{
    struct tally all = {0};
    for (int truth = 0; truth < FIT_CLASSES; truth++) {
        classes[truth] = (struct tally){0};
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            const struct simulate_arm arm = {truth, truth == FIT_CONSTANT ? 1 : start, 1};
            const struct simulate simulate = {.sizes = ranges[range].sizes,
                                              .count = ranges[range].count,
                                              .pairs = pairs,
                                              .arm = {arm, arm},
                                              .noise = noise,
                                              .seed = seed + 1000 * (uint64_t)truth};
            struct curve *curve = simulate_curve(&simulate);
            (void)curve_fit(curve);
            tally_add(&classes[truth], &curve->fit[0], truth);
            tally_add(&classes[truth], &curve->fit[1], truth);
            curve_free(curve);
        }
        assert_true(classes[truth].lost * 20 <= classes[truth].runs);
        assert_true(classes[truth].wrong * 20 <= classes[truth].runs);
        assert_true(classes[truth].missed * 20 <= classes[truth].runs);
        all.lost += classes[truth].lost;
        all.wrong += classes[truth].wrong;
        all.runs += classes[truth].runs;
    }
    return all;
}

static void test_every_class_is_found_or_left_open(void **state)
{
    (void)state;
    struct tally classes[FIT_CLASSES];
    for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++) {
        for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
            for (size_t k = 0; k < sizeof noises / sizeof *noises; k++) {
                struct tally all = tally_condition(range, starts[s], noises[k], 5, classes);
                printf("%-22s start-up %.2f noise %2.0f %%: lost %.1f %%, wrong %.1f %%, alone",
                       ranges[range].name, starts[s], 100 * noises[k],
                       100.0 * (double)all.lost / (double)all.runs,
                       100.0 * (double)all.wrong / (double)all.runs);
                for (int truth = 1; truth < FIT_CLASSES; truth++)
                    printf(" %s %3.0f %%", fit_class_names[truth],
                           100.0 * (double)classes[truth].single / (double)classes[truth].runs);
                printf("\n");
            }
        }
    }
}

/* Three pairs are the fewest; the promise is the same. */
static void test_the_fewest_pairs(void **state)
{
    (void)state;
    struct tally classes[FIT_CLASSES];
    for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
        (void)tally_condition(range, 0.05, 0.08, 3, classes);
}

/* Quiet, without start-up and over decades nothing is left open. */
static void test_quiet_decades_are_told_apart(void **state)
{
    (void)state;
    struct tally classes[FIT_CLASSES];
    (void)tally_condition(1, 0, 0.01, 5, classes);
    for (int truth = FIT_LOGARITHMIC; truth < FIT_CLASSES; truth++)
        assert_int_equal(classes[truth].single, classes[truth].runs);
    (void)tally_condition(1, 0.5, 0.01, 5, classes);
    assert_int_equal(classes[FIT_QUADRATIC].single, classes[FIT_QUADRATIC].runs);
    assert_int_equal(classes[FIT_LINEAR].single, 0); /* n and n log n behind a start-up as great as half */
}

/* A curve of no class is none: its power is told, not the nearest name. */
static void test_a_cubic_is_no_class(void **state)
{
    (void)state;
    struct fit_point points[4];
    struct fit fit;
    for (size_t i = 0; i < 4; i++)
        points[i] = (struct fit_point){halves[i], 1e-9 * pow(halves[i], 3), 0.01};
    fit_points(&fit, points, 4);
    assert_true(fit.known);
    for (int growth = 0; growth < FIT_CLASSES; growth++)
        assert_false(fit.possible[growth]);
    assert_int_equal(fit.line.growth, FIT_CLASSES);
    assert_true(fit.exponent_low <= 3 && fit.exponent_high >= 3 && fit.exponent_low > 2.8);
    assert_true(fabs(fit_cost(&fit.line, 500) / (1e-9 * pow(500, 3)) - 1) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_is_found_or_left_open),
        cmocka_unit_test(test_the_fewest_pairs),
        cmocka_unit_test(test_quiet_decades_are_told_apart),
        cmocka_unit_test(test_a_cubic_is_no_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
