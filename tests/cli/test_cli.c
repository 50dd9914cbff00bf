/* Parsing takes what the table names and refuses the rest in one line;
 * help, man page and completions say the same. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 24

/* Parses "run --base x" split at spaces; the words live in *copy. */
static int parse(const char *line, char **copy, struct cli_arguments *arguments, struct err *err)
{
    static char program[] = "cupel";
    static char *words[WORDS_MAX];
    int count = 1;
    char *rest = NULL;
    *copy = memory_copy_string(line);
    words[0] = program;
    for (char *word = strtok_r(*copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MAX);
        words[count++] = strcmp(word, "EMPTY") == 0 ? word + strlen(word) : word;
    }
    return cli_parse(count, words, arguments, err);
}

static void cli_takes_what_the_table_names(void **state)
{
    (void)state;
    struct cli_arguments arguments;
    struct err err = {0};
    char *copy;
    double seconds = 0;
    assert_int_equal(
        0, parse("run --base=main~1 fix.patch --workload a -q --workload=b --timeout 2.5 --json --fail-on "
                 "regression,contract-broken",
                 &copy, &arguments, &err));
    assert_int_equal(CLI_COMMAND_RUN, arguments.command);
    assert_int_equal(1, arguments.positional_count);
    assert_string_equal("fix.patch", arguments.positional[0]);
    assert_null(arguments.positional[1]);
    assert_string_equal("main~1", cli_option(&arguments, CLI_OPTION_BASE));
    assert_string_equal("a", cli_options(&arguments, CLI_OPTION_WORKLOAD)[0]);
    assert_string_equal("b", cli_options(&arguments, CLI_OPTION_WORKLOAD)[1]);
    assert_null(cli_options(&arguments, CLI_OPTION_WORKLOAD)[2]);
    assert_true(cli_flag(&arguments, CLI_OPTION_QUIET));
    assert_true(cli_flag(&arguments, CLI_OPTION_JSON));
    assert_false(cli_flag(&arguments, CLI_OPTION_DRY_RUN));
    assert_null(cli_option(&arguments, CLI_OPTION_CONFIG));
    assert_null(cli_options(&arguments, CLI_OPTION_REPO));
    assert_int_equal(0, cli_number(&arguments, CLI_OPTION_TIMEOUT, &seconds, &err));
    assert_true(seconds == 2.5);
    cli_fini(&arguments);
    free(copy);
}

static void cli_takes_dashes_as_candidates(void **state)
{
    (void)state;
    struct cli_arguments arguments;
    struct err err = {0};
    char *copy;
    double seconds = 7;
    assert_int_equal(0, parse("run -", &copy, &arguments, &err));
    assert_string_equal("-", arguments.positional[0]);
    assert_int_equal(0, cli_number(&arguments, CLI_OPTION_TIMEOUT, &seconds, &err));
    assert_true(seconds == 7); /* not given: left alone */
    cli_fini(&arguments);
    free(copy);
    assert_int_equal(0, parse("run -n -- --help", &copy, &arguments, &err));
    assert_int_equal(CLI_COMMAND_RUN, arguments.command);
    assert_string_equal("--help", arguments.positional[0]);
    assert_true(cli_flag(&arguments, CLI_OPTION_DRY_RUN));
    cli_fini(&arguments);
    free(copy);
}

static void cli_turns_help_into_a_command(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum cli_command command;
        const char *positional;
    } rows[] = {
        {"--help", CLI_COMMAND_HELP, NULL},
        {"-h", CLI_COMMAND_HELP, NULL},
        {"help", CLI_COMMAND_HELP, NULL},
        {"help run", CLI_COMMAND_HELP, "run"},
        {"run --help", CLI_COMMAND_HELP, "run"},
        {"run a b c -h", CLI_COMMAND_HELP, "run"},
        {"help --help", CLI_COMMAND_HELP, NULL},
        {"show --help", CLI_COMMAND_HELP, "show"},
        {"--version", CLI_COMMAND_VERSION, NULL},
        {"version", CLI_COMMAND_VERSION, NULL},
        {"version -h", CLI_COMMAND_HELP, "version"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cli_arguments arguments;
        struct err err = {0};
        char *copy;
        assert_int_equal(0, parse(rows[i].line, &copy, &arguments, &err));
        assert_int_equal(rows[i].command, arguments.command);
        assert_int_equal(rows[i].positional != NULL, arguments.positional_count);
        if (rows[i].positional)
            assert_string_equal(rows[i].positional, arguments.positional[0]);
        cli_fini(&arguments);
        free(copy);
    }
}

