/* Work that a worker does where no answer is timed is told;
 * what merely takes its time to start is not gaming. */
#include "policies/moved.h"

#include "base/memory.h"
#include "workloads/workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 8

struct run {
    double cpu, wall, startup, after; /* milliseconds; negative: no figure */
};

static void figures_of(struct figures *figures, const struct run *run, size_t pair)
{
    double ripple = 1 + 0.001 * (double)(pair % 3);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        figures->value[metric] = -1;
    figures->value[METRIC_CPU] = run->cpu * ripple / 1e3;
    figures->value[METRIC_WALL] = run->wall * ripple / 1e3;
    figures->value[METRIC_STARTUP] = run->startup < 0 ? -1 : run->startup * ripple / 1e3;
    figures->value[METRIC_CPU_AFTER] = run->after * ripple / 1e3;
}

static void evidence_of(struct evidence *evidence, const struct run *base, const struct run *candidate,
                        size_t pairs)
{
    *evidence = (struct evidence){.workload_count = 1};
    evidence->workloads = MEMORY_NEW(struct workload_evidence);
    struct workload_evidence *workload = evidence->workloads;
    workload->name = memory_copy_string("top");
    workload->kind = &workload_worker;
    workload->measured = true;
    workload->measurement.pairs = memory_zeroed((pairs + 1) * sizeof(struct pair));
    workload->measurement.pair_count = pairs + 1;
    for (size_t i = 0; i <= pairs; i++) {
        struct pair *pair = &workload->measurement.pairs[i];
        pair->phase = i == 0 ? PHASE_NOISE : i < 7 ? PHASE_DECIDE : PHASE_SIZE;
        figures_of(&pair->base, base, i);
        figures_of(&pair->candidate, i == 0 ? base : candidate, i);
    }
}

static void assert_only(char *const *sentences, const char *expected)
{
    if (!expected) {
        assert_true(!sentences || !sentences[0]);
        return;
    }
    assert_non_null(sentences);
    assert_string_equal(sentences[0], expected);
    assert_null(sentences[1]);
}

static void moved_work_is_told(void **state)
{
    (void)state;
    static const struct run base = {100, 110, 20, 4};
    static const struct {
        struct run candidate;
        const char *suspicion, *observation;
    } rows[] = {
        {{100, 110, 20, 4}, NULL, NULL},
        {{60, 65, 20, 4}, NULL, NULL},
        {{60, 65, 24, 4}, NULL, NULL}, /* less than 5 ms */
        {{10, 12, 50, 4},
         NULL,
         "top: the candidate's start-up takes 30.0 ms more CPU time than the base's; a run saves 98.1 ms"},
        {{80, 88, 60, 4},
         "top: the candidate's start-up takes 40.0 ms more CPU time than the base's; a run saves 22.0 ms: "
         "work was moved in front of the first answer",
         NULL},
        {{120, 125, 60, 4},
         NULL,
         "top: the candidate's start-up takes 40.0 ms more CPU time than the base's; a run saves nothing"},
        {{100, 50, 20, 44},
         "top: after its last answer the candidate uses 40.0 ms more CPU time than the base; its answers "
         "save 40.0 ms: work was moved behind the last answer",
         NULL},
        {{60, 65, 20, 12},
         NULL,
         "top: after its last answer the candidate uses 8.0 ms more CPU time than the base; its answers save "
         "48.0 ms"},
        {{145, 110, 20, 44},
         NULL,
         "top: after its last answer the candidate uses 40.0 ms more CPU time than the base; its answers "
         "save nothing"},
        {{10, 12, -1, 4}, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        evidence_of(&evidence, &base, &rows[i].candidate, PAIRS);
        moved_judge(&evidence, evidence.workloads);
        assert_only(evidence.suspicions, rows[i].suspicion);
        assert_only(evidence.observations, rows[i].observation);
        evidence_fini(&evidence);
    }
}

/* What waits less saves time and no CPU time; it counts where time was promised. */
static void saved_time_counts_where_it_is_the_primary(void **state)
{
    (void)state;
    static const struct run base = {20, 400, 20, 4};
    static const struct run candidate = {19, 100, 60, 4};
    static const struct {
        enum metric primary;
        bool suspicious;
    } rows[] = {{METRIC_CPU, true}, {METRIC_WALL, false}, {METRIC_LATENCY_P95, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        evidence_of(&evidence, &base, &candidate, PAIRS);
        evidence.workloads[0].measurement.metrics[0] =
            (struct metric_result){.metric = rows[i].primary, .primary = true};
        evidence.workloads[0].measurement.metric_count = 1;
        moved_judge(&evidence, evidence.workloads);
        assert_int_equal(evidence.suspicions != NULL, rows[i].suspicious);
        assert_int_equal(evidence.observations != NULL, !rows[i].suspicious);
        evidence_fini(&evidence);
    }
}

static void few_pairs_and_other_kinds_say_nothing(void **state)
{
    (void)state;
    static const struct run base = {100, 110, 20, 4};
    static const struct run candidate = {80, 88, 60, 4};
    for (int row = 0; row < 3; row++) {
        struct evidence evidence;
        evidence_of(&evidence, &base, &candidate, row == 0 ? 5 : PAIRS);
        evidence.workloads[0].kind = row == 1 ? &workload_command : &workload_worker;
        evidence.workloads[0].measured = row != 2;
        moved_judge(&evidence, evidence.workloads);
        assert_only(evidence.suspicions, NULL);
        assert_only(evidence.observations, NULL);
        evidence_fini(&evidence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moved_work_is_told),
        cmocka_unit_test(saved_time_counts_where_it_is_the_primary),
        cmocka_unit_test(few_pairs_and_other_kinds_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
