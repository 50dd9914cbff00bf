/*
 * One worker.
 *
 * Happy path: a request is written, its answer comes in pieces, and its newline stops the clock. A loop turn
 * later, in which anything that follows would have been read, the line is read, on libuv's pool where it is
 * long, and the answer is handed over; where nothing is timed, more time goes by before that. Behind the last
 * one the input is ended, and the program ends.
 *
 * Failure modes: whatever breaks the rules of exchange.h, no answer or no end in time, an end that nobody
 * asked for: each is the worker's fault, kills what is left of it and is told by on_gone. Errors are the
 * sandbox's alone.
 *
 * Close: the run's callback, and then those of the two handles and of the reading that is under way, of which
 * the last one tells.
 */
#include "workloads/worker/process.h"

#include "base/memory.h"
#include "workloads/offload.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROCESS_LIFE_MS   ((uint64_t)7 * 86400 * 1000) /* each request has a deadline of its own */
#define PROCESS_LINGER_MS 2 /* behind an untimed answer: another line is then blamed on the right request */
#define PROCESS_TURNS     2 /* of the idle handle: between them the loop polls once */

struct process {
    struct process_input input;
    struct sandbox_run *run;  /* NULL once it is over */
    struct exchange exchange; /* what was said */
    struct exchange_reading reading;
    struct offload offload;       /* of the reading */
    uint64_t read_cpu_ns;         /* used when it began */
    uv_timer_t deadline;          /* of the answer, of the end; or the time that an untimed answer is given */
    uv_idle_t turn;               /* between an answer and its delivery */
    int turns;                    /* of `turn` */
    int handles;                  /* whose last callback is awaited */
    bool held;                    /* process_hold() */
    bool closed;                  /* meanwhile */
    uint64_t asked_ns;            /* before the request was written */
    uint64_t answered_ns;         /* when its newline came */
    bool ending;                  /* process_end_input() */
    bool stopped;                 /* process_kill() */
    char fault[160];              /* the first one; "" : none */
    struct sandbox_result result; /* shallow: its figures alone are good after the run */
    bool has_result;
    struct err err;
};

static void process_blame(struct process *process, const char *fault)
{
    if (!*process->fault)
        snprintf(process->fault, sizeof process->fault, "%s", fault);
    uv_timer_stop(&process->deadline);
    uv_idle_stop(&process->turn);
    if (process->run)
        sandbox_run_cancel(process->run);
}

static void process_tell_end(struct process *process)
{
    struct process_end end = {.result = process->has_result ? &process->result : NULL,
                              .fault = *process->fault && !process->stopped ? process->fault : NULL,
                              .stopped = process->stopped};
    process->input.on_gone(&end, process->err.code ? &process->err : NULL, process->input.data);
    exchange_fini(&process->exchange);
    free(process);
}

static void process_count_down(struct process *process)
{
    if (--process->handles > 0)
        return;
    process->closed = true;
    if (!process->held)
        process_tell_end(process);
}

static void process_on_closed(uv_handle_t *handle)
{
    process_count_down(handle->data);
}

void process_hold(struct process *process)
{
    process->held = true;
}

void process_release(struct process *process)
{
    process->held = false;
    if (process->closed)
        process_tell_end(process);
}

static void process_close(struct process *process)
{
    process->handles = 2 + offload_is_busy(&process->offload);
    uv_close((uv_handle_t *)&process->deadline, process_on_closed);
    uv_close((uv_handle_t *)&process->turn, process_on_closed);
}

/* The words for an end that we did not bring about. */
static void process_describe_end(struct process *process, const struct sandbox_result *result)
{
    char words[96];
    bool well = result->end == SANDBOX_EXITED && result->status == 0;
    program_describe_end(process->input.request, result, words);
    if (process->ending && well)
        return;
    if (result->end == SANDBOX_NOT_STARTED)
        snprintf(process->fault, sizeof process->fault, "%s", words);
    else
        snprintf(process->fault, sizeof process->fault, "%s: %.90s",
                 process->ending ? "did not end well after its last answer" : "died", words);
}

static void process_on_done(struct sandbox_run *run, const struct sandbox_result *result,
                            const struct err *err, void *data)
{
    struct process *process = data;
    (void)run;
    process->run = NULL;
    uv_timer_stop(&process->deadline);
    uv_idle_stop(&process->turn);
    if (err && err->code) {
        process->err = *err;
    } else {
        process->has_result = true;
        process->result = *result;
        if (process->input.request->counts)
            program_count(process->input.request, result);
        if (!*process->fault && !process->stopped)
            process_describe_end(process, result);
    }
    process_close(process);
}

/* Maybe on a pool thread. */
static void process_read(void *data)
{
    struct process *process = data;
    exchange_read(&process->exchange, process->input.reads, &process->reading);
}

static void process_deliver(struct process *process)
{
    struct process_reply reply = {.wall_ns = process->answered_ns - process->asked_ns,
                                  .cpu_ns = process->read_cpu_ns,
                                  .reading = &process->reading};
    if (!exchange_settle(&process->exchange, &process->reading, &reply.line, &reply.length)) {
        process_blame(process, process->exchange.fault);
        return;
    }
    process->input.on_reply(&reply, process->input.data);
    free(reply.line);
}

/* One that did something wrong meanwhile, or was killed or ended, is told by its end. */
static void process_on_read(void *data)
{
    struct process *process = data;
    if (!process->run)
        process_count_down(process);
    else if (!*process->fault && !process->stopped)
        process_deliver(process);
}

