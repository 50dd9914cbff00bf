/*
 * Happy path: the reduction names an input; the base is asked, then the candidate, then the base again, never
 * two at once: a candidate that floods the machine must not be able to make the base's answer fail. What
 * comes out is told to the reduction, until it names nothing more.
 *
 * Failure modes: as soon as one answer settles that an input doesn't show the finding, the others are not
 * asked. A failure of the sandbox, and the end of the time, end it with what is known. The time may end in
 * the middle of a run, which is then cancelled.
 *
 * Close: `done` comes from the timer's close callback, once no run is in flight.
 */
#include "workloads/reduce/reduce.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { REDUCE_BASE, REDUCE_CANDIDATE, REDUCE_BASE_AGAIN, REDUCE_ASKED }; /* in this order, for each input */

struct reduce {
    struct reduce_input input;
    struct sample sample;        /* a shallow copy of the input's, its stdin_file read in where it could be */
    char *stdin_bytes;           /* of that file; owned; NULL: none was read */
    struct reduction *reduction; /* NULL: the sample can't be reduced */
    struct sample trial;         /* a shallow copy of the input under way */
    struct sample_set samples;   /* it alone, in the folder of the others */
    struct workload_run *flight; /* NULL while none is */
    int asked;                   /* answers that are there */
    struct answer answers[REDUCE_ASKED];
    bool status_known; /* the base has answered the sample as it is */
    int status;        /* with that exit status */
    bool own_noise;    /* only noise of the very sample excuses: otherwise it doesn't show the finding */
    struct contract_summary shown; /* of the smallest input so far */
    uv_timer_t timer;              /* the end of the budget, then of the time */
    bool overtime;                 /* only until the least inputs were asked */
    bool expired;
    bool cancelled;
    char *why_none; /* owned */
    struct err err;
};

static const size_t reduce_indices[] = {0};

static void reduce_free(struct reduce *reduce)
{
    for (int i = 0; i < REDUCE_ASKED; i++)
        answer_fini(&reduce->answers[i]);
    if (reduce->reduction)
        reduction_free(reduce->reduction);
    contract_summary_fini(&reduce->shown);
    free(reduce->stdin_bytes);
    free(reduce->why_none);
    free(reduce);
}

static const struct finding *reduce_find(const struct reduce *reduce, const struct contract_summary *summary);

/* What was found, in a form that can be kept. */
static struct reproduction *reduce_conclude(struct reduce *reduce)
{
    struct reproduction *reproduction = MEMORY_NEW(struct reproduction);
    const struct sample *best = reduce->reduction ? reduction_best(reduce->reduction) : NULL;
    cleanup_text struct text line = {0};
    reproduction->from_bytes = reduction_weigh(&reduce->sample);
    reproduction->steps = reduce->reduction ? reduction_steps(reduce->reduction) : 0;
    if (!best && !reduce->why_none && reduce->expired)
        reduce->why_none = memory_copy_string("there was no time left to look for one");
    else if (!best && !reduce->why_none)
        reduce->why_none =
            memory_copy_string(reduce->input.workload->kind->requests
                                   ? "asked alone, the sample does not show it: it comes only now and then, "
                                     "or hangs on what was "
                                     "asked before"
                                   : "asked again, the sample does not show it: it comes only now and then");
    reproduction->why_none = STEAL(reduce->why_none);
    if (!best)
        return reproduction;
    const struct finding *shown = reduce_find(reduce, &reduce->shown);
    reproduction->bytes = reduction_weigh(best);
    reproduction->minimal = reduction_is_minimal(reduce->reduction);
    reproduction->differs_only_when = reduction_words(reduce->reduction);
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
    return reproduction;
}

static void reduce_on_closed(uv_handle_t *handle)
{
    struct reduce *reduce = handle->data;
    struct reproduction *reproduction = reduce_conclude(reduce);
    reduce->input.done(&reproduction, reduce->err.code ? &reduce->err : NULL, reduce->input.data);
    reproduction_free(reproduction);
    reduce_free(reduce);
}

static void reduce_finish(struct reduce *reduce)
{
    if (reduce->cancelled && reduce->err.code == 0)
        err_set(&reduce->err, ERR_CANCELLED, "cancelled");
    uv_close((uv_handle_t *)&reduce->timer, reduce_on_closed);
}

/* How it ended, without the words in brackets that say at which request. */
static bool reduce_ends_alike(const char *one, const char *other)
{
    const char *rest = strstr(one, " (");
    size_t length = rest ? (size_t)(rest - one) : strlen(one);
    return strncmp(one, other, length) == 0 &&
           (other[length] == '\0' || strncmp(other + length, " (", 2) == 0);
}

