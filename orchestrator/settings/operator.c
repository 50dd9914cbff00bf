#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/settings/configuration.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OPERATOR_FILE_MAX ((size_t)1 << 20)
#define CPUS_MAX          1024

static const char *const operator_keys[] = {
    "mounts",       "measure_cpus", "samples_root", "held_out", "trust_ref", "allowed_signers",
    "revoked_keys", "repository",   "instructions", "$schema",  NULL};
static const char *const mount_keys[] = {"source", "target", NULL};

/* Sandbox paths that are ours or the system's: nothing may be mounted on or below them. */
static const char *const operator_taken[] = {"/work", "/samples", "/proc", "/dev",   "/etc", "/usr",
                                             "/bin",  "/sbin",    "/lib",  "/lib64", "/tmp", "/sys"};

bool operator_is_at_or_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const char *operator_refuses_source(const char *real, const char *state)
{
    struct stat status;
    const char *home = getenv("HOME");
    cleanup_free char *real_home = home ? realpath(home, NULL) : NULL;
    cleanup_free char *real_state = realpath(state, NULL);
    if (stat(real, &status) == 0 && !S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        return "is a socket or a device";
    if (strcmp(real, "/") == 0 || operator_is_at_or_below(real, "/proc") ||
        operator_is_at_or_below(real, "/sys"))
        return "would show the whole machine";
    if (operator_is_at_or_below(real, "/run") || operator_is_at_or_below(real, "/dev"))
        return "holds sockets and devices";
    if (real_home && operator_is_at_or_below(real_home, real))
        return "holds your whole home folder; name the folder in it that is needed";
    if (real_state &&
        (operator_is_at_or_below(real_state, real) || operator_is_at_or_below(real, real_state)))
        return "holds cupel's own state";
    return NULL;
}

static int operator_read_mount(struct sandbox_mount *mount, const struct json_file *file,
                               const struct json_value *row, const char *state, struct err *err)
{
    const char *source;
    const char *target;
    if (json_want_object(file, row, err) < 0 || json_check_keys(file, row, mount_keys, err) < 0)
        return err->code;
    if (!json_find(row, "source") || !json_find(row, "target"))
        return json_complain(file, row, err, "must have \"source\" and \"target\"");
    if (json_want_string(file, json_find(row, "source"), &source, err) < 0 ||
        json_want_string(file, json_find(row, "target"), &target, err) < 0)
        return err->code;
    if (*source != '/' || *target != '/' || strstr(target, "/.."))
        return json_complain(file, row, err, "source and target must be absolute paths without \"..\"");
    cleanup_free char *real = realpath(source, NULL);
    if (!real)
        return json_complain(file, json_find(row, "source"), err, "%s: %s", source, strerror(errno));
    const char *refusal = operator_refuses_source(real, state);
    if (refusal)
        return json_complain(file, json_find(row, "source"), err, "%s can't be mounted: it %s", source,
                             refusal);
    for (size_t i = 0; i < sizeof operator_taken / sizeof *operator_taken; i++)
        if (operator_is_at_or_below(target, operator_taken[i]) || strcmp(target, "/") == 0)
            return json_complain(file, json_find(row, "target"), err, "%s is the sandbox's own", target);
    mount->source = STEAL(real);
    mount->target = memory_copy_string(target);
    return 0;
}

static int operator_read_mounts(struct operator_settings *settings, const struct json_file *file,
                                const struct json_value *value, const char *state, struct err *err)
{
    if (json_want_array(file, value, err) < 0)
        return err->code;
    settings->mounts = memory_zeroed((json_count(value) + 1) * sizeof *settings->mounts);
    for (size_t i = 0; i < json_count(value); i++) {
        if (operator_read_mount(&settings->mounts[i], file, json_element(value, i), state, err) < 0)
            return err->code;
        settings->mount_count = i + 1;
    }
    return 0;
}

static int operator_read_cpus(struct operator_settings *settings, const struct json_file *file,
                              const struct json_value *value, struct err *err)
{
    if (json_want_array(file, value, err) < 0)
        return err->code;
    size_t count = json_count(value);
    if (count == 0 || count > CPUS_MAX)
        return json_complain(file, value, err, "must list 1 to %d CPU numbers", CPUS_MAX);
    settings->measure_cpus = memory_zeroed(count * sizeof *settings->measure_cpus);
    for (size_t i = 0; i < count; i++) {
        int64_t cpu;
        if (json_want_integer(file, json_element(value, i), 0, CPUS_MAX - 1, &cpu, err) < 0)
            return err->code;
        settings->measure_cpus[i] = (int)cpu;
    }
    settings->measure_cpu_count = count;
    return 0;
}

static int operator_read_strings(struct operator_settings *settings, const struct json_file *file,
                                 const struct json_value *root, struct err *err)
{
    const struct {
        const char *key;
        char **out;
        bool is_path;
    } rows[] = {
        {"samples_root", &settings->samples_root, true},
        {"held_out", &settings->held_out, true},
        {"trust_ref", &settings->trust_ref, false},
        {"allowed_signers", &settings->allowed_signers, true},
        {"revoked_keys", &settings->revoked_keys, true},
        {"repository", &settings->repository, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct json_value *value = json_find(root, rows[i].key);
        const char *string;
        if (!value)
            continue;
        if (json_want_string(file, value, &string, err) < 0)
            return err->code;
        if (rows[i].is_path && *string != '/')
            return json_complain(file, value, err, "must be an absolute path");
        if (!*string)
            return json_complain(file, value, err, "is empty");
        *rows[i].out = memory_copy_string(string);
    }
    return 0;
}

static int operator_read_instructions(struct operator_settings *settings, const struct json_file *file,
                                      const struct json_value *value, struct err *err)
{
    const char *way;
    if (!value)
        return 0;
    if (json_want_string(file, value, &way, err) < 0)
        return err->code;
    settings->simulate = strcmp(way, "valgrind") == 0;
    if (!settings->simulate && strcmp(way, "off") != 0)
        return json_complain(file, value, err, "must be \"off\" or \"valgrind\"");
    return 0;
}

static int operator_read_root(struct operator_settings *settings, const struct json_file *file,
                              const char *state, struct err *err)
{
    const struct json_value *root = json_root(file->document);
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, operator_keys, err) < 0)
        return err->code;
    const struct json_value *mounts = json_find(root, "mounts");
    const struct json_value *cpus = json_find(root, "measure_cpus");
    if (mounts && operator_read_mounts(settings, file, mounts, state, err) < 0)
        return err->code;
    if (cpus && operator_read_cpus(settings, file, cpus, err) < 0)
        return err->code;
    if (operator_read_instructions(settings, file, json_find(root, "instructions"), err) < 0)
        return err->code;
    return operator_read_strings(settings, file, root, err);
}

