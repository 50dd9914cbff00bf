#include "tests/report/case.h"

#include "base/memory.h"
#include "workloads/contract/reproduction.h"

static char case_policy_name[] = "default";

const struct policy case_policy = {
    .name = case_policy_name,
    .minimum_improvement = 0.10,
    .regression_threshold = 0.05,
    .guardrail = {[METRIC_CPU] = 0.05,
                  [METRIC_WALL] = 0.05,
                  [METRIC_PEAK_MEMORY] = 0.05,
                  [METRIC_LATENCY_P50] = -1,
                  [METRIC_LATENCY_P95] = -1,
                  [METRIC_LATENCY_P99] = -1,
                  [METRIC_STARTUP] = -1,
                  [METRIC_CPU_AFTER] = -1},
    .budget = {[METRIC_CPU] = -1,
               [METRIC_WALL] = -1,
               [METRIC_PEAK_MEMORY] = -1,
               [METRIC_LATENCY_P50] = -1,
               [METRIC_LATENCY_P95] = -1,
               [METRIC_LATENCY_P99] = -1,
               [METRIC_STARTUP] = -1,
               [METRIC_CPU_AFTER] = -1},
    .false_discovery_rate = 0.10,
    .time_budget_s = 300,
    .require_full_isolation = true,
    .sign_off = {.signatures = 1, .expires_days = 30, .exclude_author = true},
};

static const struct report_calibration case_calibration = {
    .created = "2026-02-01T08:30:00.000000Z",
    .digest = "d1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90",
    .noise = {[METRIC_CPU] = 0.013,
              [METRIC_WALL] = 0.08,
              [METRIC_PEAK_MEMORY] = -1,
              [METRIC_LATENCY_P50] = -1,
              [METRIC_LATENCY_P95] = -1,
              [METRIC_LATENCY_P99] = -1},
};

const struct report_context case_context = {
    .created = "2026-03-01T12:00:00Z",
    .cpu_model = "AMD EPYC 7B13",
    .kernel = "Linux 6.1.0-18-amd64",
    .isolation = "full",
    .cpu_source = "cgroup v2",
    .peak_source = "cgroup v2",
    .calibration = &case_calibration,
    .policy_name = "default",
    .policy_digest = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90",
    .configuration_digest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    .cupel_version = "0.1.0",
};

char **case_strings(const char *first)
{
    char **strings = memory_zeroed(2 * sizeof *strings);
    strings[0] = memory_copy_string(first);
    return strings;
}

void case_set_pairs(struct workload_evidence *workload, size_t count, double ratio)
{
    struct measurement *measurement = &workload->measurement;
    measurement->pairs = memory_resize(measurement->pairs, count, sizeof *measurement->pairs);
    measurement->pair_count = count;
    for (size_t i = 0; i < count; i++) {
        double wobble = 1 + 0.001 * (double)(i % 3);
        measurement->pairs[i] = (struct pair){
            .phase = PHASE_DECIDE,
            .candidate_first = i % 2 == 0,
            .seed = UINT64_C(18446744073709551615) - i,
            .base = {{0.0441 * wobble, 0.0463 * wobble, 3250000}},
            .candidate = {{0.0441 * ratio, 0.0463 * ratio, 3250000 * ratio}},
        };
    }
}

static struct gain case_gain(double point)
{
    return (struct gain){.known = true, .point = point, .low = point - 0.009, .high = point + 0.008};
}