static const struct finding *reduce_find(const struct reduce *reduce, const struct contract_summary *summary)
{
    const struct finding *wanted = reduce->input.finding;
    for (size_t i = 0; i < summary->finding_count; i++) {
        const struct finding *finding = &summary->findings[i];
        if (finding->class != wanted->class || strcmp(finding->part, wanted->part) != 0 ||
            strcmp(finding->pattern, wanted->pattern) != 0)
            continue;
        bool ending = wanted->class == CLASS_STATUS && wanted->after && finding->after;
        if (!ending || reduce_ends_alike(wanted->after, finding->after))
            return finding;
    }
    return NULL;
}

/* Held against each other, the base's first answer and the candidate's show the finding. */
static bool reduce_differs(struct reduce *reduce)
{
    struct contract_summary summary;
    const char *sample = reduce->own_noise ? reduce->input.sample->id : NULL;
    contract_inspect(reduce->input.contract, sample, &reduce->answers[REDUCE_BASE],
                     &reduce->answers[REDUCE_CANDIDATE], &summary);
    bool found = reduce_find(reduce, &summary) != NULL;
    contract_summary_fini(&summary);
    return found;
}

/* Of the sample as it is: what was learned elsewhere may excuse what never flickers here. */
static bool reduce_differs_first(struct reduce *reduce)
{
    if (reduce_differs(reduce))
        return true;
    reduce->own_noise = true;
    if (reduce_differs(reduce))
        return true;
    reduce->own_noise = false;
    return false;
}

/* The base is steady here and not merely excused: an input that makes it flicker proves nothing. */
static bool reduce_base_repeats(struct reduce *reduce)
{
    const struct answer *first = &reduce->answers[REDUCE_BASE];
    const struct answer *again = &reduce->answers[REDUCE_BASE_AGAIN];
    if (answer_is_identical(first, again, reduce->input.workload->compare_stderr))
        return true;
    return contract_compare(reduce->input.contract, first, again) != CONTRACT_DIFFERENT;
}

static bool reduce_base_holds(struct reduce *reduce)
{
    const struct answer *answer = &reduce->answers[REDUCE_BASE];
    if (!reduce->status_known) {
        reduce->status_known = true;
        reduce->status = answer->status;
    }
    return answer->ended && answer->status == reduce->status;
}

/* False once it is settled that the input doesn't show the finding. */
static bool reduce_goes_on(struct reduce *reduce)
{
    switch (reduce->asked - 1) {
    case REDUCE_BASE:
        return reduce_base_holds(reduce);
    case REDUCE_CANDIDATE:
        return reduction_best(reduce->reduction) ? reduce_differs(reduce) : reduce_differs_first(reduce);
    default:
        return reduce_base_repeats(reduce);
    }
}

static void reduce_keep_shown(struct reduce *reduce)
{
    contract_summary_fini(&reduce->shown);
    contract_inspect(reduce->input.contract, reduce->own_noise ? reduce->input.sample->id : NULL,
                     &reduce->answers[REDUCE_BASE], &reduce->answers[REDUCE_CANDIDATE], &reduce->shown);
}

static void reduce_settle(struct reduce *reduce, bool shows)
{
    if (shows && !reduction_is_explaining(reduce->reduction))
        reduce_keep_shown(reduce);
    for (int i = 0; i < REDUCE_ASKED; i++)
        answer_fini(&reduce->answers[i]);
    /* What the base refuses, or answers otherwise the next time, is no input without the difference. */
    bool answered = shows || reduce->asked == REDUCE_CANDIDATE + 1;
    reduce->asked = 0;
    if (answered)
        reduction_tell(reduce->reduction, shows);
    else
        reduction_tell_nothing(reduce->reduction);
    const struct sample *best = reduction_best(reduce->reduction);
    if (reduce->input.progress)
        reduce->input.progress(reduction_steps(reduce->reduction),
                               reduction_weigh(best ? best : &reduce->sample), reduce->input.data);
}

static enum answer_next reduce_on_answer(size_t position, struct answer *answer,
                                         const struct figures *figures, void *data)
{
    struct reduce *reduce = data;
    (void)position, (void)figures;
    reduce->answers[reduce->asked++] = *answer;
    *answer = (struct answer){0};
    return ANSWER_NEXT;
}

static void reduce_on_done(const struct err *err, void *data);

