/* Which pairs belong together, and how the ledger keeps each. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/pairs/entry.h"
#include "orchestrator/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define POLICIES CUPEL_SOURCE "/policies"

static int read_nothing(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    (void)bytes, (void)length, (void)data;
    return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
}

#define TOP      "\"version\": 1, "
#define PREPARE  "\"prepare\": [[\"fetch\"]], "
#define BUILD    "\"build\": [[\"make\", \"-j2\"]], "
#define WORKLOAD "\"name\": \"sum\", \"kind\": \"command\", \"samples\": \"s.jsonl\""
#define PLAIN    "{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD ", \"run\": [\"./sum\", \"-x\"]}]}"

static struct pairs_key key_of(const char *text, char base, char candidate, enum pairs_family family,
                               const char *samples)
{
    struct configuration configuration;
    struct err err = {0};
    git_oid trees[2] = {{{0}}, {{0}}};
    trees[0].id[0] = (unsigned char)base;
    trees[1].id[0] = (unsigned char)candidate;
    const struct configuration_origin origin = {.policies = POLICIES, .read = read_nothing};
    if (configuration_read(&configuration, "cupel.json", text, strlen(text), &origin, &err) < 0)
        fail_msg("%s", err.message);
    struct digest digest = digest_of(samples, strlen(samples));
    const struct pairs_question question = {.base_tree = &trees[0],
                                            .candidate_tree = &trees[1],
                                            .family = family,
                                            .configuration = &configuration,
                                            .workload = &configuration.workloads[0],
                                            .samples = &digest};
    struct pairs_key key = pairs_identify(&question);
    configuration_fini(&configuration);
    return key;
}

/* What is another question, and what is the same one in other words. */
static void an_irrelevant_edit_is_no_other_question(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool same;
    } rows[] = {
        {PLAIN, true},
        {"{ // a comment\n" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD ",\"run\":[\"./sum\",\"-x\"]}]}",
         true},
        {"{" TOP PREPARE BUILD
         "\"policy\": {\"extends\": \"strict\", \"minimum_improvement\": 0.3, \"time_budget_s\": "
         "7, \"guardrails\": {\"wall\": 0.5}}, \"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"]}]}",
         true},
        {"{" TOP PREPARE BUILD
         "\"policy\": \"exploratory\", \"tests\": [[\"true\"]], \"build_timeout_s\": 9, "
         "\"contract\": {\"rules\": [{\"path\": \"/a\", \"noisy\": true}]}, \"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"]}]}",
         true},
        {"{" TOP PREPARE BUILD "\"workloads\": [{\"name\": \"other\", \"kind\": \"command\", \"samples\": "
         "\"moved.jsonl\", \"run\": "
         "[\"./sum\", \"-x\"], \"weight\": 0.3, \"timeout_s\": 3, \"memory_mb\": 77, \"stdout\": \"text\", "
         "\"stderr\": "
         "true, \"outputs\": [\"o\"]}]}",
         true},
        {"{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD ", \"run\": [\"./sum -x\"]}]}", false},
        {"{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD ", \"run\": [\"./sum\", \"-x\", \"\"]}]}", false},
        {"{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"], \"cache\": \"warm\"}]}",
         false},
        {"{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"], \"primary\": \"wall\"}]}",
         false},
        {"{" TOP PREPARE BUILD "\"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"], \"block_s\": 2}]}",
         false},
        {"{" TOP PREPARE "\"build\": [[\"make\"], [\"-j2\"]], \"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"]}]}",
         false},
        {"{" TOP BUILD "\"workloads\": [{" WORKLOAD ", \"run\": [\"./sum\", \"-x\"]}]}", false},
        {"{" TOP PREPARE BUILD "\"environment\": {\"A\": \"1\"}, \"workloads\": [{" WORKLOAD
         ", \"run\": [\"./sum\", \"-x\"]}]}",
         false},
    };
    struct pairs_key plain = key_of(PLAIN, 1, 2, PAIRS_MAIN, "samples");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pairs_key key = key_of(rows[i].text, 1, 2, PAIRS_MAIN, "samples");
        if ((memcmp(&key.process, &plain.process, sizeof plain.process) == 0) != rows[i].same)
            fail_msg("row %zu: %s", i, rows[i].text);
        assert_memory_equal(&key.change, &plain.change,
                            sizeof plain.change); /* found together all the same */
    }
}

static void trees_samples_and_family_are_the_question(void **state)
{
    (void)state;
    struct pairs_key plain = key_of(PLAIN, 1, 2, PAIRS_MAIN, "samples");
    const struct pairs_key others[] = {
        key_of(PLAIN, 3, 2, PAIRS_MAIN, "samples"),        key_of(PLAIN, 1, 3, PAIRS_MAIN, "samples"),
        key_of(PLAIN, 2, 1, PAIRS_MAIN, "samples"),        key_of(PLAIN, 1, 2, PAIRS_MAIN, "samples2"),
        key_of(PLAIN, 1, 2, PAIRS_ATTRIBUTION, "samples"), key_of(PLAIN, 1, 2, PAIRS_COMBINATION, "samples"),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_memory_not_equal(&others[i].process, &plain.process, sizeof plain.process);
        bool trees = i < 3;
        assert_int_equal(memcmp(&others[i].change, &plain.change, sizeof plain.change) != 0, trees);
    }
}

