/* Sample sets from the disk: the file, what lies beside it, and its manifest. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "workloads/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *const manifest_keys[] = {"source",   "window", "population", "strata",
                                            "scrubbed", "sha256", NULL};

int samples_open_beneath(int folder, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

static int samples_check_stdin_files(const struct sample_set *set, struct err *err)
{
    cleanup_fd int folder = open(set->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_set_errno(err, errno, "%s", set->folder);
    for (size_t i = 0; i < set->count; i++) {
        const char *path = set->items[i].stdin_file;
        if (!path)
            continue;
        struct stat status;
        cleanup_fd int fd = samples_open_beneath(folder, path);
        if (fd < 0 && errno == EXDEV)
            return err_set(err, ERR_INVALID,
                           "%s: sample \"%s\": stdin_file \"%s\" leaves the samples' folder", set->path,
                           set->items[i].id, path);
        if (fd < 0 || fstat(fd, &status) < 0)
            return err_set(err, ERR_NOT_FOUND, "%s: sample \"%s\": stdin_file \"%s\": %s", set->path,
                           set->items[i].id, path, strerror(errno));
        if (!S_ISREG(status.st_mode))
            return err_set(err, ERR_INVALID, "%s: sample \"%s\": stdin_file \"%s\" is not a regular file",
                           set->path, set->items[i].id, path);
    }
    return 0;
}

static int samples_check_digest(const struct json_file *file, const struct json_value *root,
                                const struct sample_set *set, struct err *err)
{
    const struct json_value *value = json_find(root, "sha256");
    const char *expected = NULL;
    char found[DIGEST_HEX];
    if (!value)
        return 0;
    if (json_want_string(file, value, &expected, err) < 0)
        return err->code;
    digest_to_hex(&set->digest, found);
    if (strcasecmp(expected, found) == 0)
        return 0;
    return json_complain(file, value, err, "the samples have changed: %s has %s", set->path, found);
}

static void samples_add_stratum(struct sample_set *set, const char *name, size_t length, double population)
{
    set->strata = memory_resize(set->strata, set->stratum_count + 1, sizeof *set->strata);
    set->strata[set->stratum_count++] =
        (struct sample_stratum){.name = memory_copy_bytes(name, length), .population = population};
}

/* {"refunds": {"population": 120}}, {"refunds":
 * 120}, or ["refunds"]; further members are the sampler's own. */
static int samples_read_strata(const struct json_file *file, const struct json_value *value,
                               struct sample_set *set, struct err *err)
{
    enum json_type type = json_type(value);
    if (type != JSON_OBJECT && type != JSON_ARRAY)
        return json_complain(file, value, err, "must be an object, or an array of names");
    if (json_count(value) > SAMPLES_STRATA_MOST)
        return json_complain(file, value, err, "has %zu strata; the most are %d", json_count(value),
                             SAMPLES_STRATA_MOST);
    for (size_t i = 0; i < json_count(value); i++) {
        const char *name = NULL;
        size_t length = 0;
        double population = -1;
        const struct json_value *row = NULL;
        if (type == JSON_OBJECT)
            row = json_member(value, i, &name, &length);
        else if (json_want_string(file, json_element(value, i), &name, err) < 0)
            return err->code;
        if (row && json_type(row) == JSON_OBJECT)
            row = json_find(row, "population");
        if (row && json_want_number(file, row, 0, 1e18, &population, err) < 0)
            return err->code;
        samples_add_stratum(set, name, length ? length : strlen(name), population);
    }
    return 0;
}

static int samples_read_manifest(const struct json_file *file, struct sample_set *set, struct err *err)
{
    const struct json_value *root = json_root(file->document);
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, manifest_keys, err) < 0)
        return err->code;
    const struct json_value *source = json_find(root, "source");
    const struct json_value *population = json_find(root, "population");
    const char *text = NULL;
    if (source && json_want_string(file, source, &text, err) < 0)
        return err->code;
    if (population && json_want_number(file, population, 0, 1e18, &set->population, err) < 0)
        return err->code;
    const struct json_value *strata = json_find(root, "strata");
    if ((strata && samples_read_strata(file, strata, set, err) < 0) ||
        samples_check_digest(file, root, set, err) < 0)
        return err->code;
    set->has_manifest = true;
    set->manifest_source = text ? memory_copy_string(text) : NULL;
    return 0;
}

static int samples_load_manifest(struct sample_set *set, struct err *err)
{
    cleanup_free char *path = memory_format("%s.manifest.json", set->path);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    struct json_file file;
    int code = json_file_load(&file, path, NULL, err);
    if (code < 0)
        return code;
    code = samples_read_manifest(&file, set, err);
    json_file_fini(&file);
    return code;
}

/* Absolute, since it becomes the source of a mount;
 * the file's own name is kept, a link's target is not followed. */
static int samples_locate(struct sample_set *set, const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *folder = slash ? memory_copy_bytes(path, (size_t)(slash - path) + 1) : NULL;
    set->folder = realpath(folder ? folder : ".", NULL);
    if (!set->folder)
        return err_set_errno(err, errno, "%s", path);
    set->path = memory_format("%s/%s", set->folder, slash ? slash + 1 : path);
    return 0;
}

int samples_replace(struct sample_set *set, const char *name, const char *bytes, size_t length,
                    struct err *err)
{
    struct sample_set fresh;
    if (samples_parse(&fresh, name, bytes, length, err) < 0)
        return err->code;
    fresh.folder = STEAL(set->folder);
    fresh.path = memory_copy_string(name);
    samples_fini(set);
    *set = fresh;
    return samples_check_stdin_files(set, err);
}

int samples_load(struct sample_set *set, const char *path, struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    if (folder_read_file(path, SAMPLES_BYTES_MOST, &bytes, &length, err) < 0 ||
        samples_parse(set, path, bytes, length, err) < 0)
        return err->code;
    if (samples_locate(set, path, err) < 0 || samples_check_stdin_files(set, err) < 0 ||
        samples_load_manifest(set, err) < 0) {
        samples_fini(set);
        return err->code;
    }
    return 0;
}
