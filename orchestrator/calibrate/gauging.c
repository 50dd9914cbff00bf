/*
 * Happy path: each program is sized, by runs that grow until one takes about as long as wanted. Then visits:
 * a visit is a few pairs of one program on one set of CPUs, and every set and program is visited once, in an
 * order drawn anew, before any is visited again. The first pair of each is thrown away. When the time is over
 * or every series is full, the calibration gets what was counted, and `done` comes.
 *
 * Failure modes: a sandbox that fails ends it with that error; so does a program of ours that doesn't end
 * well, since nothing then was measured.
 *
 * Cancelling cancels the runs in flight; their callback ends it.
 */
#include "orchestrator/calibrate/gauging.h"

#include "base/machine.h"
#include "base/memory.h"
#include "orchestrator/calibrate/advice.h"
#include "workloads/measure/round.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define GAUGING_TARGET  "/gauge" /* where the program is inside */
#define GAUGING_VISIT   3        /* pairs of a visit */
#define GAUGING_SHARE   600.0    /* a run takes so little of the whole time */
#define GAUGING_LEAST   0.02     /* seconds of a run */
#define GAUGING_MOST    0.5      /* as a workload's block_s is when nobody says */
#define GAUGING_NEAR    0.7      /* share of the wanted time from which a size is scaled once and believed */
#define GAUGING_GROWTH  10.0     /* of a size from one trial to the next */
#define GAUGING_TRIALS  8
#define GAUGING_STAGES  (CALIBRATION_SETS_MOST * CALIBRATION_PROGRAMS)
#define GAUGING_TIMEOUT 60.0 /* seconds of one run */

/*   SIZING ──each program has its size──▶ VISITS ──time is over, or all are full──▶ done   */
enum gauging_state { GAUGING_SIZING, GAUGING_VISITS, GAUGING_STATES };

static const struct machine_state gauging_states[GAUGING_STATES] = {
    [GAUGING_SIZING] = {"sizing", MACHINE_TO(GAUGING_VISITS), "finds out how much work a run needs"},
    [GAUGING_VISITS] = {"visits", MACHINE_FINAL, "measures pairs"},
};

/* A program on a set. */
struct gauging_stage {
    size_t set;
    int program;    /* enum calibration_program */
    bool warm;      /* its first pair is behind it */
    double seconds; /* that its pairs took, launches included */
};

struct gauging {
    struct gauging_input input;
    struct machine machine;
    struct gauging_stage stages[GAUGING_STAGES];
    size_t stage_count;
    size_t stage;       /* being visited */
    size_t pairs;       /* of this visit */
    double run_seconds; /* wanted */
    double rounds[CALIBRATION_PROGRAMS];
    int sizing;           /* program that is being sized */
    size_t trials;        /* of its size */
    uint64_t start_ns;    /* of everything */
    uint64_t pair_ns;     /* start of the round in flight */
    double busy_s, run_s; /* CPU and wall time of all runs so far */
    struct conditions_counters before;
    struct sandbox_mount *mounts; /* the operator's and the program; owned */
    struct workload_context context;
    struct workload workload;
    struct sample_set samples;
    struct sample sample;
    struct arm arm;
    const char *layers[2];
    char size[32];      /* argument of the program */
    char *run[4];       /* the command; borrowed pieces */
    char *none[1];      /* an empty list of strings */
    struct block block; /* the one sample; borrows the two below */
    size_t index;
    bool extra;
    struct round *round; /* NULL while none is in flight */
    bool cancelled;
    struct err err;
};

static double gauging_seconds(const struct gauging *gauging)
{
    return (double)(uv_hrtime() - gauging->start_ns) / 1e9;
}

static void gauging_free(struct gauging *gauging)
{
    free(gauging->samples.folder);
    free(gauging->mounts);
    free(gauging);
}

static void gauging_finish(struct gauging *gauging)
{
    struct calibration *calibration = gauging->input.calibration;
    struct conditions_counters after;
    double seconds = gauging_seconds(gauging);
    conditions_count("", &after);
    /* Between the runs it is us who are busy: with launching them. */
    conditions_compare(&gauging->before, &after, (gauging->busy_s + seconds - gauging->run_s) / seconds,
                       &calibration->conditions);
    calibration->seconds = seconds;
    for (size_t i = 0; i < gauging->stage_count; i++) {
        const struct gauging_stage *stage = &gauging->stages[i];
        struct calibration_series *series = &calibration->sets[stage->set].series[stage->program];
        if (series->run_count > 0)
            series->pair_seconds = stage->seconds / (double)(series->run_count / 2);
    }
    struct gauging_input input = gauging->input;
    struct err err = gauging->err;
    gauging_free(gauging);
    input.done(err.code ? &err : NULL, input.data);
}

