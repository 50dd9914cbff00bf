/* Which sets are tried on machines of several sizes. */
#include "orchestrator/calibrate/advice.h"
#include "orchestrator/calibrate/candidates.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct candidates_case {
    int from, to;        /* CPUs that are allowed, all between */
    int chosen[3];       /* the operator's */
    size_t chosen_count; /* 0: none */
    const char *sets;    /* in order, the usual one in brackets */
};

static const struct candidates_case cases[] = {
    {0, 0, {0}, 0, "[0] "},
    {5, 5, {0}, 0, "[5] "},
    {0, 1, {0}, 0, "[1] 0 0,1 "},
    {0, 3, {0}, 0, "[3] 2 1 0 0-3 "},
    {0, 15, {0}, 0, "[15] 11 7 3 0-15 "},
    {0, 3, {2}, 1, "[2] 3 1 0 0-3 "},
    {0, 3, {3, 2, 3}, 3, "[2,3] 3 2 1 0 0-3 "},
    {0, 1, {9}, 1, "[9] 1 0 0,1 "},
};

static void test_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct candidates_case *row = &cases[i];
        struct calibration calibration = {0};
        struct text words cleanup_text = {0};
        int allowed[16];
        size_t count = 0;
        for (int cpu = row->from; cpu <= row->to; cpu++)
            allowed[count++] = cpu;
        candidates_fill(&calibration, allowed, count, row->chosen_count ? row->chosen : NULL,
                        row->chosen_count);
        for (size_t k = 0; k < calibration.set_count; k++) {
            char *list = advice_cpu_list(calibration.sets[k].cpus, calibration.sets[k].cpu_count);
            text_printf(&words, k == calibration.usual ? "[%s] " : "%s ", list);
            free(list);
        }
        assert_string_equal(text_string(&words), row->sets);
        calibration_fini(&calibration);
    }
}

static void test_some_cpu_is_allowed(void **state)
{
    (void)state;
    int *cpus = NULL;
    size_t count = 0;
    struct err err = {0};
    assert_int_equal(candidates_allowed(&cpus, &count, &err), 0);
    assert_true(count > 0);
    for (size_t i = 1; i < count; i++)
        assert_true(cpus[i] > cpus[i - 1]);
    free(cpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_some_cpu_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
