#include "base/cleanup.h"
#include "base/memory.h"
#include "base/names.h"
#include "orchestrator/cli/table.h"
#include "policies/foreign.h"
#include "policies/verdict.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLI_WORD_MAX 80 /* bytes of a word shown in a message */

struct cli_parser {
    int count;                       /* argv's */
    char **words;                    /* argv; borrowed */
    int next;                        /* index of the next word */
    bool only_positional;            /* behind "--" */
    struct cli_arguments *arguments; /* what it fills */
};

static const char *cli_command_name(const struct cli_parser *parser)
{
    return cli_command_rows[parser->arguments->command].name;
}

/* "cupel run: " and the words, with what was typed escaped; the nearest known name behind them. */
static int cli_complain(struct err *err, const char *words, const char *typed, const char *nearest,
                        const char *otherwise)
{
    struct text message cleanup_text = {0};
    text_append_string(&message, words);
    text_append_char(&message, ' ');
    foreign_append_quoted(&message, typed, CLI_WORD_MAX);
    if (nearest)
        text_printf(&message, "; did you mean \"%s\"?", nearest);
    else
        text_printf(&message, "; %s", otherwise);
    return err_set(err, ERR_INVALID, "%s", text_string(&message));
}

static void cli_values_add(char ***items, size_t *count, char *value)
{
    *items = memory_resize(*items, *count + 2, sizeof **items);
    (*items)[(*count)++] = value;
    (*items)[*count] = NULL;
}

int cli_command_by_name(const char *name)
{
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        if (strcmp(cli_command_rows[command].name, name) == 0)
            return command;
    return -1;
}

static int cli_unknown_command(const char *typed, struct err *err)
{
    const char *known[CLI_COMMAND_COUNT + 1] = {NULL};
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        known[command] = cli_command_rows[command].name;
    return cli_complain(err, "unknown command", typed, names_nearest(typed, strlen(typed), known),
                        "cupel help shows those that there are");
}

static int cli_unknown_option(const struct cli_parser *parser, const char *typed, struct err *err)
{
    const char *known[CLI_OPTION_COUNT + 1] = {NULL};
    size_t count = 0;
    for (int option = 0; option < CLI_OPTION_COUNT; option++)
        if (cli_takes(parser->arguments->command, (enum cli_option)option))
            known[count++] = cli_option_rows[option].name;
    const char *bare = typed + strspn(typed, "-"); /* dashes, which all have, would make strangers alike */
    const char *nearest = names_nearest(bare, strcspn(bare, "="), known);
    cleanup_free char *dashed = nearest ? memory_format("--%s", nearest) : NULL;
    cleanup_free char *words = memory_format("%s has no option", cli_command_name(parser));
    cleanup_free char *otherwise =
        memory_format("cupel help %s shows those that it has", cli_command_name(parser));
    return cli_complain(err, words, typed, dashed, otherwise);
}

static bool cli_read_seconds(const char *value, double *seconds)
{
    char *end;
    *seconds = strtod(value, &end);
    return *value >= '0' && *value <= '9' && *end == '\0' && isfinite(*seconds) && *seconds > 0 &&
           strspn(value, "0123456789.") == strlen(value);
}

static int cli_check_verdicts(const char *value, struct err *err)
{
    const char *known[VERDICT_COUNT + 1] = {NULL};
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        known[verdict] = verdict_name((enum verdict)verdict);
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ",");
        char *name = memory_copy_bytes(at, length);
        int status = 0;
        if (verdict_by_name(name) < 0)
            status = cli_complain(err, "--fail-on: unknown verdict", name, names_nearest(name, length, known),
                                  "as in --fail-on contract-broken,regression");
        free(name);
        at += length;
        if (status < 0 || *at == '\0')
            return status;
    }
}

static int cli_check_choice(const char *words, const char *value, const char *const *choices, struct err *err)
{
    struct text otherwise cleanup_text = {0};
    text_append_string(&otherwise, "known:");
    for (const char *const *choice = choices; *choice; choice++) {
        if (strcmp(*choice, value) == 0)
            return 0;
        text_printf(&otherwise, "%s %s", choice == choices ? "" : ",", *choice);
    }
    return cli_complain(err, words, value, names_nearest(value, strlen(value), choices),
                        text_string(&otherwise));
}

