#include "policies/moved.h"

#include "base/text.h"
#include "policies/figure.h"
#include "policies/proof.h"
#include "workloads/measure/method.h"
#include "workloads/measure/statistics.h"

#include <math.h>

#define MOVED_PAIRS_MOST (2 * METHOD_PAIRS_MAX) /* decided, guarded and sized ones */
#define MOVED_PAIRS      6
#define MOVED_SECONDS    0.005 /* what is less is start-up's own unrest */
#define MOVED_START_UP   0.10  /* of the base's start-up */
#define MOVED_AFTER      0.05  /* of the CPU time of the base's run */

/* The runs of one arm, or how much more the candidate's are than the base's. */
enum moved_of { MOVED_BASE, MOVED_GROWTH };

/* Median over the pairs; NAN where a figure is missing, or there are too few. */
static double moved_median(const struct measurement *measurement, enum metric metric, enum moved_of of)
{
    double values[MOVED_PAIRS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < measurement->pair_count && count < MOVED_PAIRS_MOST; i++) {
        const struct pair *pair = &measurement->pairs[i];
        double base = pair->base.value[metric];
        double candidate = pair->candidate.value[metric];
        if (pair->phase == PHASE_NOISE)
            continue;
        if (base < 0 || candidate < 0)
            return NAN;
        values[count++] = of == MOVED_BASE ? base : candidate - base;
    }
    return count < MOVED_PAIRS ? NAN : statistics_median(values, count);
}

static char *moved_sentence(const struct workload_evidence *workload, const char *what, double growth,
                            const char *who, double saved, const char *moved)
{
    struct text out = {0};
    text_printf(&out, "%s: %s ", workload->name, what);
    figure_append_seconds(&out, growth);
    text_printf(&out, " more CPU time than the base%s ", who);
    if (saved > 0)
        figure_append_seconds(&out, saved);
    else
        text_append_string(&out, "nothing");
    text_append_string(&out, moved);
    return text_take(&out);
}

/* By a run, start-up left out. On a busy machine wall time saves more than there was to save, so it speaks
 * only where time is what was promised: a worker that waits less saves no CPU time. */
static double moved_saved(const struct workload_evidence *workload)
{
    const struct metric_result *primary = proof_primary(workload);
    double cpu = -moved_median(&workload->measurement, METRIC_CPU, MOVED_GROWTH);
    double wall = -moved_median(&workload->measurement, METRIC_WALL, MOVED_GROWTH);
    bool time = !primary || primary->metric == METRIC_WALL || metric_is_latency(primary->metric);
    return time ? fmax(cpu, wall) : cpu;
}

static void moved_judge_start_up(struct evidence *evidence, const struct workload_evidence *workload)
{
    const struct measurement *measurement = &workload->measurement;
    double growth = moved_median(measurement, METRIC_STARTUP, MOVED_GROWTH);
    double least =
        fmax(MOVED_SECONDS, MOVED_START_UP * moved_median(measurement, METRIC_STARTUP, MOVED_BASE));
    double saved = moved_saved(workload);
    if (isnan(growth) || isnan(saved) || growth < least)
        return;
    bool moved = saved > 0 && growth > saved;
    evidence_add_sentence(moved ? &evidence->suspicions : &evidence->observations,
                          moved_sentence(workload, "the candidate's start-up takes", growth,
                                         "'s; a run saves", saved,
                                         moved ? ": work was moved in front of the first answer" : ""));
}

static void moved_judge_after(struct evidence *evidence, const struct workload_evidence *workload)
{
    const struct measurement *measurement = &workload->measurement;
    double growth = moved_median(measurement, METRIC_CPU_AFTER, MOVED_GROWTH);
    double least = fmax(MOVED_SECONDS, MOVED_AFTER * moved_median(measurement, METRIC_CPU, MOVED_BASE));
    double saved = growth - moved_median(measurement, METRIC_CPU, MOVED_GROWTH); /* by the answers */
    if (isnan(growth) || isnan(saved) || growth < least)
        return;
    bool moved = saved > 0 && growth >= saved / 2;
    evidence_add_sentence(moved ? &evidence->suspicions : &evidence->observations,
                          moved_sentence(workload, "after its last answer the candidate uses", growth,
                                         "; its answers save", saved,
                                         moved ? ": work was moved behind the last answer" : ""));
}

void moved_judge(struct evidence *evidence, const struct workload_evidence *workload)
{
    if (!workload->measured || !evidence_has_metric(workload, METRIC_STARTUP))
        return;
    moved_judge_start_up(evidence, workload);
    moved_judge_after(evidence, workload);
}
