#include "orchestrator/settings/configuration.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/settings/parts.h"

#include <ctype.h>
#include <string.h>

#define BUILD_TIMEOUT_S 600.0
#define BUILD_DISK_MB   8192.0
#define BUILD_FILES     1000000
#define WORKLOADS_MAX   64

static const char *const configuration_keys[] = {
    "version",     "prepare",         "build",         "tests",       "workloads",       "contract", "policy",
    "environment", "build_timeout_s", "build_disk_mb", "build_files", "layout_variants", "$schema",  NULL};
static const char *const contract_keys[] = {"rules", NULL};

int configuration_read_commands(struct command_list *list, const struct json_file *file,
                                const struct json_value *value, struct err *err)
{
    if (!value)
        return 0;
    if (json_want_array(file, value, err) < 0)
        return err->code;
    list->commands = memory_zeroed((json_count(value) + 1) * sizeof *list->commands);
    for (size_t i = 0; i < json_count(value); i++) {
        size_t count = 0;
        const struct json_value *row = json_element(value, i);
        if (json_want_strings(file, row, &list->commands[i], &count, err) < 0)
            return err->code;
        list->count = i + 1;
        if (count == 0)
            return json_complain(file, row, err, "is an empty command; write [\"program\", \"argument\"]");
    }
    return 0;
}

static bool configuration_is_variable_name(const char *name, size_t length)
{
    if (length == 0 || isdigit((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return true;
}

int configuration_read_variables(char ***out, const struct json_file *file, const struct json_value *value,
                                 struct err *err)
{
    if (value && json_want_object(file, value, err) < 0)
        return err->code;
    size_t count = value ? json_count(value) : 0;
    char **variables = *out = memory_zeroed((count + 1) * sizeof *variables);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t length;
        const char *text;
        const struct json_value *member = json_member(value, i, &name, &length);
        if (json_want_string(file, member, &text, err) < 0)
            return err->code;
        if (!configuration_is_variable_name(name, length))
            return json_complain(file, member, err, "is no name of an environment variable");
        variables[i] = memory_format("%s=%s", name, text);
    }
    return 0;
}

static int configuration_read_workloads(struct configuration *configuration, const struct json_file *file,
                                        const struct json_value *root, struct err *err)
{
    const struct json_value *value = json_find(root, "workloads");
    if (!value)
        return json_complain(file, root, err,
                             "has no \"workloads\"; at least one says what to run and on which samples");
    if (json_want_array(file, value, err) < 0)
        return err->code;
    size_t count = json_count(value);
    if (count == 0 || count > WORKLOADS_MAX)
        return json_complain(file, value, err, "has %zu workloads; 1 to %d are possible", count,
                             WORKLOADS_MAX);
    configuration->workloads = memory_zeroed(count * sizeof *configuration->workloads);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *row = json_element(value, i);
        if (workload_read(&configuration->workloads[i], file, row, err) < 0)
            return err->code;
        configuration->workload_count = i + 1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(configuration->workloads[i].name, configuration->workloads[j].name) == 0)
                return json_complain(file, row, err, "is the second workload named \"%s\"",
                                     configuration->workloads[i].name);
    }
    return 0;
}

static int configuration_read_rules(struct configuration *configuration, const struct json_file *file,
                                    const struct json_value *contract, struct err *err)
{
    if (contract && (json_want_object(file, contract, err) < 0 ||
                     json_check_keys(file, contract, contract_keys, err) < 0))
        return err->code;
    const struct json_value *rules = contract ? json_find(contract, "rules") : NULL;
    if (rules_read(&configuration->rules, file, rules, err) < 0)
        return err->code;
    return rules_check_parts(configuration->rules, configuration->workloads, configuration->workload_count,
                             file, rules, err);
}

/* A bundled name, an object, or the path of a file that comes from where the configuration does. */
static int configuration_read_policy(struct configuration *configuration, const struct json_file *file,
                                     const struct json_value *value,
                                     const struct configuration_origin *origin, struct err *err)
{
    if (!policy_names_file(value))
        return policy_read(&configuration->policy, file, value, origin->policies, err);
    const char *path;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct json_file other = {0};
    const struct json_options options = {.comments = true, .max_depth = 64, .max_bytes = 4u << 20};
    if (json_want_string(file, value, &path, err) < 0)
        return err->code;
    if (*path == '/' || strstr(path, ".."))
        return json_complain(file, value, err, "must be a path beside the configuration, without \"..\"");
    configuration->policy_file = memory_copy_string(path);
    if (origin->read(path, &bytes, &length, origin->data, err) < 0)
        return json_complain(file, value, err, "the policy can't be read: %s", err->message);
    int result = json_file_read(&other, path, bytes, length, &options, err);
    if (result == 0)
        result =
            policy_read(&configuration->policy, &other, json_root(other.document), origin->policies, err);
    json_file_fini(&other);
    return result;
}

