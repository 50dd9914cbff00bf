/*
 * Happy path: both commands are asked in turns, untimed (trial_ask_next());
 * their answers are compared, the metric is chosen, and measuring begins, which
 * watches each timed answer. Its end is the trial's.
 *
 * Failure: a command that can't be started, or of which both don't end by
 * themselves, is the person's error; one that ends otherwise than the other is
 * a result without any timing. A sandbox's failure is ours.
 *
 * Cancelling cancels the pass or the measurement in flight, whose callback ends
 * the trial, or awaits the comparing.
 */
#include "orchestrator/compare/trial.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/compare/asked.h"
#include "orchestrator/compare/choice.h"
#include "orchestrator/facts.h"
#include "workloads/check_pass.h"
#include "workloads/measure/measure.h"
#include "workloads/measure/method.h"
#include "workloads/offload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIAL_ASKS_LEAST   3    /* A, B, A: the least that shows whether A repeats itself */
#define TRIAL_QUICK_S      1.0  /* runs no longer than that are asked for more */
#define TRIAL_BLOCK_S      0.3  /* aimed length of a run */
#define TRIAL_PROCESS_S    1e-4 /* no sandbox starts in less */
#define TRIAL_BUDGET_SHARE 0.6  /* of the time, planned for a verdict of the fewest pairs */
#define TRIAL_SPARE        1.5  /* times what the fewest pairs of long runs need */
#define TRIAL_MEMORY       ((uint64_t)4 << 30)

struct trial {
    struct trial_input input;
    struct contest *contest;
    struct workload workload;
    struct sample sample;
    struct sample_set samples;
    struct arm arms[2];
    const char *layers[2];
    struct asked asked;
    struct offload comparing; /* of them */
    struct choice choice;
    uint64_t ask_ns;         /* when the last one began */
    double process_s[2];     /* [side] of the quickest ask, its sandbox included */
    double block;            /* processes a run */
    bool hasty;              /* fewer pairs */
    bool replanned;          /* once is enough */
    bool again;              /* the measurement ends and starts anew, by another plan */
    size_t told;             /* words of progress so far */
    double longest_s;        /* of a run */
    struct check_pass *pass; /* in flight, or NULL */
    struct measure *measure; /* likewise */
    bool cancelled;
    struct err err; /* what ends it */
};

static void trial_end(struct trial *trial, const struct err *err)
{
    bare_end(trial->input.bare, err);
}

/* Runs of a verdict: the warm-up, pairs of A against A, pairs that decide, fresh ones. */
static double trial_forecast(bool hasty, double run_s)
{
    size_t pairs = measure_method.least + (hasty ? measure_method.hasty_size_pairs
                                                 : measure_method.noise_pairs + measure_method.size_pairs);
    return 2 * (double)(1 + pairs) * run_s;
}

/*
 * How many processes make a run, from the seconds that one takes. Where a
 * verdict would take too long: fewer; of processes that are long themselves:
 * fewer pairs, and the time that those need.
 */
static void trial_plan(struct trial *trial, double process_s)
{
    double budget = trial->input.time_budget_s < 0 ? TRIAL_BUDGET_S : trial->input.time_budget_s;
    double most = TRIAL_BUDGET_SHARE * budget / trial_forecast(false, process_s);
    trial->block = fmax(1, floor(fmin(trial->block, most)));
    double run_s = trial->block * process_s;
    trial->hasty = trial_forecast(false, run_s) > TRIAL_BUDGET_SHARE * budget; /* one process is too long */
    double needed = trial_forecast(trial->hasty, run_s);
    if (trial->input.time_budget_s < 0 && trial->hasty)
        budget = fmax(budget, TRIAL_SPARE * needed);
    trial->contest->time_budget_s = budget;
    cleanup_free char *detail =
        budget > TRIAL_BUDGET_S
            ? memory_format("a run takes %.1f s, so this takes %.0f to %.0f s; "
                            "--time-budget sets another end",
                            run_s, needed, fmax(budget, needed))
            : memory_format("this takes about %.0f s, and %.0f s at most", needed, budget);
    bare_tell(trial->input.bare, "plan", detail);
}

/* What the warm-up took, two runs as they will be, may say that the plan was made for a quieter machine. */
static void trial_check_plan(struct trial *trial, double warm_up_s)
{
    double process_s = warm_up_s / 2 / trial->block;
    if (trial->replanned || trial_forecast(trial->hasty, warm_up_s / 2) < trial->contest->time_budget_s)
        return;
    double block = trial->block;
    double budget = trial->contest->time_budget_s;
    bool hasty = trial->hasty;
    trial->replanned = true;
    trial_plan(trial, process_s);
    trial->again = trial->block < block || trial->hasty != hasty || trial->contest->time_budget_s > budget;
}

static void trial_on_progress(const struct measurement *sofar, const char *what, void *data)
{
    struct trial *trial = data;
    cleanup_free char *detail =
        memory_format("%s, %zu pair%s so far", what, sofar->pair_count, sofar->pair_count == 1 ? "" : "s");
    bare_tell(trial->input.bare, "measure", detail);
    if (++trial->told == 2) /* the first one told of the warm-up */
        trial_check_plan(trial, sofar->seconds);
}

