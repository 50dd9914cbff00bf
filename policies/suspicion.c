#include "policies/suspicion.h"

#include "policies/figure.h"
#include "policies/proof.h"
#include "workloads/measure/method.h"

#include <string.h>

enum suspicion { SUSPICION_VISIBLE, SUSPICION_REPEATS, SUSPICION_WARM_UP, SUSPICION_COUNT };

static const char *const suspicion_names[SUSPICION_COUNT] = {
    [SUSPICION_VISIBLE] = "visible-samples",
    [SUSPICION_REPEATS] = "repeats",
    [SUSPICION_WARM_UP] = "warm-up",
};

bool suspicion_is_known(const char *name)
{
    for (int i = 0; i < SUSPICION_COUNT; i++)
        if (strcmp(suspicion_names[i], name) == 0)
            return true;
    return false;
}

static bool suspicion_is_named(const struct policy *policy, enum suspicion suspicion)
{
    for (char *const *name = policy->suspicious_gains; name && *name; name++)
        if (strcmp(*name, suspicion_names[suspicion]) == 0)
            return true;
    return false;
}

/* The flag that the figures raise, or none. */
static bool suspicion_is_shown(const struct workload_evidence *workload, enum suspicion suspicion)
{
    const struct measurement *measurement = &workload->measurement;
    switch (suspicion) {
    case SUSPICION_VISIBLE:
        return measurement->held_out.outcome == HELD_OUT_OVERFITS;
    case SUSPICION_REPEATS:
        return measurement->signals[SIGNAL_REPEATS].only_later;
    default:
        return measurement->signals[SIGNAL_WARM_UP].only_later;
    }
}

/* Does the workload itself say that production is otherwise? */
static bool suspicion_is_odd(const struct workload_evidence *workload, enum suspicion suspicion)
{
    bool cold = workload->cache == WORKLOAD_CACHE_COLD;
    return suspicion == SUSPICION_VISIBLE || (suspicion == SUSPICION_REPEATS && cold) ||
           (suspicion == SUSPICION_WARM_UP && cold && workload->cache_declared);
}

static void suspicion_append_two(struct text *out, const struct gain *there, const char *where,
                                 const struct gain *here, const char *elsewhere, enum metric metric)
{
    figure_append_gain(out, there, figure_metric_words(metric));
    text_printf(out, " %s, ", where);
    figure_append_gain(out, here, "");
    text_printf(out, " %s", elsewhere);
}

static char *suspicion_sentence(const struct workload_evidence *workload, enum suspicion suspicion)
{
    const struct held_out *held_out = &workload->measurement.held_out;
    const struct signal *signals = workload->measurement.signals;
    enum metric metric = proof_primary(workload)->metric;
    struct text out = {0};
    text_printf(&out, "%s: ", workload->name);
    switch (suspicion) {
    case SUSPICION_VISIBLE:
        text_append_string(&out, "gains only on visible samples: ");
        suspicion_append_two(&out, &held_out->visible_gain, "on those", &held_out->held_out_gain,
                             "on the held-out ones", metric);
        text_printf(&out, "; of random splits of the same samples %.3g %% look like that",
                    100 * held_out->p_value);
        break;
    case SUSPICION_REPEATS:
        text_append_string(&out, "gains only on repeats: ");
        suspicion_append_two(&out, &signals[SIGNAL_REPEATS].later, "where a run asks a sample again",
                             &signals[SIGNAL_REPEATS].first, "the first time", metric);
        break;
    default:
        text_append_string(&out, "gains only behind the warm-up: ");
        suspicion_append_two(&out, &signals[SIGNAL_WARM_UP].later, "after the first tenth of a run",
                             &signals[SIGNAL_WARM_UP].first, "in it", metric);
    }
    return text_take(&out);
}

void suspicion_judge(struct evidence *evidence, const struct policy *policy,
                     const struct workload_evidence *workload)
{
    for (int i = 0; i < SUSPICION_COUNT; i++) {
        enum suspicion suspicion = (enum suspicion)i;
        if (!proof_primary(workload) || !suspicion_is_shown(workload, suspicion))
            continue;
        bool suspicious = suspicion_is_named(policy, suspicion) && suspicion_is_odd(workload, suspicion);
        evidence_add_sentence(suspicious ? &evidence->suspicions : &evidence->observations,
                              suspicion_sentence(workload, suspicion));
    }
}
