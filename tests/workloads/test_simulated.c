/* Profiles of cachegrind: what their last line says, and what a workspace full of them adds up to. */
#include "workloads/count/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_last_lines(void **state)
{
    static const struct {
        const char *tail;
        bool known;
        uint64_t instructions;
    } rows[] = {
        {"fn=main\n3 12\nsummary: 113582\n", true, 113582},
        {"summary: 0\n", true, 0},
        {"summary: 999999999999999\n", true, 999999999999999},
        {"summary: 1000000000000000\n", false, 0}, /* no program of this world */
        {"summary: 113582", false, 0},             /* cut off */
        {"summary: \n", false, 0},
        {"summary: 12 4\n", false, 0}, /* with caches: another run's */
        {"summary: -4\n", false, 0},
        {"a summary: 4\n", false, 0},
        {"113582\n", false, 0},
        {"\n", false, 0},
        {"", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t instructions = 0;
        assert_int_equal(simulated_parse(rows[i].tail, strlen(rows[i].tail), &instructions), rows[i].known);
        assert_true(instructions == rows[i].instructions);
    }
}

static void put(int folder, const char *name, const char *words)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, words, strlen(words)), (ssize_t)strlen(words));
    close(fd);
}

static void test_a_workspace_adds_up_or_is_unknown(void **state)
{
    static const char *const names[] = {".cupel-instructions.2", ".cupel-instructions.3", "summary"};
    char path[] = "/tmp/cupel-simulated-XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(path));
    int folder = open(path, O_PATH | O_DIRECTORY);
    assert_true(simulated_sum(folder) == UINT64_MAX);
    put(folder, names[0], "summary: 40\n");
    put(folder, names[1], "fn=main\nsummary: 2\n");
    put(folder, names[2], "summary: 1000\n");
    assert_true(simulated_sum(folder) == 42);
    put(folder, names[1], "fn=main\nsummary: ");
    assert_true(simulated_sum(folder) == UINT64_MAX);
    /* What isn't a file of its own is not looked into, and a pipe without a writer makes nobody wait. */
    unlinkat(folder, names[1], 0);
    assert_int_equal(symlinkat("summary", folder, names[1]), 0);
    assert_true(simulated_sum(folder) == UINT64_MAX);
    unlinkat(folder, names[1], 0);
    assert_int_equal(mkfifoat(folder, names[1], 0644), 0);
    assert_true(simulated_sum(folder) == UINT64_MAX);
    for (size_t i = 0; i < 3; i++)
        unlinkat(folder, names[i], 0);
    close(folder);
    rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_lines),
        cmocka_unit_test(test_a_workspace_adds_up_or_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
