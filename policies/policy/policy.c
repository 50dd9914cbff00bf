#include "policies/policy.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/attempts.h"
#include "policies/policy/metrics.h"
#include "policies/policy/pointers.h"
#include "policies/policy/price.h"
#include "policies/policy/sign_off.h"
#include "policies/suspicion.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_MAX_EXTENDS 8  /* policies on top of each other */
#define POLICY_MAX_NAME    64 /* bytes of a bundled name */

enum policy_shape {
    SHAPE_BOOL,
    SHAPE_FRACTION,
    SHAPE_SECONDS,
    SHAPE_COUNT,
    SHAPE_STRINGS,
    SHAPE_MORE_STRINGS,
    SHAPE_POINTERS,
    SHAPE_CALLS,
    SHAPE_GAINS
};

/* A key and where its value goes. */
struct policy_key {
    const char *name;
    enum policy_shape shape;
    size_t offset; /* in struct policy */
};

#define POLICY_AT(member) offsetof(struct policy, member)

static const struct policy_key policy_plain_keys[] = {
    {"minimum_improvement", SHAPE_FRACTION, POLICY_AT(minimum_improvement)},
    {"regression_threshold", SHAPE_FRACTION, POLICY_AT(regression_threshold)},
    {"false_discovery_rate", SHAPE_FRACTION, POLICY_AT(false_discovery_rate)},
    {"time_budget_s", SHAPE_SECONDS, POLICY_AT(time_budget_s)},
    {"compile_only_suffixes", SHAPE_STRINGS, POLICY_AT(compile_only_suffixes)},
    {"forbid_learned_noise", SHAPE_POINTERS, POLICY_AT(forbid_learned_noise)},
    {"suspicious_calls", SHAPE_CALLS, POLICY_AT(suspicious_calls)},
    {"suspicious_gains", SHAPE_GAINS, POLICY_AT(suspicious_gains)},
};

static const struct policy_key policy_touch_keys[] = {
    {"forbidden_paths", SHAPE_STRINGS, POLICY_AT(touch.forbidden_paths)},
    {"also_forbidden_paths", SHAPE_MORE_STRINGS, POLICY_AT(touch.forbidden_paths)},
    {"allowed_paths", SHAPE_STRINGS, POLICY_AT(touch.allowed_paths)},
    {"max_files", SHAPE_COUNT, POLICY_AT(touch.max_files)},
    {"max_lines", SHAPE_COUNT, POLICY_AT(touch.max_lines)},
    {"allow_binaries", SHAPE_BOOL, POLICY_AT(touch.allow_binaries)},
    {"allow_symlinks", SHAPE_BOOL, POLICY_AT(touch.allow_symlinks)},
    {"allow_submodules", SHAPE_BOOL, POLICY_AT(touch.allow_submodules)},
    {"allow_mode_changes", SHAPE_BOOL, POLICY_AT(touch.allow_mode_changes)},
    {"allow_new_dependencies", SHAPE_BOOL, POLICY_AT(touch.allow_new_dependencies)},
    {"allow_new_imports", SHAPE_BOOL, POLICY_AT(touch.allow_new_imports)},
    {"allow_standard_imports", SHAPE_BOOL, POLICY_AT(touch.allow_standard_imports)},
    {"report_only", SHAPE_BOOL, POLICY_AT(touch.report_only)},
};

#define POLICY_PLAIN_COUNT (sizeof policy_plain_keys / sizeof *policy_plain_keys)
#define POLICY_TOUCH_COUNT (sizeof policy_touch_keys / sizeof *policy_touch_keys)

static const char *const policy_known_keys[] = {"$schema",
                                                "version",
                                                "name",
                                                "extends",
                                                "intent",
                                                "isolation",
                                                "sign_off",
                                                "price",
                                                "guardrails",
                                                "budgets",
                                                "touch",
                                                "edge_values",
                                                "minimum_improvement",
                                                "regression_threshold",
                                                "false_discovery_rate",
                                                "time_budget_s",
                                                "compile_only_suffixes",
                                                "forbid_learned_noise",
                                                "suspicious_calls",
                                                "suspicious_gains",
                                                NULL};

static const char *const policy_intents[] = {
    [INTENT_OPTIMIZE] = "optimize", [INTENT_NO_REGRESSION] = "no-regression", NULL};
static const char *const policy_isolations[] = {"any", "full", NULL};

