#include "workloads/measure/eprocess.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-12)
        fail_msg("%.17g is not %.17g", value, expected);
}

static struct eprocess eprocess_of(const double *effects, size_t count)
{
    struct eprocess process = {0};
    for (size_t i = 0; i < count; i++)
        eprocess_add(&process, effects[i]);
    return process;
}

static double mixture_of(double a, double b, double c)
{
    return log((a + b + c) / 3);
}

static void test_burn_bets_on_signs_alone(void **state)
{
    (void)state;
    double effects[] = {0.5, 0.2, -0.3};
    struct eprocess process = eprocess_of(effects, 3);
    assert_near(eprocess_log_e(&process, 0, 0, +1), 0);
    assert_near(eprocess_log_e(&process, 1, 0, +1), mixture_of(1.3, 1.6, 1.9));
    assert_near(eprocess_log_e(&process, 3, 0, +1),
                mixture_of(1.3 * 1.3 * 0.7, 1.6 * 1.6 * 0.4, 1.9 * 1.9 * 0.1));
    assert_near(eprocess_log_e(&process, 1, 0, -1), mixture_of(0.7, 0.4, 0.1));
    /* Exactly at the threshold there is nothing to bet on. */
    assert_near(eprocess_log_e(&process, 1, 0.5, +1), 0);
}

static void test_scale_comes_from_the_past_only(void **state)
{
    (void)state;
    double effects[] = {0.1, 0.3, 0.2, 0.25};
    struct eprocess process = eprocess_of(effects, 4);
    assert_near(process.scale[0], 0);
    assert_near(process.scale[2], 0);
    assert_near(process.scale[3], 1.4826 * 0.1);
    /* A wild fourth pair doesn't widen its own scale, and its bet is bounded. */
    double wild[] = {0.1, 0.3, 0.2, 50};
    struct eprocess other = eprocess_of(wild, 4);
    assert_near(other.scale[3], process.scale[3]);
    double before = eprocess_log_e(&other, 3, 0, +1);
    assert_near(before, mixture_of(pow(1.3, 3), pow(1.6, 3), pow(1.9, 3)));
    assert_near(eprocess_log_e(&other, 4, 0, +1), mixture_of(pow(1.3, 4), pow(1.6, 4), pow(1.9, 4)));
}

static void test_scale_has_a_floor(void **state)
{
    (void)state;
    double effects[] = {0.1, 0.1, 0.1, 0.101};
    struct eprocess process = eprocess_of(effects, 4);
    assert_near(process.scale[3], 0.004);
    double psi = (0.101 - 0.1) / 0.004;
    assert_near(eprocess_log_e(&process, 4, 0.1, +1),
                mixture_of(1 + 0.3 * psi, 1 + 0.6 * psi, 1 + 0.9 * psi));
}

static void test_thresholds_and_effects(void **state)
{
    (void)state;
    assert_near(eprocess_theta(0.10), 0.10536051565782628);
    assert_near(eprocess_theta(-0.05), -log(1.05));
    assert_near(eprocess_effect(2, 1), log(2));
    assert_near(eprocess_effect(0, 0), 0);
    assert_true(isfinite(eprocess_effect(0, 1)));
}

/* Growth of the wealth at a quiet, a noisy and a hopeless machine, and with a batch's higher limit. */
static void test_feasibility(void **state)
{
    (void)state;
    struct feasibility quiet = eprocess_feasibility(0.014, 0.10, 20);
    assert_true(quiet.reachable);
    assert_true(quiet.pairs >= 6 && quiet.pairs <= 9);
    struct feasibility noisy = eprocess_feasibility(0.10, 0.10, 20);
    assert_true(noisy.pairs > quiet.pairs);
    struct feasibility hopeless = eprocess_feasibility(0.60, 0.10, 20);
    assert_false(hopeless.reachable);
    assert_true(eprocess_feasibility(0.05, 0.10, 200).pairs > eprocess_feasibility(0.05, 0.10, 20).pairs);
    assert_true(eprocess_feasibility(0.014, 0.90, 20).reachable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burn_bets_on_signs_alone),
        cmocka_unit_test(test_scale_comes_from_the_past_only),
        cmocka_unit_test(test_scale_has_a_floor),
        cmocka_unit_test(test_thresholds_and_effects),
        cmocka_unit_test(test_feasibility),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
