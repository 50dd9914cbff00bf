/*
 * The ledger's writer on the loop: group commit. Entries that come while a commit is under way on libuv's
 * pool are committed together in the next one.
 *
 * Happy path: ledger_write() copies the entry and queues it; the commit runs on a pool thread; the entry's
 * callback comes on the loop once the commit is durable, in the order of the writes.
 *
 * Failure: a commit that fails (full disk, I/O error) reaches every callback of its entries as ERR_SYSTEM;
 * later writes are tried anew. An entry that is no entry (ERR_INVALID) fails alone.
 *
 * Close: what is queued is committed first, its callbacks come, then the close callback.
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_WRITER_H
#define CUPEL_ORCHESTRATOR_LEDGER_WRITER_H

#include "orchestrator/job.h"
#include "orchestrator/ledger/ledger.h"

#include <stdbool.h>

/*
 * `at` is the entry's place in the chain, zeros on failure; err->code is 0 on success. May write again and
 * may close the writer. Both pointers are borrowed.
 */
typedef void (*ledger_written)(void *data, const struct ledger_head *at, const struct err *err);

struct ledger_pending; /* an entry between its write and its callback */

struct ledger_writer {
    struct job job;               /* the commit under way */
    uv_loop_t *loop;              /* borrowed */
    struct ledger *ledger;        /* borrowed; used by the commit under way alone */
    struct ledger_pending *queue; /* waits for the next commit, in order */
    struct ledger_pending **tail; /* where the next one is linked */
    struct ledger_pending *group; /* of the commit under way, in order */
    size_t group_count;           /* entries in it */
    size_t waiting;               /* entries whose callback has not come */
    uint64_t commits;             /* durable commits so far */
    bool busy;                    /* a job is under way */
    bool closing;                 /* ledger_writer_close() was called */
    void (*on_close)(void *data); /* once, last */
    void *close_data;             /* borrowed */
};

/* `ledger` is the writer's until its close callback; for reading meanwhile open another. */
void ledger_writer_open(struct ledger_writer *writer, uv_loop_t *loop, struct ledger *ledger);

/*
 * Queues a copy of the entry. `written` (may be NULL) comes exactly once and never from inside the call.
 * Not after ledger_writer_close().
 */
void ledger_write(struct ledger_writer *writer, const struct ledger_entry *entry, ledger_written written,
                  void *data);

/* Drains, then calls `on_close` once, never from inside the call; the ledger is the owner's again. */
void ledger_writer_close(struct ledger_writer *writer, void (*on_close)(void *data), void *data);

#endif
