/* From evidence, decision, policy and context to the canonical
 * document; docs/report.md explains every key. */
#include "orchestrator/report/measurements.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/proof.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define REPORT_VERSION 1

/* An identity made of what went in, so that it is known before the document's digest. */
static void build_id(char id[static REPORT_ID + 1], const char *const *parts, size_t count)
{
    struct digest_stream stream;
    char hexadecimal[DIGEST_HEX];
    digest_start(&stream);
    for (size_t i = 0; i < count; i++)
        digest_add_field(&stream, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) : 0);
    struct digest digest = digest_finish(&stream);
    digest_to_hex(&digest, hexadecimal);
    memcpy(id, hexadecimal, REPORT_ID);
    id[REPORT_ID] = '\0';
}

static void build_evaluation_id(cJSON *document, const struct evidence *evidence,
                                const struct report_context *context)
{
    char id[REPORT_ID + 1];
    const char *const parts[] = {"evaluation", evidence->base_tree, context->policy_digest,
                                 context->configuration_digest, context->created};
    build_id(id, parts, sizeof parts / sizeof *parts);
    member_add_string(document, "id", id);
}

/* What doesn't apply has no tree, and nothing but its name may tell it from another. */
void report_candidate_id(const struct evidence *evidence, const struct report_context *context,
                         char id[static REPORT_ID + 1])
{
    const char *const parts[] = {"candidate",
                                 evidence->base_tree,
                                 evidence->candidate_tree ? evidence->candidate_tree
                                                          : evidence->candidate_name,
                                 evidence->patch_digest,
                                 context->policy_digest,
                                 context->configuration_digest,
                                 context->created};
    build_id(id, parts, sizeof parts / sizeof *parts);
}

/* Metrics that the policy leaves open (a negative figure) have no key. */
static void build_by_metric(cJSON *object, const char *key, const double figures[METRIC_COUNT])
{
    cJSON *members = member_add_object(object, key);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (figures[metric] >= 0)
            member_add_number(members, metric_name((enum metric)metric), figures[metric]);
}

/* The noisiest workload's floor speaks for the evaluation. */
static void build_noise_floor(cJSON *environment, const struct evidence *evidence)
{
    double worst[METRIC_COUNT];
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        worst[metric] = -1;
        for (size_t i = 0; i < evidence->workload_count; i++)
            if (evidence->workloads[i].measured &&
                evidence_has_metric(&evidence->workloads[i], (enum metric)metric))
                worst[metric] = fmax(worst[metric], evidence->workloads[i].measurement.noise_floor[metric]);
    }
    build_by_metric(environment, "noise_floor", worst);
}

static void build_calibration(cJSON *environment, const struct report_calibration *calibration)
{
    if (!calibration) {
        cJSON_AddNullToObject(environment, "calibration");
        return;
    }
    cJSON *object = member_add_object(environment, "calibration");
    member_add_string(object, "created", calibration->created);
    member_add_digest(object, "digest", calibration->digest);
    build_by_metric(object, "noise", calibration->noise);
}

static void build_environment(cJSON *document, const struct evidence *evidence,
                              const struct report_context *context)
{
    cJSON *environment = member_add_object(document, "environment");
    member_add_string(environment, "cpu", context->cpu_model);
    member_add_string(environment, "kernel", context->kernel);
    member_add_string(environment, "isolation", context->isolation);
    member_add_bool(environment, "full_isolation", evidence->full_isolation);
    member_add_string(environment, "isolation_why", evidence->isolation_why);
    member_add_string(environment, "cpu_source", context->cpu_source);
    member_add_string(environment, "peak_source", context->peak_source);
    build_noise_floor(environment, evidence);
    build_calibration(environment, context->calibration);
}

static void build_price(cJSON *object, const struct policy_price *price)
{
    cJSON *members = member_add_object(object, "price");
    member_add_figure(members, "cpu_hour", price->cpu_hour);
    member_add_figure(members, "requests_a_day", price->requests_a_day);
    member_add_string(members, "currency", price->currency);
}

static void build_policy(cJSON *document, const struct policy *policy, const struct report_context *context)
{
    bool no_regression = policy->intent == INTENT_NO_REGRESSION;
    cJSON *object = member_add_object(document, "policy");
    member_add_string(object, "name", context->policy_name ? context->policy_name : policy->name);
    member_add_digest(object, "digest", context->policy_digest);
    member_add_string(object, "intent", no_regression ? "no-regression" : "optimize");
    member_add_number(object, "minimum_improvement", policy->minimum_improvement);
    member_add_number(object, "regression_threshold", policy->regression_threshold);
    build_by_metric(object, "guardrails", policy->guardrail);
    build_by_metric(object, "budgets", policy->budget);
    member_add_number(object, "false_discovery_rate", policy->false_discovery_rate);
    member_add_number(object, "time_budget_s", policy->time_budget_s);
    member_add_bool(object, "require_full_isolation", policy->require_full_isolation);
    member_add_strings(object, "suspicious_calls", policy->suspicious_calls);
    member_add_strings(object, "suspicious_gains", policy->suspicious_gains);
    member_add_number(object, "required_signatures", policy->sign_off.signatures);
    build_price(object, &policy->price);
}

