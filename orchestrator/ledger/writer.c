/*
 * Happy path: a write finds the writer idle and starts a commit, or joins the queue. The job appends the
 * group in one transaction; back on the loop its callbacks are called, then what has queued up meanwhile is
 * the next group.
 *
 * Failure modes: a group that fails as a whole (disk, I/O, lock) fails for each of its entries and leaves the
 * queue alone. A group with an entry that is none is taken apart: each entry is committed by itself, and only
 * the bad one fails.
 *
 * Close: the flag makes the last job, with or without a group, call the close callback at its end.
 */
#include "orchestrator/ledger/writer.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WRITER_GROUP_MAX 512 /* entries of one commit: bounds what a failing disk takes with it */

struct ledger_pending {
    struct ledger_pending *next; /* in the queue or group */
    struct ledger_entry entry;   /* its strings are behind the struct */
    ledger_written written;      /* may be NULL */
    void *data;                  /* of `written` */
    struct ledger_head at;       /* where it came to stand */
    struct err *err;             /* its own; NULL: the group's counts. Owned */
};

static const char *writer_copy(char **room, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*room, text, size);
    *room += size;
    return copy;
}

static size_t writer_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static struct ledger_pending *writer_copy_entry(const struct ledger_entry *entry)
{
    struct ledger_pending *pending =
        memory_zeroed(sizeof *pending + writer_size(entry->batch) + writer_size(entry->candidate) +
                      writer_size(entry->stage) + writer_size(entry->subject) + writer_size(entry->body));
    char *room = (char *)(pending + 1);
    pending->entry = (struct ledger_entry){
        .kind = entry->kind,
        .batch = writer_copy(&room, entry->batch),
        .candidate = writer_copy(&room, entry->candidate),
        .stage = writer_copy(&room, entry->stage),
        .subject = writer_copy(&room, entry->subject),
        .body = writer_copy(&room, entry->body),
    };
    return pending;
}

/* An entry that the ledger refuses for its own sake must not take its neighbours with it. */
static void writer_commit_each(struct ledger_writer *writer)
{
    for (struct ledger_pending *pending = writer->group; pending; pending = pending->next) {
        struct err err = {0};
        if (ledger_append(writer->ledger, &pending->entry, 1, &pending->at, &err) == 0)
            continue;
        pending->at = (struct ledger_head){0};
        pending->err = MEMORY_NEW(struct err);
        *pending->err = err;
    }
}

static int writer_commit_group(struct ledger_writer *writer, struct err *err)
{
    struct ledger_entry *entries = memory_resize(NULL, writer->group_count, sizeof *entries);
    struct ledger_head *heads = memory_resize(NULL, writer->group_count, sizeof *heads);
    struct ledger_pending *pending = writer->group;
    for (size_t i = 0; i < writer->group_count; i++, pending = pending->next)
        entries[i] = pending->entry;
    int status = ledger_append(writer->ledger, entries, writer->group_count, heads, err);
    pending = writer->group;
    for (size_t i = 0; status == 0 && i < writer->group_count; i++, pending = pending->next)
        pending->at = heads[i];
    free(entries);
    free(heads);
    return status;
}

static int writer_work(void *data, struct err *err)
{
    struct ledger_writer *writer = data;
    if (writer->group_count == 0)
        return 0;
    int status = writer_commit_group(writer, err);
    if (status != ERR_INVALID && status != ERR_LIMIT)
        return status;
    writer_commit_each(writer);
    *err = (struct err){0};
    return 0;
}

static void writer_done(void *data, const struct err *err);

static void writer_start(struct ledger_writer *writer)
{
    struct ledger_pending **end = &writer->queue;
    writer->busy = true;
    for (writer->group_count = 0; *end && writer->group_count < WRITER_GROUP_MAX; end = &(*end)->next)
        writer->group_count++;
    writer->group = writer->group_count > 0 ? writer->queue : NULL;
    writer->queue = *end;
    *end = NULL;
    if (!writer->queue)
        writer->tail = &writer->queue;
    job_start(&writer->job, writer->loop, writer_work, writer_done, writer);
}

static void writer_tell(struct ledger_writer *writer, struct ledger_pending *pending, const struct err *err)
{
    const struct err *own = pending->err ? pending->err : err;
    writer->waiting--;
    if (pending->written)
        pending->written(pending->data, &pending->at, own);
    free(pending->err);
    free(pending);
}

/* `busy` stays true through the callbacks, so that what they write becomes one group. */
static void writer_done(void *data, const struct err *err)
{
    struct ledger_writer *writer = data;
    struct ledger_pending *group = writer->group;
    writer->group = NULL;
    writer->commits += group && err->code == 0;
    while (group) {
        struct ledger_pending *next = group->next;
        writer_tell(writer, group, err);
        group = next;
    }
    writer->busy = false;
    if (writer->queue)
        writer_start(writer);
    else if (writer->closing)
        writer->on_close(writer->close_data);
}

void ledger_writer_open(struct ledger_writer *writer, uv_loop_t *loop, struct ledger *ledger)
{
    *writer = (struct ledger_writer){.loop = loop, .ledger = ledger};
    writer->tail = &writer->queue;
}

void ledger_write(struct ledger_writer *writer, const struct ledger_entry *entry, ledger_written written,
                  void *data)
{
    assert(!writer->closing && (unsigned)entry->kind < LEDGER_KINDS && entry->body);
    struct ledger_pending *pending = writer_copy_entry(entry);
    pending->written = written;
    pending->data = data;
    *writer->tail = pending;
    writer->tail = &pending->next;
    writer->waiting++;
    if (!writer->busy)
        writer_start(writer);
}

void ledger_writer_close(struct ledger_writer *writer, void (*on_close)(void *data), void *data)
{
    assert(!writer->closing);
    writer->closing = true;
    writer->on_close = on_close;
    writer->close_data = data;
    if (!writer->busy)
        writer_start(writer);
}