static void case_fill_measurement(struct workload_evidence *workload, enum metric_outcome outcome)
{
    struct measurement *measurement = &workload->measurement;
    bool improved = outcome == OUTCOME_IMPROVED;
    workload->measured = true;
    *measurement = (struct measurement){
        .metric_count = 3,
        .metrics = {{.metric = METRIC_CPU,
                     .primary = true,
                     .outcome = outcome,
                     .e_value = improved ? 231 : 0.02,
                     .e_real = improved ? 4211.5 : 1.5,
                     .e_worse = 0.001,
                     .gain = case_gain(improved ? 0.158 : 0.012),
                     .size_pairs = improved ? 12 : 0,
                     .pairs_to_verdict = 9,
                     .before = 0.0441,
                     .after = 0.0371},
                    {.metric = METRIC_WALL,
                     .outcome = OUTCOME_HELD,
                     .e_value = 41,
                     .delta = 0.05,
                     .gain = case_gain(0.151),
                     .size_pairs = 12,
                     .before = 0.0463,
                     .after = 0.0393},
                    {.metric = METRIC_PEAK_MEMORY,
                     .outcome = OUTCOME_HELD,
                     .e_value = 57,
                     .delta = 0.05,
                     .gain = case_gain(0.0004),
                     .size_pairs = 12,
                     .before = 3250000,
                     .after = 3249000}},
        .noise_floor = {0.013, 0.041, 0.002},
        .threshold = 0.10,
        .seconds = 41.2,
        .pairs_needed = 8,
        .seconds_needed = 21.5,
        .block = 40,
        .stopped = memory_copy_string("the primary reached its threshold and every guardrail held"),
    };
    case_set_pairs(workload, 9, improved ? 0.842 : 0.988);
}

