/* The contract stage and the measurement over real sandboxes:
 * two programs, one of which reads 0 as a filter. */
#include "tests/workloads/real_sandbox.h"
#include "workloads/check.h"
#include "workloads/measure/measure.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SAMPLES 40

static struct real_sandbox real;
static char other_layer[80];
static const char *other_layers[2] = {other_layer};

static const char base_program[] =
    "#!/bin/sh\n"
    "i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done\n"
    "[ \"$1\" = 0 ] && echo '{\"items\":[1,2]}' || echo \"{\\\"items\\\":[$1]}\"\n";
static const char quick_program[] =
    "#!/bin/sh\n"
    "[ \"$1\" = 0 ] && echo '{\"items\":[1,2]}' || echo \"{\\\"items\\\":[$1]}\"\n";
static const char literal_program[] =
    "#!/bin/sh\n"
    "[ \"$1\" = 0 ] && echo '{\"items\":[]}' || echo \"{\\\"items\\\": [$1]}\"\n";

struct subject {
    struct sample_set set;
    struct workload workload;
    struct contract *contract;
    struct arm candidate;
    bool done;
    struct err err;
    struct check_result checked;
    struct measurement measured;
};

static void subject_init(struct subject *subject, const char *candidate_program)
{
    static const char row[] =
        "{\"name\":\"t\",\"kind\":\"command\",\"run\":[\"./program\"],\"samples\":\"s\","
        "\"block_s\":0.01,\"stdout\":\"json\"}";
    cleanup_text struct text lines = {0};
    struct err err = {0};
    struct json_file file;
    *subject = (struct subject){0};
    for (int i = 0; i < SAMPLES; i++)
        text_printf(&lines, "{\"id\":\"n%d\",\"args\":[\"%d\"]}\n", i, i == 33 ? 0 : i + 1);
    assert_int_equal(samples_parse(&subject->set, "s", lines.data, lines.length, &err), 0);
    subject->set.folder = memory_copy_string(real.samples);
    assert_int_equal(json_file_read(&file, "c", row, strlen(row), NULL, &err), 0);
    assert_int_equal(workload_read(&subject->workload, &file, json_root(file.document), &err), 0);
    json_file_fini(&file);
    subject->contract = contract_new(&subject->workload, NULL);
    subject->candidate = real.candidate;
    subject->candidate.layers = other_layers;
    real_sandbox_write(&real, "layer/program", base_program, 0755);
    real_sandbox_write(&real, "other/program", candidate_program, 0755);
}

static void subject_fini(struct subject *subject)
{
    contract_free(subject->contract);
    samples_fini(&subject->set);
    workload_fini(&subject->workload);
    reference_fini(&subject->checked.reference);
    measurement_fini(&subject->measured);
}

static void subject_on_check(struct check_result *result, const struct err *err, void *data)
{
    struct subject *subject = data;
    subject->done = true;
    subject->err = err ? *err : subject->err;
    subject->checked = *result;
    result->reference = (struct reference){0};
    if (result->base_problem)
        fail_msg("%s", result->base_problem);
}

static void subject_check_with(struct subject *subject, const struct workload_context *context,
                               struct tape *tape)
{
    struct check *check = NULL;
    struct check_input input = {
        .context = context,
        .workload = &subject->workload,
        .samples = &subject->set,
        .base = &real.base,
        .candidate = &subject->candidate,
        .tape = tape,
        .contract = subject->contract,
        .done = subject_on_check,
        .data = subject,
    };
    subject->done = false;
    assert_int_equal(check_start(&check, &input, &subject->err), 0);
    while (!subject->done)
        uv_run(&real.loop, UV_RUN_ONCE);
    if (subject->err.code)
        fail_msg("%s", subject->err.message);
}

static void subject_check(struct subject *subject)
{
    subject_check_with(subject, &real.context, NULL);
}

static void subject_on_measure(struct measurement *measurement, const struct err *err, void *data)
{
    struct subject *subject = data;
    subject->done = true;
    subject->err = err ? *err : subject->err;
    subject->measured = *measurement;
    *measurement = (struct measurement){0};
}

static void subject_measure(struct subject *subject)
{
    struct measure *measure = NULL;
    struct measure_input input = {
        .context = &real.context,
        .workload = &subject->workload,
        .samples = &subject->set,
        .base = &real.base,
        .candidate = &subject->candidate,
        .reference = &subject->checked.reference,
        .contract = subject->contract,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .guardrail_delta = {-1, -1, -1, -1, -1, -1, -1, -1},
        .weight_share = 1,
        .time_budget_s = 60,
        .sample_seconds = subject->checked.reference.sample_seconds,
        .family_size = 1,
        .false_discovery_rate = 0.1,
        .done = subject_on_measure,
        .data = subject,
    };
    subject->done = false;
    assert_int_equal(measure_start(&measure, &input, &subject->err), 0);
    while (!subject->done)
        uv_run(&real.loop, UV_RUN_ONCE);
    if (subject->err.code)
        fail_msg("%s", subject->err.message);
}

