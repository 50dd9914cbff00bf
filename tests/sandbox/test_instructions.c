/* The counter of instructions, with a kernel of the test's own:
 * most machines that run tests have no such one. */
#include "sandbox/instructions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static struct perf_event_attr asked;

static int open_counter(struct perf_event_attr *attributes, pid_t pid, int cpu, int group,
                        unsigned long flags)
{
    asked = *attributes;
    assert_int_equal(pid, 0);
    assert_int_equal(cpu, -1);
    assert_int_equal(group, -1);
    assert_int_equal(flags, PERF_FLAG_FD_CLOEXEC);
    return memfd_create("counter", MFD_CLOEXEC);
}

static int open_nothing(struct perf_event_attr *attributes, pid_t pid, int cpu, int group,
                        unsigned long flags)
{
    (void)attributes, (void)pid, (void)cpu, (void)group, (void)flags;
    errno = ENOENT; /* as where the processor shows no counters */
    return -1;
}

static uint64_t read_after(const uint64_t *words, size_t count)
{
    int fd = instructions_open(open_counter);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, words, count * sizeof *words), (ssize_t)(count * sizeof *words));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    uint64_t value = instructions_read(fd);
    close(fd);
    return value;
}

static void test_it_counts_the_tree_in_user_mode_from_exec_on(void **state)
{
    const uint64_t words[] = {123456789, 5000, 5000};
    (void)state;
    assert_true(read_after(words, 3) == 123456789);
    assert_int_equal(asked.type, PERF_TYPE_HARDWARE);
    assert_int_equal(asked.config, PERF_COUNT_HW_INSTRUCTIONS);
    assert_true(asked.inherit && asked.disabled && asked.enable_on_exec);
    assert_true(asked.exclude_kernel && asked.exclude_hv);
}

static void test_what_was_not_counted_throughout_is_unknown(void **state)
{
    const uint64_t shared[] = {123456789, 5000, 4999};
    const uint64_t never[] = {0, 0, 0};
    (void)state;
    assert_true(read_after(shared, 3) == UINT64_MAX);
    assert_true(read_after(never, 3) == UINT64_MAX);
    assert_true(read_after(shared, 2) == UINT64_MAX);
}

static void test_without_a_counter_it_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(instructions_open(open_nothing), -1);
    assert_true(instructions_read(-1) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_counts_the_tree_in_user_mode_from_exec_on),
        cmocka_unit_test(test_what_was_not_counted_throughout_is_unknown),
        cmocka_unit_test(test_without_a_counter_it_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
