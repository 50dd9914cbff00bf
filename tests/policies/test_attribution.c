/* What is said of each part, for worlds in which it is known what each part does. */
#include "base/memory.h"
#include "policies/attribution.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 6

enum flaw { FINE, BREAKS, TESTS_FAIL, SLOWER_MEMORY, REFUSED };

struct part_fact {
    double effect;        /* log ratio saved; they add up */
    enum flaw flaw;       /* of every set that holds it */
    uint32_t needs;       /* to apply, known beforehand */
    uint32_t build;       /* parts that it doesn't build without */
    uint32_t only_with;   /* parts without which it has no effect */
    uint32_t breaks_with; /* breaks the answers beside any of these */
    size_t lines;         /* 0: 1 */
};

struct world_row {
    const char *name;
    size_t count;
    struct part_fact facts[MOST];
    const char *classes;
    uint32_t offered; /* parts; 0: none */
    size_t trials;    /* evaluated in all */
};

static const struct part_fact *world_find_flaw(const struct world_row *row, uint32_t parts)
{
    for (size_t i = 0; i < row->count; i++)
        if (parts >> i & 1 && row->facts[i].flaw != FINE)
            return &row->facts[i];
    return NULL;
}

static enum verdict world_verdict(const struct world_row *row, uint32_t parts, double effect)
{
    static const enum verdict flawed[] = {[BREAKS] = VERDICT_CONTRACT_BROKEN,
                                          [TESTS_FAIL] = VERDICT_TESTS_FAILED,
                                          [SLOWER_MEMORY] = VERDICT_GUARDRAIL_BROKEN,
                                          [REFUSED] = VERDICT_REFUSED};
    const struct part_fact *flaw = world_find_flaw(row, parts);
    for (size_t i = 0; i < row->count; i++)
        if (parts >> i & 1 && row->facts[i].build & ~parts)
            return VERDICT_DOES_NOT_BUILD;
    for (size_t i = 0; i < row->count; i++)
        if (parts >> i & 1 && row->facts[i].breaks_with & parts)
            return VERDICT_CONTRACT_BROKEN;
    if (flaw)
        return flawed[flaw->flaw];
    if (effect < -0.06)
        return VERDICT_REGRESSION;
    return effect >= 0.115 ? VERDICT_RECOMMENDED : effect < 0.1 ? VERDICT_NOT_WORTH_IT : VERDICT_INCONCLUSIVE;
}

static struct attribution_trial world_try(const struct world_row *row, uint32_t parts)
{
    double effect = 0;
    for (size_t i = 0; i < row->count; i++)
        if (parts >> i & 1 && !(row->facts[i].only_with & ~parts))
            effect += row->facts[i].effect;
    struct attribution_trial trial = {.parts = parts, .verdict = world_verdict(row, parts, effect)};
    bool measured = trial.verdict == VERDICT_RECOMMENDED || trial.verdict == VERDICT_NOT_WORTH_IT ||
                    trial.verdict == VERDICT_INCONCLUSIVE || trial.verdict == VERDICT_REGRESSION ||
                    trial.verdict == VERDICT_GUARDRAIL_BROKEN;
    if (!measured)
        return trial;
    trial.gain = (struct gain){true, -expm1(-effect), -expm1(-effect + 0.008), -expm1(-effect - 0.008)};
    trial.e_real = effect > 0.02 ? 500 : 0.4;
    return trial;
}

static const struct world_row rows[] = {
    {"one carries, one is nothing, one breaks",
     3,
     {{.effect = 0.3}, {.effect = 0}, {.flaw = BREAKS}},
     "carries nothing breaks-contract",
     1,
     4},
    {"all of it in one of two", 2, {{.effect = 0.3}, {.effect = 0}}, "carries nothing", 1, 2},
    {"both are worth keeping", 2, {{.effect = 0.2}, {.effect = 0.2}}, "carries carries", 0, 2},
    {"shares below the minimum carry all the same",
     3,
     {{.effect = 0.08}, {.effect = 0.08}, {.effect = 0.08}},
     "carries carries carries",
     0,
     4},
    {"two of four, found by the proposal",
     4,
     {{.effect = 0.2}, {.effect = 0}, {.effect = 0.2}, {.effect = 0}},
     "carries nothing carries nothing",
     5,
     7},
    {"what brings less than a tenth may go",
     3,
     {{.effect = 0.4}, {.effect = 0.02}, {.effect = 0}},
     "carries nothing nothing",
     1,
     4},
    {"it breaks only beside another",
     3,
     {{.effect = 0.3}, {.breaks_with = 1}, {.effect = 0}},
     "carries breaks-contract nothing",
     1,
     5},
    {"slower, and worse in memory",
     3,
     {{.effect = 0.3}, {.effect = -0.1}, {.flaw = SLOWER_MEMORY}},
     "carries harms harms",
     1,
     3},
    {"refused, and failing tests",
     3,
     {{.effect = 0.3}, {.flaw = REFUSED}, {.flaw = TESTS_FAIL}},
     "carries breaks-contract breaks-contract",
     1,
     3},
    {"it does not build without the one before",
     3,
     {{.effect = 0}, {.effect = 0.3, .build = 1}, {.effect = 0}},
     "nothing! carries nothing",
     3,
     4},
    {"nor without the one behind", 2, {{.effect = 0.3, .build = 2}, {.effect = 0}}, "carries carries", 0, 2},
    {"it does not apply without the one before",
     3,
     {{.effect = 0}, {.effect = 0.3, .needs = 1}, {.effect = 0}},
     "nothing! carries nothing",
     3,
     3},
    {"nor without the one behind",
     3,
     {{.effect = 0.3, .needs = 2}, {.effect = 0}, {.effect = 0}},
     "carries nothing! nothing",
     3,
     3},
    {"a dependent that adds nothing", 2, {{.effect = 0.3}, {.needs = 1}}, "carries nothing", 1, 1},
    {"it works only together", 2, {{.effect = 0}, {.effect = 0.3, .only_with = 1}}, "nothing carries", 0, 2},
    {"a helper is told from what is not needed",
     3,
     {{.effect = 0}, {.effect = 0}, {.effect = 0.3, .build = 1}},
     "nothing! nothing carries",
     5,
     6},
    {"never builds", 2, {{.effect = 0.3}, {.build = 1u << 9}}, "carries needs-other-parts", 1, 2},
    {"no gain anywhere", 3, {{.effect = 0}, {.effect = 0}, {.effect = 0}}, "nothing nothing nothing", 0, 4},
    {"a recommendation that one part alone already earns",
     3,
     {{.effect = 0.3, .lines = 90}, {.effect = 0.015, .lines = 2}, {.effect = 0.015, .lines = 2}},
     "carries nothing nothing",
     1,
     4},
};