/* The order of variables means nothing. */
static void an_environment_has_no_order(void **state)
{
    (void)state;
#define WITH(environment)                                                                                    \
    "{" TOP "\"environment\": {" environment "}, \"workloads\": [{" WORKLOAD ", \"run\": [\"x\"]}]}"
    struct pairs_key one = key_of(WITH("\"A\": \"1\", \"B\": \"2\""), 1, 2, PAIRS_MAIN, "s");
    struct pairs_key other = key_of(WITH("\"B\": \"2\", \"A\": \"1\""), 1, 2, PAIRS_MAIN, "s");
    struct pairs_key third = key_of(WITH("\"A\": \"2\", \"B\": \"1\""), 1, 2, PAIRS_MAIN, "s");
    assert_memory_equal(&one.process, &other.process, sizeof one.process);
    assert_memory_not_equal(&one.process, &third.process, sizeof one.process);
}

static struct pairs_entry entry_of(void)
{
    struct pairs_entry entry = {
        .process = digest_of("p", 1),
        .family = pairs_families[PAIRS_MAIN],
        .workload = "sum",
        .environment = "a CPU, a kernel",
        .record = {.pair = {.phase = PHASE_GUARD,
                            .candidate_first = true,
                            .quad = true,
                            .seed = (UINT64_C(1) << 53) - 1},
                   .block = 17,
                   .seconds = 1.0 / 3,
                   .answers = {5, 6},
                   .left_behind = {0, 2}},
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        entry.record.pair.base.value[metric] = entry.record.pair.candidate.value[metric] = -1;
    entry.record.pair.base.value[METRIC_CPU] = 0.1 + 0.2;
    entry.record.pair.candidate.value[METRIC_CPU] = 5e-324;
    entry.record.pair.candidate.value[METRIC_WALL] = 0;
    return entry;
}

/* Bit by bit: a verdict is recomputed from what comes back. */
static void an_entry_comes_back_as_it_was(void **state)
{
    (void)state;
    struct pairs_entry entry = entry_of(), back;
    struct text bytes cleanup_text = {0};
    struct err err = {0};
    cJSON *body = pairs_entry_write(&entry);
    assert_int_equal(report_canonicalise(body, &bytes, &err), 0);
    cJSON_Delete(body);
    body = cJSON_Parse(text_string(&bytes));
    assert_int_equal(pairs_entry_read(body, &back, &err), 0);
    assert_memory_equal(&back.process, &entry.process, sizeof entry.process);
    assert_string_equal(back.environment, "a CPU, a kernel");
    assert_int_equal(back.record.pair.phase, PHASE_GUARD);
    assert_true(back.record.pair.candidate_first && back.record.pair.quad);
    assert_true(back.record.pair.seed == entry.record.pair.seed);
    assert_memory_equal(&back.record.pair.base, &entry.record.pair.base, sizeof back.record.pair.base);
    assert_memory_equal(&back.record.pair.candidate, &entry.record.pair.candidate,
                        sizeof back.record.pair.candidate);
    assert_int_equal(back.record.block, 17);
    assert_true(back.record.seconds == 1.0 / 3);
    assert_int_equal(back.record.answers[1], 6);
    assert_int_equal(back.record.left_behind[1], 2);
    cJSON_Delete(body);
}

/* A member each that is gone, of another type, or out of its bounds. */
static void what_is_no_entry_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value; /* NULL: taken out */
    } rows[] = {
        {"process", "\"12\""}, {"process", NULL},        {"family", "\"other\""},     {"phase", "\"after\""},
        {"phase", "\"size\""}, {"first", "\"none\""},    {"seed", "\"-1\""},          {"seed", "5"},
        {"base", "[]"},        {"base", "{\"cpu\":-1}"}, {"base", "{\"cpu\":\"1\"}"}, {"candidate", NULL},
        {"block", "-1"},       {"block", "1e300"},       {"seconds", "-0.5"},         {"seconds", "\"1\""},
        {"answers", "{}"},     {"left_behind", NULL},
    };
    struct pairs_entry entry = entry_of(), back;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        cJSON *body = pairs_entry_write(&entry);
        cJSON_DeleteItemFromObject(body, rows[i].key);
        if (rows[i].value)
            cJSON_AddItemToObject(body, rows[i].key, cJSON_Parse(rows[i].value));
        if (pairs_entry_read(body, &back, &err) != ERR_INVALID)
            fail_msg("%s: %s", rows[i].key, rows[i].value ? rows[i].value : "none");
        assert_string_equal(err.message, "it holds no pair that this cupel can read");
        cJSON_Delete(body);
    }
    struct err err = {0};
    assert_int_equal(pairs_entry_read(NULL, &back, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_irrelevant_edit_is_no_other_question),
        cmocka_unit_test(trees_samples_and_family_are_the_question),
        cmocka_unit_test(an_environment_has_no_order),
        cmocka_unit_test(an_entry_comes_back_as_it_was),
        cmocka_unit_test(what_is_no_entry_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
