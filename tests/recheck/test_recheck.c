/* Honest reports pass, tampered ones don't, and the value that was changed is named. */
#include "base/memory.h"
#include "orchestrator/recheck/recheck.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/report/member.h"
#include "tests/recheck/honest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void recheck_of(struct recheck *recheck, const cJSON *document)
{
    struct err err = {0};
    struct text bytes = honest_bytes(document);
    if (recheck_report(recheck, "file", text_string(&bytes), bytes.length, &err) < 0)
        fail_msg("%s", err.message);
    text_fini(&bytes);
}

static void recheck_assert_equal(const struct recheck *recheck, const char *what)
{
    for (size_t i = 0; i < recheck->count; i++) {
        const struct differences *differences = &recheck->candidates[i].differences;
        if (differences->count > 0)
            fail_msg("%s: %s: said %s, recomputed %s", what, differences->rows[0].pointer,
                     differences->rows[0].said, differences->rows[0].recomputed);
    }
    assert_true(recheck_is_equal(recheck));
}

static void test_every_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < honest_case_count; i++) {
        struct recheck recheck;
        cJSON *document = honest_report(&honest_cases[i]);
        recheck_of(&recheck, document);
        recheck_assert_equal(&recheck, honest_cases[i].name);
        assert_int_equal(recheck.count, 1);
        assert_int_equal(recheck.candidates[0].verdict, honest_cases[i].verdict);
        assert_int_equal(recheck.candidates[0].said, honest_cases[i].verdict);
        recheck_fini(&recheck);
        cJSON_Delete(document);
    }
}

/* What `run --json` prints. */
static void test_view(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *document = honest_report(&honest_cases[0]);
    struct text bytes = honest_bytes(document);
    const struct digest digest = digest_of(text_string(&bytes), bytes.length);
    cJSON *view = report_view(document, &digest, 1, "awaiting");
    report_view_attribute(view, cJSON_CreateObject());
    recheck_of(&recheck, view);
    recheck_assert_equal(&recheck, "view");
    assert_memory_equal(&recheck.candidates[0].digest, &digest, sizeof digest);
    recheck_fini(&recheck);
    cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(view, "candidates"), 0);
    cJSON_SetValuestring(cJSON_GetObjectItemCaseSensitive(candidate, "name"), "another");
    recheck_of(&recheck, view);
    assert_int_equal(recheck.candidates[0].differences.count, 1);
    assert_string_equal(recheck.candidates[0].differences.rows[0].pointer, "/candidates/0/digest");
    recheck_fini(&recheck);
    cJSON_Delete(view);
    cJSON_Delete(document);
    text_fini(&bytes);
}

