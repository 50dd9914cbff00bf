/* The entrance: parses the command line and hands over to one command. */
#include "orchestrator/commands/commands.h"
#include "orchestrator/job.h"

#include <signal.h>
#include <stdio.h>

static int main_completion(const struct cli_arguments *arguments)
{
    return cli_print_completion(arguments->positional[0], stdout) ? 0 : 2;
}

static int main_man(const struct cli_arguments *arguments)
{
    (void)arguments;
    cli_print_man(stdout);
    return 0;
}

static int main_version(const struct cli_arguments *arguments)
{
    (void)arguments;
    puts("cupel " CUPEL_VERSION);
    return 0;
}

static int main_help(const struct cli_arguments *arguments)
{
    int command =
        arguments->positional_count ? cli_command_by_name(arguments->positional[0]) : CLI_COMMAND_COUNT;
    if (command < 0) {
        fprintf(stderr, "cupel: unknown command %s; `cupel help` lists them\n", arguments->positional[0]);
        return 2;
    }
    cli_print_help(command, stdout);
    return 0;
}

static int (*const main_commands[CLI_COMMAND_COUNT])(const struct cli_arguments *) = {
    [CLI_COMMAND_RUN] = command_run,
    [CLI_COMMAND_BATCH] = command_batch,
    [CLI_COMMAND_CHECK] = command_check,
    [CLI_COMMAND_COMPARE] = command_compare,
    [CLI_COMMAND_DIFF] = command_diff,
    [CLI_COMMAND_INIT] = command_init,
    [CLI_COMMAND_LIST] = command_list,
    [CLI_COMMAND_SHOW] = command_show,
    [CLI_COMMAND_RECHECK] = command_recheck,
    [CLI_COMMAND_REPRODUCE] = command_reproduce,
    [CLI_COMMAND_SIGN] = command_sign,
    [CLI_COMMAND_GATE] = command_gate,
    [CLI_COMMAND_APPLY] = command_apply,
    [CLI_COMMAND_CALIBRATE] = command_calibrate,
    [CLI_COMMAND_DOCTOR] = command_doctor,
    [CLI_COMMAND_SELFTEST] = command_selftest,
    [CLI_COMMAND_GC] = command_gc,
    [CLI_COMMAND_COMPLETION] = main_completion,
    [CLI_COMMAND_MAN] = main_man,
    [CLI_COMMAND_VERSION] = main_version,
    [CLI_COMMAND_HELP] = main_help,
};

int main(int argc, char **argv)
{
    struct cli_arguments arguments;
    struct err err = {0};
    int status = 2;
    /* A reader that goes away (`cupel show | head`) is a failed write, not a death. */
    signal(SIGPIPE, SIG_IGN);
    job_size_pool();
    if (cli_parse(argc, argv, &arguments, &err) < 0)
        fprintf(stderr, "cupel: %s\n", err.message);
    else
        status = main_commands[arguments.command](&arguments);
    cli_fini(&arguments);
    return status;
}
