/* Which dependences of a gain make a candidate suspicious, and which are only told. */
#include "base/memory.h"
#include "policies/suspicion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BUNDLED CUPEL_SOURCE "/policies"

#define VISIBLE                                                                                                 \
    "sum: gains only on visible samples: 30.0 % less CPU time (29.0–31.0 %) on those, 0.4 % more (−0.2 to " \
    "1.0 %) on the held-out ones; of random splits of the same samples 0.05 % look like that"
#define REPEATS                                                                                                \
    "sum: gains only on repeats: 30.0 % less CPU time (29.0–31.0 %) where a run asks a sample again, 0.4 % " \
    "more (−0.2 to 1.0 %) the first time"
#define WARM_UP                                                                                              \
    "sum: gains only behind the warm-up: 30.0 % less CPU time (29.0–31.0 %) after the first tenth of a "   \
    "run, "                                                                                                  \
    "0.4 % more (−0.2 to 1.0 %) in it"

enum shown { SHOWN_VISIBLE, SHOWN_REPEATS, SHOWN_WARM_UP, SHOWN_NOTHING };

static const struct {
    enum shown shown;
    enum workload_cache cache;
    bool declared;
    const char *named;       /* policy */
    const char *suspicion;   /* or NULL */
    const char *observation; /* or NULL */
} rows[] = {
    {SHOWN_VISIBLE, WORKLOAD_CACHE_COLD, false, "default", VISIBLE, NULL},
    {SHOWN_VISIBLE, WORKLOAD_CACHE_REPLAY, true, "default", VISIBLE, NULL},
    {SHOWN_VISIBLE, WORKLOAD_CACHE_COLD, false, "nothing", NULL, VISIBLE},
    {SHOWN_VISIBLE, WORKLOAD_CACHE_COLD, false, "exploratory", VISIBLE, NULL},
    {SHOWN_REPEATS, WORKLOAD_CACHE_COLD, false, "default", REPEATS, NULL},
    {SHOWN_REPEATS, WORKLOAD_CACHE_COLD, true, "default", REPEATS, NULL},
    {SHOWN_REPEATS, WORKLOAD_CACHE_WARM, true, "default", NULL, REPEATS},
    {SHOWN_REPEATS, WORKLOAD_CACHE_REPLAY, true, "default", NULL, REPEATS},
    {SHOWN_REPEATS, WORKLOAD_CACHE_COLD, true, "nothing", NULL, REPEATS},
    {SHOWN_WARM_UP, WORKLOAD_CACHE_COLD, true, "default", WARM_UP, NULL},
    {SHOWN_WARM_UP, WORKLOAD_CACHE_COLD, false, "default", NULL, WARM_UP},
    {SHOWN_WARM_UP, WORKLOAD_CACHE_REPLAY, true, "default", NULL, WARM_UP},
    {SHOWN_NOTHING, WORKLOAD_CACHE_COLD, true, "default", NULL, NULL},
};

static struct policy policy_of(const char *name)
{
    struct policy policy;
    struct err err = {0};
    struct json_file file = {0};
    char *text = strcmp(name, "nothing") == 0 ? memory_copy_string("{\"p\": {\"suspicious_gains\": []}}")
                                              : memory_format("{\"p\": \"%s\"}", name);
    assert_int_equal(json_file_read(&file, "test", text, strlen(text), NULL, &err), 0);
    if (policy_read(&policy, &file, json_find(json_root(file.document), "p"), BUNDLED, &err) < 0)
        fail_msg("%s", err.message);
    json_file_fini(&file);
    free(text);
    return policy;
}

static void test_gains_are_weighed(void **state)
{
    static const struct gain gained = {.known = true, .point = 0.30, .low = 0.29, .high = 0.31};
    static const struct gain nothing = {.known = true, .point = -0.004, .low = -0.01, .high = 0.002};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy policy = policy_of(rows[i].named);
        char name[] = "sum";
        struct evidence evidence = {0};
        struct workload_evidence workload = {
            .name = name, .measured = true, .cache = rows[i].cache, .cache_declared = rows[i].declared};
        struct measurement *measurement = &workload.measurement;
        measurement->metric_count = 1;
        measurement->metrics[0] = (struct metric_result){.metric = METRIC_CPU, .primary = true};
        measurement->held_out = (struct held_out){
            .outcome = rows[i].shown == SHOWN_VISIBLE ? HELD_OUT_OVERFITS : HELD_OUT_CONFIRMED,
            .visible_gain = gained,
            .held_out_gain = nothing,
            .p_value = 0.0005};
        measurement->signals[SIGNAL_REPEATS] =
            (struct signal){.first = nothing, .later = gained, .only_later = rows[i].shown == SHOWN_REPEATS};
        measurement->signals[SIGNAL_WARM_UP] =
            (struct signal){.first = nothing, .later = gained, .only_later = rows[i].shown == SHOWN_WARM_UP};
        suspicion_judge(&evidence, &policy, &workload);
        assert_string_equal(evidence.suspicions ? evidence.suspicions[0] : "",
                            rows[i].suspicion ? rows[i].suspicion : "");
        assert_string_equal(evidence.observations ? evidence.observations[0] : "",
                            rows[i].observation ? rows[i].observation : "");
        evidence_fini(&evidence);
        policy_fini(&policy);
    }
}

static void test_unknown_names_are_refused(void **state)
{
    static const char text[] = "{\"p\": {\"suspicious_gains\": [\"repeats\", \"luck\"]}}";
    struct json_file file = {0};
    struct policy policy;
    struct err err = {0};
    (void)state;
    assert_true(suspicion_is_known("warm-up") && !suspicion_is_known("luck"));
    assert_int_equal(json_file_read(&file, "cupel.json", text, sizeof text - 1, NULL, &err), 0);
    assert_int_equal(policy_read(&policy, &file, json_find(json_root(file.document), "p"), BUNDLED, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "cupel.json:1: /p/suspicious_gains/1: must be one of visible-samples, "
                                     "repeats, warm-up");
    json_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gains_are_weighed),
        cmocka_unit_test(test_unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
