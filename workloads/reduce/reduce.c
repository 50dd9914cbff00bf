/*
 * Happy path: the reduction names an input; the base is asked, then the candidate, then the base again, never
 * two at once: a candidate that floods the machine must not be able to make the base's answer fail. Each
 * answer is thought about: what it shows is told to the reduction, which names the next input, until it names
 * none. Last, what was found is written down. Thinking and writing are done on libuv's pool, unless there is
 * little to look at.
 *
 *     thinking ⇄ asking      (one run in flight)
 *         └──────► concluding ──► closing
 *
 * Failure modes: as soon as one answer settles that an input doesn't show the finding, the others are not
 * asked. A failure of the sandbox, and the end of the time, end it with what is known. The time may end in
 * the middle of a run, which is then cancelled, or of a thought, which then names nothing more.
 *
 * Close: `done` comes from the timer's close callback, once no run is in flight and nothing on the pool;
 * cancelling ends what is under way as the end of the time does.
 */
#include "workloads/reduce/reduce.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/offload.h"
#include "workloads/reduce/showing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Times that the sample's bytes may be gone through until the next input is named: what was left out of it is
 * still passed by. Mostly it is once or twice. */
#define REDUCE_TURNS 256

/* What it asks, and what came of it: a thought's alone while there is one, on whichever thread. */
struct reduce_matter {
    struct sample sample;        /* a shallow copy of the input's, its stdin_file read in where it could be */
    char *stdin_bytes;           /* of that file; owned; NULL: none was read */
    struct reduction *reduction; /* NULL: not made yet, or the sample can't be reduced */
    struct sample trial;         /* a shallow copy of the input under way */
    struct showing showing;
    bool prepared;              /* the first thought was had */
    char *why_none;             /* owned */
    bool asks;                  /* something is left to ask: of the trial */
    struct reproduction *found; /* the conclusion; owned */
};

struct reduce {
    struct reduce_input input;
    struct reduce_matter matter;
    struct offload thinking;     /* or concluding */
    atomic_bool stop;            /* a thought is to name nothing more */
    struct sample_set samples;   /* the trial alone, in the folder of the others */
    size_t beside;               /* bytes of the set, whose values may be looked at; no more than matters */
    struct workload_run *flight; /* NULL while none is */
    size_t steps;                /* inputs named, when the latest thought ended */
    uv_timer_t timer;            /* the end of the budget, then of the time */
    bool overtime;               /* only until the least inputs were asked */
    bool enough;                 /* for a thought: they were */
    bool expired;
    bool cancelled;
    struct err err;
};

static const size_t reduce_indices[] = {0};

static void reduce_free(struct reduce *reduce)
{
    struct reduce_matter *matter = &reduce->matter;
    showing_fini(&matter->showing);
    if (matter->reduction)
        reduction_free(matter->reduction);
    reproduction_free(matter->found);
    free(matter->stdin_bytes);
    free(matter->why_none);
    free(reduce);
}

static void reduce_on_closed(uv_handle_t *handle)
{
    struct reduce *reduce = handle->data;
    reduce->input.done(&reduce->matter.found, reduce->err.code ? &reduce->err : NULL, reduce->input.data);
    reduce_free(reduce);
}

static char *reduce_explain_none(const struct reduce *reduce)
{
    if (reduce->expired)
        return memory_copy_string("there was no time left to look for one");
    if (reduce->input.workload->kind->requests)
        return memory_copy_string("asked alone, the sample does not show it: it comes only now and then, or "
                                  "hangs on what was asked before");
    return memory_copy_string("asked again, the sample does not show it: it comes only now and then");
}

/* The smallest input, in a form that can be kept. */
static void reduce_write(const struct reduce_matter *matter, const struct sample *best,
                         struct reproduction *reproduction)
{
    const struct finding *shown = showing_kept(&matter->showing);
    cleanup_text struct text line = {0};
    reproduction->bytes = reduction_weigh(best);
    reproduction->minimal = reduction_is_minimal(matter->reduction);
    reproduction->differs_only_when = reduction_words(matter->reduction);
    reproduction->before = shown->before ? memory_copy_string(shown->before) : NULL;
    reproduction->after = shown->after ? memory_copy_string(shown->after) : NULL;
    if (!samples_write_line(best, &line))
        reproduction->why_none = memory_copy_string("it holds bytes that are no UTF-8");
    else if (line.length > REPRODUCTION_BYTES_MOST)
        reproduction->why_none =
            memory_format("the smallest input that was found takes %zu bytes, and no more than %zu are kept",
                          line.length, REPRODUCTION_BYTES_MOST);
    else
        reproduction->request = text_take(&line);
}

