#include "workloads/workload.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/curve/size.h"

#include <stdlib.h>
#include <string.h>

#define WORKLOAD_NAME_MOST 64
#define WORKLOAD_KINDS     "\"command\" and \"worker\""

static const char *const workload_keys[] = {"name",      "kind",    "run",    "samples", "primary",
                                            "weight",    "stdout",  "stderr", "outputs", "timeout_s",
                                            "memory_mb", "block_s", "cache",  "size",    NULL};
static const char *const workload_command_keys[] = {"stdout", "stderr", "outputs", NULL};
const struct workload_kind *const workload_kinds[] = {&workload_command, &workload_worker, NULL};

static const char *const workload_stdouts[] = {
    [WORKLOAD_STDOUT_AUTO] = "auto", [WORKLOAD_STDOUT_JSON] = "json",   [WORKLOAD_STDOUT_JSONL] = "jsonl",
    [WORKLOAD_STDOUT_TEXT] = "text", [WORKLOAD_STDOUT_BYTES] = "bytes", NULL};
const char *const workload_cache_names[] = {
    [WORKLOAD_CACHE_COLD] = "cold", [WORKLOAD_CACHE_WARM] = "warm", [WORKLOAD_CACHE_REPLAY] = "replay", NULL};

/* Kinds first: a key of another kind would else be called unknown, which is the lesser half of the truth. */
static int workload_read_kind(struct workload *workload, const struct json_file *file,
                              const struct json_value *row, struct err *err)
{
    const struct json_value *value = json_find(row, "kind");
    const char *name = NULL;
    if (!value)
        return json_complain(file, row, err, "\"kind\" is missing; this version knows " WORKLOAD_KINDS);
    if (json_want_string(file, value, &name, err) < 0)
        return err->code;
    workload->kind = workload_kind_by_name(name);
    if (!workload->kind && strcmp(name, "http") == 0)
        return json_complain(file, value, err, "this version measures " WORKLOAD_KINDS ", not yet \"%s\"",
                             name);
    if (!workload->kind)
        return json_complain(file, value, err, "unknown kind \"%s\"; this version knows " WORKLOAD_KINDS,
                             name);
    for (const char *const *key = workload_command_keys; workload->kind->requests && *key; key++) {
        const struct json_value *present = json_find(row, *key);
        if (present)
            return json_complain(file, present, err,
                                 "only the kind \"command\" has it: what a %s answers is its line of JSON",
                                 name);
    }
    return 0;
}

static int workload_read_name(struct workload *workload, const struct json_file *file,
                              const struct json_value *row, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const struct json_value *value = json_find(row, "name");
    const char *name = NULL;
    if (!value)
        return json_complain(file, row, err, "\"name\" is missing");
    if (json_want_string(file, value, &name, err) < 0)
        return err->code;
    size_t length = strlen(name);
    if (length == 0 || length > WORKLOAD_NAME_MOST || strspn(name, allowed) != length)
        return json_complain(file, value, err, "must be 1 to %d letters, digits, \".\", \"_\" or \"-\"",
                             WORKLOAD_NAME_MOST);
    workload->name = memory_copy_string(name);
    return 0;
}

static int workload_read_run(struct workload *workload, const struct json_file *file,
                             const struct json_value *row, struct err *err)
{
    const struct json_value *run = json_find(row, "run");
    const struct json_value *samples = json_find(row, "samples");
    const char *path = NULL;
    if (!run)
        return json_complain(file, row, err, "\"run\" is missing: the command as an array of strings");
    if (!samples)
        return json_complain(file, row, err, "\"samples\" is missing: the path of a JSON lines file");
    if (json_want_strings(file, run, &workload->run, NULL, err) < 0)
        return err->code;
    if (!workload->run[0] || !*workload->run[0])
        return json_complain(file, run, err, "must be a non-empty array of strings");
    if (json_want_string(file, samples, &path, err) < 0)
        return err->code;
    if (!*path)
        return json_complain(file, samples, err, "must not be empty");
    workload->samples_path = memory_copy_string(path);
    return 0;
}