static int cli_check_value(const struct cli_option_row *row, const char *value, struct err *err)
{
    double seconds;
    if (row->kind == CLI_KIND_FLAG)
        return 0;
    if (!*value)
        return err_set(err, ERR_INVALID, "--%s: %s is empty", row->name, row->value);
    if ((row->kind == CLI_KIND_SECONDS || row->kind == CLI_KIND_DAYS) && !cli_read_seconds(value, &seconds)) {
        char *words = memory_format("--%s: not a number of %s:", row->name,
                                    row->kind == CLI_KIND_DAYS ? "days" : "seconds");
        cli_complain(err, words, value, NULL, "as in 90 or 2.5");
        free(words);
        return err->code;
    }
    if (row->kind == CLI_KIND_PERCENT && (!cli_read_seconds(value, &seconds) || seconds > CLI_PERCENT_MOST)) {
        cleanup_free char *words =
            memory_format("--%s: not a percentage above 0 and up to %d:", row->name, CLI_PERCENT_MOST);
        cli_complain(err, words, value, NULL, "as in 5 or 2.5");
        return err->code;
    }
    if (row->kind == CLI_KIND_VERDICTS)
        return cli_check_verdicts(value, err);
    if (row->kind != CLI_KIND_CHOICE)
        return 0;
    cleanup_free char *words = memory_format("--%s: unknown %s", row->name, row->value);
    for (char *at = words; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    int status = cli_check_choice(words, value, row->choices, err);
    return status;
}

static int cli_take_option(struct cli_parser *parser, enum cli_option option, const char *typed,
                           char *attached, struct err *err)
{
    const struct cli_option_row *row = &cli_option_rows[option];
    struct cli_values *values = &parser->arguments->options[option];
    static char given[] = "";
    char *value = attached ? attached : given;
    if (row->kind == CLI_KIND_FLAG && attached)
        return err_set(err, ERR_INVALID, "--%s takes no value", row->name);
    if (row->kind != CLI_KIND_FLAG && !attached) {
        if (parser->next >= parser->count)
            return err_set(err, ERR_INVALID, "%s needs a value: %s %s", typed, typed, row->value);
        value = parser->words[parser->next++];
    }
    if (values->count > 0 && !row->repeatable && row->kind != CLI_KIND_FLAG)
        return err_set(err, ERR_INVALID, "--%s is given twice", row->name);
    int status = cli_check_value(row, value, err);
    if (status == 0)
        cli_values_add(&values->items, &values->count, value);
    return status;
}

static int cli_parse_option(struct cli_parser *parser, char *word, struct err *err)
{
    char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    for (int option = 0; option < CLI_OPTION_COUNT; option++) {
        const struct cli_option_row *row = &cli_option_rows[option];
        bool is_long = word[1] == '-' && strlen(row->name) == length - 2 &&
                       strncmp(row->name, word + 2, length - 2) == 0;
        bool is_short = row->letter && word[1] == row->letter && word[2] == '\0';
        if ((is_long || is_short) && cli_takes(parser->arguments->command, (enum cli_option)option))
            return cli_take_option(parser, (enum cli_option)option, word, equals ? equals + 1 : NULL, err);
    }
    return cli_unknown_option(parser, word, err);
}

static int cli_parse_word(struct cli_parser *parser, char *word, struct err *err)
{
    if (!parser->only_positional && strcmp(word, "--") == 0) {
        parser->only_positional = true;
        return 0;
    }
    if (!parser->only_positional && word[0] == '-' && word[1] != '\0')
        return cli_parse_option(parser, word, err);
    cli_values_add(&parser->arguments->positional, &parser->arguments->positional_count, word);
    return 0;
}

static int cli_check_exclusions(const struct cli_arguments *arguments, struct err *err)
{
    for (int one = 0; one < CLI_OPTION_COUNT; one++)
        for (int two = one + 1; two < CLI_OPTION_COUNT; two++)
            if (arguments->options[one].count > 0 && arguments->options[two].count > 0 &&
                ((cli_option_rows[one].excludes & (UINT64_C(1) << two)) ||
                 (cli_option_rows[two].excludes & (UINT64_C(1) << one))))
                return err_set(err, ERR_INVALID, "--%s and --%s exclude each other",
                               cli_option_rows[one].name, cli_option_rows[two].name);
    return 0;
}

static int cli_check_positional(const struct cli_arguments *arguments, struct err *err)
{
    const struct cli_command_row *row = &cli_command_rows[arguments->command];
    if (arguments->positional_count < row->least)
        return err_set(err, ERR_INVALID, "%s: %s missing: cupel %s %s", row->name,
                       arguments->positional_count == 1 ? "the second argument is"
                       : row->least == 2                ? "both arguments are"
                                                        : "its argument is",
                       row->name, row->positional);
    if (arguments->positional_count > row->most) {
        char *words =
            row->most > 1
                ? memory_format("%s takes %s, each in one argument, not also", row->name, row->positional)
                : memory_format(row->most ? "%s takes one %s, not also" : "%s takes no argument%s, such as",
                                row->name, row->positional);
        char *otherwise = memory_format("cupel help %s explains it", row->name);
        cli_complain(err, words, arguments->positional[row->most], NULL, otherwise);
        free(words);
        free(otherwise);
        return err->code;
    }
    if (arguments->command == CLI_COMMAND_HELP && arguments->positional_count == 1)
        return cli_command_by_name(arguments->positional[0]) < 0
                   ? cli_unknown_command(arguments->positional[0], err)
                   : 0;
    if (!row->choices || arguments->positional_count == 0)
        return 0;
    char *words = memory_format("%s: unknown", row->name);
    int status = cli_check_choice(words, arguments->positional[0], row->choices, err);
    free(words);
    return status;
}

/* `--help` and `--version` in the place of a command, as everywhere. */
static int cli_parse_command(struct cli_parser *parser, struct err *err)
{
    if (parser->count < 2)
        return err_set(err, ERR_INVALID, "a command is missing; cupel help shows those that there are");
    const char *word = parser->words[1];
    int command = cli_command_by_name(word);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        command = CLI_COMMAND_HELP;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        command = CLI_COMMAND_VERSION;
    if (command < 0)
        return cli_unknown_command(word, err);
    parser->arguments->command = (enum cli_command)command;
    parser->next = 2;
    return 0;
}

/* `cupel run --help …` is `cupel help run`, whatever else stands there. */
static void cli_become_help(struct cli_parser *parser)
{
    struct cli_arguments *arguments = parser->arguments;
    bool about_command = arguments->command != CLI_COMMAND_HELP;
    cli_fini(arguments);
    if (about_command)
        cli_values_add(&arguments->positional, &arguments->positional_count, parser->words[1]);
    arguments->command = CLI_COMMAND_HELP;
}

int cli_parse(int argc, char **argv, struct cli_arguments *arguments, struct err *err)
{
    struct cli_parser parser = {.count = argc, .words = argv, .arguments = arguments};
    *arguments = (struct cli_arguments){.command = CLI_COMMAND_HELP};
    int status = cli_parse_command(&parser, err);
    while (status == 0 && parser.next < argc) {
        status = cli_parse_word(&parser, argv[parser.next++], err);
        if (status == 0 && cli_flag(arguments, CLI_OPTION_HELP)) {
            cli_become_help(&parser);
            return 0;
        }
    }
    if (status == 0)
        status = cli_check_exclusions(arguments, err);
    return status == 0 ? cli_check_positional(arguments, err) : status;
}

void cli_fini(struct cli_arguments *arguments)
{
    for (int option = 0; option < CLI_OPTION_COUNT; option++)
        free(arguments->options[option].items);
    free(arguments->positional);
    *arguments = (struct cli_arguments){.command = arguments->command};
}

bool cli_flag(const struct cli_arguments *arguments, enum cli_option option)
{
    return arguments->options[option].count > 0;
}

const char *cli_option(const struct cli_arguments *arguments, enum cli_option option)
{
    return arguments->options[option].count > 0 ? arguments->options[option].items[0] : NULL;
}

char *const *cli_options(const struct cli_arguments *arguments, enum cli_option option)
{
    return arguments->options[option].items;
}

int cli_number(const struct cli_arguments *arguments, enum cli_option option, double *number, struct err *err)
{
    const char *value = cli_option(arguments, option);
    double read;
    if (!value)
        return 0;
    if (!cli_read_seconds(value, &read))
        return err_set(err, ERR_INVALID, "--%s: not a number above 0", cli_option_rows[option].name);
    *number = read;
    return 0;
}
