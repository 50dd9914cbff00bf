#include "orchestrator/contest/contest.h"

#include "policies/verdict.h"
#include "workloads/measure/plan.h"
#include "workloads/measure/statistics.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <stdlib.h>

const char *const contest_answers_names[CONTEST_ANSWERS + 1] = {
    [CONTEST_SAME] = "same",           [CONTEST_EQUIVALENT] = "equivalent",
    [CONTEST_TOLERATED] = "tolerated", [CONTEST_SILENT] = "silent",
    [CONTEST_UNSTEADY] = "unsteady",   [CONTEST_NOT_COMPARED] = "not-compared",
    [CONTEST_DIFFERENT] = "different",
};

const char *const contest_outcome_names[CONTEST_OUTCOMES + 1] = {
    [CONTEST_OPEN] = "open",
    [CONTEST_B_BETTER] = "b-better",
    [CONTEST_A_BETTER] = "a-better",
    [CONTEST_ALIKE] = "alike",
    [CONTEST_B_NOT_BETTER] = "b-not-better",
    [CONTEST_A_NOT_BETTER] = "a-not-better",
};

/*
 * The e-process of one claim over all pairs. Once it has reached its limit at a look the claim stands:
 * Ville's inequality bounds the probability that a wrong one ever gets there.
 */
static struct contest_proof contest_prove(const struct eprocess *process, double theta, int direction)
{
    struct eprocess_wealth wealth = {0};
    struct contest_proof proof = {.e_value = 1};
    for (size_t n = 1; n <= process->count && !proof.proven; n++) {
        eprocess_bet(&wealth, process, n - 1, theta, direction);
        proof.pairs = n;
        proof.e_value = exp(eprocess_wealth_log(&wealth));
        proof.proven = n >= measure_method.least && proof.e_value >= measure_method.proof;
    }
    return proof;
}

/* Of two claims that exclude each other at most one stands: the one that was proven first. */
static bool contest_stands(const struct contest_row *row, enum contest_claim claim,
                           enum contest_claim against)
{
    const struct contest_proof *proof = &row->proofs[claim];
    const struct contest_proof *other = &row->proofs[against];
    return proof->proven && !(other->proven && other->pairs < proof->pairs);
}

static enum contest_outcome contest_decide(const struct contest_row *row)
{
    bool b_off = contest_stands(row, CONTEST_B_FALLS_OFF, CONTEST_B_SAVES);
    bool a_off = contest_stands(row, CONTEST_A_FALLS_OFF, CONTEST_A_SAVES);
    if (contest_stands(row, CONTEST_B_SAVES, CONTEST_B_FALLS_OFF))
        return CONTEST_B_BETTER;
    if (contest_stands(row, CONTEST_A_SAVES, CONTEST_A_FALLS_OFF))
        return CONTEST_A_BETTER;
    if (a_off && b_off)
        return CONTEST_ALIKE;
    return b_off ? CONTEST_B_NOT_BETTER : a_off ? CONTEST_A_NOT_BETTER : CONTEST_OPEN;
}

/* The pairs that decide; of another metric than the primary the fresh ones, too, since it stopped nothing. */
static void contest_collect(const struct contest *contest, enum metric metric, struct eprocess *process)
{
    *process = (struct eprocess){0};
    for (size_t i = 0; i < contest->pair_count && process->count < measure_method.cap; i++) {
        const struct pair *pair = &contest->pairs[i];
        bool taken = pair->phase == PHASE_DECIDE || pair->phase == PHASE_GUARD ||
                     (pair->phase == PHASE_SIZE && metric != contest->primary);
        double effect = plan_effect(pair, metric);
        if (taken && !isnan(effect))
            eprocess_add(process, effect);
    }
}

static bool contest_has(const struct contest *contest, enum metric metric)
{
    for (size_t i = 0; i < contest->pair_count; i++)
        if (isnan(plan_effect(&contest->pairs[i], metric)))
            return false;
    return contest->pair_count > 0;
}