static char *world_classes(const struct attribution *attribution, size_t count)
{
    char *all = memory_copy_string("");
    for (size_t i = 0; i < count; i++) {
        const struct attribution_finding *finding = &attribution->findings[i];
        bool needed = finding->class == ATTRIBUTION_NOTHING && finding->needed;
        char *more = memory_format("%s%s%s%s", all, i ? " " : "", attribution_class_name(finding->class),
                                   needed ? "!" : "");
        free(all);
        all = more;
    }
    return all;
}

/* Evaluates what is asked for, as a caller does; `most`: stops there, as Ctrl-C does. */
static void world_run(const struct world_row *row, struct attribution_input *input,
                      struct attribution_part *parts, struct attribution_trial *trials, size_t most)
{
    for (size_t i = 0; i < row->count; i++)
        parts[i] = (struct attribution_part){.needs = row->facts[i].needs,
                                             .lines = row->facts[i].lines ? row->facts[i].lines : 1};
    *input = (struct attribution_input){.parts = parts,
                                        .count = row->count,
                                        .whole = world_try(row, (1u << row->count) - 1),
                                        .trials = trials,
                                        .minimum_improvement = 0.1,
                                        .false_discovery_rate = 0.1};
    uint32_t next;
    while (input->trial_count < most && (next = attribution_next(input)) != 0) {
        for (size_t i = 0; i < input->trial_count; i++)
            assert_int_not_equal(trials[i].parts, next);
        assert_int_not_equal(next, (1u << row->count) - 1);
        assert_true(input->trial_count < attribution_family_size(row->count));
        for (size_t i = 0; i < row->count; i++)
            assert_true(!(next >> i & 1) || !(parts[i].needs & ~next));
        trials[input->trial_count++] = world_try(row, next);
    }
}

static void parts_are_told_by_what_they_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct world_row *row = &rows[i];
        struct attribution_part parts[MOST];
        struct attribution_trial trials[2 * MOST];
        struct attribution_input input;
        struct attribution attribution;
        world_run(row, &input, parts, trials, SIZE_MAX);
        attribution_settle(&input, &attribution);
        char *classes = world_classes(&attribution, row->count);
        uint32_t offered = attribution.offered == ATTRIBUTION_NONE ? 0 : trials[attribution.offered].parts;
        if (strcmp(classes, row->classes) != 0 || offered != row->offered || input.trial_count != row->trials)
            fail_msg("%s: %s; offers %#x after %zu", row->name, classes, offered, input.trial_count);
        free(classes);
        attribution_fini(&attribution);
    }
}

/* Wherever it stops, what is said of a part is what is known,
 * and nothing is offered that wasn't evaluated. */
static void stopped_anywhere_it_says_what_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t most = 0; most < rows[i].trials; most++) {
            struct attribution_part parts[MOST];
            struct attribution_trial trials[2 * MOST];
            struct attribution_input input;
            struct attribution attribution;
            world_run(&rows[i], &input, parts, trials, most);
            assert_int_equal(input.trial_count, most);
            attribution_settle(&input, &attribution);
            assert_true(attribution.offered == ATTRIBUTION_NONE || attribution.offered < most);
            for (size_t j = 0; most == 0 && j < rows[i].count; j++)
                assert_true(attribution.findings[j].class == ATTRIBUTION_UNDECIDED ||
                            attribution.findings[j].class == ATTRIBUTION_DEPENDS);
            attribution_fini(&attribution);
        }
}

