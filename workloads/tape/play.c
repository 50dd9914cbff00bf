/*
 * Opening reads the file twice: all of it for its digest, then the heads of its records, which become a list
 * in memory. Taking reads one content.
 *
 * The file may change behind our back after it was opened; each content has a digest of its own, and where
 * that no longer fits, the tape is left.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/tape/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* All of the bytes at that place. 0; ERR_INVALID where the file is shorter. */
static int tape_read_at(int fd, uint64_t offset, void *bytes, size_t length, struct err *err)
{
    while (length > 0) {
        ssize_t got = pread(fd, bytes, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read");
        if (got == 0)
            return err_set(err, ERR_INVALID, "it is torn");
        bytes = (char *)bytes + got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return 0;
}

static int tape_check_line(const struct tape_player *player, struct err *err)
{
    char line[sizeof TAPE_LINE] = "";
    if (tape_read_at(player->fd, 0, line, sizeof line - 1, err) < 0)
        return err->code;
    if (strcmp(line, TAPE_LINE) == 0)
        return 0;
    if (strncmp(line, TAPE_LINE, TAPE_LINE_KIND) == 0)
        return err_set(err, ERR_INVALID, "another version of cupel wrote it");
    return err_set(err, ERR_INVALID, "it is no such file");
}

static void tape_add_item(struct tape_player *player, const struct tape_head *head, size_t content)
{
    MEMORY_GROW(player->items, player->count, player->capacity);
    player->items[player->count++] =
        (struct tape_item){.index = head->first, .content = (uint32_t)content, .side = head->side};
}

/* Of an answer's head at *offset, with `left` bytes behind the head; moves on. */
static int tape_index_answer(struct tape_player *player, const struct tape_head *head, uint64_t *offset,
                             uint64_t left, struct err *err)
{
    struct tape_content content = {.length = head->second};
    if (left < sizeof content.digest || content.length > left - sizeof content.digest)
        return err_set(err, ERR_INVALID, "it is torn");
    if (tape_read_at(player->fd, *offset, &content.digest, sizeof content.digest, err) < 0)
        return err->code;
    content.offset = *offset + sizeof content.digest;
    *offset = content.offset + content.length;
    tape_add_item(player, head, player->content_count);
    MEMORY_GROW(player->contents, player->content_count, player->content_capacity);
    player->contents[player->content_count++] = content;
    return 0;
}

static int tape_index_end(struct tape_player *player, const struct tape_head *head, uint64_t left,
                          struct err *err)
{
    memcpy(&player->sample_seconds, &head->second, sizeof player->sample_seconds);
    if (left > 0)
        return err_set(err, ERR_INVALID, "there is more behind its end");
    if (head->first != player->count)
        return err_set(err, ERR_INVALID, "it has %zu answers and speaks of %llu", player->count,
                       (unsigned long long)head->first);
    if (!isfinite(player->sample_seconds) || player->sample_seconds < 0)
        return err_set(err, ERR_INVALID, "it has no time that a sample can take");
    return 0;
}

static int tape_index(struct tape_player *player, uint64_t size, struct err *err)
{
    uint64_t offset = strlen(TAPE_LINE);
    uint8_t bytes[TAPE_HEAD];
    for (;;) {
        if (tape_read_at(player->fd, offset, bytes, sizeof bytes, err) < 0)
            return err->code;
        struct tape_head head = tape_head_read(bytes);
        offset += sizeof bytes;
        /* The file may have grown shorter since its size was asked for. */
        uint64_t left = size > offset ? size - offset : 0;
        if (head.kind == TAPE_END)
            return tape_index_end(player, &head, left, err);
        if ((head.kind != TAPE_ANSWER && head.kind != TAPE_REPEAT) || head.side > ARM_CANDIDATE)
            return err_set(err, ERR_INVALID, "it has a record of an unknown kind");
        if (head.kind == TAPE_ANSWER && tape_index_answer(player, &head, &offset, left, err) < 0)
            return err->code;
        if (head.kind == TAPE_ANSWER)
            continue;
        if (head.second >= player->content_count)
            return err_set(err, ERR_INVALID, "it repeats an answer that it doesn't have");
        tape_add_item(player, &head, head.second);
    }
}

static int tape_read_file(struct tape_player *player, const char *path, const struct digest *expected,
                          struct err *err)
{
    struct stat status;
    struct digest digest;
    player->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (player->fd < 0 || fstat(player->fd, &status) < 0)
        return errno == ENOENT ? err_set(err, ERR_NOT_FOUND, "there are none")
                               : err_set_errno(err, errno, "open");
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > TAPE_BYTES_MOST)
        return err_set(err, ERR_INVALID, "it is no file of at most %zu MiB", TAPE_BYTES_MOST >> 20);
    if (digest_of_fd(player->fd, &digest, err) < 0)
        return err->code;
    if (memcmp(&digest, expected, sizeof digest) != 0)
        return err_set(err, ERR_INVALID, "it is torn or was changed: its SHA-256 is another");
    if (tape_check_line(player, err) < 0)
        return err->code;
    return tape_index(player, (uint64_t)status.st_size, err);
}

int tape_open(struct tape **out, const char *path, const struct digest *expected, struct err *err)
{
    struct tape *tape = MEMORY_NEW(struct tape);
    tape->path = memory_copy_string(path);
    if (tape_read_file(&tape->player, path, expected, err) < 0) {
        tape_free(tape);
        return err_wrap(err, "kept answers %s", path);
    }
    *out = tape;
    return 0;
}

bool tape_is_playing(const struct tape *tape)
{
    return tape && !tape->recording && !tape->player.left;
}

static bool tape_read_content(const struct tape_player *player, const struct tape_content *content,
                              struct answer *answer)
{
    struct err err = {0};
    cleanup_free char *bytes = memory_zeroed(content->length + 1);
    if (tape_read_at(player->fd, content->offset, bytes, content->length, &err) < 0)
        return false;
    struct digest digest = digest_of(bytes, content->length);
    return memcmp(&digest, &content->digest, sizeof digest) == 0 &&
           tape_content_read(bytes, content->length, answer);
}

bool tape_take(struct tape *tape, enum arm_side side, size_t *index, struct answer *answer)
{
    struct tape_player *player = &tape->player;
    if (!tape_is_playing(tape))
        return false;
    if (player->next == player->count || player->items[player->next].side != side ||
        !tape_read_content(player, &player->contents[player->items[player->next].content], answer)) {
        tape_leave(tape);
        return false;
    }
    *index = player->items[player->next++].index;
    return true;
}

size_t tape_next_bytes(const struct tape *tape, size_t *index)
{
    const struct tape_player *player = &tape->player;
    if (!tape_is_playing(tape) || player->next == player->count)
        return 0;
    *index = player->items[player->next].index;
    return player->contents[player->items[player->next].content].length;
}

void tape_leave(struct tape *tape)
{
    assert(!tape->recording);
    tape->player.left = true;
}

bool tape_was_whole(const struct tape *tape)
{
    return tape_is_playing(tape) && tape->player.next == tape->player.count;
}

double tape_sample_seconds(const struct tape *tape)
{
    return tape->player.sample_seconds;
}

void tape_free(struct tape *tape)
{
    if (!tape)
        return;
    if (tape->recording)
        tape_recorder_fini(&tape->recorder);
    else if (tape->player.fd >= 0)
        close(tape->player.fd);
    free(tape->player.contents);
    free(tape->player.items);
    free(tape->path);
    free(tape);
}