static void contest_fill_row(const struct contest *contest, enum metric metric, struct contest_row *row)
{
    const double saves = eprocess_theta(contest->threshold);
    const struct {
        double theta;
        int direction;
    } claims[CONTEST_CLAIMS] = {
        [CONTEST_B_SAVES] = {saves, +1},     [CONTEST_A_SAVES] = {-saves, -1},
        [CONTEST_B_FALLS_OFF] = {saves, -1}, [CONTEST_A_FALLS_OFF] = {-saves, +1},
        [CONTEST_B_LESS] = {0, +1},          [CONTEST_A_LESS] = {0, -1},
    };
    struct eprocess process;
    *row = (struct contest_row){.metric = metric};
    contest_collect(contest, metric, &process);
    for (int claim = 0; claim < CONTEST_CLAIMS; claim++)
        row->proofs[claim] = contest_prove(&process, claims[claim].theta, claims[claim].direction);
    row->outcome = contest_decide(row);
    const struct measurement raw = {.pairs = contest->pairs, .pair_count = contest->pair_count};
    struct metric_result result = {.metric = metric};
    tally_size(&raw, &result);
    row->gain = result.gain;
    row->before = result.before;
    row->after = result.after;
    row->fresh_pairs = result.size_pairs;
    row->noise_floor = plan_noise_floor(contest->pairs, contest->pair_count, metric);
}

/* What the spread of the deciding pairs asks for; without them, what that of A against A does. */
static void contest_forecast(struct contest *contest)
{
    struct eprocess process;
    contest_collect(contest, contest->primary, &process);
    double noise = statistics_sorted_scale(process.sorted, process.count);
    if (process.count < measure_method.least)
        noise = fmax(noise, fmax(contest->rows[0].noise_floor, 0));
    struct feasibility needs = eprocess_feasibility(noise, contest->threshold, measure_method.win);
    size_t around = measure_method.noise_pairs + measure_method.size_pairs;
    double pair_seconds = contest->seconds / fmax((double)contest->pair_count, 1);
    contest->seconds_needed = needs.reachable ? (needs.pairs + (double)around) * pair_seconds : -1;
}

bool contest_succeeded(const struct contest *contest)
{
    return contest->commands[ARM_BASE].status == 0 && contest->commands[ARM_CANDIDATE].status == 0;
}

bool contest_differs(const struct contest *contest)
{
    const struct contest_command *a = &contest->commands[ARM_BASE];
    const struct contest_command *b = &contest->commands[ARM_CANDIDATE];
    bool steady = a->steady && a->strayed == 0 && contest->answers <= CONTEST_SILENT;
    return contest->answers == CONTEST_DIFFERENT || (steady && b->strayed > 0);
}

static int contest_status(const struct contest *contest)
{
    if (contest_differs(contest) || contest->failed)
        return verdict_exit_status(VERDICT_CONTRACT_BROKEN);
    if (!contest->measured || contest->row_count == 0)
        return verdict_exit_status(VERDICT_INCONCLUSIVE);
    bool compared = contest->answers != CONTEST_UNSTEADY && contest->answers != CONTEST_NOT_COMPARED;
    switch (contest->rows[0].outcome) {
    case CONTEST_B_BETTER:
        return verdict_exit_status(compared ? VERDICT_RECOMMENDED : VERDICT_INCONCLUSIVE);
    case CONTEST_A_BETTER:
        return verdict_exit_status(VERDICT_REGRESSION);
    case CONTEST_ALIKE:
    case CONTEST_B_NOT_BETTER:
        return verdict_exit_status(VERDICT_NOT_WORTH_IT);
    default:
        return verdict_exit_status(VERDICT_INCONCLUSIVE);
    }
}

void contest_conclude(struct contest *contest)
{
    contest->row_count = 0;
    contest->seconds_needed = -1;
    bool decided = contest->measured && !contest->failed;
    if (decided && contest_has(contest, contest->primary))
        contest_fill_row(contest, contest->primary, &contest->rows[contest->row_count++]);
    for (int metric = 0; metric < METRIC_COUNT && contest->row_count > 0; metric++) {
        if (metric != (int)contest->primary && contest_has(contest, (enum metric)metric))
            contest_fill_row(contest, (enum metric)metric, &contest->rows[contest->row_count++]);
    }
    if (contest->row_count > 0 && contest->rows[0].outcome == CONTEST_OPEN)
        contest_forecast(contest);
    contest->exit_status = contest_status(contest);
}

void contest_fini(struct contest *contest)
{
    char *const strings[] = {contest->created,   contest->cupel_version, contest->cpu, contest->kernel,
                             contest->isolation, contest->input,         contest->why, contest->stopped};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t side = 0; side < 2; side++) {
        free(contest->commands[side].line);
        free(contest->commands[side].ending);
        free(contest->commands[side].complaint);
    }
    for (size_t i = 0; i < contest->finding_count; i++)
        finding_fini(&contest->findings[i]);
    free(contest->findings);
    free(contest->pairs);
    *contest = (struct contest){0};
}
