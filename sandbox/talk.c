/*
 * A conversation with a run: a stdin that stays open, stdout as it comes, and figures meanwhile.
 *
 * Happy path: what is to be said goes into a pipe at once; what finds no room is queued and sent as the pipe
 * drains. The lane's word that the program was exec'ed brings the counters, and only then stdout is read, so
 * that its owner hears of the start first. Each piece is handed on as it comes.
 *
 * Failure modes: nobody reads: the queue waits for the run's end. Everybody closed their stdin or is dead:
 * what is said is dropped, and the run's own end tells more. Too much output ends the run.
 *
 * Close: the writing end goes when its owner ends the input or the run's handles are closed; the handle that
 * watches it is freed by its own close callback.
 */
#include "sandbox/talk.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/counter.h"
#include "sandbox/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The writing end. Not part of the run: its close callback may come later than the run's. */
struct talk_input {
    uv_poll_t poll;          /* writable again; on while something is queued */
    struct sandbox_run *run; /* its owner; gone when the handle closes */
    int fd;                  /* owned */
};

struct talk {
    struct talk_input *input;    /* NULL when nothing can be said any more; owned by its close callback */
    struct text queue;           /* what the pipe had no room for */
    size_t sent;                 /* of `queue` */
    bool ended;                  /* by sandbox_run_end_input(): closed behind the queue */
    bool begun;                  /* `started` is there */
    struct wire_started started; /* from the lane */
    int cpu;                     /* counter by started.cpu_source, or -1; owned */
    int peak;                    /* file by started.peak_source, or -1; owned */
    uint64_t room;               /* bytes of stdout that may still come */
    char *buffer;                /* CLIENT_READ_BYTES; owned */
    sandbox_output_cb on_output; /* the caller's */
    sandbox_exec_cb on_exec;     /* the caller's, or NULL */
};

static void talk_on_input_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void talk_hang_up(struct sandbox_run *run)
{
    struct talk *talk = run->talk;
    if (!talk || !talk->input)
        return;
    /* The descriptor goes after the handle was stopped: its number may be another's at once. */
    uv_close((uv_handle_t *)&talk->input->poll, talk_on_input_closed);
    close(talk->input->fd);
    talk->input = NULL;
    text_fini(&talk->queue);
    talk->sent = 0;
}

void talk_free(struct talk *talk)
{
    if (!talk)
        return;
    if (talk->cpu >= 0)
        close(talk->cpu);
    if (talk->peak >= 0)
        close(talk->peak);
    free(talk->buffer);
    free(talk);
}

int talk_open(struct sandbox_run *run, const struct sandbox_spec *spec, int *input, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set_errno(err, errno, "make a pipe");
    stream_widen_pipe(ends[0]);
    struct talk_input *own = MEMORY_NEW(struct talk_input);
    /* Our end alone doesn't wait: each end has its own flags. */
    int status = uv_poll_init(run->sandbox->loop, &own->poll, ends[1]);
    if (status < 0) {
        close(ends[0]);
        close(ends[1]);
        free(own);
        return err_set_errno(err, -status, "watch a pipe");
    }
    own->fd = ends[1];
    own->run = run;
    own->poll.data = own;
    run->talk = MEMORY_NEW(struct talk);
    *run->talk = (struct talk){.input = own,
                               .cpu = -1,
                               .peak = -1,
                               .room = spec->limits.output_bytes,
                               .buffer = memory_zeroed(CLIENT_READ_BYTES),
                               .on_output = spec->on_output,
                               .on_exec = spec->on_exec};
    *input = ends[0];
    return 0;
}

/* As write(2) without its signal, which would be the whole process's (signal(7)). */
static ssize_t talk_write_quietly(int fd, const char *bytes, size_t length)
{
    static const struct timespec at_once = {0};
    sigset_t broken;
    sigset_t before;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t wrote;
    do {
        wrote = write(fd, bytes, length);
    } while (wrote < 0 && errno == EINTR);
    int error = errno;
    if (wrote < 0 && error == EPIPE && !sigismember(&before, SIGPIPE))
        (void)!sigtimedwait(&broken, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return wrote;
}

/* As much as the pipe takes; the count. When nobody can read it, all is said. */
static size_t talk_send(struct sandbox_run *run, const char *bytes, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t wrote = talk_write_quietly(run->talk->input->fd, bytes + sent, length - sent);
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0) {
            if (errno != EPIPE) {
                err_set_errno(&run->error, errno, "write to a program");
                run_kill(run, SANDBOX_CANCELLED);
            }
            talk_hang_up(run);
            return length;
        }
        sent += (size_t)wrote;
    }
    return sent;
}

static void talk_on_writable(uv_poll_t *poll, int status, int events)
{
    const struct talk_input *input = poll->data;
    struct sandbox_run *run = input->run;
    struct talk *talk = run->talk;
    (void)events;
    size_t sent = talk_send(run, talk->queue.data + talk->sent, talk->queue.length - talk->sent);
    if (!talk->input)
        return;
    talk->sent += sent;
    /* An error stops the handle; that somebody could be written to again is the program's own play. */
    if (talk->sent < talk->queue.length && status < 0)
        uv_poll_start(poll, UV_WRITABLE, talk_on_writable);
    if (talk->sent < talk->queue.length)
        return;
    text_clear(&talk->queue);
    talk->sent = 0;
    uv_poll_stop(poll);
    if (talk->ended)
        talk_hang_up(run);
}