static int reduce_ask(struct reduce *reduce)
{
    const struct workload_request request = {
        .workload = reduce->input.workload,
        .samples = &reduce->samples,
        .arm = reduce->asked == REDUCE_CANDIDATE ? reduce->input.candidate : reduce->input.base,
        .indices = reduce_indices,
        .count = 1,
        .on_answer = reduce_on_answer,
        .on_done = reduce_on_done,
        .data = reduce,
    };
    return reduce->input.workload->kind->run_start(reduce->input.context, &request, &reduce->flight,
                                                   &reduce->err);
}

/* What comes next; the only place that starts anything. False: nothing does. */
static bool reduce_step(struct reduce *reduce)
{
    if (reduce->err.code || reduce->cancelled || reduce->expired)
        return false;
    if (reduce->asked > 0) {
        bool goes_on = reduce_goes_on(reduce);
        if (!goes_on || reduce->asked == REDUCE_ASKED)
            reduce_settle(reduce, goes_on);
    }
    if (reduce->asked == 0) {
        bool enough = reduce->overtime && reduction_steps(reduce->reduction) >= reduce->input.steps_least;
        const struct sample *next = enough ? NULL : reduction_next(reduce->reduction);
        reduce->expired = enough;
        if (!next)
            return false;
        reduce->trial = *next;
    }
    return reduce_ask(reduce) == 0;
}

static void reduce_on_done(const struct err *err, void *data)
{
    struct reduce *reduce = data;
    bool asked_for = reduce->cancelled || reduce->expired;
    reduce->flight = NULL;
    if (err && !(asked_for && err->code == ERR_CANCELLED))
        reduce->err = *err;
    if (!reduce_step(reduce))
        reduce_finish(reduce);
}

/* The budget is spent, and too little was asked to be of use. */
static bool reduce_may_go_on(const struct reduce *reduce)
{
    return reduce->flight && !reduce->overtime &&
           reduction_steps(reduce->reduction) < reduce->input.steps_least;
}

static void reduce_on_time(uv_timer_t *timer)
{
    struct reduce *reduce = timer->data;
    double more_s = reduce->input.time_most_s - reduce->input.time_budget_s;
    if (more_s > 0 && reduce_may_go_on(reduce)) {
        reduce->overtime = true;
        uv_timer_start(timer, reduce_on_time, (uint64_t)(more_s * 1000), 0);
        return;
    }
    reduce->expired = true;
    if (reduce->flight)
        reduce->input.workload->kind->run_cancel(reduce->flight);
    else
        reduce_finish(reduce);
}

/* A file's bytes can be left out like any; what is too long to try so often stays a file. */
static void reduce_read_input(struct reduce *reduce)
{
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
    reduce->stdin_bytes = STEAL(bytes);
    reduce->sample.stdin_bytes = reduce->stdin_bytes;
    reduce->sample.stdin_length = length;
    reduce->sample.stdin_file = NULL;
}

/* Makes what is to be reduced, or says why it can't be. */
static void reduce_prepare(struct reduce *reduce)
{
    reduce->sample = *reduce->input.sample;
    reduce_read_input(reduce);
    if (reduce->sample.stdin_file && *reduce->sample.stdin_file == '/')
        reduce->why_none = memory_copy_string("the sample's standard input is too long");
    else if (reduction_weigh(&reduce->sample) > REDUCTION_BYTES_MOST)
        reduce->why_none =
            memory_format("the sample asks with more than %zu MiB", REDUCTION_BYTES_MOST >> 20);
    else
        reduce->reduction = reduction_new(&reduce->sample, reduce->input.steps_most);
    if (reduce->reduction)
        reduction_compare_with(reduce->reduction, reduce->input.samples);
    reduce->samples = *reduce->input.samples;
    reduce->samples.items = &reduce->trial;
    reduce->samples.count = 1;
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
    reduce_prepare(reduce);
    bool asks = reduce->reduction && reduce_step(reduce);
    /* What can't be begun ends from the timer, never from here. */
    uv_timer_start(&reduce->timer, reduce_on_time, asks ? (uint64_t)(input->time_budget_s * 1000) : 0, 0);
    *out = reduce;
    return 0;
}

void reduce_cancel(struct reduce *reduce)
{
    if (reduce->cancelled)
        return;
    reduce->cancelled = true;
    if (reduce->flight)
        reduce->input.workload->kind->run_cancel(reduce->flight);
    else if (!uv_is_closing((uv_handle_t *)&reduce->timer))
        reduce_finish(reduce);
}
