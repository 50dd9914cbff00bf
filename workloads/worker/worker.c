/*
 * The worker workload: one process answers all samples of a run, a line of JSON for a line of JSON.
 *
 *     start-up ──► [standing] ──► asking ──► ending ──► over
 *         ▲  timed runs alone       │
 *         └── another worker ◄──────┘  when this one broke the rules, or died
 *
 * Happy path: a timed run first asks for what makes the worker ready, untimed (the first sample, or with a
 * warm cache all of them), stands still while another run is under way, and then asks each sample. The last
 * answer is handed over when the process has ended, since what it writes until then belongs to that answer.
 *
 * A run that holds lets its process stand still where it is timed, and hears of its end, if that comes
 * meanwhile, when it is resumed.
 *
 * Failure modes: what a worker does wrong is the answer to the request that it was asked last. The samples
 * that are left go to a fresh worker, so that one bad request doesn't lose the others; after a few such ends
 * they are no longer asked. Errors are the sandbox's alone.
 *
 * Close: on_done comes from the end of the last process. Cancelling kills it.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/count/counts.h"
#include "workloads/worker/process.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKER_LIVES 8 /* processes that a run may lose before it gives up */

enum worker_phase { WORKER_START_UP, WORKER_STANDING, WORKER_ASKING, WORKER_ENDING };

struct workload_run {
    struct workload_context context; /* a copy; what it points to is borrowed */
    struct workload_request request; /* likewise */
    struct program program;
    struct process *process; /* the worker, or NULL */
    enum worker_phase phase;
    bool *answered;        /* by position: on_answer was called; owned */
    size_t left;           /* positions without an answer */
    size_t position;       /* asked last, or about to be */
    unsigned lost;         /* workers that did something wrong */
    uint64_t ready_cpu_ns; /* used before the first timed request */
    uint64_t last_cpu_ns;  /* used until the latest answer was read */
    struct answer held;    /* to the last sample, until the worker has ended */
    struct figures held_figures;
    bool holds;
    struct figures whole; /* of the run that came to its end */
    bool has_whole;
    bool told;    /* on_ready was called */
    bool going;   /* run_go() was called, or nobody waits for it */
    bool paused;  /* on_answer said ANSWER_HOLD */
    bool stopped; /* on_answer wants no more */
    bool cancelled;
    struct err err;
};

static void worker_no_figures(struct figures *figures)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        figures->value[metric] = -1;
}

static double worker_seconds(uint64_t from_ns, uint64_t to_ns)
{
    bool known = from_ns != PROCESS_UNKNOWN && to_ns != PROCESS_UNKNOWN && to_ns >= from_ns;
    return known ? (double)(to_ns - from_ns) / 1e9 : -1;
}

static void worker_finish(struct workload_run *run)
{
    struct workload_request request = run->request;
    struct err err = run->err;
    if (run->cancelled && err.code == 0)
        err_set(&err, ERR_CANCELLED, "cancelled");
    if (run->has_whole && !run->stopped && err.code == 0)
        request.on_whole(&run->whole, request.data);
    answer_fini(&run->held);
    program_fini(&run->program);
    free(run->answered);
    free(run);
    request.on_done(err.code ? &err : NULL, request.data);
}

/* Hands an answer over, which is then the caller's or gone. */
static void worker_deliver(struct workload_run *run, size_t position, struct answer *answer,
                           const struct figures *figures)
{
    assert(!run->answered[position]);
    run->answered[position] = true;
    run->left--;
    if (!run->stopped && !run->cancelled) {
        enum answer_next next = run->request.on_answer(position, answer, figures, run->request.data);
        run->stopped = next == ANSWER_STOP;
        run->paused = next == ANSWER_HOLD;
    }
    answer_fini(answer);
}

/* What a worker did wrong is its answer. */
static void worker_deliver_fault(struct workload_run *run, size_t position, const char *fault,
                                 const struct process_end *end, size_t asked)
{
    struct answer answer = {.out.present = true, .error.present = true};
    struct figures figures;
    worker_no_figures(&figures);
    if (end->result && end->result->end == SANDBOX_NOT_STARTED)
        snprintf(answer.ending, sizeof answer.ending, "%s", fault);
    else
        snprintf(answer.ending, sizeof answer.ending, "%.60s (request %zu of its worker)", fault, asked);
    worker_deliver(run, position, &answer, &figures);
}

static void worker_give_up(struct workload_run *run)
{
    struct figures figures;
    worker_no_figures(&figures);
    for (size_t i = 0; i < run->request.count && !run->stopped && !run->paused; i++) {
        struct answer answer = {.out.present = true, .error.present = true};
        if (run->answered[i])
            continue;
        snprintf(answer.ending, sizeof answer.ending, "not asked: %u workers had failed before", run->lost);
        worker_deliver(run, i, &answer, &figures);
    }
}

