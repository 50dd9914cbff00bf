/* Sums of counting runs, and the passes that make them, ended in every way. */
#include "tests/workloads/fake_kind.h"
#include "workloads/count/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct counts *counts, const char *call, uint64_t count, uint64_t written)
{
    const struct sandbox_call_row refusal = {.call = call, .count = count};
    const struct sandbox_result result = {
        .usage.written_bytes = written, .call_rows = &refusal, .call_row_count = count ? 1 : 0};
    counts_add(counts, &result);
}

static void test_samples_add_up(void **state)
{
    struct counts counts = {0};
    (void)state;
    add(&counts, "ptrace", 2, 100);
    add(&counts, "bpf", 1, 20);
    add(&counts, "ptrace", 3, 3);
    assert_int_equal(counts_of(&counts, "ptrace"), 5);
    assert_int_equal(counts_of(&counts, "bpf"), 1);
    assert_int_equal(counts_of(&counts, "keyctl"), 0);
    assert_int_equal(counts.row_count, 2);
    assert_int_equal(counts.samples, 3);
    assert_int_equal(counts.totals[COUNTS_WRITTEN_BYTES].value, 123);
    add(&counts, "ptrace", 0, SANDBOX_UNKNOWN);
    add(&counts, "ptrace", 0, 7);
    assert_true(counts.totals[COUNTS_WRITTEN_BYTES].value == SANDBOX_UNKNOWN);
    counts_fini(&counts);
}

static void test_equal_passes_are_steady_and_others_are_not(void **state)
{
    struct counts first = {0};
    struct counts second = {0};
    (void)state;
    add(&first, "ptrace", 2, 100);
    add(&first, "bpf", 1, 0);
    add(&first, "keyctl", 4, 0);
    add(&second, "ptrace", 2, 100);
    add(&second, "keyctl", 9, 5);
    add(&second, "mount", 1, 0);
    counts_merge(&first, &second);
    const struct counts_row wanted[] = {
        {(char *)(uintptr_t) "ptrace", 2, true},
        {(char *)(uintptr_t) "bpf", 1, false},
        {(char *)(uintptr_t) "keyctl", 9, false},
        {(char *)(uintptr_t) "mount", 1, false},
    };
    assert_int_equal(first.row_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(first.rows[i].call, wanted[i].call);
        assert_int_equal(first.rows[i].count, wanted[i].count);
        assert_int_equal(first.rows[i].steady, wanted[i].steady);
    }
    assert_int_equal(first.totals[COUNTS_WRITTEN_BYTES].value, 105);
    assert_false(first.totals[COUNTS_WRITTEN_BYTES].steady);
    assert_true(first.totals[COUNTS_MAJOR_FAULTS].steady);
    counts_fini(&first);
    counts_fini(&second);
}

static void tally_add(struct calls *calls, uint64_t reads, uint64_t writes, uint64_t most)
{
    const struct sandbox_call_row rows[] = {{"read", reads}, {"write", writes}};
    const struct sandbox_result result = {.calls = reads + writes, .call_rows = rows, .call_row_count = 2};
    calls_add(calls, &result, most);
}

static void test_calls_are_steady_by_name(void **state)
{
    struct calls first = {0};
    struct calls second = {0};
    const struct sandbox_result none = {.calls = SANDBOX_UNKNOWN};
    (void)state;
    calls_add(&first, &none, 10);
    assert_false(first.known);
    tally_add(&first, 4, 6, 1000);
    tally_add(&second, 5, 5, 1000);
    calls_merge(&first, &second);
    assert_true(first.known);
    assert_false(first.steady); /* as many, but not the same ones */
    assert_int_equal(first.total, 10);
    assert_int_equal(calls_of(&first, "read"), 5);
    assert_int_equal(calls_of(&first, "write"), 6);
    assert_int_equal(calls_of(&first, "open"), 0);
    calls_merge(&second, &(struct calls){0});
    assert_false(second.known);
    calls_fini(&first);
    calls_fini(&second);
}

