/* cupel(1) from the table, in the macros of man(7). */
#include "orchestrator/cli/table.h"

#include <ctype.h>
#include <string.h>

/* Text for roff: hyphens that are typed, backslashes, and no control line by accident. */
static void man_text(FILE *file, const char *words)
{
    if (*words == '.' || *words == '\'')
        fputs("\\&", file);
    for (; *words; words++) {
        if (*words == '-' || *words == '\\')
            fputs(*words == '-' ? "\\-" : "\\e", file);
        else
            fputc(*words, file);
    }
}

static void man_option(FILE *file, enum cli_command command, enum cli_option option)
{
    const struct cli_option_row *row = &cli_option_rows[option];
    fputs(".TP\n", file);
    if (row->letter)
        fprintf(file, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", file);
    man_text(file, row->name);
    fputs("\\fR", file);
    if (row->value)
        fprintf(file, " \\fI%s\\fR", row->value);
    fputc('\n', file);
    man_text(file, cli_sentence(command, option));
    fputs(".\n", file);
}

static void man_command(FILE *file, enum cli_command command)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    fprintf(file, ".SS cupel %s", row->name);
    if (*row->positional)
        fprintf(file, row->least ? " %s" : " [%s]", row->positional);
    fprintf(file, "\n%c", toupper((unsigned char)row->sentence[0]));
    man_text(file, row->sentence + 1);
    fputs(".\n.PP\n", file);
    man_text(file, row->description);
    fputc('\n', file);
    for (int option = 0; option < CLI_OPTION_COUNT; option++)
        if (option != CLI_OPTION_HELP && cli_takes(command, (enum cli_option)option))
            man_option(file, command, (enum cli_option)option);
}

static void man_tail(FILE *file)
{
    fputs(".SH EXIT STATUS\n", file);
    for (size_t i = 0; i < cli_status_count; i++) {
        fprintf(file, ".TP\n.B %d\n", cli_status_rows[i].status);
        man_text(file, cli_status_rows[i].sentence);
        fputs(".\n", file);
    }
    fputs(".TP\n.B 128 + n\nended by signal n.\n"
          ".SH ENVIRONMENT\n"
          ".TP\n.B NO_COLOR\nwhen set and not empty, reports have no color.\n"
          ".TP\n.B XDG_STATE_HOME\nwhere reports, logs and caches are kept, in a folder cupel.\n"
          ".TP\n.B XDG_CONFIG_HOME\nwhere the operator's own settings are looked for, in a folder cupel.\n"
          ".SH FILES\n.TP\n.I cupel.json\nhow the repository is built, tested and run; read from the base "
          "commit, never from the patch.\n",
          file);
}

void cli_print_man(FILE *file)
{
    fputs(".TH CUPEL 1 \"\" \"cupel " CUPEL_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ncupel \\- assay an optimization patch before a person signs for it\n"
          ".SH SYNOPSIS\n.B cupel\n.I COMMAND\n[\\fIOPTION\\fR]...\n"
          ".SH DESCRIPTION\n"
          "Applies a candidate patch to an isolated worktree, runs base and candidate in a sandbox on "
          "sampled data, proves "
          "that the answers did not change and how much faster it is, and stops there: nothing is merged.\n"
          ".SH COMMANDS\n",
          file);
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        man_command(file, (enum cli_command)command);
    man_tail(file);
}