/* What was tried together, and what that asks of each. */
static void build_family(cJSON *document, const struct evidence *evidence, const struct policy *policy,
                         const struct rank_family *closed)
{
    cJSON *family = member_add_object(document, "family");
    member_add_number(family, "size", (double)evidence->family_size);
    member_add_bool(family, "closed", evidence->family_limit > 0);
    member_add_number(family, "limit", proof_limit(evidence, policy));
    member_add_number(family, "accepted", (double)evidence->family_accepted);
    cJSON *e_values = member_add_array(family, "e_values");
    for (size_t i = 0; closed && i < closed->e_value_count; i++)
        cJSON_AddItemToArray(e_values, cJSON_CreateNumber(fmin(closed->e_values[i], DBL_MAX)));
}

static void build_claim(cJSON *candidate, const struct claim *claim)
{
    cJSON *object = member_add_object(candidate, "claim");
    member_add_string(object, "model", claim->model);
    member_add_string(object, "rationale", claim->rationale);
    member_add_string(object, "gain", claim->gain);
}

static void build_patch(cJSON *candidate, const struct evidence *evidence)
{
    cJSON *patch = member_add_object(candidate, "patch");
    member_add_digest(patch, "digest", evidence->patch_digest);
    member_add_number(patch, "files", (double)evidence->files);
    member_add_number(patch, "added", (double)evidence->added);
    member_add_number(patch, "removed", (double)evidence->removed);
    member_add_string(patch, "tree", evidence->candidate_tree);
    member_add_string(patch, "subject", evidence->subject);
    member_add_string(patch, "author", evidence->author);
    member_add_string(patch, "message", evidence->message);
    member_add_strings(patch, "people", evidence->people);
    member_add_string(patch, "commit", evidence->candidate_commit);
    member_add_strings(patch, "notes", evidence->patch_notes);
}

static void build_refusals(cJSON *screen, const char *key, const struct refusal *refusals, size_t count)
{
    cJSON *array = member_add_array(screen, key);
    for (size_t i = 0; i < count; i++) {
        cJSON *object = member_append_object(array);
        member_add_string(object, "path", refusals[i].path);
        member_add_number(object, "line", refusals[i].line);
        member_add_string(object, "rule", refusals[i].rule);
        member_add_string(object, "sentence", refusals[i].sentence);
        member_add_bool(object, "unsafe", refusals[i].unsafe);
    }
}

static void build_screen(cJSON *candidate, const struct screen_result *result)
{
    cJSON *screen = member_add_object(candidate, "screen");
    build_refusals(screen, "refusals", result->refusals, result->refusal_count);
    build_refusals(screen, "remarks", result->remarks, result->remark_count);
}

static void build_stages(cJSON *candidate, const struct evidence *evidence)
{
    cJSON *array = member_add_array(candidate, "stages");
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        const struct stage_record *record = &evidence->stages[stage];
        cJSON *object = member_append_object(array);
        member_add_string(object, "name", stage_name((enum stage)stage));
        member_add_string(object, "outcome", stage_outcome_name(record->outcome));
        member_add_number(object, "seconds", record->seconds);
        member_add_string(object, "sentence", record->sentence);
        member_add_string(object, "log", record->log);
    }
}

/* Identical for a reason that nobody gave is the empty string. */
static const char *build_identical(const struct evidence *evidence)
{
    const char *why = evidence->identical_why ? evidence->identical_why : "";
    return evidence->identical ? why : NULL;
}

static void build_candidate(cJSON *candidates, const struct evidence *evidence, const struct policy *policy,
                            const struct decision *decision, const struct report_context *context)
{
    cJSON *candidate = member_append_object(candidates);
    char id[REPORT_ID + 1];
    report_candidate_id(evidence, context, id);
    member_add_string(candidate, "id", id);
    member_add_string(candidate, "name", evidence->candidate_name);
    member_add_string(candidate, "verdict", verdict_name(decision->verdict));
    member_add_string(candidate, "reason", decision->reason);
    member_add_string(candidate, "next_step", decision->next_step);
    member_add_string(candidate, "error", evidence->error);
    member_add_string(candidate, "identical", build_identical(evidence));
    member_add_bool(candidate, "start_failed", evidence->start_failed);
    member_add_strings(candidate, "suspicions", evidence->suspicions);
    member_add_strings(candidate, "observations", evidence->observations);
    member_add_number(candidate, "e_value", proof_e_value(evidence, policy));
    build_claim(candidate, &evidence->claim);
    build_patch(candidate, evidence);
    build_screen(candidate, &evidence->screen);
    build_stages(candidate, evidence);
    measurements_build_commands(candidate, evidence);
    measurements_build_contract(candidate, evidence);
    measurements_build(candidate, evidence);
}

cJSON *report_build(const struct evidence *evidence, const struct decision *decision,
                    const struct policy *policy, const struct report_context *context)
{
    cJSON *document = cJSON_CreateObject();
    member_add_number(document, "cupel_report", REPORT_VERSION);
    member_add_string(document, "cupel", context->cupel_version);
    build_evaluation_id(document, evidence, context);
    member_add_string(document, "created", context->created);
    member_add_digest(member_add_object(document, "runner"), "digest", context->runner_digest);
    cJSON *base = member_add_object(document, "base");
    member_add_string(base, "commit", evidence->base_commit);
    member_add_string(base, "tree", evidence->base_tree);
    build_environment(document, evidence, context);
    build_policy(document, policy, context);
    build_family(document, evidence, policy, context->family);
    cJSON *configuration = member_add_object(document, "configuration");
    member_add_digest(configuration, "digest", context->configuration_digest);
    member_add_strings(document, "assumptions", evidence->assumptions);
    build_candidate(member_add_array(document, "candidates"), evidence, policy, decision, context);
    return document;
}
