#include "workloads/offload.h"

#include <assert.h>

static void offload_on_work(uv_work_t *request)
{
    struct offload *offload = request->data;
    offload->work(offload->data);
}

static void offload_on_done(uv_work_t *request, int status)
{
    struct offload *offload = request->data;
    assert(status == 0);
    (void)status;
    offload->busy = false;
    offload->done(offload->data);
}

bool offload_start(struct offload *offload, uv_loop_t *loop, size_t bytes, void (*work)(void *data),
                   void (*done)(void *data), void *data)
{
    assert(!offload->busy);
    if (bytes <= OFFLOAD_LIGHT) {
        work(data);
        return true;
    }
    *offload = (struct offload){.work = work, .done = done, .data = data, .busy = true};
    offload->request.data = offload;
    int failed = uv_queue_work(loop, &offload->request, offload_on_work, offload_on_done);
    assert(failed == 0);
    (void)failed;
    return false;
}

bool offload_is_busy(const struct offload *offload)
{
    return offload->busy;
}
