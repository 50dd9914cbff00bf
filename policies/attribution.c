#include "policies/attribution.h"

#include "base/memory.h"
#include "policies/attribution_sets.h"
#include "policies/judge.h"
#include "policies/proof.h"
#include "workloads/measure/steady.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const char *const attribution_class_names[ATTRIBUTION_CLASSES] = {
    [ATTRIBUTION_CARRIES] = "carries",
    [ATTRIBUTION_NOTHING] = "nothing",
    [ATTRIBUTION_HARMS] = "harms",
    [ATTRIBUTION_BREAKS] = "breaks-contract",
    [ATTRIBUTION_DEPENDS] = "needs-other-parts",
    [ATTRIBUTION_UNDECIDED] = "undecided",
};

const char *attribution_class_name(enum attribution_class class)
{
    return attribution_class_names[class];
}

/* Means of e-values are e-values (Wang & Ramdas 2022),
 * so this is one against "no workload gains anything". */
void attribution_read(struct attribution_trial *trial, const struct evidence *evidence)
{
    size_t count = evidence->workload_count;
    struct rank_workload *workloads = memory_zeroed((count + 1) * sizeof *workloads);
    const struct policy_price no_price = {0};
    struct rank_estimate estimate;
    double weights = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct metric_result *primary = proof_primary(&evidence->workloads[i]);
        workloads[i].weight = evidence->workloads[i].weight;
        workloads[i].gain = primary ? primary->gain : (struct gain){0};
        sum += workloads[i].weight * (primary ? primary->e_real : 0);
        weights += workloads[i].weight;
    }
    rank_estimate(&estimate, workloads, count, 0, &no_price);
    trial->gain = estimate.team;
    trial->e_real = weights > 0 ? sum / weights : 0;
    free(workloads);
}

size_t attribution_family_size(size_t parts)
{
    return 2 * parts;
}

/* An identical program gains nothing, and that is certain. */
static struct gain attribution_gain(const struct attribution_trial *trial)
{
    return trial->verdict == VERDICT_NO_EFFECT ? (struct gain){.known = true} : trial->gain;
}

/* A fraction saved as the log ratio that the pairs measure, in which effects add up. */
static double attribution_log(double gain)
{
    return -steady_log1p(-gain);
}

/* What the larger set has beyond the smaller one. The ends are the worst that both intervals allow. */
static struct gain attribution_difference(const struct gain *with, const struct gain *before)
{
    if (!with->known || !before->known)
        return (struct gain){0};
    struct gain difference = {
        .known = true,
        .point = -steady_expm1(attribution_log(before->point) - attribution_log(with->point)),
        .low = -steady_expm1(attribution_log(before->high) - attribution_log(with->low)),
        .high = -steady_expm1(attribution_log(before->low) - attribution_log(with->high)),
    };
    difference.known = isfinite(difference.point) && isfinite(difference.low) && isfinite(difference.high);
    return difference;
}

static double attribution_sure_gain(const struct attribution_trial *trial)
{
    bool sure = trial->verdict == VERDICT_RECOMMENDED && trial->gain.known && trial->gain.low > 0;
    return sure ? trial->gain.point : 0;
}

/*
 * The gain that parts are held against: the whole's, or else the best that anything recommended has. 0 where
 * there is none: under intent no-regression much is recommended that gains nothing.
 */
static double attribution_reference(const struct attribution_input *input)
{
    double best = 0;
    if (input->whole.verdict == VERDICT_RECOMMENDED)
        return attribution_sure_gain(&input->whole);
    for (size_t i = 0; i < input->trial_count; i++)
        best = fmax(best, attribution_sure_gain(&input->trials[i]));
    return best;
}

/* What the classes are told by. */
struct attribution_scale {
    double useful; /* a gain from here on counts */
    double limit;  /* e-value from which a gain is believed; infinite: none is */
    uint32_t all;  /* the whole's parts */
};

/* The whole is a family of one, and its evidence is not asked to pay for what was tried after it. */
static bool attribution_carries(const struct attribution_scale *scale, const struct attribution_trial *trial,
                                const struct gain *gain)
{
    double limit = trial->parts == scale->all ? JUDGE_PROOF : scale->limit;
    return trial->e_real >= limit && gain->known && gain->low > 0 && gain->point >= scale->useful;
}

