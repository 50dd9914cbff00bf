#include "workloads/measure/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-12 * fmax(1, fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void test_median_and_scale(void **state)
{
    (void)state;
    static const struct {
        double values[6];
        size_t count;
        double median;
        double deviation; /* median absolute, before the factor */
    } rows[] = {
        {{0}, 0, 0, 0},
        {{7}, 1, 7, 0},
        {{3, 1}, 2, 2, 1},
        {{5, 1, 2}, 3, 2, 1},
        {{1, 1, 1, 100}, 4, 1, 0},
        {{4, 1, 3, 2}, 4, 2.5, 1},
        {{9, 1, 5, 3, 7}, 5, 5, 2},
        {{-1, -3, 2, 8, 0, 0.5}, 6, 0.25, 1.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double values[6];
        memcpy(values, rows[i].values, sizeof values);
        assert_near(statistics_scale(values, rows[i].count), 1.4826 * rows[i].deviation);
        assert_near(statistics_median(values, rows[i].count), rows[i].median);
    }
}

/* Critical values of the signed-rank test at 95 %,
 * two-sided, as printed in tables: 6:1 8:4 10:9 12:14 20:53. */
static void test_signed_rank_takes_the_tabled_order_statistics(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        size_t order; /* the interval ends at this smallest and largest Walsh average */
    } rows[] = {{6, 1}, {7, 3}, {8, 4}, {10, 9}, {12, 14}, {20, 53}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* Powers of four: each Walsh average differs,
         * and they sort by their larger element, then the other. */
        double values[20];
        double walsh[210];
        size_t filled = 0;
        for (size_t k = 0; k < rows[i].count; k++)
            values[k] = ldexp(1, 2 * (int)k);
        for (size_t a = 0; a < rows[i].count; a++) {
            for (size_t b = a; b < rows[i].count; b++)
                walsh[filled++] = (values[a] + values[b]) / 2;
        }
        statistics_median(walsh, filled);
        struct statistics_interval interval = statistics_signed_rank(values, rows[i].count, 0.95);
        assert_true(interval.known);
        assert_near(interval.low, walsh[rows[i].order - 1]);
        assert_near(interval.high, walsh[filled - rows[i].order]);
    }
}

static void test_signed_rank_of_a_few(void **state)
{
    (void)state;
    double five[] = {1, 2, 3, 4, 5};
    struct statistics_interval interval = statistics_signed_rank(five, 5, 0.95);
    assert_false(interval.known); /* the extremes alone have 1 in 16 */
    assert_near(interval.point, 3);
    assert_near(interval.low, 1);
    assert_near(interval.high, 5);
    assert_false(statistics_signed_rank(NULL, 0, 0.95).known);
    double same[12] = {0};
    for (size_t i = 0; i < 12; i++)
        same[i] = 0.25;
    interval = statistics_signed_rank(same, 12, 0.95);
    assert_true(interval.known);
    assert_near(interval.low, 0.25);
    assert_near(interval.high, 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median_and_scale),
        cmocka_unit_test(test_signed_rank_takes_the_tabled_order_statistics),
        cmocka_unit_test(test_signed_rank_of_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
