#include "tests/recheck/honest.h"

#include "base/memory.h"
#include "orchestrator/recheck/recompute.h"
#include "orchestrator/report/ranked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char honest_ptrace[] = "ptrace";
static char *honest_suspicious[] = {honest_ptrace, NULL};
static char honest_visible[] = "visible-samples";
static char honest_repeats[] = "repeats";
static char *honest_gains[] = {honest_visible, honest_repeats, NULL};

void honest_set_pairs(struct workload_evidence *workload, size_t decide, size_t size, double ratio)
{
    struct measurement *measurement = &workload->measurement;
    size_t count = 5 + decide + size;
    free(measurement->pairs);
    measurement->pairs = memory_zeroed(count * sizeof *measurement->pairs);
    measurement->pair_count = count;
    for (size_t i = 0; i < count; i++) {
        double base = 0.0441 * (1 + 0.0013 * (double)(i * 7 % 5));
        double other = base * (1 + 0.002 * (double)(i * 3 % 4));
        bool noise = i < 5;
        double held = noise || ratio < 1 ? 1 : ratio;
        measurement->pairs[i] = (struct pair){
            .phase = noise            ? PHASE_NOISE
                     : i < 5 + decide ? PHASE_DECIDE
                                      : PHASE_SIZE,
            .candidate_first = !noise && i % 3 == 0,
            .seed = (UINT64_C(1) << 53) - 1 - i,
            .base = {{base, base * 1.07, 3250000 + 4096 * (double)(i % 2)}},
            .candidate = {{noise ? other : other * ratio, other * 1.07 * (noise ? 1 : ratio),
                           3250000 * held + 4096 * (double)(i % 3)}},
        };
    }
}

void honest_add_stratum(struct workload_evidence *workload, const char *name, double ratio)
{
    struct measurement *measurement = &workload->measurement;
    size_t index = measurement->stratum_count++;
    measurement->strata =
        memory_resize(measurement->strata, measurement->stratum_count, sizeof *measurement->strata);
    struct stratum_effect *stratum = &measurement->strata[index];
    *stratum = (struct stratum_effect){
        .name = memory_copy_string(name), .weight = 0.5, .samples = 600, .pair_count = 12};
    stratum->pairs = memory_zeroed(stratum->pair_count * sizeof *stratum->pairs);
    for (size_t i = 0; i < stratum->pair_count; i++) {
        double base = 0.02 * (1 + 0.003 * (double)(i % 4));
        stratum->pairs[i] =
            (struct stratum_pair){base, i == 7 ? -1 : base * ratio * (1 + 0.001 * (double)(i % 3))};
    }
}

static void honest_start(struct evidence *evidence, struct policy *policy, double ratio)
{
    *policy = case_policy;
    policy->suspicious_calls = honest_suspicious;
    policy->suspicious_gains = honest_gains;
    case_recommended(evidence);
    honest_set_pairs(&evidence->workloads[0], 9, 12, ratio);
    evidence->claim.model = memory_copy_string("some-model-1");
    evidence->people = case_strings("Ada Example <ada@example.org>");
    evidence->stages[STAGE_INTAKE].sentence = memory_copy_string("applied \"twice\"\n");
}

cJSON *honest_report(const struct honest_case *honest)
{
    struct evidence evidence;
    struct policy policy;
    struct decision decision;
    honest_start(&evidence, &policy, 0.8);
    honest->bend(&evidence, &policy);
    recompute_evidence(&evidence, &policy);
    verdict_decide(&evidence, &policy, &decision);
    if (decision.verdict != honest->verdict)
        fail_msg("%s: %s: %s", honest->name, verdict_name(decision.verdict), decision.reason);
    cJSON *document = report_build(&evidence, &decision, &policy, &case_context);
    decision_fini(&decision);
    evidence_fini(&evidence);
    return document;
}

static cJSON *honest_member(double ratio, size_t size, size_t index, struct rank_family *family,
                            double *e_value)
{
    struct evidence evidence;
    struct policy policy;
    struct decision decision;
    struct report_context context = case_context;
    honest_start(&evidence, &policy, ratio);
    evidence.patch_digest[0] = (char)('a' + index % 6);
    evidence.patch_digest[1] = (char)('0' + index / 6 % 10);
    honest_set_pairs(&evidence.workloads[0], 40, 12, ratio);
    evidence.family_size = size;
    recompute_evidence(&evidence, &policy);
    if (e_value)
        *e_value = rank_e_value(&evidence, &policy);
    if (family)
        rank_join(&evidence, family);
    context.family = family;
    verdict_decide(&evidence, &policy, &decision);
    cJSON *document = report_build(&evidence, &decision, &policy, &context);
    decision_fini(&decision);
    evidence_fini(&evidence);
    return document;
}

cJSON *honest_batch(const double *ratios, size_t count)
{
    struct rank_family family;
    double *e_values = memory_zeroed((count + 1) * sizeof *e_values);
    struct ranked_entry *entries = memory_zeroed((count + 1) * sizeof *entries);
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(honest_member(ratios[i], count, i, NULL, &e_values[i]));
    rank_close_family(&family, e_values, count, count, case_policy.false_discovery_rate);
    for (size_t i = 0; i < count; i++) {
        entries[i].document = honest_member(ratios[i], count, i, &family, NULL);
        entries[i].sign_off_state = "awaiting";
        struct text bytes = honest_bytes(entries[i].document);
        entries[i].digest = digest_of(text_string(&bytes), bytes.length);
        text_fini(&bytes);
    }
    const struct ranked_batch batch = {
        .id = "b00000000001", .created = "2026-03-01T13:00:00Z", .submitted = count, .seconds = 90};
    cJSON *view = report_view_batch(entries, count, &batch);
    rank_family_fini(&family);
    free(e_values);
    free(entries);
    return view;
}

struct text honest_bytes(const cJSON *document)
{
    struct text bytes = {0};
    struct err err = {0};
    if (report_canonicalise(document, &bytes, &err) < 0)
        fail_msg("%s", err.message);
    return bytes;
}

/* The value that the pointer leads to; keys here hold no slash. */
static cJSON *honest_at(cJSON *document, const char *pointer, size_t length)
{
    cJSON *value = document;
    for (size_t at = 0; at < length && value;) {
        size_t taken = strcspn(pointer + at + 1, "/");
        char *key = memory_copy_bytes(pointer + at + 1, taken);
        value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, atoi(key))
                                     : cJSON_GetObjectItemCaseSensitive(value, key);
        free(key);
        at += taken + 1;
    }
    return value;
}

void honest_tamper(cJSON *document, const char *pointer, const char *json)
{
    const char *key = strrchr(pointer, '/') + 1;
    cJSON *parent = honest_at(document, pointer, (size_t)(key - 1 - pointer));
    cJSON *there = honest_at(document, pointer, strlen(pointer));
    if (!parent)
        fail_msg("nothing at %s", pointer);
    if (!there && json)
        cJSON_AddItemToObject(parent, key, cJSON_Parse(json));
    else if (!json)
        cJSON_Delete(cJSON_DetachItemViaPointer(parent, there));
    else if (cJSON_IsArray(parent))
        cJSON_ReplaceItemInArray(parent, atoi(key), cJSON_Parse(json));
    else
        cJSON_ReplaceItemInObjectCaseSensitive(parent, key, cJSON_Parse(json));
}