static int policy_read_strings(char ***field, const struct json_file *file, const struct json_value *value,
                               bool more, struct err *err)
{
    char **read = NULL;
    size_t count = 0, kept = 0;
    int code = json_want_strings(file, value, &read, &count, err);
    if (code < 0)
        return code;
    while (more && *field && (*field)[kept])
        kept++;
    if (kept == 0) {
        json_free_strings(*field);
        *field = read;
        return 0;
    }
    *field = memory_resize(*field, kept + count + 1, sizeof **field);
    memcpy(*field + kept, read, (count + 1) * sizeof *read);
    free(read);
    return 0;
}

static int policy_read_calls(char ***field, const struct json_file *file, const struct json_value *value,
                             struct err *err)
{
    int code = policy_read_strings(field, file, value, false, err);
    for (size_t i = 0; code == 0 && (*field)[i]; i++) {
        cleanup_text struct text classes = {0};
        attempts_append_classes(&classes);
        if (!attempts_is_known((*field)[i]))
            code = json_complain(file, json_element(value, i), err,
                                 "must be a class (%s) or a call of one, such as \"ptrace\"",
                                 text_string(&classes));
    }
    return code;
}

static int policy_read_gains(char ***field, const struct json_file *file, const struct json_value *value,
                             struct err *err)
{
    int code = policy_read_strings(field, file, value, false, err);
    for (size_t i = 0; code == 0 && (*field)[i]; i++)
        if (!suspicion_is_known((*field)[i]))
            code = json_complain(file, json_element(value, i), err, "must be one of " SUSPICION_NAMES);
    return code;
}

static int policy_read_key(struct policy *policy, const struct policy_key *key, const struct json_file *file,
                           const struct json_value *value, struct err *err)
{
    void *field = (char *)policy + key->offset;
    int64_t count;
    int code = 0;
    switch (key->shape) {
    case SHAPE_BOOL:
        return json_want_bool(file, value, field, err);
    case SHAPE_FRACTION:
        /* Up to 0.9: nothing can be shown to be 100 % faster, and ln(1 − 1) has no value. */
        return json_want_number(file, value, 0.001, 0.9, field, err);
    case SHAPE_SECONDS:
        return json_want_number(file, value, 1, 7 * 86400, field, err);
    case SHAPE_COUNT:
        code = json_want_integer(file, value, 1, 10000000, &count, err);
        if (code == 0)
            *(uint32_t *)field = (uint32_t)count;
        return code;
    case SHAPE_POINTERS:
        if (policy_pointers_check(file, value, err) < 0)
            return err->code;
        return policy_read_strings(field, file, value, false, err);
    case SHAPE_STRINGS:
    case SHAPE_MORE_STRINGS:
        return policy_read_strings(field, file, value, key->shape == SHAPE_MORE_STRINGS, err);
    case SHAPE_CALLS:
        return policy_read_calls(field, file, value, err);
    case SHAPE_GAINS:
        return policy_read_gains(field, file, value, err);
    }
    return code;
}

static int policy_read_keys(struct policy *policy, const struct policy_key *keys, size_t count,
                            const struct json_file *file, const struct json_value *object, struct err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        const struct json_value *value = json_find(object, keys[i].name);
        if (value)
            code = policy_read_key(policy, &keys[i], file, value, err);
    }
    return code;
}

static int policy_read_touch(struct policy *policy, const struct json_file *file,
                             const struct json_value *object, struct err *err)
{
    const char *known[POLICY_TOUCH_COUNT + 1] = {NULL};
    if (!object)
        return 0;
    for (size_t i = 0; i < POLICY_TOUCH_COUNT; i++)
        known[i] = policy_touch_keys[i].name;
    int code = json_want_object(file, object, err);
    if (code == 0)
        code = json_check_keys(file, object, known, err);
    return code < 0 ? code
                    : policy_read_keys(policy, policy_touch_keys, POLICY_TOUCH_COUNT, file, object, err);
}

static int policy_read_choices(struct policy *policy, const struct json_file *file,
                               const struct json_value *object, struct err *err)
{
    const struct json_value *intent = json_find(object, "intent"),
                            *isolation = json_find(object, "isolation");
    int64_t version;
    int code = 0, choice;
    if (json_find(object, "version"))
        code = json_want_integer(file, json_find(object, "version"), 1, 1, &version, err);
    if (code == 0 && intent && (code = json_want_choice(file, intent, policy_intents, &choice, err)) == 0)
        policy->intent = (enum policy_intent)choice;
    if (code == 0 && isolation &&
        (code = json_want_choice(file, isolation, policy_isolations, &choice, err)) == 0)
        policy->require_full_isolation = choice == 1;
    return code;
}