struct counting {
    struct count *count;
    struct counts base;
    struct counts candidate;
    struct err err;
    int done;
};

static struct counting counting;
static bool simulate; /* instructions, too */

static void answer_same(struct fake *self, const struct arm *arm, size_t index, size_t count,
                        struct answer *answer, struct figures *figures)
{
    (void)self;
    (void)arm;
    (void)count;
    (void)figures;
    fake_say(answer, "%zu", index);
}

/* The candidate tries ptrace once a sample, both arms probe io_uring. */
static void count_some(struct fake *self, const struct arm *arm, size_t index, struct counts *counts)
{
    (void)self;
    (void)index;
    add(counts, "io_uring_setup", 1, 10);
    if (arm->side == ARM_CANDIDATE)
        add(counts, "ptrace", 1, 0);
}

/* The candidate reads less. */
static void tally_some(struct fake *self, const struct arm *arm, size_t index, struct calls *calls)
{
    (void)self;
    (void)index;
    tally_add(calls, arm->side == ARM_CANDIDATE ? 7 : 10, 3, 1000);
}

static void tally_flood(struct fake *self, const struct arm *arm, size_t index, struct calls *calls)
{
    (void)self;
    (void)index;
    tally_add(calls, arm->side == ARM_CANDIDATE ? 1000 : 10, 3, 1000);
}

static void counting_on_done(struct counts *base, struct counts *candidate, const struct err *err, void *data)
{
    (void)data;
    counting.done++;
    counting.count = NULL;
    counting.base = *base;
    counting.candidate = *candidate;
    *base = *candidate = (struct counts){0};
    if (err)
        counting.err = *err;
}

static int counting_run(struct fake_scene *scene)
{
    counting = (struct counting){0};
    const struct count_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = &scene->candidate,
        .simulate = simulate,
        .done = counting_on_done,
    };
    int code = count_start(&counting.count, &input, &counting.err);
    if (code == 0) {
        assert_int_equal(counting.done, 0);
        uv_run(&scene->loop, UV_RUN_DEFAULT);
        assert_int_equal(counting.done, 1);
    }
    return code;
}

static void counting_forget(void)
{
    counts_fini(&counting.base);
    counts_fini(&counting.candidate);
}

static void scene_open(struct fake_scene *scene)
{
    fake_scene_init(scene);
    fake = (struct fake){.answer = answer_same, .count = count_some, .tally = tally_some};
}

static void test_each_arm_answers_the_first_of_each_stratum_twice(void **state)
{
    struct fake_scene scene;
    size_t asked = 0;
    (void)state;
    scene_open(&scene);
    assert_int_equal(counting_run(&scene), 0);
    assert_int_equal(counting.err.code, 0);
    assert_int_equal(fake.answers, 16); /* two strata, two arms, twice, and for made calls again */
    assert_int_equal(fake.asked[ARM_BASE][0], 4);
    for (size_t i = 0; i < FAKE_SAMPLES; i++) {
        asked += fake.asked[ARM_CANDIDATE][i] > 0;
        assert_int_equal(fake.asked[ARM_BASE][i], fake.asked[ARM_CANDIDATE][i]);
    }
    assert_int_equal(asked, 2);
    assert_int_equal(fake.most_flying, 1);
    assert_int_equal(counts_of(&counting.candidate, "ptrace"), 2);
    assert_int_equal(counts_of(&counting.base, "ptrace"), 0);
    assert_int_equal(counts_of(&counting.base, "io_uring_setup"), 2);
    assert_true(counting.base.rows[0].steady);
    assert_true(counting.base.calls.known && counting.base.calls.steady);
    assert_int_equal(counting.base.calls.total, 2 * (10 + 3));
    assert_int_equal(calls_of(&counting.base.calls, "read"), 20);
    assert_int_equal(counting.candidate.calls.total, 2 * (7 + 3));
    counting_forget();
    fake_scene_fini(&scene);
}

