/* From facts to advice: each fact that does harm, and its harmless twin. */
#include "orchestrator/calibrate/advice.h"
#include "orchestrator/calibrate/show.h"
#include "tests/calibrate/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const double quiet[3] = {0.01, 0.01, 0.01};

static void bend_battery(struct conditions *conditions)
{
    conditions->battery = 1;
}

static void bend_quota(struct conditions *conditions)
{
    conditions->quota = 0.5;
    conditions->throttled = 12;
}

static void bend_throttled(struct conditions *conditions)
{
    conditions->throttled = 3;
}

static void bend_steal(struct conditions *conditions)
{
    conditions->steal = 0.031;
}

static void bend_others(struct conditions *conditions)
{
    conditions->others = 1.31;
}

static void bend_governor(struct conditions *conditions)
{
    strcpy(conditions->governor, "schedutil");
}

static void bend_turbo(struct conditions *conditions)
{
    conditions->turbo = 1;
}

static void bend_smt(struct conditions *conditions)
{
    conditions->smt = 1;
    strcpy(conditions->siblings, "1,3");
}

static void bend_isolated(struct conditions *conditions)
{
    strcpy(conditions->isolated, "4-5");
}

static void bend_aslr(struct conditions *conditions)
{
    conditions->aslr = 0;
}

struct advice_case {
    const char *key;
    void (*bend)(struct conditions *conditions);
    const char *seen;
    const char *mend; /* words of it */
};

static const struct advice_case cases[] = {
    {"battery", bend_battery, "the machine runs on its battery", "plug in the power supply"},
    {"quota", bend_quota, "our control group may use 0.5 CPUs and was stopped 12 times for it", "CPUQuota="},
    {"quota", bend_throttled, "a CPU quota stopped our control group 3 times", "CPUQuota="},
    {"steal", bend_steal, "the hypervisor took 3.1 % of the CPU time while this was measured",
     "dedicated CPUs"},
    {"neighbours", bend_others, "other processes kept 1.3 CPUs busy while this was measured",
     "AllowedCPUs=0-2"},
    {"governor", bend_governor, "the clock follows the load (governor \"schedutil\")",
     "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"},
    {"turbo", bend_turbo, "turbo is on", "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"smt", bend_smt, "CPUs 1,3 are one core", "echo off > /sys/devices/system/cpu/smt/control"},
    {"isolated", bend_isolated, "CPUs 4-5 are isolated from the scheduler", "name one of 4-5"},
    {"aslr", bend_aslr, "addresses are not drawn anew for each run (ASLR is off)",
     "echo 2 > /proc/sys/kernel/randomize_va_space"},
};

static void test_each_fact_has_its_advice(void **state)
{
    (void)state;
    struct calibration calibration;
    struct advice rows[ADVICE_MOST];
    sample_fill(&calibration, quiet, 13);
    sample_assess(&calibration);
    assert_int_equal(advice_give(&calibration, rows), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conditions kept = calibration.conditions;
        cases[i].bend(&calibration.conditions);
        size_t count = advice_give(&calibration, rows);
        assert_int_equal(count, 1);
        assert_string_equal(rows[0].key, cases[i].key);
        assert_string_equal(rows[0].seen, cases[i].seen);
        assert_non_null(strstr(rows[0].mend, cases[i].mend));
        advice_fini(rows, count);
        calibration.conditions = kept;
    }
    calibration_fini(&calibration);
}

/* That it is a virtual machine, or that no CPU is isolated, is worth a word only where the noise is. */
static void test_what_matters_on_a_noisy_machine_alone(void **state)
{
    (void)state;
    static const double noisy[3] = {0.4, 0.4, 0.4};
    struct calibration calibration;
    struct advice rows[ADVICE_MOST];
    sample_fill(&calibration, noisy, 13);
    strcpy(calibration.conditions.hypervisor, "KVM");
    sample_assess(&calibration);
    assert_true(advice_is_needed(&calibration));
    assert_int_equal(advice_give(&calibration, rows), 2);
    assert_string_equal(rows[0].key, "shared-cpus");
    assert_string_equal(rows[0].mend, "start the kernel with isolcpus=3 nohz_full=3");
    assert_string_equal(rows[1].key, "virtual-machine");
    assert_string_equal(rows[1].seen, "this is a virtual machine (KVM)");
    advice_fini(rows, 2);
    calibration_fini(&calibration);
    sample_fill(&calibration, quiet, 13);
    strcpy(calibration.conditions.hypervisor, "KVM");
    sample_assess(&calibration);
    assert_false(advice_is_needed(&calibration));
    assert_int_equal(advice_give(&calibration, rows), 0);
    calibration_fini(&calibration);
}

static void test_few_runs_are_told(void **state)
{
    (void)state;
    struct calibration calibration;
    struct advice rows[ADVICE_MOST];
    sample_fill(&calibration, quiet, 8);
    sample_assess(&calibration);
    size_t count = advice_give(&calibration, rows);
    assert_true(count >= 1);
    assert_string_equal(rows[0].key, "few-runs");
    assert_string_equal(rows[0].seen, "a program ran only 16 times on a set of CPUs");
    advice_fini(rows, count);
    calibration_fini(&calibration);
}

/* Six per cent more in every first run, at a noise of 1 %. */
static void test_an_order_effect_is_told(void **state)
{
    (void)state;
    struct calibration calibration;
    struct advice rows[ADVICE_MOST];
    sample_fill(&calibration, quiet, 13);
    struct calibration_series *series = &calibration.sets[0].series[CALIBRATION_COMPUTE];
    for (size_t i = 0; i < series->run_count; i += 2)
        series->runs[METRIC_CPU][i] *= 1.06;
    sample_assess(&calibration);
    calibration.best = 0;
    size_t count = advice_give(&calibration, rows);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].key, "order");
    assert_non_null(strstr(rows[0].seen, "the first run of a pair takes "));
    assert_non_null(strstr(rows[0].seen, "% more than the second"));
    advice_fini(rows, count);
    calibration_fini(&calibration);
}

