#include "workloads/tape/format.h"

#include "base/memory.h"

#include <endian.h>
#include <string.h>

#define TAPE_PART_LEAST 9 /* bytes of an empty part */

enum { TAPE_PRESENT = 1, TAPE_CUT = 2 };

void tape_head_write(const struct tape_head *head, uint8_t bytes[static TAPE_HEAD])
{
    uint64_t first = htole64(head->first);
    uint64_t second = htole64(head->second);
    bytes[0] = head->kind;
    bytes[1] = head->side;
    memcpy(bytes + 2, &first, sizeof first);
    memcpy(bytes + 10, &second, sizeof second);
}

struct tape_head tape_head_read(const uint8_t bytes[static TAPE_HEAD])
{
    struct tape_head head = {.kind = bytes[0], .side = bytes[1]};
    memcpy(&head.first, bytes + 2, sizeof head.first);
    memcpy(&head.second, bytes + 10, sizeof head.second);
    head.first = le64toh(head.first);
    head.second = le64toh(head.second);
    return head;
}

struct tape_sink {
    void (*write)(const void *bytes, size_t length, void *data);
    void *data;
};

static void tape_write_8(const struct tape_sink *sink, size_t value)
{
    uint8_t byte = (uint8_t)value;
    sink->write(&byte, sizeof byte, sink->data);
}

static void tape_write_32(const struct tape_sink *sink, uint32_t value)
{
    value = htole32(value);
    sink->write(&value, sizeof value, sink->data);
}

static void tape_write_part(const struct tape_sink *sink, const struct answer_part *part)
{
    uint64_t length = htole64(part->length);
    tape_write_8(sink, (part->present ? TAPE_PRESENT : 0) | (part->cut ? TAPE_CUT : 0));
    sink->write(&length, sizeof length, sink->data);
    if (part->length)
        sink->write(part->bytes, part->length, sink->data);
}

void tape_content_write(const struct answer *answer,
                        void (*sink)(const void *bytes, size_t length, void *data), void *data)
{
    const struct tape_sink to = {sink, data};
    size_t ending = strnlen(answer->ending, sizeof answer->ending - 1);
    tape_write_8(&to, answer->ended);
    tape_write_32(&to, (uint32_t)answer->status);
    tape_write_32(&to, answer->leftovers);
    tape_write_8(&to, ending);
    sink(answer->ending, ending, data);
    tape_write_part(&to, &answer->out);
    tape_write_part(&to, &answer->error);
    tape_write_32(&to, (uint32_t)answer->output_count);
    for (size_t i = 0; i < answer->output_count; i++)
        tape_write_part(&to, &answer->outputs[i]);
}

/* What is left to read; once something doesn't fit, nothing more does. */
struct tape_source {
    const char *bytes;
    size_t left;
    bool bad;
};

static const char *tape_read(struct tape_source *source, size_t length)
{
    const char *bytes = source->bytes;
    if (source->bad || length > source->left) {
        source->bad = true;
        return NULL;
    }
    source->bytes += length;
    source->left -= length;
    return bytes;
}

/* Of a number of one byte that must not be above `most`. */
static uint8_t tape_read_8(struct tape_source *source, uint8_t most)
{
    const char *byte = tape_read(source, 1);
    if (byte && (uint8_t)*byte > most)
        source->bad = true;
    return source->bad ? 0 : (uint8_t)*byte;
}

static uint32_t tape_read_32(struct tape_source *source)
{
    uint32_t value = 0;
    const char *bytes = tape_read(source, sizeof value);
    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static void tape_read_part(struct tape_source *source, struct answer_part *part)
{
    uint64_t length = 0;
    uint8_t flags = tape_read_8(source, TAPE_PRESENT | TAPE_CUT);
    const char *number = tape_read(source, sizeof length);
    if (number)
        memcpy(&length, number, sizeof length);
    length = le64toh(length);
    const char *bytes = tape_read(source, length);
    if (!bytes)
        return;
    part->present = flags & TAPE_PRESENT;
    part->cut = flags & TAPE_CUT;
    part->length = length;
    if (part->present || length)
        part->bytes = memory_copy_bytes(bytes, length);
}

static void tape_read_ending(struct tape_source *source, struct answer *answer)
{
    uint8_t length = tape_read_8(source, sizeof answer->ending - 1);
    const char *bytes = tape_read(source, length);
    if (!bytes || memchr(bytes, '\0', length))
        source->bad = true;
    else
        memcpy(answer->ending, bytes, length);
}

bool tape_content_read(const char *bytes, size_t length, struct answer *answer)
{
    struct tape_source source = {bytes, length, false};
    *answer = (struct answer){.ended = tape_read_8(&source, true)};
    answer->status = (int)tape_read_32(&source);
    answer->leftovers = tape_read_32(&source);
    tape_read_ending(&source, answer);
    tape_read_part(&source, &answer->out);
    tape_read_part(&source, &answer->error);
    size_t outputs = tape_read_32(&source);
    if (outputs > source.left / TAPE_PART_LEAST) /* so no number of outputs takes memory of its own */
        source.bad = true;
    if (outputs && !source.bad)
        answer->outputs = memory_zeroed(outputs * sizeof *answer->outputs);
    while (!source.bad && answer->output_count < outputs)
        tape_read_part(&source, &answer->outputs[answer->output_count++]);
    if (!source.bad && source.left == 0)
        return true;
    answer_fini(answer);
    return false;
}
