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
    const struct sandbox_refusal refusal = {.call = call, .count = count};
    const struct sandbox_result result = {
        .usage.written_bytes = written, .refusals = &refusal, .refusal_count = count ? 1 : 0};
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

struct counting {
    struct count *count;
    struct counts base;
    struct counts candidate;
    struct err err;
    int done;
};

static struct counting counting;

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
    fake = (struct fake){.answer = answer_same, .count = count_some};
}

static void test_each_arm_answers_the_first_of_each_stratum_twice(void **state)
{
    struct fake_scene scene;
    size_t asked = 0;
    (void)state;
    scene_open(&scene);
    assert_int_equal(counting_run(&scene), 0);
    assert_int_equal(counting.err.code, 0);
    assert_int_equal(fake.answers, 8); /* two strata, two arms, twice */
    assert_int_equal(fake.asked[ARM_BASE][0], 2);
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
    counting_forget();
    fake_scene_fini(&scene);
}

static void test_failures_end_it_with_their_error(void **state)
{
    (void)state;
    for (size_t start = 1; start <= 4; start++) {
        struct fake_scene scene;
        scene_open(&scene);
        fake.fail_start = start;
        assert_int_equal(counting_run(&scene), start == 1 ? ERR_SYSTEM : 0);
        assert_string_equal(counting.err.message, "no more processes");
        counting_forget();
        fake_scene_fini(&scene);
    }
    for (size_t answer = 1; answer <= 8; answer++) {
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
    for (size_t answer = 1; answer <= 8; answer++) {
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
        cmocka_unit_test(test_failures_end_it_with_their_error),
        cmocka_unit_test(test_it_can_be_cancelled_at_any_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
