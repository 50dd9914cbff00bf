/*
 * The attack corpus in real sandboxes: each attempt is refused in exactly the way that its row names, its
 * benign twin works, and nothing survives. A second round under a filter that allows every call shows the
 * layers behind it.
 */
#include "asan.h"
#include "lab.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/corpus/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void attack_open(struct range *range, const char *filters)
{
    struct err err = {0};
    struct sandbox_options options = lab_current()->options;
    options.filters = filters;
    cleanup_free char *attacker = memory_format("%s/attacker", lab_current()->layer);
    if (range_open(range, &options, attacker, lab_current()->folder, &err) < 0)
        fail_msg("%s", err.message);
}

static bool attack_is_as_told(const struct attempt *attempt, const struct trial *trial, const char *profile)
{
    if (trial->state != TRIAL_NOT_HELD)
        return true;
    print_error("%u %s (%s): \"%s\" instead of \"%s\"; twin %s: \"%s\"; left: %s\n", attempt->number,
                attempt->name, profile, trial->said, attempt->refusal, attempt->twin, trial->twin,
                trial->left[0] ? trial->left : "nothing");
    return false;
}

/*
 * Process 1 of a warm sandbox lives under the limits of its programs. An ordinary user's memory is limited by
 * addresses, and AddressSanitizer needs terabytes of them: rows about that limit are left out there.
 */
#define ATTACK_ADDRESSES (ASAN_IS_ON ? UINT64_C(1) << 46 : 0)

static size_t attack_make_group(struct range *range, enum attempt_group group, unsigned profiles)
{
    const struct attempt_table *table = attempt_table(group);
    size_t wrong = 0;
    for (size_t i = 0; i < table->count; i++)
        for (unsigned j = 0; j < ATTEMPT_PROFILES; j++) {
            const struct attempt *attempt = &table->rows[i];
            struct trial trial;
            struct err err = {0};
            if (!(profiles & (1u << j)) || !attempt_is_for(attempt, j) ||
                (range->warm_memory && attempt->memory_bytes))
                continue;
            if (trial_make(range, attempt, attempt_profile_name(j), &trial, &err) < 0) {
                print_error("%s (%s): %s\n", attempt->name, attempt_profile_name(j), err.message);
                wrong++;
            } else if (!attack_is_as_told(attempt, &trial, attempt_profile_name(j))) {
                wrong++;
            }
        }
    return wrong;
}

static void attack_make_all(bool warm)
{
    struct range range;
    size_t wrong = 0;
    attack_open(&range, lab_current()->options.filters);
    range.warm = warm;
    range.warm_memory = warm && geteuid() != 0 ? ATTACK_ADDRESSES : 0;
    for (int group = 0; group < ATTEMPT_GROUPS; group++)
        wrong += attack_make_group(&range, (enum attempt_group)group, warm ? ATTEMPT_WORKLOAD : ATTEMPT_ALL);
    assert_int_equal(range_close(&range), 0);
    assert_int_equal(wrong, 0);
}

static void test_attempts_are_held(void **state)
{
    (void)state;
    attack_make_all(false);
}

/* Attempt and twin, and what goes before, one after the other in one sandbox that stays;
 * of workloads, since only they have such. */
static void test_attempts_are_held_in_warm_sandboxes(void **state)
{
    (void)state;
    attack_make_all(true);
}

static char *attack_make_open_filters(void)
{
    struct err err = {0};
    char *folder = memory_format("%s/open", lab_current()->folder);
    char *bytes;
    size_t length;
    assert_int_equal(folder_make(folder, 0755, &err), 0);
    assert_int_equal(
        folder_read_file(CUPEL_SOURCE "/tests/attacks/open.json", 1 << 20, &bytes, &length, &err), 0);
    static const char *const every[] = {"build", "workload", "service"};
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        cleanup_free char *path = memory_format("%s/%s.json", folder, every[i]);
        assert_int_equal(folder_replace_file(path, bytes, length, &err), 0);
    }
    free(bytes);
    return folder;
}

/* Prints every row's answer as JSON when CUPEL_RECORD is set: where the column `unfiltered` comes from. */
static bool attack_is_as_told_unfiltered(struct range *range, const struct attempt *attempt)
{
    struct err err = {0};
    char said[192];
    if (trial_describe(range, attempt, "workload", said, &err) < 0) {
        print_error("%s unfiltered: %s\n", attempt->name, err.message);
        return false;
    }
    if (getenv("CUPEL_RECORD")) {
        print_message("\"%s\": \"%s\",\n", attempt->name, said);
        return true;
    }
    if (trial_is_among(said, attempt->unfiltered))
        return true;
    print_error("%u %s unfiltered: \"%s\" instead of \"%s\"\n", attempt->number, attempt->name, said,
                attempt->unfiltered);
    return false;
}

static void test_layers_behind_the_filter(void **state)
{
    struct range range;
    size_t wrong = 0;
    (void)state;
    cleanup_free char *filters = attack_make_open_filters();
    attack_open(&range, filters);
    for (int group = 0; group < ATTEMPT_GROUPS; group++) {
        const struct attempt_table *table = attempt_table((enum attempt_group)group);
        for (size_t i = 0; i < table->count; i++)
            if ((table->rows[i].unfiltered || getenv("CUPEL_RECORD")) &&
                table->rows[i].layer == ATTEMPT_LAYER_SECCOMP)
                wrong += !attack_is_as_told_unfiltered(&range, &table->rows[i]);
    }
    assert_int_equal(range_close(&range), 0);
    assert_int_equal(wrong, 0);
}

static void test_every_number_has_a_row(void **state)
{
    bool seen[69] = {false};
    (void)state;
    for (int group = 0; group < ATTEMPT_GROUPS; group++) {
        const struct attempt_table *table = attempt_table((enum attempt_group)group);
        for (size_t i = 0; i < table->count; i++) {
            const struct attempt *attempt = &table->rows[i];
            assert_int_equal(attempt->group, group);
            assert_in_range(attempt->number, 1, 68);
            assert_non_null(attempt->what);
            assert_true(attempt->elsewhere || (attempt->refusal && attempt->twin));
            seen[attempt->number] = true;
        }
    }
    for (unsigned number = 1; number <= 68; number++)
        assert_true(seen[number]);
}

static int attack_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_has_a_row),
        cmocka_unit_test(test_attempts_are_held),
        cmocka_unit_test(test_attempts_are_held_in_warm_sandboxes),
        cmocka_unit_test(test_layers_behind_the_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(attack_tests);
}
