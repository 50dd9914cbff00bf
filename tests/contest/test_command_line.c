#include "orchestrator/compare/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MOST 6

static void test_words_are_split_as_a_shell_does(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *words[WORDS_MOST]; /* NULL-terminated */
    } rows[] = {
        {"ls", {"ls"}},
        {"  ls\t -l  ", {"ls", "-l"}},
        {"a 'b c' \"d e\"", {"a", "b c", "d e"}},
        {"a''b\"\"c", {"abc"}},
        {"a '' \"\"", {"a", "", ""}},
        {"a\\ b c\\'d", {"a b", "c'd"}},
        {"a \"\\\"\\\\\\n\"", {"a", "\"\\\\n"}},
        {"a '$x|*'", {"a", "$x|*"}},
        {"a \\$x \\| \\*", {"a", "$x", "|", "*"}},
        {"a \\\n b", {"a", "b"}},
        {"a b\\\nc", {"a", "bc"}},
        {"a \"b\\\nc\"", {"a", "bc"}},
        {"a --x=1 b#c d~", {"a", "--x=1", "b#c", "d~"}},
        {"./x=y z", {"./x=y", "z"}},
        {"a b\\", {"a", "b\\"}},
        {"a {} +", {"a", "{}", "+"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command_line command;
        struct err err = {0};
        assert_int_equal(command_line_read(&command, rows[i].line, &err), 0);
        assert_false(command.shell);
        size_t count = 0;
        for (; rows[i].words[count]; count++)
            assert_string_equal(command.words[count], rows[i].words[count]);
        assert_null(command.words[count]);
        command_line_fini(&command);
    }
}

static void test_more_than_words_is_for_a_shell(void **state)
{
    (void)state;
    static const char *const lines[] = {"a | b",  "a && b",   "a; b",   "a > b",     "a < b", "(a)",
                                        "a $x",   "a \"$x\"", "a `b`",  "a \"`b`\"", "a *.c", "a b?",
                                        "a [bc]", "x=1 a",    "a #b",   "~/a",       "a ~",   "cd x",
                                        "! a",    "a\nb",     "exec a", "for i in a"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct command_line command;
        struct err err = {0};
        assert_int_equal(command_line_read(&command, lines[i], &err), 0);
        assert_true(command.shell);
        command_line_fini(&command);
    }
}

static void test_what_is_no_command_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"", "is no command"},        {" \t ", "is no command"},        {"a 'b", "a ' has no end"},
        {"a \"b", "a \" has no end"}, {"a \"b\\\"", "a \" has no end"}, {"|", "is no command"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command_line command;
        struct err err = {0};
        assert_int_equal(command_line_read(&command, rows[i].line, &err), ERR_INVALID);
        assert_string_equal(err.message, rows[i].message);
        command_line_fini(&command);
    }
}

/* A shell that one of two needs would count against it alone. */
static void test_both_get_a_shell_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool shell;
    } rows[] = {{"a", "b", false}, {"a", "b | c", true}, {"a | c", "b", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command_line commands[2];
        struct err err = {0};
        assert_int_equal(command_line_read(&commands[0], rows[i].a, &err), 0);
        assert_int_equal(command_line_read(&commands[1], rows[i].b, &err), 0);
        command_line_settle(&commands[0], &commands[1]);
        for (size_t side = 0; side < 2; side++) {
            const char *line = side == 0 ? rows[i].a : rows[i].b;
            assert_int_equal(commands[side].shell, rows[i].shell);
            assert_string_equal(commands[side].argv[0], rows[i].shell ? "/bin/sh" : line);
            if (rows[i].shell)
                assert_string_equal(commands[side].argv[2], line);
            command_line_fini(&commands[side]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_split_as_a_shell_does),
        cmocka_unit_test(test_more_than_words_is_for_a_shell),
        cmocka_unit_test(test_what_is_no_command_is_refused),
        cmocka_unit_test(test_both_get_a_shell_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
