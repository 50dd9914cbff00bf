/*
 * Work whose length depends on how much there is to look at: done at once where that is little, else on
 * libuv's pool, so that the loop turns meanwhile.
 *
 * Happy path: offload_start() queues `work`, which runs on a pool thread; `done` runs on the loop.
 * Failure: none. There is no cancelling; whoever owns it keeps what the work uses until `done`.
 * Close: nothing to close; after `done` it may be started again or go away.
 */
#ifndef CUPEL_WORKLOADS_OFFLOAD_H
#define CUPEL_WORKLOADS_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define OFFLOAD_LIGHT ((size_t)256 << 10) /* bytes that are read and compared in a millisecond or two */

struct offload {
    uv_work_t request; /* embedded; busy until `done` */
    void (*work)(void *data);
    void (*done)(void *data);
    void *data; /* borrowed */
    bool busy;
};

/*
 * `bytes`: how many `work` looks at. True: it is done, and `done` is not called. False: `done` follows on the
 * loop, never from inside; until then, nobody else touches what `work` does. One at a time.
 */
bool offload_start(struct offload *offload, uv_loop_t *loop, size_t bytes, void (*work)(void *data),
                   void (*done)(void *data), void *data);
bool offload_is_busy(const struct offload *offload);

#endif