static void cli_refuses_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"", "a command is missing; cupel help shows those that there are"},
        {"rum x", "unknown command \"rum\"; did you mean \"run\"?"},
        {"frobnicate", "unknown command \"frobnicate\"; cupel help shows those that there are"},
        {"\033[2J", "unknown command \"\\x1b[2J\"; cupel help shows those that there are"},
        {"run x --bsae main", "run has no option \"--bsae\"; did you mean \"--base\"?"},
        {"run x --confg=a", "run has no option \"--confg=a\"; did you mean \"--config\"?"},
        {"run x --zzzzzzzz", "run has no option \"--zzzzzzzz\"; cupel help run shows those that it has"},
        {"run x -z", "run has no option \"-z\"; cupel help run shows those that it has"},
        {"list --base x", "list has no option \"--base\"; cupel help list shows those that it has"},
        {"run x --base", "--base needs a value: --base REVISION"},
        {"run x --base EMPTY", "--base: REVISION is empty"},
        {"run x --base=", "--base: REVISION is empty"},
        {"run x --base a --base b", "--base is given twice"},
        {"run x --json=yes", "--json takes no value"},
        {"run x --timeout 1h", "--timeout: not a number of seconds: \"1h\"; as in 90 or 2.5"},
        {"run x --timeout 0", "--timeout: not a number of seconds: \"0\"; as in 90 or 2.5"},
        {"run x --timeout -5", "--timeout: not a number of seconds: \"-5\"; as in 90 or 2.5"},
        {"run x --timeout inf", "--timeout: not a number of seconds: \"inf\"; as in 90 or 2.5"},
        {"run x --timeout 0x10", "--timeout: not a number of seconds: \"0x10\"; as in 90 or 2.5"},
        {"run x --format xml", "--format: unknown format \"xml\"; known: text, markdown, json"},
        {"run x --format makdown", "--format: unknown format \"makdown\"; did you mean \"markdown\"?"},
        {"run x --fail-on regresion",
         "--fail-on: unknown verdict \"regresion\"; did you mean \"regression\"?"},
        {"run x --fail-on regression,",
         "--fail-on: unknown verdict \"\"; as in --fail-on contract-broken,regression"},
        {"run --patch a --commit b", "--patch and --commit exclude each other"},
        {"run x --json --format text", "--format and --json exclude each other"},
        {"init --force --stdout", "--force and --stdout exclude each other"},
        {"run a b", "run takes one CANDIDATE, not also \"b\"; cupel help run explains it"},
        {"list x", "list takes no argument, such as \"x\"; cupel help list explains it"},
        {"show", "show: its argument is missing: cupel show ID"},
        {"compare", "compare: both arguments are missing: cupel compare A B"},
        {"compare a", "compare: the second argument is missing: cupel compare A B"},
        {"doctor --repo .", "doctor has no option \"--repo\"; cupel help doctor shows those that it has"},
        {"diff a b --as xml", "--as: unknown kind \"xml\"; known: auto, json, jsonl, text, bytes"},
        {"batch --resume --base a", "--base and --resume exclude each other"},
        {"batch --resume --combine", "--resume and --combine exclude each other"},
        {"help rum", "unknown command \"rum\"; did you mean \"run\"?"},
        {"completion tcl", "completion: unknown \"tcl\"; known: bash, zsh, fish"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cli_arguments arguments;
        struct err err = {0};
        char *copy;
        int status = parse(rows[i].line, &copy, &arguments, &err);
        assert_string_equal(rows[i].message, err.message);
        assert_int_equal(ERR_INVALID, status);
        cli_fini(&arguments);
        free(copy);
    }
}

/* What a printer writes, as a string of the caller's. */
static char *printed(void (*print)(FILE *file, const void *data), const void *data)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&bytes, &length);
    assert_non_null(file);
    print(file, data);
    fclose(file);
    return bytes;
}

static void print_help(FILE *file, const void *command)
{
    cli_print_help(*(const enum cli_command *)command, file);
}

static void print_man(FILE *file, const void *nothing)
{
    (void)nothing;
    cli_print_man(file);
}

static void print_completion(FILE *file, const void *shell)
{
    assert_true(cli_print_completion(shell, file));
}