static bool gauging_on_answer(const struct round_step *step, size_t index, struct answer *answer,
                              const struct figures *figures, void *data)
{
    struct gauging *gauging = data;
    (void)step;
    (void)index;
    double cpu = figures->value[METRIC_CPU];
    gauging->run_s += figures->value[METRIC_WALL];
    gauging->busy_s += cpu < 0 ? figures->value[METRIC_WALL] : cpu;
    if (answer->ended && answer->status == 0)
        return true;
    (void)err_set(&gauging->err, ERR_SYSTEM, "cupel-gauge, in the sandbox: %s", answer->ending);
    return false;
}

static void gauging_on_round(const struct figures *totals, const struct err *err, void *data);

/* One run, or a pair of runs. */
static int gauging_start_round(struct gauging *gauging, size_t set, int program, size_t runs, struct err *err)
{
    const struct calibration_set *chosen = &gauging->input.calibration->sets[set];
    struct round_input input = {
        .context = &gauging->context,
        .workload = &gauging->workload,
        .samples = &gauging->samples,
        .block = &gauging->block,
        .steps = {{&gauging->arm, false}, {&gauging->arm, true}},
        .step_count = runs,
        .on_answer = gauging_on_answer,
        .on_done = gauging_on_round,
        .data = gauging,
    };
    static char target[] = GAUGING_TARGET;
    static char names[CALIBRATION_PROGRAMS][16] = {"compute", "memory"};
    snprintf(gauging->size, sizeof gauging->size, "%.0f", gauging->rounds[program]);
    gauging->run[0] = target;
    gauging->run[1] = names[program];
    gauging->run[2] = gauging->size;
    gauging->context.measure_cpus = chosen->cpus;
    gauging->context.measure_cpu_count = chosen->cpu_count;
    gauging->pair_ns = uv_hrtime();
    return round_start(&gauging->round, &input, err);
}

static struct calibration_series *gauging_series(const struct gauging *gauging)
{
    const struct gauging_stage *stage = &gauging->stages[gauging->stage];
    return &gauging->input.calibration->sets[stage->set].series[stage->program];
}

static bool gauging_is_full(const struct gauging *gauging)
{
    return gauging_series(gauging)->run_count == 2 * (size_t)CALIBRATION_PAIRS_MOST;
}

/* The order of the next visits. */
static int gauging_shuffle(struct gauging *gauging, struct err *err)
{
    for (size_t i = gauging->stage_count; i > 1; i--) {
        uint32_t drawn;
        if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn)
            return err_set_errno(err, errno, "getrandom");
        size_t other = drawn % i;
        struct gauging_stage kept = gauging->stages[i - 1];
        gauging->stages[i - 1] = gauging->stages[other];
        gauging->stages[other] = kept;
    }
    return 0;
}

static void gauging_tell(struct gauging *gauging)
{
    const struct gauging_stage *stage = &gauging->stages[gauging->stage];
    const struct calibration_set *set = &gauging->input.calibration->sets[stage->set];
    char *cpus = advice_cpu_list(set->cpus, set->cpu_count);
    char *detail = memory_format("%s on CPU %s, %.0f s of %.0f s", calibration_programs[stage->program], cpus,
                                 gauging_seconds(gauging), gauging->input.seconds);
    gauging->input.progress(detail, gauging->input.data);
    free(detail);
    free(cpus);
}

/* Goes to the stage whose pair comes next. False: it is over, or an error was noted. */
static bool gauging_choose(struct gauging *gauging)
{
    double left = gauging->input.seconds - gauging_seconds(gauging);
    if (gauging->pairs < GAUGING_VISIT && !gauging_is_full(gauging))
        return true;
    gauging->pairs = 0;
    for (size_t tried = 0; tried <= gauging->stage_count; tried++) {
        gauging->stage = (gauging->stage + 1) % gauging->stage_count;
        if (gauging->stage == 0 && gauging_shuffle(gauging, &gauging->err) < 0)
            return false;
        bool fresh = !gauging->stages[gauging->stage].warm; /* each is visited once, whatever it takes */
        if (!gauging_is_full(gauging))
            return fresh || left > 2 * gauging->run_seconds * GAUGING_VISIT;
    }
    return false;
}

/* What comes next; the only place that starts or ends anything. */
static void gauging_tick(struct gauging *gauging)
{
    struct err *err = &gauging->err;
    if (gauging->cancelled && err->code == 0)
        err_set(err, ERR_CANCELLED, "cancelled");
    if (err->code == 0 && gauging->machine.state == GAUGING_SIZING) {
        if (gauging_start_round(gauging, gauging->input.calibration->usual, gauging->sizing, 1, err) == 0)
            return;
    } else if (err->code == 0 && gauging_choose(gauging)) {
        const struct gauging_stage *stage = &gauging->stages[gauging->stage];
        if (gauging->pairs == 0)
            gauging_tell(gauging);
        if (gauging_start_round(gauging, stage->set, stage->program, 2, err) == 0)
            return;
    }
    gauging_finish(gauging);
}

