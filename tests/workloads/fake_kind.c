#include "tests/workloads/fake_kind.h"

#include "base/memory.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fake fake;
size_t fake_stderr_bytes;

struct workload_run {
    struct workload_request request;
    size_t position;
    uv_timer_t timer;
    bool holds; /* until it is resumed */
    bool ends;  /* was resumed for that */
    bool cancelled;
    struct err err;
};

void fake_say(struct answer *answer, const char *format, ...)
{
    va_list arguments;
    char bytes[256];
    va_start(arguments, format);
    int length = vsnprintf(bytes, sizeof bytes, format, arguments);
    va_end(arguments);
    free(answer->out.bytes);
    answer->out = (struct answer_part){memory_copy_bytes(bytes, (size_t)length), (size_t)length, true, false};
}

static void fake_on_closed(uv_handle_t *handle)
{
    struct workload_run *run = handle->data;
    struct workload_request request = run->request;
    struct err err = run->err;
    fake.flying--;
    fake.flying_of[request.arm->side]--;
    fake.slots &= ~(UINT64_C(1) << (request.arm->slot + request.lane));
    free(run);
    request.on_done(err.code ? &err : NULL, request.data);
}

static bool fake_answer_one(struct workload_run *run)
{
    struct answer answer = {
        .ended = true, .ending = "exit status 0", .out.present = true, .error.present = true};
    struct figures figures = {{0.02, 0.02, 1e6}};
    size_t index = run->request.indices[run->position];
    enum arm_side side = run->request.arm->side;
    if (fake_stderr_bytes > 0)
        answer.error.bytes = memset(memory_zeroed(fake_stderr_bytes + 1), 'x', fake_stderr_bytes);
    answer.error.length = fake_stderr_bytes;
    fake.answer(&fake, run->request.arm, index, fake.asked[side][index]++, &answer, &figures);
    if (run->request.simulated)
        counts_add_simulated(run->request.counts, 1000);
    else if (run->request.calls_most && fake.tally)
        fake.tally(&fake, run->request.arm, index, &run->request.counts->calls);
    else if (run->request.counts && !run->request.calls_most && fake.count)
        fake.count(&fake, run->request.arm, index, run->request.counts);
    enum answer_next next = run->request.on_answer(run->position++, &answer, &figures, run->request.data);
    answer_fini(&answer);
    run->holds = next == ANSWER_HOLD;
    fake.holds += run->holds;
    if (run->holds)
        uv_timer_stop(&run->timer);
    return run->holds || (next == ANSWER_NEXT && run->position < run->request.count);
}

/* xorshift64 (Marsaglia 2003): lanes overtake each other in an order that comes again. */
static bool fake_dawdles(void)
{
    fake.stagger ^= fake.stagger << 13;
    fake.stagger ^= fake.stagger >> 7;
    fake.stagger ^= fake.stagger << 17;
    return fake.stagger >> 63;
}

static void fake_on_timer(uv_timer_t *timer)
{
    struct workload_run *run = timer->data;
    if (run->ends) {
        if (run->cancelled)
            err_set(&run->err, ERR_CANCELLED, "cancelled");
        uv_close((uv_handle_t *)timer, fake_on_closed);
        return;
    }
    if (fake_dawdles())
        return;
    if (!run->cancelled && fake.answers + 1 == fake.hang_at)
        return;
    fake.answers++;
    if (fake.answers == fake.act_at && fake.act)
        fake.act(&fake);
    if (run->cancelled)
        err_set(&run->err, ERR_CANCELLED, "cancelled");
    else if (fake.answers == fake.fail_answer)
        err_set(&run->err, ERR_SYSTEM, "the zygote is gone");
    else if (fake_answer_one(run))
        return;
    else if (run->cancelled)
        err_set(&run->err, ERR_CANCELLED, "cancelled");
    uv_close((uv_handle_t *)timer, fake_on_closed);
}