/* Maybe on a pool thread, as are all that it calls; the timer stands. */
static void reduce_conclude(void *data)
{
    struct reduce *reduce = data;
    struct reduce_matter *matter = &reduce->matter;
    struct reproduction *reproduction = MEMORY_NEW(struct reproduction);
    const struct sample *best = matter->reduction ? reduction_best(matter->reduction) : NULL;
    reproduction->from_bytes = reduction_weigh(&matter->sample);
    reproduction->steps = matter->reduction ? reduction_steps(matter->reduction) : 0;
    if (best)
        reduce_write(matter, best, reproduction);
    else
        reproduction->why_none = matter->why_none ? STEAL(matter->why_none) : reduce_explain_none(reduce);
    matter->found = reproduction;
    if (matter->reduction)
        reduction_free(STEAL(matter->reduction));
}

static void reduce_on_concluded(void *data)
{
    struct reduce *reduce = data;
    if (reduce->cancelled && reduce->err.code == 0)
        err_set(&reduce->err, ERR_CANCELLED, "cancelled");
    uv_close((uv_handle_t *)&reduce->timer, reduce_on_closed);
}

/* Bytes that the program is asked with at first; of a file, as many as may be read. */
static size_t reduce_weigh_sample(const struct reduce *reduce)
{
    const struct sample *sample = reduce->input.sample;
    return reduction_weigh(sample) + (sample->stdin_file ? REDUCTION_BYTES_MOST : 0);
}

static void reduce_finish(struct reduce *reduce)
{
    uv_timer_stop(&reduce->timer);
    if (offload_start(&reduce->thinking, reduce->input.context->loop, reduce_weigh_sample(reduce),
                      reduce_conclude, reduce_on_concluded, reduce))
        reduce_on_concluded(reduce);
}

/* A file's bytes can be left out like any; what is too long to try so often stays a file. */
static void reduce_read_input(struct reduce *reduce)
{
    struct reduce_matter *matter = &reduce->matter;
    const char *path = reduce->input.sample->stdin_file;
    const char *folder = samples_folder_of(reduce->input.samples, reduce->input.sample);
    struct stat status;
    if (!path)
        return;
    cleanup_fd int beside = *path == '/' ? -1 : open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int fd =
        *path == '/' ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : samples_open_beneath(beside, path);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        (uint64_t)status.st_size > REDUCTION_BYTES_MOST)
        return;
    size_t length = (size_t)status.st_size, got = 0;
    cleanup_free char *bytes = memory_zeroed(length + 1);
    while (got < length) {
        ssize_t more = read(fd, bytes + got, length - got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return;
        got += (size_t)more;
    }
    matter->stdin_bytes = STEAL(bytes);
    matter->sample.stdin_bytes = matter->stdin_bytes;
    matter->sample.stdin_length = length;
    matter->sample.stdin_file = NULL;
}

/* Makes what is to be reduced, or says why it can't be. */
static void reduce_prepare(struct reduce *reduce)
{
    struct reduce_matter *matter = &reduce->matter;
    matter->prepared = true;
    reduce_read_input(reduce);
    if (matter->sample.stdin_file && *matter->sample.stdin_file == '/')
        matter->why_none = memory_copy_string("the sample's standard input is too long");
    else if (reduction_weigh(&matter->sample) > REDUCTION_BYTES_MOST)
        matter->why_none =
            memory_format("the sample asks with more than %zu MiB", REDUCTION_BYTES_MOST >> 20);
    else
        matter->reduction = reduction_new(&matter->sample, reduce->input.steps_most, &reduce->stop);
    if (matter->reduction)
        reduction_compare_with(matter->reduction, reduce->input.samples);
}

/* What the latest answer shows; the input is told of once that is settled. */
static void reduce_look(struct reduce_matter *matter)
{
    enum showing_state state = showing_look(&matter->showing);
    if (state == SHOWING_OPEN)
        return;
    showing_leave(&matter->showing, state == SHOWING_SHOWN && !reduction_is_explaining(matter->reduction));
    if (state == SHOWING_NOTHING)
        reduction_tell_nothing(matter->reduction);
    else
        reduction_tell(matter->reduction, state == SHOWING_SHOWN);
}

/* Maybe on a pool thread, as are all that it calls. */
static void reduce_think(void *data)
{
    struct reduce *reduce = data;
    struct reduce_matter *matter = &reduce->matter;
    if (!matter->prepared)
        reduce_prepare(reduce);
    if (matter->showing.count > 0)
        reduce_look(matter);
    matter->asks = matter->showing.count > 0;
    if (matter->asks || !matter->reduction || reduce->enough)
        return;
    const struct sample *next = reduction_next(matter->reduction);
    matter->asks = next != NULL;
    if (next)
        matter->trial = *next;
}

static enum answer_next reduce_on_answer(size_t position, struct answer *answer,
                                         const struct figures *figures, void *data)
{
    struct reduce *reduce = data;
    (void)position, (void)figures;
    showing_take(&reduce->matter.showing, answer);
    return ANSWER_NEXT;
}

static void reduce_on_run(const struct err *err, void *data);

