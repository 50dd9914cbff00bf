/* What the benchmark of the measurement says of others, and that its results survive an interruption. */
#include "tests/bench/measure_results.h"
#include "tests/bench/measure_rivals.h"
#include "tests/bench/measure_summary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_rivals(void **state)
{
    (void)state;
    static const struct {
        double a[RIVALS_RUNS], b[RIVALS_RUNS];
        size_t count;
        double p;
    } rows[] = {
        {{4, 5, 6}, {1, 2, 3}, 3, 1.0 / 20},
        {{3, 5, 6}, {1, 2, 4}, 3, 2.0 / 20},
        {{1, 2, 3}, {4, 5, 6}, 3, 1},
        {{7, 7, 7}, {7, 7, 7}, 3, 1},
        {{2, 2, 3}, {1, 1, 2}, 3, 3.0 / 20}, /* the twos share a rank; three deals of six do as well */
        {{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, 1.0 / 184756},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = rivals_mann_whitney(rows[i].a, rows[i].b, rows[i].count);
        if (fabs(p - rows[i].p) > 1e-12)
            fail_msg("row %zu: %.12f", i, p);
    }
    assert_true(fabs(rivals_saving((double[]){10, 10}, (double[]){8, 10}, 2) - 0.1) < 1e-12);
    assert_true(rivals_saving((double[]){10, 10}, (double[]){11, 11}, 2) < 0);
}

static void test_results_come_back(void **state)
{
    (void)state;
    char path[] = "/tmp/cupel-results-XXXXXX";
    struct results results;
    struct pair pair = {.phase = PHASE_DECIDE};
    struct measurement measurement = {.pairs = &pair, .pair_count = 1};
    struct result result = {.condition = CONDITION_NEIGHBOURS,
                            .metric = METRIC_WALL,
                            .gain = 0.15,
                            .family = 20,
                            .outcome = OUTCOME_IMPROVED,
                            .accepted = true,
                            .pairs = 9,
                            .guard_pairs = 3,
                            .quads = 2,
                            .e_value = 23.5,
                            .seconds = 0.75,
                            .noise = 0.02,
                            .early = -0.01,
                            .size = NAN,
                            .statistics_ms = 0.25,
                            .rival_seconds = 1.5,
                            .saving = {0.125, -0.5},
                            .p = {0.5, 0.25}};
    for (int m = 0; m < METRIC_COUNT; m++)
        pair.base.value[m] = pair.candidate.value[m] = 1;
    close(mkstemp(path));
    assert_int_equal(results_append_head(path, 5000000, 0.125, 7), 0);
    assert_int_equal(results_append(path, &result, &measurement), 0);
    result.size = 0.0625;
    result.condition = CONDITION_QUIET;
    assert_int_equal(results_append(path, &result, &measurement), 0);
    assert_int_equal(results_load(&results, path), 0);
    assert_int_equal(results.count, 2);
    assert_int_equal(results.rounds, 5000000);
    assert_true(results.startup == 0.125);
    assert_true(results.rows[0].condition == CONDITION_NEIGHBOURS && isnan(results.rows[0].size));
    const struct result *row = &results.rows[1];
    assert_true(row->condition == CONDITION_QUIET && row->metric == METRIC_WALL && row->gain == 0.15);
    assert_true(row->family == 20 && row->outcome == OUTCOME_IMPROVED && row->accepted && row->pairs == 9);
    assert_true(row->guard_pairs == 3 && row->quads == 2 && row->e_value == 23.5 && row->seconds == 0.75);
    assert_true(row->noise == 0.02 && row->early == -0.01 && row->size == 0.0625);
    assert_true(row->statistics_ms == 0.25 && row->rival_seconds == 1.5);
    assert_memory_equal(row->saving, result.saving, sizeof row->saving);
    assert_memory_equal(row->p, result.p, sizeof row->p);
    FILE *out = fopen("/dev/null", "w");
    summary_print(&results, out);
    fclose(out);
    results_fini(&results);
    FILE *file = fopen(path, "a");
    fputs("quiet\tcpu\t0.1\n", file); /* torn */
    fclose(file);
    assert_int_equal(results_load(&results, path), -1);
    results_fini(&results);
    unlink(path);
    assert_int_equal(results_load(&results, path), 0);
    assert_int_equal(results.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rivals),
        cmocka_unit_test(test_results_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
