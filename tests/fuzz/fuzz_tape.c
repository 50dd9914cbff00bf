/* A tape lies on disk between two processes. Whatever its bytes are, what is taken from it is an answer that
 * would be written in the same bytes, and a file that was not finished is not opened. */
#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/tape/format.h"
#include "workloads/tape/tape.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_sink(const void *bytes, size_t length, void *data)
{
    text_append(data, bytes, length);
}

static void fuzz_content(const char *bytes, size_t size)
{
    struct answer answer;
    struct text again = {0};
    if (!tape_content_read(bytes, size, &answer))
        return;
    tape_content_write(&answer, fuzz_sink, &again);
    fuzz_require(again.length == size && memcmp(again.data, bytes, size) == 0);
    text_fini(&again);
    answer_fini(&answer);
}

static void fuzz_file(const char *path, const struct digest *digest)
{
    struct err err = {0};
    struct tape *tape;
    struct answer answer;
    size_t index;
    if (tape_open(&tape, path, digest, &err) < 0) {
        fuzz_require(err.code == ERR_INVALID && err.message[0]);
        return;
    }
    fuzz_require(tape_sample_seconds(tape) >= 0);
    while (tape_take(tape, ARM_BASE, &index, &answer))
        answer_fini(&answer);
    fuzz_require(!tape_is_playing(tape));
    tape_free(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct digest digest = digest_of(data, size);
    int fd = memfd_create("tape", MFD_CLOEXEC);
    fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    fuzz_file(path, &digest);
    close(fd);
    fuzz_content((const char *)data, size);
    return 0;
}