void case_empty(struct evidence *evidence)
{
    *evidence = (struct evidence){
        .base_commit = memory_copy_string("0123456789abcdef0123456789abcdef01234567"),
        .base_tree = memory_copy_string("89abcdef0123456789abcdef0123456789abcdef"),
        .candidate_name = memory_copy_string("patches/0001-index-lines-once.patch"),
        .patch_digest =
            memory_copy_string("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
        .files = 2,
        .added = 14,
        .removed = 9,
        .subject = memory_copy_string("Index the lines once"),
        .author = memory_copy_string("Ada Example <ada@example.org>"),
        .full_isolation = true,
        .family_size = 1,
    };
}

void case_add_coverage(struct workload_evidence *workload, const char *name, double share, size_t samples,
                       size_t compared)
{
    struct coverage *coverage = &workload->coverage;
    coverage->strata = memory_resize(coverage->strata, coverage->stratum_count + 1, sizeof *coverage->strata);
    coverage->strata[coverage->stratum_count++] = (struct coverage_stratum){
        .name = memory_copy_string(name), .share = share, .samples = samples, .compared = compared};
}

void case_recommended(struct evidence *evidence)
{
    static const double seconds[STAGE_COUNT] = {0.012, 0.003, 0.021, 0, 3.14, 1.27, 0.004, 14.2, 41.2};
    case_empty(evidence);
    evidence->candidate_tree = memory_copy_string("fedcba9876543210fedcba9876543210fedcba98");
    evidence->assumptions =
        case_strings("Each sample ran in a process of its own with cold caches; answers to requests "
                     "outside of the sample set were not compared.");
    for (int i = 0; i < STAGE_COUNT; i++)
        evidence->stages[i] = (struct stage_record){.outcome = STAGE_PASSED, .seconds = seconds[i]};
    evidence->stages[STAGE_PREPARE].outcome = STAGE_SKIPPED;
    evidence->workloads = MEMORY_NEW(struct workload_evidence);
    evidence->workload_count = 1;
    evidence->workloads[0] = (struct workload_evidence){
        .name = memory_copy_string("summary"),
        .weight = 0.7,
        .samples_digest =
            memory_copy_string("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        .sample_count = 1200,
        .kind = &workload_command,
        .contract_done = true,
        .contract = {.samples = 1200, .fields = 23411, .kinds = 14},
    };
    case_add_coverage(&evidence->workloads[0], "all", 1, 1200, 1200);
    evidence->workloads[0].coverage.parameters = 9;
    case_fill_measurement(&evidence->workloads[0], OUTCOME_IMPROVED);
}

struct workload_evidence *case_add_workload(struct evidence *evidence, const char *name, double weight,
                                            enum metric_outcome outcome)
{
    size_t count = evidence->workload_count++;
    evidence->workloads = memory_resize(evidence->workloads, count + 1, sizeof *evidence->workloads);
    struct workload_evidence *added = &evidence->workloads[count];
    *added = (struct workload_evidence){
        .name = memory_copy_string(name),
        .weight = weight,
        .sample_count = 500,
        .contract_done = true,
        .contract = {.samples = 500, .fields = 5000},
    };
    case_fill_measurement(added, outcome);
    return added;
}

void case_add_finding(struct workload_evidence *workload, enum finding_class class, const char *pattern,
                      const char *before, const char *after)
{
    struct contract_summary *contract = &workload->contract;
    size_t count = contract->finding_count++;
    contract->findings = memory_resize(contract->findings, count + 1, sizeof *contract->findings);
    contract->findings[count] = (struct finding){
        .class = class,
        .part = memory_copy_string("stdout"),
        .pattern = memory_copy_string(pattern),
        .pointer = memory_copy_string(pattern),
        .count = 37,
        .sample = memory_copy_string("s-17"),
        .before = before ? memory_copy_string(before) : NULL,
        .after = after ? memory_copy_string(after) : NULL,
    };
}

void case_add_reproduction(struct workload_evidence *workload, const char *request, const char *why_none)
{
    struct contract_summary *contract = &workload->contract;
    struct reproduction *reproduction = MEMORY_NEW(struct reproduction);
    *reproduction = (struct reproduction){.from_bytes = 642, .steps = 31};
    contract->findings[contract->finding_count - 1].reproduction = reproduction;
    if (!request) {
        reproduction->why_none = memory_copy_string(why_none);
        return;
    }
    reproduction->request = memory_copy_string(request);
    reproduction->bytes = 7;
    reproduction->minimal = true;
    reproduction->differs_only_when = memory_copy_string("stdin /n is 0");
    reproduction->before = memory_copy_string("[\"a\"]");
}

void case_add_refusal(struct evidence *evidence, const char *path, uint32_t line, const char *rule,
                      const char *sentence)
{
    struct screen_result *screen = &evidence->screen;
    size_t count = screen->refusal_count++;
    screen->refusals = memory_resize(screen->refusals, count + 1, sizeof *screen->refusals);
    screen->refusals[count] = (struct refusal){
        .path = memory_copy_string(path),
        .line = line,
        .rule = memory_copy_string(rule),
        .sentence = memory_copy_string(sentence),
    };
}

void case_add_stratum(struct workload_evidence *workload, const char *name, double weight, double point,
                      bool harmful)
{
    struct measurement *measurement = &workload->measurement;
    size_t count = measurement->stratum_count++;
    measurement->strata = memory_resize(measurement->strata, count + 1, sizeof *measurement->strata);
    measurement->strata[count] = (struct stratum_effect){
        .name = memory_copy_string(name),
        .weight = weight,
        .gain = case_gain(point),
        .samples = 100,
        .harmful = harmful,
    };
}

void case_fail(struct evidence *evidence, enum stage stage, const char *sentence, const char *log)
{
    evidence->stages[stage].outcome = STAGE_FAILED;
    evidence->stages[stage].sentence = memory_copy_string(sentence);
    evidence->stages[stage].log = log ? memory_copy_string(log) : NULL;
    for (int later = (int)stage + 1; later < STAGE_COUNT; later++)
        evidence->stages[later] = (struct stage_record){0};
}

void case_hold_out(struct workload_evidence *workload, enum held_out_outcome outcome)
{
    struct held_out *held_out = &workload->measurement.held_out;
    workload->held_out_digest = memory_copy_string(workload->samples_digest);
    workload->held_out_count = 40;
    held_out->outcome = outcome;
    held_out->p_value = outcome == HELD_OUT_TOO_FEW ? -1 : 0.2;
    held_out->visible_gain = workload->measurement.metrics[0].gain;
    held_out->held_out_gain =
        (struct gain){.known = outcome != HELD_OUT_TOO_FEW, .point = 0.141, .low = 0.121, .high = 0.16};
    held_out->pairs = memory_zeroed(sizeof *held_out->pairs);
    held_out->pair_count = 1;
    held_out->pairs[0] = (struct held_out_pair){{0.02, 0.018}, {-1, -1}};
    held_out->strata = memory_zeroed(sizeof *held_out->strata);
    held_out->stratum_count = 1;
    held_out->strata[0].name = memory_copy_string("small");
    held_out->strata[0].held_out = memory_zeroed(sizeof *held_out->strata[0].held_out);
    held_out->strata[0].held_out_count = 1;
}
