#include "orchestrator/recheck/stored.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>

#define STORED_BYTES     ((size_t)256 << 20) /* a report of ours is some hundred KiB */
#define STORED_DEPTH     64
#define STORED_FRACTION  0.9  /* as in a policy: nothing can be shown to be 100 % faster */
#define STORED_TOLERANCE 1e12 /* of a guardrail */
#define STORED_E_VALUES  ((size_t)1 << 20)

/* Hands a string over to the report and lends it to the context. */
static const char *stored_keep(struct stored_report *stored, char *string)
{
    assert(stored->string_count < STORED_STRINGS);
    stored->strings[stored->string_count++] = string;
    return string;
}

static void stored_read_top(struct field_reader *reader, const struct json_value *root,
                            struct stored_report *stored)
{
    struct evidence *evidence = &stored->evidence;
    struct report_context *context = &stored->context;
    const struct json_value *base = field_object(reader, root, "base");
    const struct json_value *runner = field_object(reader, root, "runner");
    const struct json_value *configuration = field_object(reader, root, "configuration");
    field_number(reader, root, "cupel_report", 1, 1);
    context->cupel_version = stored_keep(stored, field_text(reader, root, "cupel"));
    context->created = stored_keep(stored, field_text(reader, root, "created"));
    context->runner_digest = stored_keep(stored, field_digest(reader, runner, "digest"));
    context->configuration_digest = stored_keep(stored, field_digest(reader, configuration, "digest"));
    evidence->base_commit = field_text(reader, base, "commit");
    evidence->base_tree = field_text(reader, base, "tree");
    evidence->assumptions = field_strings(reader, root, "assumptions");
}

/* A metric without a key is open: negative. */
static void stored_read_by_metric(struct field_reader *reader, const struct json_value *object,
                                  const char *key, double figures[METRIC_COUNT])
{
    const struct json_value *members = field_object(reader, object, key);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        bool there = members && json_find(members, metric_name((enum metric)metric));
        figures[metric] =
            there ? field_number(reader, members, metric_name((enum metric)metric), 0, STORED_TOLERANCE) : -1;
    }
}

static void stored_read_calibration(struct field_reader *reader, const struct json_value *environment,
                                    struct stored_report *stored)
{
    struct report_calibration *calibration = &stored->calibration;
    if (field_is_null(reader, environment, "calibration"))
        return;
    const struct json_value *object = field_object(reader, environment, "calibration");
    calibration->created = stored_keep(stored, field_text(reader, object, "created"));
    calibration->digest = stored_keep(stored, field_digest(reader, object, "digest"));
    stored_read_by_metric(reader, object, "noise", calibration->noise);
    stored->context.calibration = calibration;
}

static void stored_read_environment(struct field_reader *reader, const struct json_value *root,
                                    struct stored_report *stored)
{
    struct report_context *context = &stored->context;
    const struct json_value *environment = field_object(reader, root, "environment");
    context->cpu_model = stored_keep(stored, field_text(reader, environment, "cpu"));
    context->kernel = stored_keep(stored, field_text(reader, environment, "kernel"));
    context->isolation = stored_keep(stored, field_text(reader, environment, "isolation"));
    context->cpu_source = stored_keep(stored, field_text(reader, environment, "cpu_source"));
    context->peak_source = stored_keep(stored, field_text(reader, environment, "peak_source"));
    stored->evidence.full_isolation = field_bool(reader, environment, "full_isolation");
    stored->evidence.isolation_why = field_text(reader, environment, "isolation_why");
    stored_read_calibration(reader, environment, stored);
}

static void stored_read_policy(struct field_reader *reader, const struct json_value *root,
                               struct stored_report *stored)
{
    static const char *const intents[] = {
        [INTENT_OPTIMIZE] = "optimize", [INTENT_NO_REGRESSION] = "no-regression", NULL};
    struct policy *policy = &stored->policy;
    const struct json_value *object = field_object(reader, root, "policy");
    policy->name = field_text(reader, object, "name");
    stored->context.policy_name = policy->name;
    stored->context.policy_digest = stored_keep(stored, field_digest(reader, object, "digest"));
    policy->intent = (enum policy_intent)field_choice(reader, object, "intent", intents);
    policy->minimum_improvement =
        field_number(reader, object, "minimum_improvement", -STORED_FRACTION, STORED_FRACTION);
    policy->regression_threshold = field_number(reader, object, "regression_threshold", 0, STORED_FRACTION);
    stored_read_by_metric(reader, object, "guardrails", policy->guardrail);
    stored_read_by_metric(reader, object, "budgets", policy->budget);
    policy->false_discovery_rate = field_number(reader, object, "false_discovery_rate", 1e-6, 1);
    policy->time_budget_s = field_number(reader, object, "time_budget_s", 0, DBL_MAX);
    policy->require_full_isolation = field_bool(reader, object, "require_full_isolation");
    policy->suspicious_calls = field_strings(reader, object, "suspicious_calls");
    policy->suspicious_gains = field_strings(reader, object, "suspicious_gains");
    policy->sign_off.signatures = (uint32_t)field_count(reader, object, "required_signatures", UINT32_MAX);
    const struct json_value *price = field_object(reader, object, "price");
    policy->price.cpu_hour = field_figure(reader, price, "cpu_hour");
    policy->price.requests_a_day = field_figure(reader, price, "requests_a_day");
    policy->price.currency = field_text(reader, price, "currency");
}