static const struct {
    const char *name;       /* of the honest case */
    const char *pointer;    /* what is tampered with */
    const char *json;       /* NULL: taken away */
    const char *named;      /* a difference that has to be named; NULL: that of `pointer` */
    const char *recomputed; /* what stands there then; NULL: whatever */
} tampered[] = {
    {"not worth it", "/candidates/0/verdict", "\"recommended\"", NULL, "\"not-worth-it\""},
    {"recommended", "/candidates/0/reason", "\"trust me\"", NULL, NULL},
    {"recommended", "/candidates/0/e_value", "1e6", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/e_value", "1e6", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/e_real", "1", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/gain/point", "0.5", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/gain/low", "0.19", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/size_pairs", "13", NULL, "12"},
    {"recommended", "/candidates/0/measurements/0/outcome", "\"undecided\"", NULL, "\"improved\""},
    {"recommended", "/candidates/0/measurements/0/threshold", "0.05", NULL, "0.1"},
    {"recommended", "/candidates/0/measurements/0/before", "0.9", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/pairs/20/candidate", "0.09",
     "/candidates/0/measurements/0/gain/low", NULL},
    {"recommended", "/candidates/0/measurements/0/pairs/6/candidate", "0.09",
     "/candidates/0/measurements/0/e_value", NULL},
    {"recommended", "/candidates/0/measurements/0/pairs/6/phase", "\"noise\"",
     "/candidates/0/measurements/1/pairs/6/phase", "\"noise\""},
    {"recommended", "/candidates/0/measurements/1/pairs/6/first", "\"base\"", NULL, "\"candidate\""},
    {"recommended", "/candidates/0/measurements/1/outcome", "\"broken\"", NULL, "\"held\""},
    {"growth", "/candidates/0/measurements/0/curve/base/class", "\"O(n)\"", NULL, "\"O(n\u00b2)\""},
    {"growth", "/candidates/0/measurements/0/curve/pays/low", "1", NULL, NULL},
    {"growth", "/candidates/0/measurements/0/curve/invisible", "false", NULL, "true"},
    {"growth", "/candidates/0/measurements/0/curve/production/p99/gain/high", "0.5", NULL, NULL},
    {"growth", "/candidates/0/measurements/0/curve/production/p99/n", "1000",
     "/candidates/0/measurements/0/curve/invisible", "false"},
    {"growth", "/candidates/0/measurements/0/curve/values/2/pairs/1/base", "0.3",
     "/candidates/0/measurements/0/curve/base/spread", NULL},
    {"growth", "/candidates/0/measurements/0/curve/sentences/0", "\"trust me\"", NULL, NULL},
    {"layout", "/candidates/0/measurements/0/caution", "null", NULL, NULL},
    {"layout", "/candidates/0/measurements/0/layout/1/gain/point", "0", NULL, NULL},
    {"layout", "/candidates/0/measurements/0/layout/1/pairs/2/variant", "0.0001",
     "/candidates/0/measurements/0/layout/1/gain/high", NULL},
    {"layout", "/candidates/0/measurements/1/layout/1/pairs/2/first", "\"variant\"", NULL, "\"base\""},
    {"layout", "/candidates/0/measurements/1/layout/2/problem", "null", NULL, NULL},
    {"recommended", "/candidates/0/measurements/0/caution", "\"layout\"", NULL, "null"},
    {"recommended", "/environment/noise_floor/cpu", "0.5", NULL, NULL},
    {"recommended", "/environment/full_isolation", "false", "/candidates/0/verdict", "\"inconclusive\""},
    {"recommended", "/policy/minimum_improvement", "0.3", "/candidates/0/measurements/0/threshold", "0.3"},
    {"recommended", "/policy/digest",
     "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"", "/candidates/0/id", NULL},
    {"recommended", "/family/limit", "1", NULL, "20"},
    {"recommended", "/family/size", "50", "/candidates/0/verdict", "\"inconclusive\""},
    {"recommended", "/family/accepted", "3", NULL, "0"},
    {"recommended", "/family/e_values", "[41.5]", "/family/e_values", NULL},
    {"recommended", "/candidates/0/unheard_of", "true", NULL, NULL},
    {"contract broken", "/candidates/0/contract/findings/0", NULL, "/candidates/0/verdict",
     "\"inconclusive\""},
    {"contract broken", "/candidates/0/contract/findings/0/class", "\"whitespace\"",
     "/candidates/0/contract/findings/0/breaks", "false"},
    {"contract broken", "/candidates/0/contract/findings/0/count", "1", "/candidates/0/reason", NULL},
    {"recommended", "/candidates/0/contract/samples", "9999", NULL, "1200"},
    {"recommended", "/candidates/0/workloads/0/contract_broken", "true", "/candidates/0/verdict",
     "\"contract-broken\""},
    {"recommended", "/candidates/0/workloads/0/compared", "9999", NULL, "1200"},
    {"tries what the base never does", "/candidates/0/suspicions", "[]", "/candidates/0/suspicions/0", NULL},
    {"tries what the base never does", "/policy/suspicious_calls", "[]", "/candidates/0/verdict",
     "\"recommended\""},
    {"builds with what the base never does", "/candidates/0/commands/0/candidate/refused", "[]",
     "/candidates/0/verdict", "\"recommended\""},
    {"leaves work behind", "/candidates/0/suspicions/0", NULL, NULL, NULL},
    {"gains on visible samples only", "/candidates/0/measurements/0/held_out/outcome", "\"confirmed\"", NULL,
     "\"overfits\""},
    {"gains on visible samples only", "/candidates/0/measurements/0/held_out/p_value", "0.5", NULL, "0.0005"},
    {"gains on visible samples only", "/candidates/0/measurements/0/held_out/beyond/gain/low", "0.1", NULL,
     NULL},
    {"gains on visible samples only", "/candidates/0/measurements/0/held_out/pairs/3/held_out/candidate",
     "0.006", "/candidates/0/measurements/0/held_out/held_out/gain/low", NULL},
    {"gains on visible samples only", "/candidates/0/measurements/0/held_out", "null",
     "/candidates/0/verdict", "\"recommended\""},
    {"gains on visible samples only", "/policy/suspicious_gains", "[]", "/candidates/0/verdict",
     "\"recommended\""},
    {"gains on held-out samples", "/candidates/0/measurements/0/held_out/strata/0/held_out", "[]",
     "/candidates/0/measurements/0/held_out/outcome", "\"too-few\""},
    {"gains on repeats only", "/candidates/0/measurements/0/signals/0/only_later", "false", NULL, "true"},
    {"gains on repeats only", "/candidates/0/workloads/0/cache", "\"replay\"", "/candidates/0/verdict",
     "\"recommended\""},
    {"gains on repeats that production has", "/candidates/0/observations/0", NULL, NULL, NULL},
    {"stratum harmed", "/candidates/0/measurements/0/strata/1/harmful", "false", NULL, "true"},
    {"stratum harmed", "/candidates/0/measurements/0/strata/1/pairs/3/candidate", "0.2",
     "/candidates/0/measurements/0/strata/1/gain/low", NULL},
    {"base unstable", "/candidates/0/workloads/0/base_unstable", "false", "/candidates/0/verdict",
     "\"recommended\""},
    {"budget broken", "/candidates/0/workloads/0/unjudged/0/noise_floor", "0.7", NULL, NULL},
    {"two workloads", "/candidates/0/workloads/1/weight", "9", "/candidates/0/verdict", "\"inconclusive\""},
};

static const struct difference *recheck_find(const struct differences *differences, const char *pointer)
{
    for (size_t i = 0; i < differences->count; i++)
        if (strcmp(differences->rows[i].pointer, pointer) == 0)
            return &differences->rows[i];
    return NULL;
}

static void test_tampered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tampered / sizeof *tampered; i++) {
        struct recheck recheck;
        const char *named = tampered[i].named ? tampered[i].named : tampered[i].pointer;
        cJSON *document = honest_report(honest_find(tampered[i].name));
        honest_tamper(document, tampered[i].pointer, tampered[i].json);
        recheck_of(&recheck, document);
        assert_false(recheck_is_equal(&recheck));
        const struct differences *differences = &recheck.candidates[0].differences;
        const struct difference *difference = recheck_find(differences, named);
        if (!difference)
            fail_msg("%s: %s is not named but %s", tampered[i].pointer, named, differences->rows[0].pointer);
        else if (tampered[i].recomputed && strcmp(difference->recomputed, tampered[i].recomputed) != 0)
            fail_msg("%s: %s is recomputed as %s", tampered[i].pointer, named, difference->recomputed);
        recheck_fini(&recheck);
        cJSON_Delete(document);
    }
}