/* What the part does when it is added to others; false where that says nothing. */
static bool attribution_read_step(const struct attribution_input *input,
                                  const struct attribution_scale *scale, const struct sets_growth *growth,
                                  size_t part, struct attribution_finding *finding)
{
    const struct attribution_trial *with = sets_find(input, growth->with[part]);
    const struct attribution_trial *before = sets_find(input, growth->before[part]);
    if (!growth->with[part] || growth->with[part] == sets_bit(part) || !with)
        return false;
    struct attribution_finding step = {
        .by_step = true, .before = growth->before[part], .with = growth->with[part]};
    struct gain gain = attribution_gain(with);
    struct gain old = before ? attribution_gain(before) : (struct gain){.known = true};
    step.gain = attribution_difference(&gain, &old);
    if (sets_break(with))
        step.class = ATTRIBUTION_BREAKS;
    else if (sets_harm(with))
        step.class = ATTRIBUTION_HARMS;
    else if (attribution_carries(scale, with, &step.gain))
        step.class = ATTRIBUTION_CARRIES;
    else if (step.gain.known && step.gain.high < scale->useful)
        step.class = ATTRIBUTION_NOTHING;
    else
        return false;
    *finding = step;
    return true;
}

static enum attribution_class attribution_read_alone(const struct attribution_scale *scale,
                                                     const struct attribution_trial *alone,
                                                     const struct gain *gain)
{
    if (sets_break(alone))
        return ATTRIBUTION_BREAKS;
    if (sets_harm(alone))
        return ATTRIBUTION_HARMS;
    if (attribution_carries(scale, alone, gain))
        return ATTRIBUTION_CARRIES;
    bool below = alone->verdict == VERDICT_NOT_WORTH_IT && gain->low <= 0;
    return gain->known && (below || gain->high < scale->useful) ? ATTRIBUTION_NOTHING : ATTRIBUTION_UNDECIDED;
}

/* Alone first; what is nothing alone, or can't be alone, may show its worth beside others. */
static struct attribution_finding attribution_classify(const struct attribution_input *input,
                                                       const struct attribution_scale *scale,
                                                       const struct sets_growth *growth, size_t part)
{
    const struct attribution_trial *alone = sets_find(input, sets_bit(part));
    struct attribution_finding finding = {.class = ATTRIBUTION_UNDECIDED}, step;
    bool dependent =
        input->parts[part].needs || (alone && !sets_stand(alone) && alone->verdict != VERDICT_ERROR);
    if (sets_stand_alone(input, part)) {
        finding.gain = attribution_gain(alone);
        finding.class = attribution_read_alone(scale, alone, &finding.gain);
    } else if (dependent) {
        finding.class = ATTRIBUTION_DEPENDS;
    }
    bool open = finding.class == ATTRIBUTION_NOTHING || finding.class == ATTRIBUTION_UNDECIDED;
    if ((open || dependent) && attribution_read_step(input, scale, growth, part, &step) &&
        (!open || step.class != ATTRIBUTION_NOTHING))
        return step;
    return finding;
}

static void attribution_find_all(const struct attribution_input *input, struct attribution *attribution,
                                 struct sets_growth *growth)
{
    double e_values[2 * SETS_MOST];
    size_t count = 0, size = attribution_family_size(input->count);
    assert(input->count >= 2 && input->count <= SETS_MOST && input->trial_count <= size);
    for (size_t i = 0; i < input->trial_count; i++)
        e_values[count++] = input->trials[i].e_real;
    rank_close_family(&attribution->family, e_values, count, size, input->false_discovery_rate);
    double reference = attribution_reference(input);
    struct attribution_scale scale = {
        .useful = reference > 0 ? ATTRIBUTION_USEFUL * reference : input->minimum_improvement,
        .limit = attribution->family.accepted > 0 ? attribution->family.limit : INFINITY,
        .all = sets_all(input),
    };
    sets_grow(input, growth);
    attribution->findings = memory_zeroed(input->count * sizeof *attribution->findings);
    for (size_t i = 0; i < input->count; i++) {
        attribution->findings[i] = attribution_classify(input, &scale, growth, i);
        attribution->findings[i].grown = growth->grown[i];
        attribution->findings[i].needed = sets_need(input, i);
    }
}

