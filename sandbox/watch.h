/*
 * Watches the upper folder of one run on disk, some times a second, on libuv's pool.
 *
 * Happy path: watch_start() opens the folder; a timer queues a look; its end on the loop stores what was
 * found. watch_conclude() waits for the look that is under way, has the last one made and calls back.
 *
 * Failure modes: a look that finds too much calls `over`, once; the run is killed by its owner. A folder
 * that can't be opened is watch_start()'s error.
 *
 * Close: the owner closes `timer` when watch_conclude() has called back (or watch_start() was all) and then
 * calls watch_fini(). No work is queued at that time.
 */
#ifndef CUPEL_SANDBOX_WATCH_H
#define CUPEL_SANDBOX_WATCH_H

#include "sandbox/disk.h"

#include <uv.h>

struct watch {
    uv_loop_t *loop;               /* borrowed */
    uv_timer_t timer;              /* of looks; its data is the owner's while it closes */
    uv_work_t work;                /* busy while `looking` */
    struct disk disk;              /* the pool's while `looking` */
    bool looking;                  /* a look is queued or made */
    bool last;                     /* the next look concludes */
    bool told;                     /* `over` was called */
    void (*over)(void *data);      /* too much was written */
    void (*concluded)(void *data); /* of watch_conclude() */
    void *data;                    /* of both */
};

/* Before anything else: without watch_start() nothing is watched. */
void watch_init(struct watch *watch, uv_loop_t *loop);
WARN_UNUSED int watch_start(struct watch *watch, const char *upper, const struct disk_amount *limit,
                            void (*over)(void *data), void *data, struct err *err);
bool watch_is_on(const struct watch *watch);
/* When everything inside is dead; `concluded` comes on the loop,
 * never from inside, and disk.state is final. */
void watch_conclude(struct watch *watch, void (*concluded)(void *data));
void watch_fini(struct watch *watch);

#endif
