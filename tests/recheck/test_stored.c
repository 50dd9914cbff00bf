/* A report read back is written again byte by byte;
 * one that could not have been written is refused by name. */
#include "orchestrator/recheck/stored.h"
#include "orchestrator/report/member.h"
#include "tests/recheck/honest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void stored_assert_same(const struct text *bytes, const char *name)
{
    struct stored_report stored;
    struct err err = {0};
    if (stored_report_read(&stored, name, text_string(bytes), bytes->length, &err) < 0)
        fail_msg("%s", err.message);
    cJSON *document = stored_report_build(&stored);
    struct text again = honest_bytes(document);
    assert_string_equal(text_string(&again), text_string(bytes));
    text_fini(&again);
    cJSON_Delete(document);
    stored_report_fini(&stored);
}

static void test_every_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < honest_case_count; i++) {
        cJSON *document = honest_report(&honest_cases[i]);
        struct text bytes = honest_bytes(document);
        stored_assert_same(&bytes, honest_cases[i].name);
        text_fini(&bytes);
        cJSON_Delete(document);
    }
}

/* Figures that nobody computed, and text that is no UTF-8. */
static void test_made_up(void **state)
{
    (void)state;
    struct evidence evidence;
    struct decision decision;
    case_recommended(&evidence);
    case_add_stratum(&evidence.workloads[0], "reversed", 0.4, -0.31, true);
    case_add_workload(&evidence, "a\xff\xfe", 1e-6, OUTCOME_UNAVAILABLE);
    evidence.subject[0] = '\x80';
    evidence.suspicions = case_strings("says so\x01\x02\xf0\x9f\xa7\xaa");
    evidence.observations = case_strings("");
    evidence.identical = true;
    verdict_decide(&evidence, &case_policy, &decision);
    cJSON *document = report_build(&evidence, &decision, &case_policy, &case_context);
    struct text bytes = honest_bytes(document);
    stored_assert_same(&bytes, "made up");
    text_fini(&bytes);
    cJSON_Delete(document);
    decision_fini(&decision);
    evidence_fini(&evidence);
}

#define FINDING(reproduction)                                                                                \
    "[{\"workload\":\"summary\",\"class\":\"value\",\"breaks\":true,\"part\":\"stdout\",\"pattern\":\"\","   \
    "\"pointer\":\"\",\"count\":1,\"sample\":\"a\",\"before\":null,\"after\":null,"                          \
    "\"remark\":null,\"reproduction\":" reproduction "}]"
#define REPRODUCTION(request, why_none)                                                                      \
    "{\"request\":" request ",\"why_none\":" why_none                                                        \
    ",\"bytes\":1,\"from_bytes\":2,\"steps\":3,\"minimal\":true,"                                            \
    "\"differs_only_when\":null,\"before\":null,\"after\":null}"