/* Another maths library may differ in a figure's last digits, and in nothing else. */
static void test_last_digits(void **state)
{
    (void)state;
    static const struct {
        double factor;
        bool equal;
    } rows[] = {{1 + 1e-13, true}, {1 + 1e-6, false}};
    for (size_t i = 0; i < 2; i++) {
        struct recheck recheck;
        cJSON *document = honest_report(&honest_cases[0]);
        cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(document, "candidates"), 0);
        cJSON *e_value = cJSON_GetObjectItemCaseSensitive(candidate, "e_value");
        cJSON_SetNumberValue(e_value, e_value->valuedouble * rows[i].factor);
        recheck_of(&recheck, document);
        assert_int_equal(recheck_is_equal(&recheck), rows[i].equal);
        recheck_fini(&recheck);
        cJSON_Delete(document);
    }
}

static const double batch_ratios[] = {0.99, 0.7, 0.8, 1.3, 0.75, 0.995};
#define BATCH_COUNT (sizeof batch_ratios / sizeof *batch_ratios)

static void test_batch(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
    recheck_of(&recheck, view);
    recheck_assert_equal(&recheck, "batch");
    assert_int_equal(recheck.count, BATCH_COUNT);
    assert_int_equal(recheck.candidates[0].verdict, VERDICT_RECOMMENDED);
    assert_int_equal(recheck.candidates[BATCH_COUNT - 1].verdict, VERDICT_REGRESSION);
    recheck_fini(&recheck);
    cJSON_Delete(view);
}

/* A candidate is taken out of its batch: the family no longer adds up for anybody. */
static void test_batch_cut(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
    cJSON_DeleteItemFromArray(cJSON_GetObjectItemCaseSensitive(view, "candidates"), 0);
    recheck_of(&recheck, view);
    for (size_t i = 0; i < recheck.count; i++)
        assert_non_null(recheck_find(&recheck.candidates[i].differences, "/family/accepted"));
    recheck_fini(&recheck);
    cJSON_Delete(view);
}