static void process_settle(struct process *process)
{
    process->read_cpu_ns = process_usage(process);
    if (offload_start(&process->offload, process->input.context->loop, process->exchange.line.length,
                      process_read, process_on_read, process))
        process_deliver(process);
}

static void process_on_turn(uv_idle_t *turn)
{
    struct process *process = turn->data;
    if (++process->turns < PROCESS_TURNS)
        return;
    uv_idle_stop(turn);
    process_settle(process);
}

static void process_on_lingered(uv_timer_t *timer)
{
    process_settle(timer->data);
}

static void process_linger(struct process *process)
{
    uv_timer_stop(&process->deadline);
    if (process->input.request->timed) {
        process->turns = 0;
        uv_idle_start(&process->turn, process_on_turn);
    } else {
        uv_update_time(process->input.context->loop);
        uv_timer_start(&process->deadline, process_on_lingered, PROCESS_LINGER_MS, 0);
    }
}

/* That stdout has ended is no fault yet: how the program ended tells more, or its silence does. */
static void process_on_output(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    struct process *process = data;
    (void)run;
    if (length == 0 || *process->fault || process->stopped)
        return;
    uint64_t now = uv_hrtime();
    exchange_take(&process->exchange, bytes, length);
    if (process->exchange.state == EXCHANGE_FAULTY) {
        process_blame(process, process->exchange.fault);
    } else if (process->exchange.state == EXCHANGE_ANSWERED) {
        process->answered_ns = now;
        process_linger(process);
    }
}

static void process_on_deadline(uv_timer_t *timer)
{
    struct process *process = timer->data;
    char words[96];
    double seconds = process->input.request->workload->timeout_s;
    if (process->ending)
        snprintf(words, sizeof words, "still ran %.1f s after its input had ended", seconds);
    else
        snprintf(words, sizeof words, "gave no answer within %.1f s", seconds);
    process_blame(process, words);
}

static void process_start_deadline(struct process *process)
{
    uint64_t ms = (uint64_t)(process->input.request->workload->timeout_s * 1000);
    uv_update_time(process->input.context->loop);
    uv_timer_start(&process->deadline, process_on_deadline, ms ? ms : 1, 0);
}

static int process_launch(struct process *process, struct err *err)
{
    const struct process_input *input = &process->input;
    static char *const nothing[] = {NULL};
    struct sandbox_spec spec;
    program_fill_spec(input->program, input->context, input->request, &spec);
    char **arguments = program_arguments(input->request, nothing);
    char **environment = program_environment(input->context, input->request->padding, nothing);
    spec.argv = (const char *const *)arguments;
    spec.environment = (const char *const *)environment;
    spec.talks = true;
    spec.on_output = process_on_output;
    spec.limits.wall_ms = PROCESS_LIFE_MS;
    int code =
        sandbox_run_start(input->context->sandbox, &spec, process_on_done, process, &process->run, err);
    json_free_strings(arguments);
    json_free_strings(environment);
    return code;
}

static void process_on_given_up(uv_handle_t *handle)
{
    struct process *process = handle->data;
    if (--process->handles == 0)
        free(process);
}

int process_start(struct process **out, const struct process_input *input, struct err *err)
{
    struct process *process = MEMORY_NEW(struct process);
    process->input = *input;
    exchange_init(&process->exchange);
    (void)!uv_timer_init(input->context->loop, &process->deadline); /* neither can fail */
    (void)!uv_idle_init(input->context->loop, &process->turn);
    process->deadline.data = process;
    process->turn.data = process;
    if (process_launch(process, err) < 0) {
        process->handles = 2;
        uv_close((uv_handle_t *)&process->deadline, process_on_given_up);
        uv_close((uv_handle_t *)&process->turn, process_on_given_up);
        return err->code;
    }
    *out = process;
    return 0;
}

void process_ask(struct process *process, const struct sample *sample)
{
    struct err err = {0};
    if (!process->run || *process->fault) /* its end is on the way, and will be told */
        return;
    exchange_ask(&process->exchange, &sample->request_id);
    process_start_deadline(process);
    sandbox_run_allow_output(process->run, ANSWER_PART_MOST + 1);
    process->asked_ns = uv_hrtime();
    if (sandbox_run_write(process->run, sample->request, sample->request_length, &err) < 0) {
        process->err = err;
        process_kill(process);
    }
}

size_t process_asked(const struct process *process)
{
    return process->exchange.asked;
}

void process_end_input(struct process *process)
{
    process->ending = true;
    if (!process->run)
        return;
    process_start_deadline(process);
    sandbox_run_end_input(process->run);
}

void process_kill(struct process *process)
{
    process->stopped = true;
    uv_timer_stop(&process->deadline);
    uv_idle_stop(&process->turn);
    if (process->run)
        sandbox_run_cancel(process->run);
}

/* One that is over, or on its way, is told by its own end. */
static void process_judge_stop(struct process *process, const struct err *err)
{
    if (err->code == ERR_INVALID)
        process_blame(process, "did not stand still while it waited");
}

void process_freeze(struct process *process)
{
    struct err err = {0};
    if (process->run && sandbox_run_freeze(process->run, &err) < 0)
        process_judge_stop(process, &err);
}

void process_thaw(struct process *process)
{
    struct err err = {0};
    if (process->run && sandbox_run_thaw(process->run, &err) < 0)
        process_judge_stop(process, &err);
}

uint64_t process_usage(const struct process *process)
{
    struct err err = {0};
    uint64_t cpu_ns = 0;
    if (process->run && sandbox_run_usage(process->run, &cpu_ns, &err) == 0)
        return cpu_ns;
    return PROCESS_UNKNOWN;
}
