/* Completions from the table. Every word in them is one of ours,
 * so nothing needs quoting but the sentences of fish. */
#include "orchestrator/cli/table.h"
#include "policies/verdict.h"

#include <string.h>

static void completion_commands(FILE *file)
{
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        fprintf(file, "%s%s", command ? " " : "", cli_command_rows[command].name);
}

static void completion_choices(FILE *file, const char *const *choices)
{
    for (const char *const *choice = choices; choice && *choice; choice++)
        fprintf(file, "%s%s", choice == choices ? "" : " ", *choice);
}

static void completion_verdicts(FILE *file)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        fprintf(file, "%s%s", verdict ? " " : "", verdict_name((enum verdict)verdict));
}

/* What bash offers behind an option that takes a value; `command` takes the words out of a list. */
static void completion_bash_values(FILE *file)
{
    fputs("    case \"$previous\" in\n", file);
    for (int option = 0; option < CLI_OPTION_COUNT; option++) {
        const struct cli_option_row *row = &cli_option_rows[option];
        if (row->kind == CLI_KIND_FLAG)
            continue;
        fprintf(file, "    --%s) ", row->name);
        if (row->kind == CLI_KIND_FILE || row->kind == CLI_KIND_FOLDER) {
            fprintf(file, "COMPREPLY=($(compgen -%c -- \"$word\"));", row->kind == CLI_KIND_FILE ? 'f' : 'd');
        } else if (row->kind == CLI_KIND_CHOICE || row->kind == CLI_KIND_VERDICTS) {
            fputs("COMPREPLY=($(compgen -W '", file);
            if (row->kind == CLI_KIND_CHOICE)
                completion_choices(file, row->choices);
            else
                completion_verdicts(file);
            fputs("' -- \"$word\"));", file);
        }
        fputs(" return ;;\n", file);
    }
    fputs("    esac\n", file);
}

static void completion_bash_words(FILE *file, enum cli_command command)
{
    const struct cli_command_row *row = &cli_command_rows[command];
    fprintf(file, "    %s) words='", row->name);
    completion_choices(file, row->choices);
    for (int option = 0; option < CLI_OPTION_COUNT; option++)
        if (cli_takes(command, (enum cli_option)option))
            fprintf(file, " --%s", cli_option_rows[option].name);
    fputs("' ;;\n", file);
}

static void completion_bash(FILE *file)
{
    fputs("_cupel() {\n"
          "    local word=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" words=''\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          file);
    completion_commands(file);
    fputs("' -- \"$word\"))\n        return\n    fi\n", file);
    completion_bash_values(file);
    fputs("    case \"${COMP_WORDS[1]}\" in\n", file);
    for (int command = 0; command < CLI_COMMAND_COUNT; command++)
        completion_bash_words(file, (enum cli_command)command);
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    case \"${COMP_WORDS[1]} $word\" in\n"
          "    *' -'*) ;;\n"
          "    'run '* | 'batch '* | 'diff '* | 'recheck '*) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -o filenames -F _cupel cupel\n",
          file);
}

/* zsh runs the completions of bash; its own would be a second grammar to keep right. */
static void completion_zsh(FILE *file)
{
    fputs("#compdef cupel\nautoload -U +X bashcompinit && bashcompinit\n", file);
    completion_bash(file);
}

static void completion_fish_sentence(FILE *file, const char *sentence)
{
    fputs(" -d '", file);
    for (; *sentence; sentence++)
        fprintf(file, *sentence == '\'' || *sentence == '\\' ? "\\%c" : "%c", *sentence);
    fputs("'\n", file);
}

static void completion_fish_option(FILE *file, enum cli_command command, enum cli_option option)
{
    const struct cli_option_row *row = &cli_option_rows[option];
    fprintf(file, "complete -c cupel -n '__fish_seen_subcommand_from %s' -l %s",
            cli_command_rows[command].name, row->name);
    if (row->letter)
        fprintf(file, " -s %c", row->letter);
    if (row->kind == CLI_KIND_CHOICE || row->kind == CLI_KIND_VERDICTS) {
        fputs(" -x -a '", file);
        if (row->kind == CLI_KIND_CHOICE)
            completion_choices(file, row->choices);
        else
            completion_verdicts(file);
        fputs("'", file);
    } else if (row->kind == CLI_KIND_FILE || row->kind == CLI_KIND_FOLDER) {
        fputs(" -r -F", file);
    } else if (row->kind != CLI_KIND_FLAG) {
        fputs(" -x", file);
    }
    completion_fish_sentence(file, cli_sentence(command, option));
}

static void completion_fish(FILE *file)
{
    for (int command = 0; command < CLI_COMMAND_COUNT; command++) {
        const struct cli_command_row *row = &cli_command_rows[command];
        fprintf(file, "complete -c cupel -n __fish_use_subcommand -f -a %s", row->name);
        completion_fish_sentence(file, row->sentence);
        if (row->choices) {
            fprintf(file, "complete -c cupel -n '__fish_seen_subcommand_from %s' -f -a '", row->name);
            completion_choices(file, row->choices);
            fputs("'\n", file);
        }
        for (int option = 0; option < CLI_OPTION_COUNT; option++)
            if (cli_takes((enum cli_command)command, (enum cli_option)option))
                completion_fish_option(file, (enum cli_command)command, (enum cli_option)option);
    }
}

bool cli_print_completion(const char *shell, FILE *file)
{
    static const struct {
        const char *shell;
        void (*print)(FILE *file);
    } printers[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++)
        if (strcmp(printers[i].shell, shell) == 0) {
            printers[i].print(file);
            return true;
        }
    return false;
}