/* Where that was asked for: as many samples as there are, up to three. */
static void test_instructions_are_simulated(void **state)
{
    struct fake_scene scene;
    (void)state;
    scene_open(&scene);
    simulate = true;
    assert_int_equal(counting_run(&scene), 0);
    simulate = false;
    assert_int_equal(counting.err.code, 0);
    assert_int_equal(fake.answers, 24);
    assert_int_equal(counting.base.simulated_samples, 2);
    assert_int_equal(counting.candidate.simulated.value, 2000);
    assert_true(counting.candidate.simulated.steady);
    counting_forget();
    fake_scene_fini(&scene);
}

/* A pass whose calls are too many ends there; what is told is a part, and never called steady. */
static void test_too_many_calls_end_their_pass(void **state)
{
    struct fake_scene scene;
    (void)state;
    scene_open(&scene);
    fake.tally = tally_flood;
    assert_int_equal(counting_run(&scene), 0);
    assert_int_equal(counting.err.code, 0);
    assert_int_equal(fake.answers, 8 + 2 * 1 + 2 * 2);
    assert_true(counting.base.calls.known && counting.base.calls.steady);
    assert_true(counting.candidate.calls.more && !counting.candidate.calls.steady);
    counting_forget();
    fake_scene_fini(&scene);
}

/* As where a kind of workload has no such runs. */
static void test_calls_that_were_not_counted_are_unknown(void **state)
{
    struct fake_scene scene;
    (void)state;
    scene_open(&scene);
    fake.tally = NULL;
    assert_int_equal(counting_run(&scene), 0);
    assert_false(counting.base.calls.known || counting.base.calls.steady);
    assert_int_equal(counts_of(&counting.candidate, "ptrace"), 2);
    counting_forget();
    fake_scene_fini(&scene);
}

static void test_failures_end_it_with_their_error(void **state)
{
    (void)state;
    for (size_t start = 1; start <= 8; start++) {
        struct fake_scene scene;
        scene_open(&scene);
        fake.fail_start = start;
        assert_int_equal(counting_run(&scene), start == 1 ? ERR_SYSTEM : 0);
        assert_string_equal(counting.err.message, "no more processes");
        counting_forget();
        fake_scene_fini(&scene);
    }
    for (size_t answer = 1; answer <= 16; answer++) {
        struct fake_scene scene;
        scene_open(&scene);
        fake.fail_answer = answer;
        assert_int_equal(counting_run(&scene), 0);
        assert_string_equal(counting.err.message, "the zygote is gone");
        counting_forget();
        fake_scene_fini(&scene);
    }
}

static void act_cancel(struct fake *self)
{
    (void)self;
    count_cancel(counting.count);
}

static void test_it_can_be_cancelled_at_any_answer(void **state)
{
    (void)state;
    for (size_t answer = 1; answer <= 16; answer++) {
        struct fake_scene scene;
        scene_open(&scene);
        fake.act_at = answer;
        fake.act = act_cancel;
        assert_int_equal(counting_run(&scene), 0);
        assert_int_equal(counting.err.code, ERR_CANCELLED);
        counting_forget();
        fake_scene_fini(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_add_up),
        cmocka_unit_test(test_equal_passes_are_steady_and_others_are_not),
        cmocka_unit_test(test_each_arm_answers_the_first_of_each_stratum_twice),
        cmocka_unit_test(test_calls_are_steady_by_name),
        cmocka_unit_test(test_instructions_are_simulated),
        cmocka_unit_test(test_too_many_calls_end_their_pass),
        cmocka_unit_test(test_calls_that_were_not_counted_are_unknown),
        cmocka_unit_test(test_failures_end_it_with_their_error),
        cmocka_unit_test(test_it_can_be_cancelled_at_any_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