static const struct {
    const char *path, *json; /* what is put there; NULL: nothing */
    const char *message;     /* behind "file:1: " */
} refusals[] = {
    {"/created", NULL, "lacks \"created\""},
    {"/policy/intent", "\"win\"", "/policy/intent: unknown value; known are \"optimize\", \"no-regression\""},
    {"/policy/minimum_improvement", "1", "/policy/minimum_improvement: must be a number from -0.9 to 0.9"},
    {"/policy/guardrails/cpu", "-1", "/policy/guardrails/cpu: must be a number from 0 to 1000000000000"},
    {"/family/size", "1.5", "/family/size: must be an integer"},
    {"/family/e_values", "[30,25]", "/family/e_values: holds more e-values than the family has members"},
    {"/candidates", "[]", "/candidates: must hold one candidate"},
    {"/candidates/0/name", "7", "/candidates/0/name: must be a string, not a number"},
    {"/candidates/0/start_failed", "null", "/candidates/0/start_failed: must be true or false, not null"},
    {"/candidates/0/patch/digest", "\"sha256:12\"",
     "/candidates/0/patch/digest: must be \"sha256:\" and 64 lower-case digits"},
    {"/candidates/0/patch/people", "[null]", "/candidates/0/patch/people/0: must be a string, not null"},
    {"/candidates/0/stages/1/name", "\"intake\"",
     "/candidates/0/stages/1/name: unknown value; known are \"screen\""},
    {"/candidates/0/stages", "[]", "/candidates/0/stages: must hold all stages"},
    {"/candidates/0/workloads/0/counts", "{}", "/candidates/0/workloads/0/counts: lacks \"samples\""},
    {"/candidates/0/measurements/0/workload", "\"other\"",
     "/candidates/0/measurements/0: names a workload that is not among \"workloads\""},
    {"/candidates/0/measurements/1/metric", "\"cpu\"",
     "/candidates/0/measurements/1: repeats a metric of its workload"},
    {"/candidates/0/measurements/1/role", "\"primary\"",
     "/candidates/0/measurements/1: must be the primary's first of all, and no other one"},
    {"/candidates/0/measurements/0/pairs/3/seed", "\"-1\"",
     "/candidates/0/measurements/0/pairs/3/seed: must be an integer below 2^64 in a string"},
    {"/candidates/0/measurements/0/pairs/3/base", "-0.5",
     "/candidates/0/measurements/0/pairs/3/base: must be a number of at least 0"},
    {"/candidates/0/measurements/2/pairs", "[]",
     "/candidates/0/measurements/2/pairs: must hold as many pairs as the workload's other metrics"},
    {"/candidates/0/measurements/0/continues",
     "{\"pairs\":0,\"evaluation\":null,\"at\":null,\"environment\":null}",
     "/candidates/0/measurements/0/continues: must continue at least one of the pairs, and at most all"},
    {"/candidates/0/measurements/0/continues",
     "{\"pairs\":999,\"evaluation\":null,\"at\":null,\"environment\":null}",
     "/candidates/0/measurements/0/continues: must continue at least one of the pairs, and at most all"},
    {"/candidates/0/measurements", "[]",
     "/candidates/0/measurements: lacks the rows of a workload that was measured"},
    {"/candidates/0/contract/findings", FINDING("7"),
     "/candidates/0/contract/findings/0/reproduction: must be an object, not a number"},
    {"/candidates/0/contract/findings", FINDING("{\"request\":7}"),
     "/candidates/0/contract/findings/0/reproduction/request: must be a string, not a number"},
    {"/candidates/0/contract/findings", FINDING(REPRODUCTION("null", "null")),
     "/candidates/0/contract/findings/0/reproduction: must have a request, or say why there is none"},
    {"/candidates/0/contract/findings", FINDING(REPRODUCTION("\"{}\"", "\"none\"")),
     "/candidates/0/contract/findings/0/reproduction: must have a request, or say why there is none"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct stored_report stored;
        struct err err = {0};
        cJSON *document = honest_report(&honest_cases[0]);
        honest_tamper(document, refusals[i].path, refusals[i].json);
        struct text bytes = honest_bytes(document);
        assert_int_equal(stored_report_read(&stored, "file", text_string(&bytes), bytes.length, &err),
                         ERR_INVALID);
        assert_memory_equal(err.message, "file:1: ", 8);
        assert_string_equal(err.message + 8, refusals[i].message);
        text_fini(&bytes);
        cJSON_Delete(document);
    }
}

static void stored_assert_refused(const char *bytes, const char *message)
{
    struct stored_report stored;
    struct err err = {0};
    assert_int_equal(stored_report_read(&stored, "file", bytes, strlen(bytes), &err), ERR_INVALID);
    assert_string_equal(err.message, message);
}

static void test_no_reports(void **state)
{
    (void)state;
    stored_assert_refused("[]", "file:1: must be an object, not an array");
    stored_assert_refused("{\"a\":1,\"a\":2}", "report: the key \"a\" occurs twice");
    stored_assert_refused("{\"a\":\"\\ud800\"}", "report: a string is not valid UTF-8 without NULs");
    stored_assert_refused("{", "file:1:2: expected a key in double quotes, found the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_verdict),
        cmocka_unit_test(test_made_up),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
