/*
 * Recording writes through a buffer into a file beside the final one; finishing makes it durable and renames
 * it into place.
 *
 * A failure is kept, and from then on nothing is written: whoever finishes hears of it. The file goes at
 * once, since what fails is mostly the room on the disk.
 *
 * A recorder that is released before it was finished removes its file.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/tape/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TAPE_BUFFER ((size_t)64 << 10)

static void tape_drop(struct tape_recorder *recorder)
{
    if (!recorder->file)
        return;
    fclose(STEAL(recorder->file));
    unlink(recorder->part);
    digest_abandon(&recorder->stream);
}

static void tape_write(struct tape_recorder *recorder, const void *bytes, size_t length)
{
    if (recorder->err.code)
        return;
    if (length > TAPE_BYTES_MOST - recorder->bytes) {
        err_set(&recorder->err, ERR_LIMIT, "%s: the answers take more than %zu MiB", recorder->part,
                TAPE_BYTES_MOST >> 20);
    } else if (fwrite(bytes, 1, length, recorder->file) != length) {
        err_set_errno(&recorder->err, errno, "write %s", recorder->part);
    } else {
        recorder->bytes += length;
        digest_add(&recorder->stream, bytes, length);
        return;
    }
    tape_drop(recorder);
}

static void tape_write_head(struct tape_recorder *recorder, const struct tape_head *head)
{
    uint8_t bytes[TAPE_HEAD];
    tape_head_write(head, bytes);
    tape_write(recorder, bytes, sizeof bytes);
}

int tape_record(struct tape **out, const char *path, struct err *err)
{
    cleanup_free char *part = memory_format("%s.part", path);
    if (unlink(part) < 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove %s", part);
    cleanup_fd int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(err, errno, "make %s", part);
    FILE *file = fdopen(fd, "w");
    if (!file)
        return err_set_errno(err, errno, "write %s", part);
    (void)STEAL_FD(fd);
    (void)setvbuf(file, NULL, _IOFBF, TAPE_BUFFER); /* else the writes are smaller ones */
    struct tape *tape = MEMORY_NEW(struct tape);
    tape->path = memory_copy_string(path);
    tape->recording = true;
    tape->recorder.file = file;
    tape->recorder.part = STEAL(part);
    digest_start(&tape->recorder.stream);
    tape_write(&tape->recorder, TAPE_LINE, strlen(TAPE_LINE));
    *out = tape;
    return 0;
}

bool tape_is_recording(const struct tape *tape)
{
    return tape && tape->recording;
}

struct tape_measure {
    struct digest_stream stream;
    uint64_t length;
};

static void tape_sink_measure(const void *bytes, size_t length, void *data)
{
    struct tape_measure *measure = data;
    digest_add(&measure->stream, bytes, length);
    measure->length += length;
}

static void tape_sink_write(const void *bytes, size_t length, void *data)
{
    tape_write(data, bytes, length);
}

static uint64_t tape_key(const struct digest *digest)
{
    uint64_t key;
    memcpy(&key, digest->bytes, sizeof key);
    return key;
}

static void tape_add_content(struct tape_recorder *recorder, const struct digest *digest)
{
    if (table_find(&recorder->by_digest, tape_key(digest)) < 0)
        table_add(&recorder->by_digest, tape_key(digest), (uint32_t)recorder->content_count);
    MEMORY_GROW(recorder->contents, recorder->content_count, recorder->content_capacity);
    recorder->contents[recorder->content_count++] = *digest;
}

void tape_put(struct tape *tape, enum arm_side side, size_t index, const struct answer *answer)
{
    struct tape_recorder *recorder = &tape->recorder;
    struct tape_measure measure = {0};
    assert(tape->recording);
    if (recorder->err.code)
        return;
    digest_start(&measure.stream);
    tape_content_write(answer, tape_sink_measure, &measure);
    struct digest digest = digest_finish(&measure.stream);
    int64_t earlier = table_find(&recorder->by_digest, tape_key(&digest));
    bool repeats = earlier >= 0 && memcmp(&recorder->contents[earlier], &digest, sizeof digest) == 0;
    tape_write_head(recorder, &(struct tape_head){.kind = repeats ? TAPE_REPEAT : TAPE_ANSWER,
                                                  .side = (uint8_t)side,
                                                  .first = index,
                                                  .second = repeats ? (uint64_t)earlier : measure.length});
    if (!repeats) {
        tape_write(recorder, digest.bytes, sizeof digest.bytes);
        tape_content_write(answer, tape_sink_write, recorder);
        tape_add_content(recorder, &digest);
    }
    recorder->count++;
}

/* The folder's entry is as durable as the file, or a digest in a ledger could outlive its tape. */
static int tape_publish(struct tape *tape, struct err *err)
{
    cleanup_free char *folder = memory_copy_string(tape->path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    cleanup_fd int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || rename(tape->recorder.part, tape->path) < 0 || fsync(fd) < 0)
        return err_set_errno(err, errno, "keep %s", tape->path);
    return 0;
}

int tape_finish(struct tape *tape, double sample_seconds, struct digest *digest, struct err *err)
{
    struct tape_recorder *recorder = &tape->recorder;
    struct tape_head end = {.kind = TAPE_END, .first = recorder->count};
    assert(tape->recording && (recorder->file || recorder->err.code));
    memcpy(&end.second, &sample_seconds, sizeof end.second);
    tape_write_head(recorder, &end);
    if (recorder->err.code == 0 && (fflush(recorder->file) != 0 || fsync(fileno(recorder->file)) < 0))
        err_set_errno(&recorder->err, errno, "write %s", recorder->part);
    if (recorder->err.code || tape_publish(tape, &recorder->err) < 0) {
        tape_drop(recorder);
        *err = recorder->err;
        return err->code;
    }
    *digest = digest_finish(&recorder->stream);
    fclose(STEAL(recorder->file));
    return 0;
}

void tape_recorder_fini(struct tape_recorder *recorder)
{
    tape_drop(recorder);
    free(recorder->part);
    free(recorder->contents);
    table_fini(&recorder->by_digest);
}