static void help_names_everything_within_80_columns(void **state)
{
    (void)state;
    for (int command = 0; command <= CLI_COMMAND_COUNT; command++) {
        enum cli_command which = (enum cli_command)command;
        char *help = printed(print_help, &which);
        for (int option = 0; option < CLI_OPTION_COUNT && which < CLI_COMMAND_COUNT; option++) {
            char *name = memory_format(" --%s", cli_option_rows[option].name);
            assert_int_equal(cli_takes(which, (enum cli_option)option), strstr(help, name) != NULL);
            free(name);
        }
        if (which < CLI_COMMAND_COUNT)
            assert_non_null(strstr(help, cli_command_rows[which].sentence + 1));
        char *rest = NULL;
        for (char *line = strtok_r(help, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            if (strlen(line) > 80)
                fail_msg("%s", line);
        free(help);
    }
}

/* "gc: …" in the help of `check` would be another command's words. */
static void an_option_means_what_its_own_command_makes_of_it(void **state)
{
    (void)state;
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        for (int option = 0; option < CLI_OPTION_COUNT; option++) {
            const char *words = cli_sentence((enum cli_command)command, (enum cli_option)option);
            for (int other = 0; other < CLI_COMMAND_COUNT; other++) {
                cleanup_free char *of_other = memory_format("%s: ", cli_command_rows[other].name);
                assert_null(strstr(words, of_other));
            }
        }
    assert_string_equal("only the caches of this git repository (default: of all)",
                        cli_sentence(CLI_COMMAND_GC, CLI_OPTION_REPO));
    assert_string_equal("the git repository, bare or not (default: the one around the current folder)",
                        cli_sentence(CLI_COMMAND_LIST, CLI_OPTION_REPO));
    for (int option = 0; option < CLI_OPTION_COUNT; option++) {
        const struct cli_option_row *row = &cli_option_rows[option];
        for (const struct cli_wording *wording = row->wordings; wording && wording->commands; wording++)
            assert_true((wording->commands & ~row->commands) == 0);
    }
}

static void man_page_and_completions_name_everything(void **state)
{
    (void)state;
    char *man = printed(print_man, NULL);
    char *bash = printed(print_completion, "bash");
    char *fish = printed(print_completion, "fish");
    for (int command = 0; command < CLI_COMMAND_COUNT; command++) {
        char *title = memory_format(".SS cupel %s", cli_command_rows[command].name);
        assert_non_null(strstr(man, title));
        assert_non_null(strstr(bash, cli_command_rows[command].name));
        assert_non_null(strstr(fish, cli_command_rows[command].name));
        free(title);
    }
    for (int option = 0; option < CLI_OPTION_COUNT; option++) {
        char *dashed = memory_format("--%s", cli_option_rows[option].name);
        char *long_name = memory_format(" -l %s", cli_option_rows[option].name);
        assert_non_null(strstr(bash, dashed));
        assert_non_null(strstr(fish, long_name));
        free(dashed);
        free(long_name);
    }
    assert_non_null(strstr(man, "\\fB\\-\\-fail\\-on\\fR \\fIVERDICT,...\\fR\n"));
    assert_false(cli_print_completion("tcsh", stderr));
    free(man);
    free(bash);
    free(fish);
}

/* The script runs in a real bash: what it offers for the words of a line. */
static char *complete(const char *words, int at)
{
    char *script = printed(print_completion, "bash");
    char path[] = "/tmp/cupel-completion-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(strlen(script), write(fd, script, strlen(script)));
    close(fd);
    char *command = memory_format(
        "bash -c 'source %s && COMP_WORDS=(%s) COMP_CWORD=%d && _cupel && echo ${COMPREPLY[*]}'", path, words,
        at);
    FILE *pipe = popen(command, "r");
    char line[512] = "";
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_int_equal(0, pclose(pipe));
    unlink(path);
    free(command);
    free(script);
    line[strcspn(line, "\n")] = '\0';
    return memory_copy_string(line);
}

static void bash_completes(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int at;
        const char *offered;
    } rows[] = {
        {"cupel ch", 1, "check"},
        {"cupel run --fo", 2, "--format"},
        {"cupel run --format m", 3, "markdown"},
        {"cupel run --fail-on tes", 3, "tests-failed"},
        {"cupel completion f", 2, "fish"},
        {"cupel init --s", 2, "--stdout"},
        {"cupel diff --as te", 3, "text"},
        {"cupel diff /etc/hostna", 2, "/etc/hostname"},
        {"cupel batch /etc/hostna", 2, "/etc/hostname"},
    };
    if (system("bash -c true") != 0) {
        print_message("bash is not there\n");
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *offered = complete(rows[i].words, rows[i].at);
        assert_string_equal(rows[i].offered, offered);
        free(offered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cli_takes_what_the_table_names),
        cmocka_unit_test(cli_takes_dashes_as_candidates),
        cmocka_unit_test(cli_turns_help_into_a_command),
        cmocka_unit_test(cli_refuses_in_one_line),
        cmocka_unit_test(help_names_everything_within_80_columns),
        cmocka_unit_test(an_option_means_what_its_own_command_makes_of_it),
        cmocka_unit_test(man_page_and_completions_name_everything),
        cmocka_unit_test(bash_completes),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
