#include "orchestrator/batch/stream.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/record.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define STREAM_SPOOL_MAX ((uint64_t)4 << 30) /* bytes kept of a pipe */

static bool stream_has_suffix(const char *name, const char *const *suffixes)
{
    size_t length = strlen(name);
    for (; *suffixes; suffixes++) {
        size_t suffix = strlen(*suffixes);
        if (length > suffix && strcmp(name + length - suffix, *suffixes) == 0)
            return true;
    }
    return false;
}

static const char *const stream_patch_suffixes[] = {".patch", ".diff", ".mbox", NULL};
static const char *const stream_record_suffixes[] = {".jsonl", ".ndjson", ".json", NULL};

static int stream_is_patch(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && stream_has_suffix(entry->d_name, stream_patch_suffixes);
}

static int stream_compare(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* A patch that can't be read is noticed now, not in the middle of the batch. */
static int stream_check_patch(const char *path, struct err *err)
{
    struct stat status;
    if (stat(path, &status) < 0 || access(path, R_OK) < 0)
        return err_set_errno(err, errno, "read patch %s", path);
    if (S_ISDIR(status.st_mode))
        return err_set(err, ERR_INVALID, "%s is a folder with the name of a patch", path);
    return 0;
}

static int stream_open_folder(struct stream *stream, struct err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(stream->argument, &entries, stream_is_patch, stream_compare), code = 0;
    if (count < 0)
        return err_set_errno(err, errno, "read the folder %s", stream->argument);
    stream->paths = memory_resize(NULL, (size_t)count + 1, sizeof *stream->paths);
    size_t length = strlen(stream->argument);
    const char *slash = stream->argument[length - 1] == '/' ? "" : "/";
    for (int i = 0; i < count; i++) {
        char *path = memory_format("%s%s%s", stream->argument, slash, entries[i]->d_name);
        if (code == 0)
            code = stream_check_patch(path, err);
        stream->paths[stream->count++] = path;
        free(entries[i]);
    }
    free(entries);
    if (code == 0 && count == 0)
        return err_set(err, ERR_INVALID, "the folder %s holds no *.patch, *.diff or *.mbox",
                       stream->argument);
    return code;
}

/* The first character that is no white space; of `[`, whether a `{` follows it. */
static bool stream_looks_like_records(FILE *file)
{
    int byte;
    bool bracket = false;
    do {
        byte = getc(file);
        if (byte == '[' && !bracket) {
            bracket = true;
            byte = ' ';
        }
    } while (byte != EOF && isspace(byte));
    return byte == '{';
}

/* A pipe is read once and counted first, so it needs a place to stay. */
static int stream_spool(struct stream *stream, FILE *pipe, struct err *err)
{
    char block[65536];
    size_t count;
    uint64_t total = 0;
    stream->file = tmpfile();
    if (!stream->file)
        return err_set_errno(err, errno, "make room for %s", stream->argument);
    while ((count = fread(block, 1, sizeof block, pipe)) > 0) {
        total += count;
        if (total > STREAM_SPOOL_MAX)
            return err_set(err, ERR_LIMIT, "%s has more than %llu bytes", stream->argument,
                           (unsigned long long)STREAM_SPOOL_MAX);
        if (fwrite(block, 1, count, stream->file) != count)
            return err_set_errno(err, errno, "keep %s", stream->argument);
    }
    if (ferror(pipe))
        return err_set_errno(err, errno, "read %s", stream->argument);
    return fflush(stream->file) == 0 ? 0 : err_set_errno(err, errno, "keep %s", stream->argument);
}

static int stream_count(struct stream *stream, struct err *err)
{
    struct records records;
    bool spooled = stream->file != NULL;
    int code = stream_rewind(stream, err), found;
    if (code < 0)
        return code;
    records_init(&records, stream->file, 0);
    while ((found = records_next(&records)) > 0)
        stream->count++;
    records_fini(&records);
    if (found < 0)
        return err_set_errno(err, errno, "read %s", stream->argument);
    if (stream->count == 0)
        return err_set(err, ERR_INVALID, "%s holds no proposals", stream->argument);
    if (!spooled)
        stream_release(stream); /* until its turn comes: there may be more sources than descriptors */
    return 0;
}

static int stream_open_file(struct stream *stream, const struct stat *status, struct err *err)
{
    cleanup_file FILE *file = fopen(stream->argument, "re");
    if (!file)
        return err_set_errno(err, errno, "read %s", stream->argument);
    stream->kind = STREAM_RECORDS;
    if (!S_ISREG(status->st_mode)) {
        int code = stream_spool(stream, file, err);
        return code < 0 ? code : stream_count(stream, err);
    }
    if (stream_has_suffix(stream->argument, stream_record_suffixes) ||
        (!stream_has_suffix(stream->argument, stream_patch_suffixes) && stream_looks_like_records(file)))
        return stream_count(stream, err);
    stream->kind = STREAM_PATCHES;
    stream->paths = memory_resize(NULL, 1, sizeof *stream->paths);
    stream->paths[stream->count++] = memory_copy_string(stream->argument);
    return 0;
}

static int stream_settle(struct stream *stream, struct repository *repository, struct err *err)
{
    struct stat status;
    bool exists = stat(stream->argument, &status) == 0;
    if (!exists && errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
        return err_set_errno(err, errno, "read %s", stream->argument);
    if (exists && revisions_is_reference(repository, stream->argument))
        return err_set(err, ERR_INVALID,
                       "`%s` is a file or folder and a revision; write ./%s, or refs/heads/%s for the branch",
                       stream->argument, stream->argument, stream->argument);
    int found = exists ? 0 : revisions_find(repository, stream->argument, &stream->revisions, err);
    if (found < 0)
        return found;
    if (found) {
        stream->kind = STREAM_REVISIONS;
        stream->count = stream->revisions.count;
        return 0;
    }
    if (!exists)
        return err_set(
            err, ERR_NOT_FOUND,
            "`%s` is neither a folder of patches, a patch, a JSONL file nor a branch or range of %s",
            stream->argument, repository_path(repository));
    stream->kind = STREAM_PATCHES;
    return S_ISDIR(status.st_mode) ? stream_open_folder(stream, err) : stream_open_file(stream, &status, err);
}

int stream_open(struct stream *stream, struct repository *repository, const char *argument, struct err *err)
{
    bool standard_input = strcmp(argument, "-") == 0;
    *stream = (struct stream){.argument = memory_copy_string(standard_input ? "standard input" : argument)};
    int code;
    if (standard_input) {
        stream->kind = STREAM_RECORDS;
        code = stream_spool(stream, stdin, err);
        if (code == 0)
            code = stream_count(stream, err);
    } else {
        code = *argument ? stream_settle(stream, repository, err)
                         : err_set(err, ERR_INVALID, "a source is empty");
    }
    if (code < 0)
        stream_fini(stream);
    return code;
}

int stream_rewind(struct stream *stream, struct err *err)
{
    if (!stream->file)
        stream->file = fopen(stream->argument, "re");
    if (!stream->file || fseeko(stream->file, 0, SEEK_SET) < 0)
        return err_set_errno(err, errno, "read %s", stream->argument);
    records_init(&stream->records, stream->file, RECORD_MAX_BYTES + 1);
    return 0;
}

void stream_release(struct stream *stream)
{
    records_fini(&stream->records);
    if (stream->file)
        fclose(stream->file);
    stream->file = NULL;
}

void stream_fini(struct stream *stream)
{
    stream_release(stream);
    revisions_fini(&stream->revisions);
    for (size_t i = 0; stream->paths && i < stream->count; i++)
        free(stream->paths[i]);
    free(stream->paths);
    free(stream->argument);
    *stream = (struct stream){0};
}