int operator_read(struct operator_settings *settings, const char *name, const char *bytes, size_t length,
                  const char *state, struct err *err)
{
    *settings = (struct operator_settings){.source = memory_copy_string(name)};
    struct json_file file = {0};
    const struct json_options options = {.comments = true, .max_depth = 64, .max_bytes = OPERATOR_FILE_MAX};
    int result = json_file_read(&file, name, bytes, length, &options, err);
    if (result == 0)
        result = operator_read_root(settings, &file, state, err);
    json_file_fini(&file);
    if (result < 0)
        operator_fini(settings);
    return result;
}

int operator_load(struct operator_settings *settings, const char *user_file, const char *system_file,
                  const char *state, struct err *err)
{
    *settings = (struct operator_settings){0};
    const char *const candidates[] = {user_file, system_file};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        cleanup_free char *bytes = NULL;
        size_t length = 0;
        struct err local = {0};
        int result = folder_read_file(candidates[i], OPERATOR_FILE_MAX, &bytes, &length, &local);
        if (result == ERR_NOT_FOUND)
            continue;
        if (result < 0) {
            *err = local;
            return err_wrap(err, "operator's settings");
        }
        return operator_read(settings, candidates[i], bytes, length, state, err);
    }
    return 0;
}

void operator_add_mount(struct operator_settings *settings, const char *real)
{
    size_t count = settings->mount_count;
    settings->mounts = memory_resize(settings->mounts, count + 2, sizeof *settings->mounts);
    settings->mounts[count] =
        (struct sandbox_mount){.source = memory_copy_string(real), .target = memory_copy_string(real)};
    settings->mounts[count + 1] = (struct sandbox_mount){.source = NULL};
    settings->mount_count = count + 1;
}

void operator_fini(struct operator_settings *settings)
{
    for (size_t i = 0; settings->mounts && settings->mounts[i].source; i++) {
        free((void *)(uintptr_t)settings->mounts[i].source);
        free((void *)(uintptr_t)settings->mounts[i].target);
    }
    free(settings->mounts);
    free(settings->measure_cpus);
    free(settings->samples_root);
    free(settings->held_out);
    free(settings->trust_ref);
    free(settings->allowed_signers);
    free(settings->revoked_keys);
    free(settings->repository);
    free(settings->source);
    *settings = (struct operator_settings){0};
}
