/*
 * The command line, driven by one table (table.c): parsing, --help, the man page and the completions can't
 * disagree.
 *
 *     struct cli_arguments arguments;
 *     if (cli_parse(argc, argv, &arguments, &err) < 0)
 *         … print err.message, exit 2 …
 *     const char *base = cli_option(&arguments, CLI_OPTION_BASE);
 *     cli_fini(&arguments);
 */
#ifndef CUPEL_ORCHESTRATOR_CLI_CLI_H
#define CUPEL_ORCHESTRATOR_CLI_CLI_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cli_command {
    CLI_COMMAND_RUN,
    CLI_COMMAND_BATCH,
    CLI_COMMAND_CHECK,
    CLI_COMMAND_COMPARE,
    CLI_COMMAND_DIFF,
    CLI_COMMAND_INIT,
    CLI_COMMAND_LIST,
    CLI_COMMAND_SHOW,
    CLI_COMMAND_RECHECK,
    CLI_COMMAND_REPRODUCE,
    CLI_COMMAND_SIGN,
    CLI_COMMAND_GATE,
    CLI_COMMAND_APPLY,
    CLI_COMMAND_CALIBRATE,
    CLI_COMMAND_DOCTOR,
    CLI_COMMAND_SELFTEST,
    CLI_COMMAND_GC,
    CLI_COMMAND_COMPLETION,
    CLI_COMMAND_MAN,
    CLI_COMMAND_VERSION,
    CLI_COMMAND_HELP,
    CLI_COMMAND_COUNT
};

enum cli_option {
    CLI_OPTION_PATCH,
    CLI_OPTION_COMMIT,
    CLI_OPTION_REPO,
    CLI_OPTION_BASE,
    CLI_OPTION_CONFIG,
    CLI_OPTION_WORKLOAD,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_TIME_BUDGET,
    CLI_OPTION_THRESHOLD,
    CLI_OPTION_METRIC,
    CLI_OPTION_INPUT,
    CLI_OPTION_MOUNT,
    CLI_OPTION_DRY_RUN,
    CLI_OPTION_OLDER_THAN,
    CLI_OPTION_ATTRIBUTE,
    CLI_OPTION_FAIL_ON,
    CLI_OPTION_FORMAT,
    CLI_OPTION_REPORT,
    CLI_OPTION_KEY,
    CLI_OPTION_SIGNER,
    CLI_OPTION_DIGEST,
    CLI_OPTION_REJECT,
    CLI_OPTION_REASON,
    CLI_OPTION_OUT,
    CLI_OPTION_PUSH,
    CLI_OPTION_DECISION,
    CLI_OPTION_HEAD,
    CLI_OPTION_BRANCH,
    CLI_OPTION_CHECKPOINT,
    CLI_OPTION_AGAINST,
    CLI_OPTION_AS,
    CLI_OPTION_RULES,
    CLI_OPTION_JSON,
    CLI_OPTION_FORCE,
    CLI_OPTION_STDOUT,
    CLI_OPTION_QUIET,
    CLI_OPTION_RESUME,
    CLI_OPTION_COMBINE,
    CLI_OPTION_HELP,
    CLI_OPTION_COUNT
};

struct cli_values {
    char **items; /* NULL-terminated, borrowed from argv; NULL: not given. A flag's value is "". */
    size_t count;
};

struct cli_arguments {
    enum cli_command command;
    char **positional; /* NULL-terminated, borrowed from argv */
    size_t positional_count;
    struct cli_values options[CLI_OPTION_COUNT]; /* read them by the functions below */
};

/*
 * Takes `--name value`, `--name=value`, short letters, options anywhere behind the command, and `--`.
 * `--help` anywhere becomes CLI_COMMAND_HELP with the command as its positional. Everything is checked that
 * the table can say: known names, choices, numbers, verdicts, what excludes what, how many arguments.
 *
 * ERR_INVALID with one line that names the nearest known word. cli_fini() in either case. `argv` must outlive
 * it.
 */
WARN_UNUSED int cli_parse(int argc, char **argv, struct cli_arguments *arguments, struct err *err);
void cli_fini(struct cli_arguments *arguments);

bool cli_flag(const struct cli_arguments *arguments, enum cli_option option);
/* The value, or NULL when it was not given; the first one of a repeatable option. */
const char *cli_option(const struct cli_arguments *arguments, enum cli_option option);
/* All values of a repeatable option, NULL-terminated; NULL when there is none. */
char *const *cli_options(const struct cli_arguments *arguments, enum cli_option option);
/* Leaves *number alone when it was not given. ERR_INVALID names the option. */
WARN_UNUSED int cli_number(const struct cli_arguments *arguments, enum cli_option option, double *number,
                           struct err *err);

/* The command of that name, or -1. */
int cli_command_by_name(const char *name);

/* Help of one command, or the overview with CLI_COMMAND_COUNT. */
void cli_print_help(enum cli_command command, FILE *file);
/* cupel(1) in man(7) macros. */
void cli_print_man(FILE *file);
/* `shell`: "bash", "zsh" or "fish". False for another one. */
bool cli_print_completion(const char *shell, FILE *file);

#endif
