#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/cli/table.h"

#include <ctype.h>
#include <string.h>

#define HELP_WIDTH  80
#define HELP_COLUMN 26 /* where the sentence of an option begins */

/* Words from `column` on, wrapped; ends the line. The tables are ASCII, so bytes are columns. */
static void help_wrap(FILE *file, const char *words, size_t at, size_t column)
{
    while (*words) {
        size_t length = strcspn(words, " ");
        if (at > column && at + 1 + length > HELP_WIDTH) {
            fprintf(file, "\n%*s", (int)column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', file);
            at++;
        }
        fprintf(file, "%.*s", (int)length, words);
        at += length;
        words += length;
        words += strspn(words, " ");
    }
    fputc('\n', file);
}

/* "  -q, --quiet" or "      --base REVISION", then the sentence in its column. */
static void help_option(FILE *file, enum cli_command command, enum cli_option option)
{
    const struct cli_option_row *row = &cli_option_rows[option];
    struct text words cleanup_text = {0};
    if (row->letter)
        text_printf(&words, "  -%c, --%s", row->letter, row->name);
    else
        text_printf(&words, "      --%s", row->name);
    if (row->value)
        text_printf(&words, " %s", row->value);
    fputs(text_string(&words), file);
    if (words.length + 2 > HELP_COLUMN)
        fprintf(file, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(file, "%*s", (int)(HELP_COLUMN - words.length), "");
    help_wrap(file, cli_sentence(command, option), HELP_COLUMN, HELP_COLUMN);
}

static void help_usage(FILE *file, enum cli_command command)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    fprintf(file, "cupel %s", row->name);
    if (*row->positional)
        fprintf(file, row->least ? " %s" : " [%s]", row->positional);
    fputs(" [OPTION]...\n", file);
}

/* The overview's words as a sentence: the description goes on from there. */
static void help_summary(FILE *file, const struct cli_command_row *row)
{
    cleanup_free char *words = memory_format("%s.", row->sentence);
    words[0] = (char)toupper((unsigned char)words[0]);
    help_wrap(file, words, 0, 0);
    fputc('\n', file);
}

static void help_of_command(FILE *file, enum cli_command command)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    fputs("Usage: ", file);
    help_usage(file, command);
    fputc('\n', file);
    help_summary(file, row);
    help_wrap(file, row->description, 0, 0);
    if (row->choices) {
        cleanup_text struct text words = {0};
        text_printf(&words, "%s:", row->positional);
        for (const char *const *choice = row->choices; *choice; choice++)
            text_printf(&words, "%s %s", choice == row->choices ? "" : ",", *choice);
        fputc('\n', file);
        help_wrap(file, text_string(&words), 0, 0);
    }
    fputs("\nOptions:\n", file);
    for (int option = 0; option < CLI_OPTION_COUNT; option++)
        if (cli_takes(command, (enum cli_option)option))
            help_option(file, command, (enum cli_option)option);
}

static void help_overview(FILE *file)
{
    fputs("Usage: cupel COMMAND [OPTION]...\n\n", file);
    help_wrap(
        file,
        "Puts a candidate optimization patch through the fire before a person signs for it: proves that the "
        "answers did not change and how much faster it is. Nothing is merged.",
        0, 0);
    fputs("\nCommands:\n", file);
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        fprintf(file, "  %-12s%s\n", cli_command_rows[command].name, cli_command_rows[command].sentence);
    fputs("\nExit status:\n", file);
    for (size_t i = 0; i < cli_status_count; i++)
        fprintf(file, "  %-12d%s\n", cli_status_rows[i].status, cli_status_rows[i].sentence);
    fputs("\ncupel help COMMAND explains one.\n", file);
}

void cli_print_help(enum cli_command command, FILE *file)
{
    if (command == CLI_COMMAND_COUNT)
        help_overview(file);
    else
        help_of_command(file, command);
}