/* Relative to the workspace, and no way out of it. */
static bool workload_is_output_path(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (const char *at = path; *at;) {
        size_t length = strcspn(at, "/");
        if (length == 0 || (length == 1 && *at == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += length;
        if (*at == '/' && !*++at)
            return false;
    }
    return true;
}

static int workload_read_outputs(struct workload *workload, const struct json_file *file,
                                 const struct json_value *row, struct err *err)
{
    const struct json_value *value = json_find(row, "outputs");
    if (!value) {
        workload->outputs = memory_zeroed(sizeof *workload->outputs);
        return 0;
    }
    if (json_want_strings(file, value, &workload->outputs, NULL, err) < 0)
        return err->code;
    for (size_t i = 0; workload->outputs[i]; i++) {
        if (!workload_is_output_path(workload->outputs[i]))
            return json_complain(file, json_element(value, i), err,
                                 "must be a path below the workspace, without \".\", \"..\" or empty parts");
    }
    return 0;
}

static int workload_read_number(const struct json_file *file, const struct json_value *row, const char *key,
                                double low, double high, double *out, struct err *err)
{
    const struct json_value *value = json_find(row, key);
    return value ? json_want_number(file, value, low, high, out, err) : 0;
}

static int workload_read_choice(const struct json_file *file, const struct json_value *row, const char *key,
                                const char *const *names, int *out, struct err *err)
{
    const struct json_value *value = json_find(row, key);
    return value ? json_want_choice(file, value, names, out, err) : 0;
}

static int workload_read_measuring(struct workload *workload, const struct json_file *file,
                                   const struct json_value *row, struct err *err)
{
    int primary = METRIC_CPU;
    int cache = WORKLOAD_CACHE_COLD;
    double memory_mb = 2048;
    workload->weight = 1;
    workload->timeout_s = 30;
    workload->block_s = 0.5;
    if (workload_read_choice(file, row, "primary", metric_names, &primary, err) < 0 ||
        workload_read_choice(file, row, "cache", workload_cache_names, &cache, err) < 0 ||
        workload_read_number(file, row, "weight", 1e-6, 1e6, &workload->weight, err) < 0 ||
        workload_read_number(file, row, "timeout_s", 0.001, 86400, &workload->timeout_s, err) < 0 ||
        workload_read_number(file, row, "memory_mb", 1, 16777216, &memory_mb, err) < 0 ||
        workload_read_number(file, row, "block_s", 0, 3600, &workload->block_s, err) < 0)
        return err->code;
    if (!workload_kind_has_metric(workload->kind, (enum metric)primary))
        return json_complain(file, json_find(row, "primary"), err,
                             "the kind \"%s\" has no such figure: each sample is a process of its own",
                             workload->kind->name);
    workload->primary = (enum metric)primary;
    workload->cache = (enum workload_cache)cache;
    workload->cache_declared = json_find(row, "cache") != NULL;
    workload->memory_bytes = (uint64_t)(memory_mb * 1048576);
    return 0;
}

static int workload_read_comparing(struct workload *workload, const struct json_file *file,
                                   const struct json_value *row, struct err *err)
{
    int kind = workload->kind->requests ? WORKLOAD_STDOUT_JSON : WORKLOAD_STDOUT_AUTO;
    const struct json_value *size = json_find(row, "size");
    const struct json_value *compare_stderr = json_find(row, "stderr");
    if (workload_read_choice(file, row, "stdout", workload_stdouts, &kind, err) < 0 ||
        (compare_stderr && json_want_bool(file, compare_stderr, &workload->compare_stderr, err) < 0) ||
        (size && size_read(&workload->size, file, size, err) < 0))
        return err->code;
    workload->stdout_kind = (enum workload_stdout)kind;
    return 0;
}

int workload_read(struct workload *workload, const struct json_file *file, const struct json_value *row,
                  struct err *err)
{
    *workload = (struct workload){0};
    if (json_want_object(file, row, err) < 0 || workload_read_kind(workload, file, row, err) < 0 ||
        json_check_keys(file, row, workload_keys, err) < 0 ||
        workload_read_name(workload, file, row, err) < 0 || workload_read_run(workload, file, row, err) < 0 ||
        workload_read_outputs(workload, file, row, err) < 0 ||
        workload_read_measuring(workload, file, row, err) < 0 ||
        workload_read_comparing(workload, file, row, err) < 0) {
        workload_fini(workload);
        return err->code;
    }
    return 0;
}

const struct workload_kind *workload_kind_by_name(const char *name)
{
    const struct workload_kind *const *kind = workload_kinds;
    while (*kind && strcmp((*kind)->name, name) != 0)
        kind++;
    return *kind;
}

bool workload_kind_has_metric(const struct workload_kind *kind, enum metric metric)
{
    return kind->requests || !metric_needs_requests(metric);
}

/* The sentence about a sample that the kind can't ask with, or NULL. */
static const char *workload_refuse_sample(const struct workload_kind *kind, const struct sample *sample)
{
    bool process = sample->args[0] || sample->stdin_bytes || sample->stdin_file || sample->environment[0];
    if (!kind->requests)
        return sample->request
                   ? "\"request\" is for workers: the kind \"command\" takes \"args\", \"stdin\", "
                     "\"stdin_file\" and \"env\""
                   : NULL;
    if (!sample->request)
        return "\"request\" is missing: the JSON value that the worker is asked";
    return process
               ? "\"args\", \"stdin\", \"stdin_file\" and \"env\" are for the kind \"command\": one worker "
                 "answers all samples"
               : NULL;
}

int workload_check_samples(const struct workload *workload, const struct sample_set *samples, struct err *err)
{
    for (size_t i = 0; i < samples->count; i++) {
        const char *refused = workload_refuse_sample(workload->kind, &samples->items[i]);
        if (refused)
            return err_set(err, ERR_INVALID, "%s: sample \"%s\": %s", samples->path, samples->items[i].id,
                           refused);
    }
    return 0;
}

void workload_fini(struct workload *workload)
{
    free(workload->name);
    json_free_strings(workload->run);
    free(workload->samples_path);
    json_free_strings(workload->outputs);
    size_free(workload->size);
    *workload = (struct workload){0};
}