/* The next position from `at` on without an answer; `count` when there is none. */
static size_t worker_next(const struct workload_run *run, size_t at)
{
    while (at < run->request.count && run->answered[at])
        at++;
    return at;
}

static void worker_ask(struct workload_run *run, size_t position)
{
    run->position = position;
    process_ask(run->process, &run->request.samples->items[run->request.indices[position]]);
}

static void worker_run_go(struct workload_run *run)
{
    run->going = true;
    if (run->phase != WORKER_STANDING) /* another one that is not ready yet */
        return;
    run->phase = WORKER_ASKING;
    process_thaw(run->process);
    worker_ask(run, worker_next(run, 0));
}

/* It is ready: whatever it does from here on counts. Standing still, its counter is exact. */
static void worker_stand(struct workload_run *run)
{
    run->phase = WORKER_STANDING;
    process_freeze(run->process);
    run->ready_cpu_ns = process_usage(run->process);
    run->last_cpu_ns = run->ready_cpu_ns;
    run->position = worker_next(run, 0);
    bool tells = !run->told && run->request.waits;
    run->told = true;
    if (run->going)
        worker_run_go(run);
    else if (tells)
        run->request.on_ready(run->request.data);
}

/* A reply to what made it ready. With a warm cache all samples do. */
static void worker_on_started(struct workload_run *run)
{
    size_t next = worker_next(run, run->position + 1);
    if (run->request.workload->cache == WORKLOAD_CACHE_WARM && next < run->request.count)
        worker_ask(run, next);
    else
        worker_stand(run);
}

/* A base that answers with something else can't be held against anything; that is said before it is timed. */
static bool worker_checks_base(const struct workload_request *request)
{
    return !request->timed && request->arm->side == ARM_BASE;
}

static void worker_check_base(const struct exchange_reading *reading, struct answer *answer)
{
    if (reading->is_json)
        return;
    answer->ended = false;
    snprintf(answer->ending, sizeof answer->ending, "answered with what is not JSON: %.50s at byte %zu",
             reading->error.message, reading->error.offset);
}

static void worker_fill_reply(struct workload_run *run, struct process_reply *reply, struct answer *answer,
                              struct figures *figures)
{
    double wall = (double)reply->wall_ns / 1e9;
    *answer = (struct answer){.ended = true, .ending = "answered", .error.present = true};
    answer->out = (struct answer_part){.bytes = STEAL(reply->line), .length = reply->length, .present = true};
    if (worker_checks_base(&run->request))
        worker_check_base(reply->reading, answer);
    worker_no_figures(figures);
    figures->value[METRIC_CPU] = worker_seconds(run->last_cpu_ns, reply->cpu_ns);
    figures->value[METRIC_WALL] = wall;
    figures->value[METRIC_LATENCY_P50] = wall;
    figures->value[METRIC_LATENCY_P95] = wall;
    figures->value[METRIC_LATENCY_P99] = wall;
    run->last_cpu_ns = reply->cpu_ns;
}

/* Behind the last answer its CPU time is read once more, standing still:
 * what it uses later is charged, and told apart. */
static void worker_end_input(struct workload_run *run)
{
    run->phase = WORKER_ENDING;
    if (run->request.timed) {
        process_freeze(run->process);
        run->last_cpu_ns = process_usage(run->process);
        process_thaw(run->process);
    }
    process_end_input(run->process);
}

static void worker_ask_more(struct workload_run *run)
{
    if (run->stopped || run->cancelled)
        process_kill(run->process);
    else
        worker_ask(run, worker_next(run, run->position + 1));
}

static void worker_pause(struct workload_run *run)
{
    process_hold(run->process);
    if (run->request.timed)
        process_freeze(run->process);
}

static void worker_on_reply(struct process_reply *reply, void *data)
{
    struct workload_run *run = data;
    struct answer answer;
    struct figures figures;
    if (run->phase == WORKER_START_UP) {
        worker_on_started(run);
        return;
    }
    worker_fill_reply(run, reply, &answer, &figures);
    if (run->left == 1) {
        run->held = answer;
        run->held_figures = figures;
        run->holds = true;
        worker_end_input(run);
        return;
    }
    worker_deliver(run, run->position, &answer, &figures);
    if (run->paused)
        worker_pause(run);
    else
        worker_ask_more(run);
}

static int worker_launch(struct workload_run *run, struct err *err);