static void test_batch_tampered(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
    honest_tamper(view, "/candidates/4/verdict", "\"recommended\"");
    honest_tamper(view, "/candidates/5/evaluation", "{\"environment\":{}}");
    struct err err = {0};
    struct text bytes = honest_bytes(view);
    assert_int_equal(recheck_report(&recheck, "file", text_string(&bytes), bytes.length, &err), ERR_INVALID);
    assert_string_equal(err.message, "candidate 5 of the report: file:1: /environment: lacks \"cpu\"");
    text_fini(&bytes);
    honest_tamper(view, "/candidates/5", NULL);
    recheck_of(&recheck, view);
    assert_non_null(recheck_find(&recheck.candidates[4].differences, "/candidates/4/verdict"));
    assert_non_null(recheck_find(&recheck.candidates[4].differences, "/candidates/4/digest"));
    assert_null(recheck_find(&recheck.candidates[3].differences, "/candidates/3/digest"));
    recheck_fini(&recheck);
    cJSON_Delete(view);
}

/* The view's own words: rank, estimate, order, counts. */
static void test_batch_view(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *json, *recomputed;
        bool whole; /* said of the batch as a whole */
    } rows[] = {
        {"/candidates/1/rank", "1", "2", false},
        {"/candidates/0/rank", "null", "1", false},
        {"/candidates/5/rank", "1", "null", false},
        {"/candidates/1/estimate/gain/low", "0.9", NULL, false},
        {"/candidates/1/estimate/reached", "false", "true", false},
        {"/batch/verdicts/recommended", "6", "3", true},
        {"/batch/distinct", "1", "6", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recheck recheck;
        cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
        honest_tamper(view, rows[i].pointer, rows[i].json);
        recheck_of(&recheck, view);
        assert_false(recheck_is_equal(&recheck));
        const struct differences *differences =
            rows[i].whole ? &recheck.batch : &recheck.candidates[rows[i].pointer[12] - '0'].differences;
        const struct difference *difference = recheck_find(differences, rows[i].pointer);
        if (!difference || (rows[i].recomputed && strcmp(difference->recomputed, rows[i].recomputed) != 0))
            fail_msg("%s: not named, or with another value", rows[i].pointer);
        recheck_fini(&recheck);
        cJSON_Delete(view);
    }
}

/* The worst is put first. */
static void test_batch_order(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
    cJSON *candidates = cJSON_GetObjectItemCaseSensitive(view, "candidates");
    cJSON *last = cJSON_DetachItemFromArray(candidates, BATCH_COUNT - 1);
    cJSON_InsertItemInArray(candidates, 0, last);
    recheck_of(&recheck, view);
    assert_int_equal(recheck.batch.count, BATCH_COUNT);
    assert_string_equal(recheck.batch.rows[0].pointer, "/candidates/0");
    assert_string_equal(recheck.batch.rows[0].said, recheck.candidates[0].id);
    assert_string_equal(recheck.batch.rows[0].recomputed, recheck.candidates[1].id);
    recheck_fini(&recheck);
    cJSON_Delete(view);
}

/* Alone, a document of a batch is held against the e-values that it tells. */
static void test_member_of_batch(void **state)
{
    (void)state;
    struct recheck recheck;
    cJSON *view = honest_batch(batch_ratios, BATCH_COUNT);
    cJSON *candidates = cJSON_GetObjectItemCaseSensitive(view, "candidates");
    cJSON_DeleteItemFromObjectCaseSensitive(view, "batch");
    while (cJSON_GetArraySize(candidates) > 1)
        cJSON_DeleteItemFromArray(candidates, 1);
    recheck_of(&recheck, view);
    recheck_assert_equal(&recheck, "member");
    recheck_fini(&recheck);
    honest_tamper(view, "/family/e_values/0", "4711");
    honest_tamper(view, "/family/e_values/1", "4711");
    honest_tamper(view, "/family/e_values/2", "4711");
    recheck_of(&recheck, view);
    const struct difference *difference =
        recheck_find(&recheck.candidates[0].differences, "/family/e_values");
    assert_non_null(difference);
    assert_string_equal(difference->said, "without this candidate's");
    recheck_fini(&recheck);
    cJSON_Delete(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_verdict),

        cmocka_unit_test(test_view),
        cmocka_unit_test(test_tampered),
        cmocka_unit_test(test_last_digits),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_batch_cut),
        cmocka_unit_test(test_batch_tampered),
        cmocka_unit_test(test_batch_view),
        cmocka_unit_test(test_batch_order),
        cmocka_unit_test(test_member_of_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