static void stored_read_e_values(struct field_reader *reader, const struct json_value *object,
                                 struct rank_family *family)
{
    const struct json_value *array = field_array(reader, object, "e_values", STORED_E_VALUES);
    size_t count = field_length(reader, array);
    family->e_values = memory_zeroed((count + 1) * sizeof *family->e_values);
    for (size_t i = 0; i < count && !reader->failed; i++)
        reader->failed = json_want_number(reader->file, json_element(array, i), 0, DBL_MAX,
                                          &family->e_values[family->e_value_count++], reader->err);
    if (count > family->size)
        field_refuse(reader, array, "holds more e-values than the family has members");
}

static void stored_read_family(struct field_reader *reader, const struct json_value *root,
                               struct stored_report *stored)
{
    struct evidence *evidence = &stored->evidence;
    struct rank_family *family = &stored->family;
    const struct json_value *object = field_object(reader, root, "family");
    bool closed = field_bool(reader, object, "closed");
    evidence->family_size = field_count(reader, object, "size", FIELD_COUNT_MAX);
    evidence->family_accepted = field_count(reader, object, "accepted", FIELD_COUNT_MAX);
    family->limit = field_number(reader, object, "limit", DBL_MIN, DBL_MAX);
    evidence->family_limit = closed ? family->limit : 0;
    family->size = evidence->family_size > 0 ? evidence->family_size : 1;
    family->accepted = evidence->family_accepted;
    family->false_discovery_rate = stored->policy.false_discovery_rate;
    stored_read_e_values(reader, object, family);
    stored->context.family = family;
}

static void stored_read_decision(struct field_reader *reader, const struct json_value *candidate,
                                 struct decision *decision)
{
    const char *names[VERDICT_COUNT + 1] = {NULL};
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        names[verdict] = verdict_name((enum verdict)verdict);
    decision->verdict = (enum verdict)field_choice(reader, candidate, "verdict", names);
    decision->reason = field_text(reader, candidate, "reason");
    decision->next_step = field_text(reader, candidate, "next_step");
}

static void stored_read_all(struct field_reader *reader, const struct json_value *root,
                            struct stored_report *stored)
{
    stored_read_top(reader, root, stored);
    stored_read_environment(reader, root, stored);
    stored_read_policy(reader, root, stored);
    stored_read_family(reader, root, stored);
    const struct json_value *candidates = field_array(reader, root, "candidates", 1);
    if (field_length(reader, candidates) == 0)
        field_refuse(reader, candidates, "must hold one candidate");
    const struct json_value *candidate = reader->failed ? NULL : json_element(candidates, 0);
    stored_read_candidate(reader, candidate, &stored->evidence);
    stored_read_decision(reader, candidate, &stored->decision);
    stored_read_commands(reader, candidate, &stored->evidence);
    stored_read_workloads(reader, candidate, &stored->evidence);
    stored_read_contract(reader, candidate, &stored->evidence);
    stored_read_measurements(reader, candidate, &stored->evidence);
}

int stored_report_read(struct stored_report *stored, const char *name, const char *bytes, size_t length,
                       struct err *err)
{
    const struct json_options options = {.max_depth = STORED_DEPTH, .max_bytes = STORED_BYTES};
    struct json_file file;
    int status = json_file_read(&file, name, bytes, length, &options, err);
    if (status < 0)
        return status;
    struct field_reader reader = {.file = &file, .err = err};
    *stored = (struct stored_report){0};
    reader.failed = report_check_value(json_root(file.document), err);
    stored_read_all(&reader, json_root(file.document), stored);
    json_file_fini(&file);
    if (reader.failed)
        stored_report_fini(stored);
    return reader.failed;
}

void stored_report_fini(struct stored_report *stored)
{
    evidence_fini(&stored->evidence);
    policy_fini(&stored->policy);
    decision_fini(&stored->decision);
    rank_family_fini(&stored->family);
    for (size_t i = 0; i < stored->string_count; i++)
        free(stored->strings[i]);
    *stored = (struct stored_report){0};
}

cJSON *stored_report_build(const struct stored_report *stored)
{
    return report_build(&stored->evidence, &stored->decision, &stored->policy, &stored->context);
}
