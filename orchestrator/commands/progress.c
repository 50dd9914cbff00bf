#include "orchestrator/commands/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#define LIVE_EVERY_NS  UINT64_C(100000000)
#define PLAIN_EVERY_NS UINT64_C(10000000000)

void progress_init(struct progress *progress, bool quiet)
{
    const char *term = getenv("TERM");
    *progress = (struct progress){
        .quiet = quiet,
        .live = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
        .began_ns = uv_hrtime(),
    };
}

static int progress_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void progress_compose(const struct progress *progress, const struct evaluation_progress *step,
                             char *line, size_t size)
{
    double seconds = (double)(uv_hrtime() - progress->began_ns) / 1e9;
    int used =
        snprintf(line, size, "%5.0f s  %s%s%-9s  %s", seconds, progress->label, *progress->label ? "  " : "",
                 step->stage, step->detail ? step->detail : step->sentence);
    if (used < 0 || (size_t)used >= size)
        return;
    if (step->total > 0)
        snprintf(line + used, size - (size_t)used, "  %zu of %zu", step->done, step->total);
    else if (step->done > 0)
        snprintf(line + used, size - (size_t)used, "  %zu", step->done);
}

static void progress_show_live(struct progress *progress, const struct evaluation_progress *step,
                               bool new_stage)
{
    uint64_t now = uv_hrtime();
    if (!new_stage && now - progress->told_ns < LIVE_EVERY_NS)
        return;
    progress->told_ns = now;
    char line[512];
    progress_compose(progress, step, line, sizeof line);
    fprintf(stderr, "\r\033[K%.*s", progress_width() - 1, line);
    fflush(stderr);
    progress->open = true;
}

static void progress_show_plain(struct progress *progress, const struct evaluation_progress *step,
                                bool new_stage)
{
    uint64_t now = uv_hrtime();
    bool new_detail =
        step->detail && strncmp(step->detail, progress->detail, sizeof progress->detail - 1) != 0;
    if (!new_stage && !(new_detail && now - progress->told_ns >= PLAIN_EVERY_NS / 10) &&
        now - progress->told_ns < PLAIN_EVERY_NS)
        return;
    progress->told_ns = now;
    snprintf(progress->detail, sizeof progress->detail, "%s", step->detail ? step->detail : "");
    char line[512];
    progress_compose(progress, step, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

/* A line of its own, above the live one. */
static void progress_show_lasting(struct progress *progress, const struct evaluation_progress *step)
{
    char line[512];
    progress_end(progress);
    progress_compose(progress, step, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

void progress_show(struct progress *progress, const struct evaluation_progress *step)
{
    bool new_stage = strcmp(progress->stage, step->stage) != 0;
    if (progress->quiet)
        return;
    snprintf(progress->stage, sizeof progress->stage, "%s", step->stage);
    if (step->lasting)
        progress_show_lasting(progress, step);
    else if (progress->live)
        progress_show_live(progress, step, new_stage);
    else
        progress_show_plain(progress, step, new_stage);
}

void progress_end(struct progress *progress)
{
    if (progress->open)
        fputs("\r\033[K", stderr);
    progress->open = false;
}