int sandbox_run_write(struct sandbox_run *run, const void *bytes, size_t length, struct err *err)
{
    struct talk *talk = run->talk;
    if (!talk || talk->ended)
        return err_set(err, ERR_INVALID, "write to a run: %s",
                       talk ? "its input was ended" : "it is no conversation");
    if (!talk->input)
        return 0;
    size_t sent = talk->queue.length ? 0 : talk_send(run, bytes, length);
    if (sent == length)
        return 0;
    /* What was sent goes when it is the larger part, so that each byte moves once at most. */
    if (talk->sent > talk->queue.length / 2) {
        talk->queue.length -= talk->sent;
        memmove(talk->queue.data, talk->queue.data + talk->sent, talk->queue.length);
        talk->sent = 0;
    }
    text_append(&talk->queue, (const char *)bytes + sent, length - sent);
    uv_poll_start(&talk->input->poll, UV_WRITABLE, talk_on_writable);
    return 0;
}

void sandbox_run_end_input(struct sandbox_run *run)
{
    struct talk *talk = run->talk;
    if (!talk || talk->ended)
        return;
    talk->ended = true;
    if (!talk->queue.length)
        talk_hang_up(run);
}

size_t sandbox_run_unsent(const struct sandbox_run *run)
{
    return run->talk ? run->talk->queue.length - run->talk->sent : 0;
}

void sandbox_run_allow_output(struct sandbox_run *run, uint64_t bytes)
{
    if (run->talk)
        run->talk->room = bytes;
}

char *talk_buffer(const struct talk *talk)
{
    return talk->buffer;
}

bool talk_has_begun(const struct talk *talk)
{
    return talk->begun;
}

bool talk_hand_on(struct sandbox_run *run, const char *bytes, size_t count)
{
    struct talk *talk = run->talk;
    const size_t taken = count < talk->room ? count : (size_t)talk->room;
    talk->room -= taken;
    if (taken)
        talk->on_output(run, bytes, taken, run->data);
    return taken == count;
}

void talk_end_output(struct sandbox_run *run)
{
    run->talk->on_output(run, "", 0, run->data);
}

/* Out of a message's descriptors, of which `*next` comes next; -1 when there is none. */
static int talk_take_fd(struct channel_message *message, size_t *next)
{
    if (*next >= message->fd_count)
        return -1;
    int fd = message->fds[*next];
    message->fds[(*next)++] = -1;
    return fd;
}

void talk_take_started(struct sandbox *sandbox, const struct wire_started *started,
                       struct channel_message *message)
{
    struct sandbox_run *run = sandbox->runs;
    size_t next = 0;
    while (run && run->id != started->id)
        run = run->next;
    if (!run || !run->talk || run->talk->begun || run->has_result)
        return;
    struct talk *talk = run->talk;
    talk->begun = true;
    talk->started = *started;
    if (started->cpu_source != SANDBOX_CPU_NONE)
        talk->cpu = talk_take_fd(message, &next);
    if (started->peak_source != SANDBOX_PEAK_NONE)
        talk->peak = talk_take_fd(message, &next);
    if (talk->on_exec)
        talk->on_exec(run, started->start_ns, run->data);
    stream_read_output(run);
}

/* `what` as the user reads it. */
static int talk_check_figure(const struct sandbox_run *run, int fd, const char *what, struct err *err)
{
    if (!run->talk)
        return err_set(err, ERR_INVALID, "read the %s of a run: it is no conversation", what);
    if (run->talk->begun && fd < 0)
        return err_set(err, ERR_UNAVAILABLE, "read the %s of a run: no counter shows it before the end",
                       what);
    return 0;
}

int sandbox_run_usage(const struct sandbox_run *run, uint64_t *cpu_ns, struct err *err)
{
    const struct talk *talk = run->talk;
    if (talk_check_figure(run, talk ? talk->cpu : -1, "CPU time", err) < 0)
        return err->code;
    /* At its end the lane has read it last: the group may be another run's by now. */
    uint64_t now = run->has_result ? 0 : counter_read_cpu(talk->started.cpu_source, talk->cpu);
    *cpu_ns = run->has_result                    ? run->result.cpu_ns
              : now > talk->started.cpu_start_ns ? now - talk->started.cpu_start_ns
                                                 : 0;
    return 0;
}

int sandbox_run_peak(const struct sandbox_run *run, uint64_t *peak_bytes, struct err *err)
{
    const struct talk *talk = run->talk;
    if (talk_check_figure(run, talk ? talk->peak : -1, "peak memory", err) < 0)
        return err->code;
    uint64_t now = run->has_result ? 0 : counter_read_number(talk->peak, "");
    *peak_bytes = run->has_result                   ? run->result.peak_bytes
                  : now > talk->started.peak_before ? now - talk->started.peak_before
                                                    : 0;
    return 0;
}
