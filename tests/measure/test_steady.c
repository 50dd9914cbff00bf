/*
 * The same raw pairs give the same bits: of the functions beneath, and of all that a report says of them. The
 * expected digest is one constant for every compiler, optimisation, sanitizer, processor and C library.
 */
#include "workloads/measure/steady.h"
#include "workloads/measure/tally.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HISTORIES 200

/* xorshift64 (Marsaglia 2003): whole numbers alone, so that the histories are the same everywhere. */
static uint64_t steady_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* FNV-1a (Fowler, Noll & Vo). */
static uint64_t steady_hash(uint64_t hash, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

static double steady_distance(double got, double wanted)
{
    return fabs(got - wanted) / (fabs(wanted) * DBL_EPSILON + DBL_MIN);
}

static void test_close_to_the_library(void **state)
{
    (void)state;
    double most[4] = {0, 0, 0, 0};
    for (int i = -20000; i <= 20000; i++) {
        double x = i / 1000.0;
        most[0] = fmax(most[0], steady_distance(steady_exp(x), exp(x)));
        most[1] = fmax(most[1], steady_distance(steady_expm1(x), expm1(x)));
        most[2] = fmax(most[2], steady_distance(steady_log(exp(x)), log(exp(x))));
        if (x > -0.999 && x < 10)
            most[3] = fmax(most[3], steady_distance(steady_log1p(x), log1p(x)));
    }
    for (int i = 0; i < 4; i++)
        assert_true(most[i] < 4);
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(steady_log(1) == 0 && steady_log1p(0) == 0 && steady_expm1(0) == 0 && steady_exp(0) == 1);
    assert_true(isnan(steady_log(0)) && isnan(steady_log(-1)) && isnan(steady_log1p(-1)));
    assert_true(isnan(steady_log(NAN)) && isnan(steady_exp(NAN)) && isnan(steady_log(INFINITY)));
    assert_true(isinf(steady_exp(711)) && steady_exp(-747) == 0 && steady_exp(INFINITY) > DBL_MAX);
    assert_true(steady_exp(-INFINITY) == 0);
    assert_true(fabs(steady_log(DBL_MIN) - log(DBL_MIN)) < 1e-12);
    assert_true(fabs(steady_log(DBL_MAX) - log(DBL_MAX)) < 1e-12);
}

/* A history of whole microseconds and bytes: some gain, some lose, some are noisy, some have quads. */
static size_t steady_make_history(uint64_t number, struct pair pairs[static METHOD_PAIRS_MAX])
{
    uint64_t state = UINT64_C(88172645463325252) + number * UINT64_C(2654435761);
    for (int i = 0; i < 8; i++)
        (void)steady_next(&state);
    uint64_t spread = 20 + steady_next(&state) % 1500;
    uint64_t saved = steady_next(&state) % 3000;
    size_t decide = 6 + steady_next(&state) % 40;
    for (size_t i = 0; i < 5 + decide + 12; i++) {
        bool noise = i < 5;
        pairs[i] = (struct pair){
            .phase = noise            ? PHASE_NOISE
                     : i < 5 + decide ? PHASE_DECIDE
                                      : PHASE_SIZE,
            .candidate_first = !noise && steady_next(&state) % 2,
            .quad = i > 20 && number % 4 == 0,
        };
        for (int m = 0; m < METRIC_COUNT; m++)
            pairs[i].base.value[m] = pairs[i].candidate.value[m] = -1;
        for (int m = METRIC_CPU; m <= METRIC_WALL; m++) {
            pairs[i].base.value[m] = (double)(10000 + steady_next(&state) % spread) / 1e6;
            pairs[i].candidate.value[m] =
                (double)(10000 - (noise ? 0 : saved) + steady_next(&state) % spread) / 1e6;
        }
        pairs[i].base.value[METRIC_PEAK_MEMORY] = (double)(4194304 + 4096 * (steady_next(&state) % 9));
        pairs[i].candidate.value[METRIC_PEAK_MEMORY] = (double)(4194304 + 4096 * (steady_next(&state) % 9));
    }
    return 5 + decide + 12;
}

/* Of every number and word that a report derives from one history. */
static uint64_t steady_digest(uint64_t number)
{
    struct pair pairs[METHOD_PAIRS_MAX];
    struct plan plan = {.primary = METRIC_CPU,
                        .minimum_improvement = 0.10,
                        .regression_threshold = 0.05,
                        .limit = plan_limit(1 + number % 30, 0.1),
                        .time_budget_s = 1e9};
    for (int m = 0; m < METRIC_COUNT; m++)
        plan.guardrail_delta[m] = m == METRIC_WALL || m == METRIC_PEAK_MEMORY ? 0.05 : -1;
    struct measurement measurement = {.pairs = pairs, .pair_count = steady_make_history(number, pairs)};
    measurement.seconds = (double)measurement.pair_count / 8;
    tally_fill(&plan, &measurement);
    struct plan_action action = plan_next(&plan, pairs, measurement.pair_count, measurement.seconds);
    char text[4096];
    int length =
        snprintf(text, sizeof text, "%d %d %d %a %a %a", (int)action.reason, (int)action.phase, action.quad,
                 measurement.noise_floor[METRIC_CPU], measurement.pairs_needed, measurement.seconds_needed);
    for (size_t i = 0; i < measurement.metric_count; i++) {
        const struct metric_result *row = &measurement.metrics[i];
        length += snprintf(text + length, sizeof text - (size_t)length, ";%d %s %zu %a %a %a %a %a %a %a %a",
                           (int)row->metric, metric_outcome_name(row->outcome), row->pairs_to_verdict,
                           row->e_value, row->e_real, row->e_worse, row->gain.point, row->gain.low,
                           row->gain.high, row->before, row->after);
    }
    return steady_hash(UINT64_C(14695981039346656037), text, (size_t)length);
}

static void steady_digest_all(uint64_t digests[static HISTORIES], bool backwards)
{
    for (size_t i = 0; i < HISTORIES; i++) {
        size_t number = backwards ? HISTORIES - 1 - i : i;
        digests[number] = steady_digest(number);
    }
}

static void test_same_pairs_same_bytes(void **state)
{
    (void)state;
    uint64_t digests[HISTORIES], again[HISTORIES];
    steady_digest_all(digests, false);
    steady_digest_all(again, true);
    assert_memory_equal(digests, again, sizeof digests);
    uint64_t all = steady_hash(UINT64_C(14695981039346656037), digests, sizeof digests);
    printf("digest %016llx\n", (unsigned long long)all);
    assert_true(all == UINT64_C(0xf10a5b982f17ac62));
}

/* In a process of its own, with a comma for a decimal point where this machine has such a locale. */
static void test_another_process_and_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"C.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8"};
    uint64_t digests[HISTORIES];
    steady_digest_all(digests, false);
    for (size_t i = 0; i < 3; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            uint64_t again[HISTORIES];
            (void)setlocale(LC_ALL, locales[i]);
            steady_digest_all(again, i == 1);
            _exit(memcmp(digests, again, sizeof again) != 0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close_to_the_library),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_same_pairs_same_bytes),
        cmocka_unit_test(test_another_process_and_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