/* Of the first answer; what a command changes from run to run was told by then. */
static char *trial_watch(enum arm_side side, const struct answer *answer, void *data)
{
    struct trial *trial = data;
    struct contest_command *command = &trial->contest->commands[side];
    const struct answer *first = &trial->asked.answers[side == ARM_BASE ? 0 : 1];
    if (trial->again)
        return memory_copy_string("the runs were longer than planned");
    command->timed++;
    command->left += answer->leftovers > 0;
    if (strcmp(answer->ending, first->ending) != 0)
        return memory_format("in a timed run %s ended with %s, and before with %s", asked_name(side),
                             answer->ending, first->ending);
    command->strayed += !answer_is_identical(first, answer, false);
    return NULL;
}

static int trial_start_measure(struct trial *trial);

static void trial_on_measured(struct measurement *measurement, const struct err *err, void *data)
{
    struct trial *trial = data;
    struct contest *contest = trial->contest;
    trial->measure = NULL;
    if (trial->again && !err) {
        trial->again = false;
        if (trial_start_measure(trial) < 0)
            trial_end(trial, &trial->err);
        return;
    }
    contest->measured = !err || measurement->pair_count > 0; /* pairs hold whatever came after them */
    contest->block = measurement->block;
    contest->seconds = measurement->seconds;
    contest->failed = measurement->contract_broken;
    contest->stopped = measurement->stopped;
    contest->pairs = measurement->pairs;
    contest->pair_count = measurement->pair_count;
    measurement->stopped = NULL;
    measurement->pairs = NULL;
    measurement->pair_count = 0;
    measurement_fini(measurement);
    trial_end(trial, err);
}