static int fake_run_start(const struct workload_context *context, const struct workload_request *request,
                          struct workload_run **out, struct err *err)
{
    uint64_t slot = UINT64_C(1) << (request->arm->slot + request->lane);
    if (++fake.starts == fake.fail_start)
        return err_set(err, ERR_SYSTEM, "no more processes");
    struct workload_run *run = MEMORY_NEW(struct workload_run);
    run->request = *request;
    run->timer.data = run;
    uv_timer_init(context->loop, &run->timer);
    uv_timer_start(&run->timer, fake_on_timer, 0, 1);
    fake.timed = request->timed;
    fake.flying++;
    fake.flying_of[request->arm->side]++;
    fake.arms_overlap = fake.arms_overlap || (fake.flying_of[0] > 0 && fake.flying_of[1] > 0);
    fake.most_flying = fake.flying > fake.most_flying ? fake.flying : fake.most_flying;
    fake.timed_overlap = fake.timed_overlap || (request->timed && fake.flying > 1);
    fake.slot_shared = fake.slot_shared || (fake.slots & slot);
    fake.slots |= slot;
    *out = run;
    return 0;
}

static void fake_run_cancel(struct workload_run *run)
{
    run->cancelled = true;
}

static void fake_run_resume(struct workload_run *run, bool go_on)
{
    assert_true(run->holds);
    run->holds = false;
    run->ends = !go_on || run->position == run->request.count;
    uv_timer_start(&run->timer, fake_on_timer, 0, 1);
}

const struct workload_kind fake_kind = {.name = "fake",
                                        .run_start = fake_run_start,
                                        .run_cancel = fake_run_cancel,
                                        .run_resume = fake_run_resume};

void fake_scene_init(struct fake_scene *scene)
{
    static char name[] = "fake";
    static char *none[] = {NULL};
    static char ids[FAKE_SAMPLES][8] = {"a", "b", "c", "d"};
    static char strata[2][8] = {"common", "rare"};
    static const char *const nothing[] = {NULL};
    *scene = (struct fake_scene){0};
    fake = (struct fake){0};
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    for (size_t i = 0; i < FAKE_SAMPLES; i++) {
        scene->samples[i] = (struct sample){.id = ids[i],
                                            .args = none,
                                            .environment = none,
                                            .stratum = strata[i == 3],
                                            .weight = i == 3 ? 0.003 : 1};
    }
    scene->set = (struct sample_set){.items = scene->samples, .count = FAKE_SAMPLES};
    scene->workload = (struct workload){.name = name,
                                        .kind = &fake_kind,
                                        .run = none,
                                        .outputs = none,
                                        .primary = METRIC_CPU,
                                        .timeout_s = 1,
                                        .stdout_kind = WORKLOAD_STDOUT_JSON};
    scene->context = (struct workload_context){.loop = &scene->loop, .environment = nothing};
    scene->base = (struct arm){.side = ARM_BASE, .slot = 0, .lanes = 2};
    scene->candidate = (struct arm){.side = ARM_CANDIDATE, .slot = 2, .lanes = 2};
    scene->contract = contract_new(&scene->workload, NULL);
}

void fake_scene_fini(struct fake_scene *scene)
{
    contract_free(scene->contract);
    assert_int_equal(uv_run(&scene->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(fake.flying, 0);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
}

struct reference fake_reference(const struct arm *base, size_t count)
{
    struct reference reference = {.answers = memory_zeroed(count * sizeof(struct answer)), .count = count};
    for (size_t i = 0; i < count; i++) {
        struct figures figures = {{0}};
        reference.answers[i] = (struct answer){
            .ended = true, .ending = "exit status 0", .out.present = true, .error.present = true};
        fake.answer(&fake, base, i, 0, &reference.answers[i], &figures);
    }
    return reference;
}

size_t fake_scene_breaks(const struct fake_scene *scene)
{
    struct contract_summary summary;
    contract_summarise(scene->contract, &summary);
    size_t breaks = contract_breaks(&summary);
    contract_summary_fini(&summary);
    return breaks;
}
