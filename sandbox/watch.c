#include "sandbox/watch.h"

#include <assert.h>

#define WATCH_PERIOD_MS 100

static void watch_on_work(uv_work_t *work)
{
    struct watch *watch = work->data;
    if (watch->last)
        disk_conclude(&watch->disk);
    else
        disk_look(&watch->disk);
}

static void watch_queue(struct watch *watch);

static void watch_on_looked(uv_work_t *work, int status)
{
    struct watch *watch = work->data;
    assert(status == 0);
    (void)status;
    watch->looking = false;
    if (watch->concluded && watch->last) {
        watch->concluded(watch->data);
    } else if (watch->concluded) {
        watch->last = true;
        watch_queue(watch);
    } else if (watch->disk.state != DISK_WITHIN && !watch->told) {
        watch->told = true;
        uv_timer_stop(&watch->timer);
        watch->over(watch->data);
    }
}

static void watch_queue(struct watch *watch)
{
    watch->looking = true;
    int failed = uv_queue_work(watch->loop, &watch->work, watch_on_work, watch_on_looked);
    assert(failed == 0);
    (void)failed;
}

static void watch_on_timer(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    if (!watch->looking)
        watch_queue(watch);
}

void watch_init(struct watch *watch, uv_loop_t *loop)
{
    *watch = (struct watch){.loop = loop, .disk.folder = -1};
    uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    watch->work.data = watch;
}

int watch_start(struct watch *watch, const char *upper, const struct disk_amount *limit,
                void (*over)(void *data), void *data, struct err *err)
{
    watch->over = over;
    watch->data = data;
    if (disk_open(&watch->disk, upper, limit, err) < 0)
        return err->code;
    uv_timer_start(&watch->timer, watch_on_timer, 0, WATCH_PERIOD_MS);
    return 0;
}

bool watch_is_on(const struct watch *watch)
{
    return watch->disk.folder >= 0;
}

void watch_conclude(struct watch *watch, void (*concluded)(void *data))
{
    uv_timer_stop(&watch->timer);
    watch->concluded = concluded;
    if (watch->looking)
        return;
    watch->last = true;
    watch_queue(watch);
}

void watch_fini(struct watch *watch)
{
    disk_close(&watch->disk);
}