static int trial_start_measure(struct trial *trial)
{
    struct contest *contest = trial->contest;
    struct measure_input input = {
        .context = &trial->input.bare->context,
        .workload = &trial->workload,
        .samples = &trial->samples,
        .base = &trial->arms[ARM_BASE],
        .candidate = &trial->arms[ARM_CANDIDATE],
        .watch = trial_watch,
        .either_way = true,
        .hasty = trial->hasty,
        .minimum_improvement = contest->threshold,
        .regression_threshold = 1 / (1 - contest->threshold) - 1, /* as much, seen from the other side */
        .time_budget_s = contest->time_budget_s,
        .weight_share = 1,
        .sample_seconds = TRIAL_BLOCK_S / trial->block,
        .family_size = 1,
        .false_discovery_rate = 1,
        .progress = trial_on_progress,
        .done = trial_on_measured,
        .data = trial,
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        input.guardrail_delta[metric] = -1;
    return measure_start(&trial->measure, &input, &trial->err);
}

/* Chooses what decides and on which CPUs, makes a plan, and begins. */
static int trial_measure(struct trial *trial)
{
    struct contest *contest = trial->contest;
    struct workload_context *context = &trial->input.bare->context;
    choice_make(&trial->choice, trial->input.metric);
    contest->primary = trial->workload.primary = trial->choice.metric;
    contest->why = STEAL(trial->choice.why);
    if (!context->measure_cpus && trial->choice.cpus) {
        context->measure_cpus = trial->choice.cpus;
        context->measure_cpu_count = trial->choice.cpu_count;
    }
    contest->cpus = context->measure_cpus ? context->measure_cpu_count : 1;
    double process_s =
        fmax((trial->process_s[ARM_BASE] + trial->process_s[ARM_CANDIDATE]) / 2, TRIAL_PROCESS_S);
    trial->block = fmax(1, round(TRIAL_BLOCK_S / process_s));
    trial_plan(trial, process_s);
    return trial_start_measure(trial);
}

/* Maybe on a pool thread. */
static void trial_compare(void *data)
{
    struct trial *trial = data;
    asked_compare(&trial->asked, &trial->workload, trial->contest);
}

/* Is there anything to be timed? */
static void trial_on_compared(void *data)
{
    struct trial *trial = data;
    const struct answer *a = &trial->asked.answers[0];
    const struct answer *b = &trial->asked.answers[1];
    if (trial->cancelled)
        err_set(&trial->err, ERR_CANCELLED, "cancelled");
    if (trial->err.code)
        trial_end(trial, &trial->err);
    else if (strcmp(a->ending, b->ending) != 0)
        trial_end(trial, NULL);
    else if (trial_measure(trial) < 0)
        trial_end(trial, &trial->err);
}

static void trial_judge_answers(struct trial *trial)
{
    size_t bytes = 0;
    for (size_t i = 0; i < trial->asked.count; i++)
        bytes += answer_weigh(&trial->asked.answers[i]);
    if (asked_check(&trial->asked, trial->input.commands, &trial->err) < 0)
        trial_end(trial, &trial->err);
    else if (offload_start(&trial->comparing, trial->input.bare->context.loop, bytes, trial_compare,
                           trial_on_compared, trial))
        trial_on_compared(trial);
}

static bool trial_on_answer(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    struct trial *trial = data;
    double seconds = (double)(uv_hrtime() - trial->ask_ns) / 1e9;
    (void)index;
    trial->asked.answers[trial->asked.count] = *answer;
    choice_add_run(&trial->choice, asked_side(trial->asked.count), figures);
    *answer = (struct answer){0};
    trial->longest_s = fmax(trial->longest_s, figures->value[METRIC_WALL]);
    double *quickest = &trial->process_s[asked_side(trial->asked.count)];
    *quickest = *quickest > 0 ? fmin(*quickest, seconds) : seconds;
    trial->asked.count++;
    return true;
}

static void trial_on_pass(const struct err *err, void *data);

static int trial_ask(struct trial *trial, struct err *err)
{
    static const size_t only[] = {0};
    enum arm_side side = asked_side(trial->asked.count);
    const struct check_pass_input input = {
        .context = &trial->input.bare->context,
        .workload = &trial->workload,
        .samples = &trial->samples,
        .arm = &trial->arms[side],
        .indices = only,
        .count = 1,
        .on_answer = trial_on_answer,
        .on_done = trial_on_pass,
        .data = trial,
    };
    cleanup_free char *detail = memory_format("asks %s for its answer", asked_name(side));
    bare_tell(trial->input.bare, "answers", detail);
    trial->ask_ns = uv_hrtime();
    return check_pass_start(&trial->pass, &input, err);
}

static void trial_on_pass(const struct err *err, void *data)
{
    struct trial *trial = data;
    trial->pass = NULL;
    if (err) {
        trial_end(trial, err);
        return;
    }
    bool ended = trial->asked.count > 1 && (!trial->asked.answers[0].ended || !trial->asked.answers[1].ended);
    size_t wanted = trial->longest_s > TRIAL_QUICK_S ? TRIAL_ASKS_LEAST : ASKED_MOST;
    if (ended || trial->asked.count >= wanted)
        trial_judge_answers(trial);
    else if (trial_ask(trial, &trial->err) < 0)
        trial_end(trial, &trial->err);
}

static int trial_start(void *data, struct err *err)
{
    return trial_ask(data, err);
}

static void trial_cancel(void *data)
{
    struct trial *trial = data;
    trial->cancelled = true;
    if (trial->pass)
        check_pass_cancel(trial->pass);
    else if (trial->measure)
        measure_cancel(trial->measure);
}

static void trial_init(struct trial *trial, const struct trial_input *input, struct contest *contest)
{
    static char name[] = "compare";
    static char id[] = "the command";
    static char stratum[] = "all";
    static char *none[] = {NULL};
    *trial = (struct trial){.input = *input, .contest = contest};
    trial->layers[0] = input->folder;
    trial->workload = (struct workload){.name = name,
                                        .kind = &workload_command,
                                        .run = none,
                                        .weight = 1,
                                        .outputs = none,
                                        .timeout_s = input->timeout_s,
                                        .memory_bytes = TRIAL_MEMORY,
                                        .block_s = TRIAL_BLOCK_S};
    trial->sample = (struct sample){.id = id,
                                    .args = none,
                                    .environment = none,
                                    .stratum = stratum,
                                    .weight = 1,
                                    .stdin_file = (char *)(uintptr_t)input->input};
    trial->samples = (struct sample_set){.folder = input->bare->empty, .items = &trial->sample, .count = 1};
    for (unsigned side = 0; side < 2; side++)
        trial->arms[side] = (struct arm){.side = (enum arm_side)side,
                                         .slot = side,
                                         .lanes = 1,
                                         .layers = trial->layers,
                                         .run = input->commands[side].argv};
}

static void trial_describe(const struct trial_input *input, struct contest *contest)
{
    struct facts facts;
    facts_collect(&facts);
    *contest = (struct contest){
        .created = memory_copy_string(facts.created),
        .cupel_version = memory_copy_string(CUPEL_VERSION),
        .cpu = memory_copy_string(facts.cpu_model),
        .kernel = memory_copy_string(facts.kernel),
        .input = input->input ? asked_copy_valid(input->input, strlen(input->input)) : NULL,
        .threshold = input->threshold,
        .block = 1,
    };
    for (size_t side = 0; side < 2; side++) {
        const struct command_line *command = &input->commands[side];
        contest->commands[side].line = asked_copy_valid(command->line, strlen(command->line));
        contest->commands[side].shell = command->shell;
    }
}

int trial_run(const struct trial_input *input, struct contest *contest, struct err *err)
{
    struct trial trial;
    const struct bare_work work = {.start = trial_start, .cancel = trial_cancel, .data = &trial};
    trial_describe(input, contest);
    trial_init(&trial, input, contest);
    int code = bare_run(input->bare, &work, err);
    const char *isolation = input->bare->session.isolation.level;
    contest->isolation = memory_copy_string(isolation ? isolation : "none");
    asked_fini(&trial.asked);
    choice_fini(&trial.choice);
    return code;
}