static int reduce_ask(struct reduce *reduce)
{
    enum arm_side side = showing_next(&reduce->matter.showing);
    const struct workload_request request = {
        .workload = reduce->input.workload,
        .samples = &reduce->samples,
        .arm = side == ARM_CANDIDATE ? reduce->input.candidate : reduce->input.base,
        .indices = reduce_indices,
        .count = 1,
        .on_answer = reduce_on_answer,
        .on_done = reduce_on_run,
        .data = reduce,
    };
    return reduce->input.workload->kind->run_start(reduce->input.context, &request, &reduce->flight,
                                                   &reduce->err);
}

/* Once an input was told of, and the next one is named. */
static void reduce_tell_progress(struct reduce *reduce)
{
    const struct reduce_matter *matter = &reduce->matter;
    size_t steps = matter->reduction ? reduction_steps(matter->reduction) : 0;
    bool fresh = matter->showing.count == 0 && reduce->steps > 0;
    if (fresh && reduce->input.progress) {
        const struct sample *best = reduction_best(matter->reduction);
        reduce->input.progress(reduce->steps, reduction_weigh(best ? best : &matter->sample),
                               reduce->input.data);
    }
    reduce->steps = steps;
}

/* Behind a thought; the only place that asks anything. */
static void reduce_on_thought(void *data)
{
    struct reduce *reduce = data;
    reduce_tell_progress(reduce);
    reduce->expired = reduce->expired || (reduce->enough && !reduce->matter.asks);
    bool over = reduce->cancelled || reduce->expired || !reduce->matter.asks;
    if (over || reduce_ask(reduce) < 0)
        reduce_finish(reduce);
}

static size_t reduce_weigh_set(const struct sample_set *samples)
{
    size_t bytes = 0;
    for (size_t i = 0; i < samples->count && bytes <= OFFLOAD_LIGHT; i++)
        bytes += reduction_weigh(&samples->items[i]);
    return bytes;
}

static void reduce_go_on(struct reduce *reduce)
{
    const struct reduce_matter *matter = &reduce->matter;
    size_t bytes = reduce_weigh_sample(reduce);
    if (matter->prepared)
        bytes = showing_weigh(&matter->showing) + reduce->beside +
                REDUCE_TURNS * reduction_weigh(&matter->sample);
    reduce->enough = reduce->overtime && reduce->steps >= reduce->input.steps_least;
    if (offload_start(&reduce->thinking, reduce->input.context->loop, bytes, reduce_think, reduce_on_thought,
                      reduce))
        reduce_on_thought(reduce);
}

static void reduce_on_run(const struct err *err, void *data)
{
    struct reduce *reduce = data;
    bool asked_for = reduce->cancelled || reduce->expired;
    reduce->flight = NULL;
    if (err && !(asked_for && err->code == ERR_CANCELLED))
        reduce->err = *err;
    if (asked_for || reduce->err.code)
        reduce_finish(reduce);
    else
        reduce_go_on(reduce);
}

/* Ends the run in flight, or the thought; what follows them sees why. */
static void reduce_interrupt(struct reduce *reduce)
{
    atomic_store(&reduce->stop, true);
    if (reduce->flight)
        reduce->input.workload->kind->run_cancel(reduce->flight);
}

/* The budget is spent. Where too little was asked to be of use, it goes on. */
static void reduce_on_time(uv_timer_t *timer)
{
    struct reduce *reduce = timer->data;
    double more_s = reduce->input.time_most_s - reduce->input.time_budget_s;
    if (more_s > 0 && !reduce->overtime && reduce->steps < reduce->input.steps_least) {
        reduce->overtime = true;
        uv_timer_start(timer, reduce_on_time, (uint64_t)(more_s * 1000), 0);
        return;
    }
    reduce->expired = true;
    reduce_interrupt(reduce);
}

int reduce_start(struct reduce **out, const struct reduce_input *input, struct err *err)
{
    struct reduce *reduce = MEMORY_NEW(struct reduce);
    int code = uv_timer_init(input->context->loop, &reduce->timer);
    if (code < 0) {
        free(reduce);
        return err_set(err, ERR_SYSTEM, "timer: %s", uv_strerror(code));
    }
    reduce->timer.data = reduce;
    reduce->input = *input;
    reduce->samples = *input->samples;
    reduce->samples.items = &reduce->matter.trial;
    reduce->samples.count = 1;
    reduce->beside = reduce_weigh_set(input->samples);
    reduce->matter.sample = *input->sample;
    reduce->matter.showing = (struct showing){.contract = input->contract,
                                              .workload = input->workload,
                                              .sample = input->sample->id,
                                              .finding = input->finding};
    uv_timer_start(&reduce->timer, reduce_on_time, (uint64_t)(input->time_budget_s * 1000), 0);
    *out = reduce;
    reduce_go_on(reduce);
    return 0;
}

void reduce_cancel(struct reduce *reduce)
{
    if (reduce->cancelled)
        return;
    reduce->cancelled = true;
    reduce_interrupt(reduce);
}