static void gauging_take_size(struct gauging *gauging, double seconds)
{
    double *rounds = &gauging->rounds[gauging->sizing];
    double factor = gauging->run_seconds / fmax(seconds, 1e-4);
    bool near = seconds >= GAUGING_NEAR * gauging->run_seconds || ++gauging->trials >= GAUGING_TRIALS;
    *rounds = fmax(*rounds * fmin(factor, GAUGING_GROWTH), 1000);
    if (!near)
        return;
    gauging->trials = 0;
    if (++gauging->sizing == CALIBRATION_PROGRAMS)
        machine_move(&gauging->machine, GAUGING_VISITS);
}

/* `totals` [first run, second run]. */
static void gauging_take_pair(struct gauging *gauging, const struct figures *totals)
{
    struct gauging_stage *stage = &gauging->stages[gauging->stage];
    gauging->pairs++;
    if (stage->warm) {
        calibration_add_pair(gauging_series(gauging), totals);
        stage->seconds += (double)(uv_hrtime() - gauging->pair_ns) / 1e9;
    }
    stage->warm = true;
}

static void gauging_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct gauging *gauging = data;
    gauging->round = NULL;
    if (err)
        gauging->err = *err;
    if (totals && gauging->machine.state == GAUGING_SIZING)
        gauging_take_size(gauging, totals[0].value[METRIC_WALL]);
    else if (totals)
        gauging_take_pair(gauging, totals);
    gauging_tick(gauging);
}

static void gauging_prepare(struct gauging *gauging)
{
    static char name[] = "gauge";
    static char all[] = "all";
    const struct workload_context *context = gauging->input.context;
    gauging->mounts = memory_zeroed((context->mount_count + 1) * sizeof *gauging->mounts);
    for (size_t i = 0; i < context->mount_count; i++)
        gauging->mounts[i] = context->mounts[i];
    gauging->mounts[context->mount_count] =
        (struct sandbox_mount){.source = gauging->input.program, .target = GAUGING_TARGET};
    gauging->context = *context;
    gauging->context.mounts = gauging->mounts;
    gauging->context.mount_count++;
    gauging->workload = (struct workload){.name = name,
                                          .kind = &workload_command,
                                          .run = gauging->run,
                                          .outputs = gauging->none,
                                          .timeout_s = GAUGING_TIMEOUT,
                                          .memory_bytes = UINT64_C(1) << 30};
    gauging->sample = (struct sample){
        .id = name, .args = gauging->none, .environment = gauging->none, .stratum = all, .weight = 1};
    gauging->samples.items = &gauging->sample;
    gauging->samples.count = 1;
    gauging->samples.folder = memory_copy_string(gauging->input.empty);
    gauging->layers[0] = gauging->input.empty;
    gauging->arm = (struct arm){.lanes = 1, .layers = gauging->layers};
    gauging->block = (struct block){.indices = &gauging->index, .extra = &gauging->extra, .count = 1};
}

int gauging_start(struct gauging **out, const struct gauging_input *input, struct err *err)
{
    struct gauging *gauging = MEMORY_NEW(struct gauging);
    gauging->input = *input;
    gauging->rounds[CALIBRATION_COMPUTE] = 3e6;
    gauging->rounds[CALIBRATION_MEMORY] = 1e5;
    gauging->run_seconds = fmin(fmax(input->seconds / GAUGING_SHARE, GAUGING_LEAST), GAUGING_MOST);
    for (size_t set = 0; set < input->calibration->set_count; set++)
        for (int program = 0; program < CALIBRATION_PROGRAMS; program++)
            gauging->stages[gauging->stage_count++] = (struct gauging_stage){.set = set, .program = program};
    machine_init(&gauging->machine, gauging_states, GAUGING_STATES, GAUGING_SIZING);
    gauging_prepare(gauging);
    gauging->start_ns = uv_hrtime();
    conditions_count("", &gauging->before);
    if (gauging_shuffle(gauging, err) < 0 ||
        gauging_start_round(gauging, input->calibration->usual, CALIBRATION_COMPUTE, 1, err) < 0) {
        gauging_free(gauging);
        return err->code;
    }
    *out = gauging;
    return 0;
}

void gauging_cancel(struct gauging *gauging)
{
    gauging->cancelled = true;
    if (gauging->round)
        round_cancel(gauging->round);
}