/* Of each command of prepare, build and tests. */
static int configuration_read_limits(struct configuration *configuration, const struct json_file *file,
                                     const struct json_value *root, struct err *err)
{
    const struct json_value *timeout = json_find(root, "build_timeout_s");
    const struct json_value *disk = json_find(root, "build_disk_mb");
    const struct json_value *files = json_find(root, "build_files");
    double disk_mb = BUILD_DISK_MB;
    int64_t file_count = BUILD_FILES;
    configuration->build_timeout_s = BUILD_TIMEOUT_S;
    if ((timeout && json_want_number(file, timeout, 0.1, 86400, &configuration->build_timeout_s, err) < 0) ||
        (disk && json_want_number(file, disk, 1, 16 << 20, &disk_mb, err) < 0) ||
        (files && json_want_integer(file, files, 1, 1000000000, &file_count, err) < 0))
        return err->code;
    configuration->build_disk_bytes = (uint64_t)(disk_mb * 1048576);
    configuration->build_files = (uint64_t)file_count;
    return 0;
}

static int configuration_read_root(struct configuration *configuration, const struct json_file *file,
                                   const struct configuration_origin *origin, struct err *err)
{
    const struct json_value *root = json_root(file->document);
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, configuration_keys, err) < 0)
        return err->code;
    const struct json_value *version = json_find(root, "version");
    int64_t number;
    if (!version)
        return json_complain(file, root, err, "has no \"version\"; write \"version\": 1");
    if (json_want_integer(file, version, 1, 1, &number, err) < 0)
        return err->code;
    if (configuration_read_limits(configuration, file, root, err) < 0 ||
        configuration_read_commands(&configuration->prepare, file, json_find(root, "prepare"), err) < 0 ||
        configuration_read_commands(&configuration->build, file, json_find(root, "build"), err) < 0 ||
        configuration_read_commands(&configuration->tests, file, json_find(root, "tests"), err) < 0 ||
        configuration_read_variables(&configuration->environment, file, json_find(root, "environment"), err) <
            0 ||
        variants_read(configuration, file, root, err) < 0 ||
        configuration_read_workloads(configuration, file, root, err) < 0 ||
        configuration_read_rules(configuration, file, json_find(root, "contract"), err) < 0)
        return err->code;
    return configuration_read_policy(configuration, file, json_find(root, "policy"), origin, err);
}

int configuration_read(struct configuration *configuration, const char *name, const char *bytes,
                       size_t length, const struct configuration_origin *origin, struct err *err)
{
    *configuration =
        (struct configuration){.source = memory_copy_string(name), .digest = digest_of(bytes, length)};
    struct json_file file = {0};
    const struct json_options options = {.comments = true, .max_depth = 64, .max_bytes = 4u << 20};
    int result = json_file_read(&file, name, bytes, length, &options, err);
    if (result == 0)
        result = configuration_read_root(configuration, &file, origin, err);
    json_file_fini(&file);
    if (result < 0)
        configuration_fini(configuration);
    return result;
}

void command_list_fini(struct command_list *list)
{
    for (size_t i = 0; list->commands && list->commands[i]; i++)
        json_free_strings(list->commands[i]);
    free(list->commands);
}

void configuration_fini(struct configuration *configuration)
{
    free(configuration->source);
    free(configuration->folder);
    command_list_fini(&configuration->prepare);
    command_list_fini(&configuration->build);
    command_list_fini(&configuration->tests);
    json_free_strings(configuration->environment);
    for (size_t i = 0; i < configuration->variant_count; i++)
        layout_variant_fini(&configuration->variants[i]);
    free(configuration->variants);
    for (size_t i = 0; i < configuration->workload_count; i++)
        workload_fini(&configuration->workloads[i]);
    free(configuration->workloads);
    rules_free(configuration->rules);
    policy_fini(&configuration->policy);
    free(configuration->policy_file);
    *configuration = (struct configuration){0};
}