static void test_lists_and_settings(void **state)
{
    (void)state;
    static const int cpus[] = {0, 1, 2, 3, 7, 9, 10};
    int few[] = {4, 6};
    const struct calibration_set set = {.cpus = few, .cpu_count = 2};
    char *list = advice_cpu_list(cpus, 7);
    char *line = advice_setting(&set);
    assert_string_equal(list, "0-3,7,9,10");
    assert_string_equal(line, "{\"measure_cpus\": [4, 6]}");
    free(list);
    free(line);
}

static const char *shown(const struct calibration *calibration, struct text *out)
{
    text_clear(out);
    show_text(calibration, "/state/calibration.json", "/config/operator.json", out);
    return text_string(out);
}

static void test_the_text_names_the_set_to_measure_on(void **state)
{
    (void)state;
    static const double second[3] = {0.05, 0.005, 0.05};
    struct calibration calibration;
    struct text out cleanup_text = {0};
    sample_fill(&calibration, second, 13);
    sample_assess(&calibration);
    assert_int_equal(calibration.best, 1);
    assert_non_null(
        strstr(shown(&calibration, &out),
               "Measure on 2: put this into /config/operator.json, beside what it holds already:\n    "
               "{\"measure_cpus\": [2]}\n"));
    assert_non_null(strstr(text_string(&out), "in 95 of 100 tries"));
    assert_non_null(strstr(text_string(&out), "One CPU gives a program with several threads no credit"));
    calibration_fini(&calibration);
    /* Sets that are alike differ by what was drawn: nobody is sent to another one. */
    sample_fill(&calibration, quiet, 24);
    sample_assess(&calibration);
    assert_int_equal(calibration.best, 0);
    assert_non_null(strstr(shown(&calibration, &out),
                           "No set of CPUs is clearly better than 3, which is measured on anyway."));
    calibration_fini(&calibration);
}

static void test_the_text_admits_what_it_cannot_tell(void **state)
{
    (void)state;
    struct calibration calibration;
    struct text out cleanup_text = {0};
    sample_fill(&calibration, quiet, 4);
    strcpy(calibration.conditions.hypervisor, "evil\x1b[2J");
    sample_assess(&calibration);
    assert_non_null(strstr(shown(&calibration, &out),
                           "Too few runs to say what gain of CPU time could be shown on CPU 3."));
    assert_null(strchr(text_string(&out), '\x1b'));
    calibration_fini(&calibration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fact_has_its_advice),
        cmocka_unit_test(test_what_matters_on_a_noisy_machine_alone),
        cmocka_unit_test(test_few_runs_are_told),
        cmocka_unit_test(test_an_order_effect_is_told),
        cmocka_unit_test(test_lists_and_settings),
        cmocka_unit_test(test_the_text_names_the_set_to_measure_on),
        cmocka_unit_test(test_the_text_admits_what_it_cannot_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