/* The whole of a run that went through with one worker; what was lost with another is in no figure. */
static void worker_fill_whole(struct workload_run *run, const struct sandbox_result *result)
{
    const struct sandbox_isolation *isolation = sandbox_isolation(run->context.sandbox);
    uint64_t total = isolation->cpu_source == SANDBOX_CPU_NONE ? PROCESS_UNKNOWN : result->cpu_ns;
    run->has_whole = true;
    worker_no_figures(&run->whole);
    run->whole.value[METRIC_CPU] = worker_seconds(run->ready_cpu_ns, total);
    run->whole.value[METRIC_STARTUP] = worker_seconds(0, run->ready_cpu_ns);
    run->whole.value[METRIC_CPU_AFTER] = worker_seconds(run->last_cpu_ns, total);
    if (isolation->peak_source != SANDBOX_PEAK_NONE)
        run->whole.value[METRIC_PEAK_MEMORY] = (double)result->peak_bytes;
}

static void worker_on_end(struct workload_run *run, const struct process_end *end, size_t asked)
{
    struct answer held = run->held;
    run->held = (struct answer){0};
    if (end->fault) {
        answer_fini(&held);
        run->lost++;
        worker_deliver_fault(run, run->position, end->fault, end, asked);
    } else if (run->holds) {
        held.leftovers = end->result->leftovers;
        if (run->request.on_whole && run->lost == 0)
            worker_fill_whole(run, end->result);
        worker_deliver(run, run->position, &held, &run->held_figures);
    }
    run->holds = false;
}

/* Behind the end of a process: another one, or the run's own end. */
static void worker_go_on(struct workload_run *run)
{
    bool over = run->err.code || run->cancelled || run->stopped || run->left == 0;
    if (!over && run->lost >= WORKER_LIVES) {
        worker_give_up(run);
        if (run->paused)
            return;
        over = true;
    }
    if (over || worker_launch(run, &run->err) < 0)
        worker_finish(run);
}

/* A process that ended meanwhile did so on the next request's account, as one that ends unasked does. */
static void worker_run_resume(struct workload_run *run, bool go_on)
{
    struct process *process = run->process;
    assert(run->paused);
    run->paused = false;
    run->stopped = run->stopped || !go_on;
    if (!process) {
        worker_go_on(run);
        return;
    }
    if (run->request.timed)
        process_thaw(process);
    worker_ask_more(run);
    process_release(process);
}

static void worker_on_gone(const struct process_end *end, const struct err *err, void *data)
{
    struct workload_run *run = data;
    size_t asked = process_asked(run->process);
    run->process = NULL;
    /* A run of counting adds one sample for each of its processes. */
    if (run->request.counts && end->result && asked > 0)
        run->request.counts->samples += asked - 1;
    if (err)
        run->err = *err;
    else if (!end->stopped)
        worker_on_end(run, end, asked);
    if (!run->paused)
        worker_go_on(run);
}

static int worker_launch(struct workload_run *run, struct err *err)
{
    const struct process_input input = {
        .context = &run->context,
        .request = &run->request,
        .program = &run->program,
        .reads = worker_checks_base(&run->request),
        .on_reply = worker_on_reply,
        .on_gone = worker_on_gone,
        .data = run,
    };
    if (process_start(&run->process, &input, err) < 0)
        return err_wrap(err, "workload %s", run->request.workload->name);
    run->phase = run->request.timed ? WORKER_START_UP : WORKER_ASKING;
    run->ready_cpu_ns = 0;
    run->last_cpu_ns = 0;
    worker_ask(run, worker_next(run, 0));
    return 0;
}

static int worker_run_start(const struct workload_context *context, const struct workload_request *request,
                            struct workload_run **out, struct err *err)
{
    assert(request->count > 0 && (!request->waits || (request->timed && request->on_ready)));
    struct workload_run *run = MEMORY_NEW(struct workload_run);
    run->context = *context;
    run->request = *request;
    run->left = request->count;
    run->going = !request->waits;
    run->answered = memory_zeroed(request->count);
    program_init(&run->program, context, request->samples);
    if (worker_launch(run, err) < 0) {
        program_fini(&run->program);
        free(run->answered);
        free(run);
        return err->code;
    }
    *out = run;
    return 0;
}

static void worker_run_cancel(struct workload_run *run)
{
    run->cancelled = true;
    if (run->process)
        process_kill(run->process);
}

const struct workload_kind workload_worker = {
    .name = "worker",
    .requests = true,
    .run_start = worker_run_start,
    .run_cancel = worker_run_cancel,
    .run_resume = worker_run_resume,
    .run_go = worker_run_go,
};