/* The parts that carry most, until together they should keep enough; each with what it was found with. */
static uint32_t attribution_propose(const struct attribution_input *input,
                                    const struct attribution *attribution)
{
    uint32_t proposed = 0;
    double sum = 0, wanted = ATTRIBUTION_KEEPS * attribution_log(attribution_reference(input));
    bool whole = input->whole.verdict == VERDICT_RECOMMENDED && input->whole.gain.known;
    for (size_t round = 0; round < input->count && !(whole && sum >= wanted); round++) {
        size_t best = ATTRIBUTION_NONE;
        for (size_t i = 0; i < input->count; i++) {
            const struct attribution_finding *finding = &attribution->findings[i];
            if (finding->class == ATTRIBUTION_CARRIES && !(proposed & sets_bit(i)) &&
                (best == ATTRIBUTION_NONE || finding->gain.point > attribution->findings[best].gain.point))
                best = i;
        }
        if (best == ATTRIBUTION_NONE)
            break;
        uint32_t with = input->parts[best].needs ? 0 : attribution->findings[best].with;
        proposed |= sets_close(input, sets_bit(best) | with);
        sum += attribution_log(attribution->findings[best].gain.point);
    }
    return proposed;
}

static size_t attribution_lines(const struct attribution_input *input, uint32_t parts)
{
    size_t lines = 0;
    for (size_t i = 0; i < input->count; i++)
        if (parts & sets_bit(i))
            lines += input->parts[i].lines;
    return lines;
}

static bool attribution_is_smaller(const struct attribution_input *input, uint32_t a, uint32_t b)
{
    int parts = __builtin_popcount(a) - __builtin_popcount(b);
    return parts != 0 ? parts < 0 : attribution_lines(input, a) < attribution_lines(input, b);
}

static size_t attribution_offer(const struct attribution_input *input)
{
    size_t best = ATTRIBUTION_NONE;
    double asked = ATTRIBUTION_KEEPS * attribution_reference(input);
    for (size_t i = 0; i < input->trial_count; i++) {
        const struct attribution_trial *trial = &input->trials[i];
        if (asked > 0 && attribution_sure_gain(trial) >= asked &&
            (best == ATTRIBUTION_NONE ||
             attribution_is_smaller(input, trial->parts, input->trials[best].parts)))
            best = i;
    }
    return best;
}

/*
 * The best set that is known, without a part of it that seems to do nothing: it may do so only because nobody
 * called it alone, and where it is left out that shows.
 */
static uint32_t attribution_thin(const struct attribution_input *input, const struct attribution *attribution)
{
    size_t offered = attribution_offer(input);
    bool whole = input->whole.verdict == VERDICT_RECOMMENDED;
    uint32_t best = offered != ATTRIBUTION_NONE ? input->trials[offered].parts : whole ? sets_all(input) : 0;
    for (size_t i = 0; i < input->count; i++) {
        uint32_t rest = best & ~sets_bit(i);
        enum attribution_class class = attribution->findings[i].class;
        if (rest && rest != best && (class == ATTRIBUTION_NOTHING || class == ATTRIBUTION_HARMS) &&
            sets_close(input, rest) == rest && !sets_find(input, rest))
            return rest;
    }
    return 0;
}

uint32_t attribution_next(const struct attribution_input *input)
{
    struct sets_growth growth;
    for (size_t i = 0; i < input->count; i++)
        if (!input->parts[i].needs && !sets_find(input, sets_bit(i)))
            return sets_bit(i);
    sets_grow(input, &growth);
    if (growth.wanted)
        return growth.wanted;
    if (input->trial_count >= attribution_family_size(input->count))
        return 0;
    struct attribution attribution = {0};
    attribution_find_all(input, &attribution, &growth);
    uint32_t wanted = attribution_propose(input, &attribution);
    if (!wanted || sets_find(input, wanted))
        wanted = attribution_thin(input, &attribution);
    attribution_fini(&attribution);
    return wanted;
}

void attribution_settle(const struct attribution_input *input, struct attribution *attribution)
{
    struct sets_growth growth;
    *attribution = (struct attribution){0};
    attribution_find_all(input, attribution, &growth);
    attribution->offered = attribution_offer(input);
}

void attribution_fini(struct attribution *attribution)
{
    rank_family_fini(&attribution->family);
    free(attribution->findings);
    *attribution = (struct attribution){0};
}
