/* `cupel calibrate`: the machine's noise, what gain it can show, and what would make it better. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/calibrate/candidates.h"
#include "orchestrator/calibrate/gauging.h"
#include "orchestrator/calibrate/shelf.h"
#include "orchestrator/calibrate/show.h"
#include "orchestrator/commands/bare.h"
#include "orchestrator/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CALIBRATE_SECONDS 60.0 /* unless --time-budget says otherwise */
#define CALIBRATE_LEAST   5.0  /* in less no program runs often enough on two CPUs */
#define CALIBRATE_MOST    3600.0
#define CALIBRATE_ASIDE   0.05 /* share of the time that opening, and working the figures out, take */
#define CALIBRATE_FIXED   4.0  /* seconds of it besides, at most a tenth of the whole */

struct calibrating {
    struct bare bare;
    struct calibration calibration;
    struct gauging *gauging; /* NULL while nothing is in flight */
    double seconds;          /* of everything */
};

static void calibrating_on_progress(const char *detail, void *data)
{
    struct calibrating *calibrating = data;
    bare_tell(&calibrating->bare, "calibrate", detail);
}

static void calibrating_on_done(const struct err *err, void *data)
{
    struct calibrating *calibrating = data;
    calibrating->gauging = NULL;
    bare_end(&calibrating->bare, err);
}

static int calibrating_start(void *data, struct err *err)
{
    struct calibrating *calibrating = data;
    double fixed = calibrating->seconds / 10 < CALIBRATE_FIXED ? calibrating->seconds / 10 : CALIBRATE_FIXED;
    const struct gauging_input input = {
        .context = &calibrating->bare.context,
        .program = calibrating->bare.session.paths.gauge,
        .empty = calibrating->bare.empty,
        .calibration = &calibrating->calibration,
        .seconds = calibrating->seconds * (1 - CALIBRATE_ASIDE) - fixed,
        .progress = calibrating_on_progress,
        .done = calibrating_on_done,
        .data = calibrating,
    };
    return gauging_start(&calibrating->gauging, &input, err);
}

static void calibrating_cancel(void *data)
{
    struct calibrating *calibrating = data;
    gauging_cancel(calibrating->gauging);
}

/* What is known before anything runs. */
static int calibrating_prepare(struct calibrating *calibrating, struct err *err)
{
    struct calibration *calibration = &calibrating->calibration;
    const struct operator_settings *settings = &calibrating->bare.session.settings;
    const char *gauge = calibrating->bare.session.paths.gauge;
    struct facts facts;
    if (access(gauge, X_OK) < 0)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: not there; the installation is incomplete, install cupel again", gauge);
    facts_collect(&facts);
    if (shelf_machine(facts.cpu_model, facts.kernel, &calibration->machine, err) < 0)
        return err->code;
    calibration->cupel = memory_copy_string(CUPEL_VERSION);
    calibration->created = memory_copy_string(facts.created);
    conditions_read("", calibration->machine.cpus, calibration->machine.cpu_count, &calibration->conditions);
    candidates_fill(calibration, calibration->machine.cpus, calibration->machine.cpu_count,
                    settings->measure_cpus, settings->measure_cpu_count);
    return 0;
}

static int calibrating_print(struct calibrating *calibrating, const struct text *stored, bool json,
                             struct err *err)
{
    const struct paths *paths = &calibrating->bare.session.paths;
    cleanup_free char *path = shelf_path(paths->state);
    cleanup_text struct text out = {0};
    if (json && show_json(&calibrating->calibration, stored, path, &out, err) < 0)
        return err->code;
    if (!json)
        show_text(&calibrating->calibration, path, paths->operator_user, &out);
    fputs(text_string(&out), stdout);
    return fflush(stdout) == 0 ? 0 : err_set(err, ERR_SYSTEM, "stdout: can't be written");
}

static int calibrating_run(struct calibrating *calibrating, const struct cli_arguments *arguments,
                           struct err *err)
{
    struct calibration *calibration = &calibrating->calibration;
    const struct bare_work work = {
        .start = calibrating_start, .cancel = calibrating_cancel, .data = calibrating};
    cleanup_text struct text stored = {0};
    calibrating->seconds = CALIBRATE_SECONDS;
    if (cli_number(arguments, CLI_OPTION_TIME_BUDGET, &calibrating->seconds, err) < 0)
        return err->code;
    if (calibrating->seconds < CALIBRATE_LEAST || calibrating->seconds > CALIBRATE_MOST)
        return err_set(err, ERR_INVALID, "--time-budget must be from %.0f to %.0f seconds", CALIBRATE_LEAST,
                       CALIBRATE_MOST);
    if (calibrating_prepare(calibrating, err) < 0 || bare_run(&calibrating->bare, &work, err) < 0)
        return err->code;
    calibration->cpu_source = memory_copy_string(facts_cpu_source(&calibrating->bare.session.isolation));
    calibration->peak_source = memory_copy_string(facts_peak_source(&calibrating->bare.session.isolation));
    calibration_assess(calibration);
    if (shelf_save(calibrating->bare.session.paths.state, calibration, &stored, err) < 0)
        return err->code;
    return calibrating_print(calibrating, &stored, cli_flag(arguments, CLI_OPTION_JSON), err);
}

int command_calibrate(const struct cli_arguments *arguments)
{
    struct calibrating calibrating = {0};
    struct err err = {0};
    int code = bare_open(&calibrating.bare, "cupel calibrate", cli_flag(arguments, CLI_OPTION_QUIET), &err);
    if (code == 0)
        code = calibrating_run(&calibrating, arguments, &err);
    int status = code < 0 ? bare_fail(&calibrating.bare, &err) : 0;
    bare_close(&calibrating.bare);
    calibration_fini(&calibrating.calibration);
    return status;
}
