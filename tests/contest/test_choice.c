#include "orchestrator/compare/choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_the_metric_follows_how_time_was_spent(void **state)
{
    (void)state;
    static const struct {
        double cpu[2], wall[2]; /* seconds of a run of A and of B; negative: no figure */
        int wanted;
        enum metric metric;
        bool all_cpus;
        const char *why;
    } rows[] = {
        {{0.98, 0.97}, {1, 1}, -1, METRIC_CPU, false, "both compute nearly all of their time"},
        {{0.02, 0.97}, {1, 1}, -1, METRIC_WALL, false, "A computes only 2 % of its time"},
        {{0.97, 0.01}, {1, 1}, -1, METRIC_WALL, false, "B computes only 1 % of its time"},
        {{0.98, 1.7}, {1, 1}, -1, METRIC_WALL, true, "B keeps 1.7 CPUs busy, so a run may use all of them"},
        {{0.002, 0.002}, {0.001, 0.001}, -1, METRIC_CPU, false, "both compute nearly all of their time"},
        {{-1, -1}, {1, 1}, -1, METRIC_WALL, false, "this machine gives no CPU time"},
        {{0.02, 0.02}, {1, 1}, METRIC_CPU, METRIC_CPU, false, "as --metric asks"},
        {{0.98, 0.97}, {1, 1}, METRIC_WALL, METRIC_WALL, false, "as --metric asks"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct choice choice = {.why = NULL};
        for (int side = 0; side < 2; side++) {
            const struct figures figures = {
                .value = {[METRIC_CPU] = rows[i].cpu[side], [METRIC_WALL] = rows[i].wall[side]}};
            choice_add_run(&choice, (enum arm_side)side, &figures);
        }
        choice_make(&choice, rows[i].wanted);
        assert_int_equal(choice.metric, rows[i].metric);
        assert_string_equal(choice.why, rows[i].why);
        assert_int_equal(choice.cpus != NULL, rows[i].all_cpus);
        choice_fini(&choice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_metric_follows_how_time_was_spent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