/* Two parts and four sets at q = 0.1: N / q = 40, 20 from two on. */
static void a_gain_is_believed_by_e_bh_alone(void **state)
{
    (void)state;
    static const struct {
        double e_real[2];
        const char *classes;
    } cases[] = {
        {{40, 1}, "carries nothing"},        {{39.9, 1}, "undecided nothing"}, {{20, 20}, "carries carries"},
        {{1000, 19.9}, "carries undecided"}, {{0, 0}, "undecided undecided"},
    };
    struct attribution_part parts[2] = {{.lines = 1}, {.lines = 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attribution_trial trials[2];
        struct attribution attribution;
        for (size_t j = 0; j < 2; j++) {
            bool none = cases[i].e_real[j] == 1;
            trials[j] = (struct attribution_trial){
                .parts = 1u << j,
                .verdict = none ? VERDICT_NOT_WORTH_IT : VERDICT_INCONCLUSIVE,
                .gain = {true, none ? 0 : 0.2, none ? -0.05 : 0.1, none ? 0.06 : 0.3},
                .e_real = cases[i].e_real[j]};
        }
        const struct attribution_input input = {
            .parts = parts,
            .count = 2,
            .whole = {3, VERDICT_RECOMMENDED, {true, 0.3, 0.25, 0.35}, 100},
            .trials = trials,
            .trial_count = 2,
            .minimum_improvement = 0.1,
            .false_discovery_rate = 0.1};
        attribution_settle(&input, &attribution);
        char *classes = world_classes(&attribution, 2);
        if (strcmp(classes, cases[i].classes) != 0)
            fail_msg("case %zu: %s", i, classes);
        assert_int_equal(attribution.family.size, 4);
        free(classes);
        attribution_fini(&attribution);
    }
}

/* 90 % of 0.3 is 0.27: kept or not by the point;
 * the smaller of two that keep it; never one that isn't recommended. */
static void the_offer_keeps_nine_tenths(void **state)
{
    (void)state;
    static const struct {
        struct attribution_trial trials[3];
        size_t offered;
    } cases[] = {
        {{{1, VERDICT_RECOMMENDED, {true, 0.2701, 0.25, 0.29}, 99}}, 0},
        {{{1, VERDICT_RECOMMENDED, {true, 0.2699, 0.25, 0.29}, 99}}, ATTRIBUTION_NONE},
        {{{1, VERDICT_INCONCLUSIVE, {true, 0.3, 0.25, 0.29}, 99}}, ATTRIBUTION_NONE},
        {{{3, VERDICT_RECOMMENDED, {true, 0.3, 0.29, 0.31}, 99},
          {4, VERDICT_RECOMMENDED, {true, 0.28, 0.27, 0.29}, 99},
          {2, VERDICT_RECOMMENDED, {true, 0.28, 0.27, 0.29}, 99}},
         2},
    };
    struct attribution_part parts[3] = {{.lines = 5}, {.lines = 5}, {.lines = 9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attribution attribution;
        const struct attribution_input input = {
            .parts = parts,
            .count = 3,
            .whole = {7, VERDICT_RECOMMENDED, {true, 0.3, 0.29, 0.31}, 100},
            .trials = cases[i].trials,
            .trial_count = i == 3 ? 3 : 1,
            .minimum_improvement = 0.1,
            .false_discovery_rate = 0.1};
        attribution_settle(&input, &attribution);
        assert_int_equal(attribution.offered, cases[i].offered);
        attribution_fini(&attribution);
    }
}

/* Intent no-regression recommends what gains nothing: there is no gain to keep, so nothing keeps it. */
static void without_a_gain_nothing_is_offered(void **state)
{
    (void)state;
    static const enum verdict verdicts[] = {VERDICT_RECOMMENDED, VERDICT_CONTRACT_BROKEN};
    struct attribution_part parts[2] = {{.lines = 1}, {.lines = 1}};
    struct attribution_trial trials[] = {{1, VERDICT_RECOMMENDED, {true, 0.002, -0.01, 0.012}, 1.1},
                                         {2, VERDICT_RECOMMENDED, {true, 0.001, -0.01, 0.012}, 0.9}};
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        struct attribution attribution;
        const struct attribution_input input = {.parts = parts,
                                                .count = 2,
                                                .whole = {3, verdicts[i], {true, 0.001, -0.01, 0.01}, 1},
                                                .trials = trials,
                                                .trial_count = 2,
                                                .minimum_improvement = 0.1,
                                                .false_discovery_rate = 0.1};
        assert_int_equal(attribution_next(&input), 0);
        attribution_settle(&input, &attribution);
        assert_int_equal(attribution.offered, ATTRIBUTION_NONE);
        attribution_fini(&attribution);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_told_by_what_they_do),
        cmocka_unit_test(stopped_anywhere_it_says_what_is_known),
        cmocka_unit_test(a_gain_is_believed_by_e_bh_alone),
        cmocka_unit_test(the_offer_keeps_nine_tenths),
        cmocka_unit_test(without_a_gain_nothing_is_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