static int policy_read_name(struct policy *policy, const struct json_file *file,
                            const struct json_value *object, struct err *err)
{
    const struct json_value *value = json_find(object, "name");
    const char *name;
    int code = value ? json_want_string(file, value, &name, err) : 0;
    if (code == 0 && value) {
        free(policy->name);
        policy->name = memory_copy_string(name);
    }
    return code;
}

/* What the object itself says, over what `policy` holds already. */
static int policy_read_own(struct policy *policy, const struct json_file *file,
                           const struct json_value *object, struct err *err)
{
    int code = policy_read_name(policy, file, object, err);
    if (code == 0)
        code = policy_read_choices(policy, file, object, err);
    if (code == 0)
        code = policy_read_keys(policy, policy_plain_keys, POLICY_PLAIN_COUNT, file, object, err);
    if (code == 0)
        code = policy_metrics_read(policy->guardrail, 10, file, json_find(object, "guardrails"), err);
    if (code == 0)
        code = policy_metrics_read(policy->budget, 1e15, file, json_find(object, "budgets"), err);
    if (code == 0)
        code = policy_read_touch(policy, file, json_find(object, "touch"), err);
    if (code == 0)
        code = policy_price_read(&policy->price, file, json_find(object, "price"), err);
    if (code == 0 && json_find(object, "edge_values"))
        code = edge_values_read(&policy->edge_values, file, json_find(object, "edge_values"), err);
    return code < 0 ? code
                    : policy_read_sign_off(&policy->sign_off, file, json_find(object, "sign_off"), err);
}

static int policy_read_bundled(struct policy *policy, const char *name, const char *folder, int depth,
                               struct err *err);

/* What it extends first, then itself. The bundled default extends nothing. */
static int policy_read_object(struct policy *policy, const struct json_file *file,
                              const struct json_value *object, const char *folder, bool is_default, int depth,
                              struct err *err)
{
    const char *extends = "default";
    int code = json_want_object(file, object, err);
    if (code == 0)
        code = json_check_keys(file, object, policy_known_keys, err);
    const struct json_value *value = code == 0 ? json_find(object, "extends") : NULL;
    if (value)
        code = json_want_string(file, value, &extends, err);
    if (code == 0 && depth >= POLICY_MAX_EXTENDS)
        return json_complain(file, object, err, "extends more than %d policies, perhaps itself",
                             POLICY_MAX_EXTENDS);
    if (code == 0 && (value || !is_default)) {
        code = policy_read_bundled(policy, extends, folder, depth + 1, err);
        if (code == ERR_NOT_FOUND && value)
            return json_complain(file, value, err,
                                 "there is no bundled policy \"%.64s\"; there are default, strict "
                                 "and exploratory",
                                 extends);
    }
    return code < 0 ? code : policy_read_own(policy, file, object, err);
}

static bool policy_is_plain_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= POLICY_MAX_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

static int policy_read_bundled(struct policy *policy, const char *name, const char *folder, int depth,
                               struct err *err)
{
    if (!policy_is_plain_name(name))
        return err_set(err, ERR_NOT_FOUND, "there is no bundled policy \"%.64s\"", name);
    cleanup_free char *path = memory_format("%s/%s.json", folder, name);
    const struct json_options options = {.comments = true, .max_depth = 16};
    struct json_file file = {0};
    int code = json_file_load(&file, path, &options, err);
    if (code < 0)
        return code;
    code = policy_read_object(policy, &file, json_root(file.document), folder, strcmp(name, "default") == 0,
                              depth, err);
    if (code == 0) {
        free(policy->name);
        policy->name = memory_copy_string(name);
    }
    json_file_fini(&file);
    return code;
}

static void policy_digest_strings(struct digest_stream *stream, char *const *strings)
{
    size_t count = 0;
    while (strings && strings[count])
        count++;
    digest_add_field(stream, &count, sizeof count);
    for (size_t i = 0; i < count; i++)
        digest_add_field(stream, strings[i], strlen(strings[i]));
}

static void policy_digest_number(struct digest_stream *stream, double number)
{
    cleanup_free char *words = memory_format("%.17g", number);
    digest_add_field(stream, words, strlen(words));
}

