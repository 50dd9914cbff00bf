#include "sandbox/stream.h"

#include "base/text.h"
#include "sandbox/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STREAM_PIPE_BYTES (1 << 20)

/* One buffer for all: a read callback follows at once, and copies; a conversation's owner is called. */
static char *stream_buffer(const struct sandbox_run *run)
{
    return run->talk ? talk_buffer(run->talk) : run->sandbox->buffer;
}

static void stream_on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct run_stream *stream = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(stream_buffer(stream->run), CLIENT_READ_BYTES);
}

static bool stream_is_talk(const struct run_stream *stream)
{
    return stream->run->talk && stream == &stream->run->streams[0];
}

/* What came by a run's pipe is its own, or the program's that runs in it.
 * Up to the limit; false when there was more. */
static bool stream_keep(struct run_stream *stream, const char *bytes, size_t count)
{
    if (stream_is_talk(stream)) {
        stream->cut = stream->cut || !talk_hand_on(stream->run, bytes, count);
        return !stream->cut;
    }
    struct sandbox_run *run = stream->run->guest ? stream->run->guest : stream->run;
    struct run_stream *target = &run->streams[stream - stream->run->streams];
    size_t room = run->output_bytes - target->text.length;
    size_t kept = count < room ? count : room;
    text_append(&target->text, bytes, kept);
    target->cut |= count > kept;
    return count <= kept;
}

static void stream_on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buffer)
{
    struct run_stream *stream = handle->data;
    struct sandbox_run *run = stream->run;
    if (count == 0)
        return;
    if (count < 0) {
        uv_read_stop(handle);
        stream->open = false;
        if (stream_is_talk(stream))
            talk_end_output(run);
        return;
    }
    if (!stream_keep(stream, buffer->base, (size_t)count))
        run_kill(run->guest ? run->guest : run, SANDBOX_OUTPUT_LIMIT);
}

/* What is in the pipe now; false when that was too much. */
static bool stream_drain_one(struct run_stream *stream)
{
    char *buffer = stream_buffer(stream->run);
    uv_os_fd_t fd;
    if (!stream->open || (stream_is_talk(stream) && !talk_has_begun(stream->run->talk)) ||
        uv_fileno((const uv_handle_t *)&stream->pipe, &fd) < 0)
        return true;
    for (;;) {
        ssize_t got = read(fd, buffer, CLIENT_READ_BYTES);
        if (got > 0 && !stream_keep(stream, buffer, (size_t)got))
            return false;
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
    }
}

void stream_drain(struct sandbox_run *run)
{
    struct sandbox_run *source = run->host ? run->host : run;
    for (size_t i = 0; i < 2; i++)
        if (!stream_drain_one(&source->streams[i]) && run->host)
            run_kill(run, SANDBOX_OUTPUT_LIMIT);
}

void stream_widen_pipe(int fd)
{
    /* Refused when the user's pipes are full already; a small one works too. */
    (void)!fcntl(fd, F_SETPIPE_SZ, STREAM_PIPE_BYTES);
}

int stream_make_pipes(struct sandbox_run *run, int out[static 2], struct err *err)
{
    for (size_t i = 0; i < 2; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0) {
            int error = errno;
            if (i)
                close(out[0]);
            return err_set_errno(err, error, "make a pipe");
        }
        stream_widen_pipe(ends[0]);
        run->streams[i].fd = ends[0];
        out[i] = ends[1];
    }
    return 0;
}

/* The run is on its way already: what breaks here ends it. */
static void stream_start_one(struct sandbox_run *run, struct run_stream *stream)
{
    if (stream->fd < 0)
        return;
    int status = uv_pipe_open(&stream->pipe, stream->fd);
    if (status < 0) {
        err_set_errno(&run->error, -status, "watch a pipe");
        run_kill(run, SANDBOX_CANCELLED);
        return;
    }
    stream->fd = -1;
    stream->open = true;
    if (!stream_is_talk(stream))
        uv_read_start((uv_stream_t *)&stream->pipe, stream_on_allocate, stream_on_read);
}

void stream_read_output(struct sandbox_run *run)
{
    struct run_stream *stream = &run->streams[0];
    if (stream->open)
        uv_read_start((uv_stream_t *)&stream->pipe, stream_on_allocate, stream_on_read);
}

void stream_start(struct sandbox_run *run)
{
    for (size_t i = 0; i < 2; i++)
        stream_start_one(run, &run->streams[i]);
}