static void test_the_one_sample_with_zero_is_found(void **state)
{
    (void)state;
    struct subject subject;
    struct contract_summary summary;
    subject_init(&subject, literal_program);
    subject_check(&subject);
    contract_summarise(subject.contract, &summary);
    assert_int_equal(summary.samples, SAMPLES);
    assert_int_equal(contract_breaks(&summary), 1);
    assert_int_equal(summary.findings[0].class, CLASS_EMPTIED);
    assert_string_equal(summary.findings[0].pointer, "/items");
    assert_string_equal(summary.findings[0].sample, "n33");
    assert_int_equal(summary.findings[0].count, 1);
    contract_summary_fini(&summary);
    subject_fini(&subject);
}

static void test_a_quicker_program_wins_and_answers_the_same(void **state)
{
    (void)state;
    struct subject subject;
    struct contract_summary summary;
    subject_init(&subject, quick_program);
    subject_check(&subject);
    contract_summarise(subject.contract, &summary);
    assert_int_equal(contract_breaks(&summary), 0);
    contract_summary_fini(&summary);
    assert_true(subject.checked.reference.sample_seconds > 0);
    subject_measure(&subject);
    assert_false(subject.measured.contract_broken);
    if (subject.measured.metrics[0].outcome == OUTCOME_UNAVAILABLE)
        print_message("%s\n", subject.measured.stopped);
    else
        assert_int_equal(subject.measured.metrics[0].outcome, OUTCOME_IMPROVED);
    subject_fini(&subject);
}

/* A program that was changed behind the check's back: the timed answers tell. */
static void test_a_program_that_turns_wrong_is_caught_in_timed_runs(void **state)
{
    (void)state;
    struct subject subject;
    struct contract_summary summary;
    subject_init(&subject, quick_program);
    subject_check(&subject);
    real_sandbox_write(&real, "other/program", "#!/bin/sh\necho '{\"items\":null}'\n", 0755);
    subject_measure(&subject);
    assert_true(subject.measured.contract_broken);
    contract_summarise(subject.contract, &summary);
    assert_true(contract_breaks(&summary) >= 1);
    contract_summary_fini(&summary);
    subject_fini(&subject);
}

/* What a killed process had asked: without a sandbox there is nobody to ask. */
static void test_a_tape_needs_no_sandbox(void **state)
{
    (void)state;
    struct subject asked, played;
    struct contract_summary summary;
    struct workload_context nowhere = real.context;
    struct tape *tape;
    struct digest digest;
    struct err err = {0};
    cleanup_free char *path = memory_format("%s/tape", real.root);
    nowhere.sandbox = NULL;
    subject_init(&asked, literal_program);
    assert_int_equal(tape_record(&tape, path, &err), 0);
    subject_check_with(&asked, &real.context, tape);
    assert_int_equal(tape_finish(tape, asked.checked.reference.sample_seconds, &digest, &err), 0);
    tape_free(tape);
    subject_init(&played, literal_program);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    subject_check_with(&played, &nowhere, tape);
    assert_true(tape_was_whole(tape));
    tape_free(tape);
    contract_summarise(played.contract, &summary);
    assert_int_equal(summary.samples, SAMPLES);
    assert_int_equal(contract_breaks(&summary), 1);
    assert_string_equal(summary.findings[0].sample, "n33");
    contract_summary_fini(&summary);
    assert_true(played.checked.reference.sample_seconds == asked.checked.reference.sample_seconds);
    for (size_t i = 0; i < SAMPLES; i++)
        assert_true(answer_is_identical(&played.checked.reference.answers[i],
                                        &asked.checked.reference.answers[i], true));
    subject_fini(&asked);
    subject_fini(&played);
}

int main(void)
{
    int code = real_sandbox_open(&real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (code != 0)
        return code;
    snprintf(other_layer, sizeof other_layer, "%s/other", real.root);
    if (mkdir(other_layer, 0755) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_sample_with_zero_is_found),
        cmocka_unit_test(test_a_quicker_program_wins_and_answers_the_same),
        cmocka_unit_test(test_a_program_that_turns_wrong_is_caught_in_timed_runs),
        cmocka_unit_test(test_a_tape_needs_no_sandbox),
    };
    code = cmocka_run_group_tests(tests, NULL, NULL);
    real_sandbox_close(&real);
    return code;
}
