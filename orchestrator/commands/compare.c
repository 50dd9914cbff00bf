/* `cupel compare`: two commands by the measurement of an evaluation, without a repository. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/compare/reach.h"
#include "orchestrator/compare/trial.h"
#include "orchestrator/contest/sheet.h"
#include "orchestrator/contest/transcript.h"
#include "orchestrator/report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct compare {
    const struct cli_arguments *arguments; /* borrowed */
    struct bare bare;
    struct command_line commands[2]; /* A, B */
    char *folder;                    /* the current one, resolved; owned */
    char *input;                     /* file of stdin, resolved; owned; NULL: empty */
    struct contest contest;
};

static const char *const compare_names[2] = {"A", "B"};

static int compare_read_commands(struct compare *compare, struct err *err)
{
    for (size_t i = 0; i < 2; i++)
        if (command_line_read(&compare->commands[i], compare->arguments->positional[i], err) < 0)
            return err_wrap(err, "%s", compare_names[i]);
    command_line_settle(&compare->commands[0], &compare->commands[1]);
    return 0;
}

static int compare_open_input(struct compare *compare, struct err *err)
{
    const char *path = cli_option(compare->arguments, CLI_OPTION_INPUT);
    struct stat status;
    if (!path)
        return 0;
    compare->input = realpath(path, NULL);
    cleanup_fd int fd = compare->input ? open(compare->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0 || fstat(fd, &status) < 0)
        return err_set(err, ERR_INVALID, "--input %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_INVALID, "--input %s: is no file that both commands could read anew", path);
    return 0;
}

static void compare_print_notes(const char *name, const char *notes)
{
    cleanup_free char *copy = memory_copy_string(notes);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        cleanup_text struct text escaped = {0};
        report_escape_terminal(&escaped, line, ERR_MESSAGE_MAX);
        if (*line)
            fprintf(stderr, "cupel: %s %s\n", name, text_string(&escaped));
    }
}

static int compare_look_around(struct compare *compare, struct err *err)
{
    struct operator_settings *settings = &compare->bare.session.settings;
    const char *state = compare->bare.session.state;
    compare->folder = realpath(".", NULL);
    if (!compare->folder)
        return err_set(err, ERR_INVALID, "the current folder: %s", strerror(errno));
    const struct reach reach = {.folder = compare->folder, .state = state, .settings = settings};
    char *const *mounts = cli_options(compare->arguments, CLI_OPTION_MOUNT);
    for (; mounts && *mounts; mounts++)
        if (reach_add_mount(settings, *mounts, state, err) < 0)
            return err->code;
    if (reach_check_folder(&reach, err) < 0)
        return err->code;
    for (size_t i = 0; i < 2; i++) {
        cleanup_text struct text notes = {0};
        if (reach_check(&reach, &compare->commands[i], &notes, err) < 0)
            return err_wrap(err, "%s", compare_names[i]);
        compare_print_notes(compare_names[i], text_string(&notes));
    }
    return 0;
}

static int compare_measure(struct compare *compare, struct err *err)
{
    const struct cli_arguments *arguments = compare->arguments;
    const char *metric = cli_option(arguments, CLI_OPTION_METRIC);
    double percent = 10;
    struct trial_input input = {
        .bare = &compare->bare,
        .commands = compare->commands,
        .folder = compare->folder,
        .input = compare->input,
        .metric = metric ? metric_by_name(metric) : -1,
        .timeout_s = TRIAL_TIMEOUT_S,
        .time_budget_s = -1,
    };
    if (cli_number(arguments, CLI_OPTION_THRESHOLD, &percent, err) < 0 ||
        cli_number(arguments, CLI_OPTION_TIMEOUT, &input.timeout_s, err) < 0 ||
        cli_number(arguments, CLI_OPTION_TIME_BUDGET, &input.time_budget_s, err) < 0)
        return err->code;
    input.threshold = percent / 100;
    return trial_run(&input, &compare->contest, err);
}

static int compare_print(const struct compare *compare, struct err *err)
{
    cleanup_text struct text out = {0};
    cJSON *document = NULL;
    if (cli_flag(compare->arguments, CLI_OPTION_JSON))
        document = transcript_build(&compare->contest);
    else
        sheet_format(&compare->contest, output_has_color(), output_width(), &out);
    return output_result(document, &out, err);
}

/* The test may be looked at whenever one likes, so a signal's moment is as good as any. */
static int compare_conclude(struct compare *compare, int code, struct err *err)
{
    struct err cancelled = *err;
    if (code < 0 && (code != ERR_CANCELLED || !compare->contest.measured))
        return code;
    contest_conclude(&compare->contest);
    if (compare_print(compare, err) < 0)
        return err->code;
    *err = cancelled;
    return code;
}

static int compare_run(struct compare *compare, struct err *err)
{
    bool quiet = cli_flag(compare->arguments, CLI_OPTION_QUIET);
    if (bare_open(&compare->bare, "cupel compare", quiet, err) < 0 ||
        compare_read_commands(compare, err) < 0 || compare_open_input(compare, err) < 0 ||
        compare_look_around(compare, err) < 0)
        return err->code;
    return compare_conclude(compare, compare_measure(compare, err), err);
}

int command_compare(const struct cli_arguments *arguments)
{
    struct compare compare = {.arguments = arguments};
    struct err err = {0};
    int code = compare_run(&compare, &err);
    int status = code < 0 ? bare_fail(&compare.bare, &err) : compare.contest.exit_status;
    contest_fini(&compare.contest);
    command_line_fini(&compare.commands[0]);
    command_line_fini(&compare.commands[1]);
    free(compare.folder);
    free(compare.input);
    bare_close(&compare.bare);
    return status;
}