static void policy_digest_key(struct digest_stream *stream, const struct policy *policy,
                              const struct policy_key *key)
{
    const void *field = (const char *)policy + key->offset;
    digest_add_field(stream, key->name, strlen(key->name));
    switch (key->shape) {
    case SHAPE_BOOL:
        policy_digest_number(stream, *(const bool *)field);
        break;
    case SHAPE_COUNT:
        policy_digest_number(stream, *(const uint32_t *)field);
        break;
    case SHAPE_FRACTION:
    case SHAPE_SECONDS:
        policy_digest_number(stream, *(const double *)field);
        break;
    case SHAPE_STRINGS:
    case SHAPE_MORE_STRINGS:
    case SHAPE_POINTERS:
    case SHAPE_CALLS:
    case SHAPE_GAINS:
        policy_digest_strings(stream, *(char *const *const *)field);
        break;
    }
}

/* Of what holds in the end, whatever file said it; the name is no rule and stays out. */
static struct digest policy_digest(const struct policy *policy)
{
    struct digest_stream stream;
    digest_start(&stream);
    for (size_t i = 0; i < POLICY_PLAIN_COUNT; i++)
        policy_digest_key(&stream, policy, &policy_plain_keys[i]);
    for (size_t i = 0; i < POLICY_TOUCH_COUNT; i++)
        policy_digest_key(&stream, policy, &policy_touch_keys[i]);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        policy_digest_number(&stream, policy->guardrail[metric]);
        policy_digest_number(&stream, policy->budget[metric]);
    }
    policy_digest_number(&stream, policy->intent);
    policy_digest_number(&stream, policy->require_full_isolation);
    policy_digest_number(&stream, policy->sign_off.signatures);
    policy_digest_number(&stream, policy->sign_off.expires_days);
    policy_digest_number(&stream, policy->sign_off.exclude_author);
    policy_digest_strings(&stream, policy->sign_off.signers);
    policy_digest_strings(&stream, policy->sign_off.bots);
    policy_price_digest(&policy->price, &stream);
    edge_values_digest(&policy->edge_values, &stream);
    return digest_finish(&stream);
}

bool policy_names_file(const struct json_value *value)
{
    if (!value || json_type(value) != JSON_STRING)
        return false;
    size_t length;
    const char *name = json_bytes(value, &length);
    return memchr(name, '/', length) || (length > 5 && memcmp(name + length - 5, ".json", 5) == 0);
}

static int policy_read_value(struct policy *policy, const struct json_file *file,
                             const struct json_value *value, const char *folder, struct err *err)
{
    const char *name;
    if (!value) {
        int code = policy_read_bundled(policy, "default", folder, 0, err);
        return code < 0 ? err_wrap(err, "read the bundled policy") : 0;
    }
    if (json_type(value) != JSON_STRING)
        return policy_read_object(policy, file, value, folder, false, 0, err);
    int code = json_want_string(file, value, &name, err);
    if (code == 0)
        code = policy_read_bundled(policy, name, folder, 0, err);
    if (code == ERR_NOT_FOUND)
        return json_complain(
            file, value, err,
            "there is no bundled policy \"%.64s\"; there are default, strict and exploratory", name);
    return code;
}

int policy_read(struct policy *policy, const struct json_file *file, const struct json_value *value,
                const char *folder, struct err *err)
{
    *policy = (struct policy){0};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        policy->guardrail[metric] = policy->budget[metric] = -1;
    policy_price_init(&policy->price);
    cleanup_free char *path = memory_format("%s/edge_values.json", folder);
    int code = edge_values_load(&policy->edge_values, path, err);
    if (code == 0)
        code = policy_read_value(policy, file, value, folder, err);
    if (code < 0) {
        policy_fini(policy);
        return code;
    }
    policy->digest = policy_digest(policy);
    return 0;
}

void policy_fini(struct policy *policy)
{
    json_free_strings(policy->touch.forbidden_paths);
    json_free_strings(policy->touch.allowed_paths);
    json_free_strings(policy->compile_only_suffixes);
    json_free_strings(policy->forbid_learned_noise);
    json_free_strings(policy->suspicious_calls);
    json_free_strings(policy->suspicious_gains);
    policy_price_fini(&policy->price);
    edge_values_fini(&policy->edge_values);
    policy_sign_off_fini(&policy->sign_off);
    free(policy->name);
    *policy = (struct policy){0};
}
