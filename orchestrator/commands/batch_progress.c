#include "orchestrator/commands/batch_progress.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define READ_EVERY_NS UINT64_C(10000000000) /* plain lines of the sift */
#define DRAW_EVERY_NS UINT64_C(100000000)

void batch_progress_init(struct batch_progress *progress, bool quiet, const struct roster *roster)
{
    *progress = (struct batch_progress){.roster = roster};
    progress_init(&progress->plain, quiet);
}

static double batch_progress_seconds(const struct batch_progress *progress)
{
    return (double)(uv_hrtime() - progress->plain.began_ns) / 1e9;
}

static void batch_progress_name(const struct batch_progress *progress, size_t index, struct text *out)
{
    const struct roster *roster = progress->roster;
    if (index == BATCH_BASE)
        text_append_string(out, "the base alone");
    else if (index < roster->count && roster->entries[index].name)
        report_escape_terminal(out, roster->entries[index].name, 40);
    else
        text_printf(out, "candidate %zu", index + 1);
}

static unsigned batch_progress_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* "3 of 8 evaluated, about 4 min to go" */
static void batch_progress_sum(const struct batch_progress *progress, struct text *out)
{
    text_printf(out, "%5.0f s  ", batch_progress_seconds(progress));
    if (progress->total == 0) {
        text_printf(out, "%zu read", progress->read);
        return;
    }
    text_printf(out, "%zu of %zu evaluated", progress->ended, progress->total);
    if (progress->ended == 0 || progress->ended == progress->total)
        return;
    double spent = (double)(uv_hrtime() - progress->evaluation_began_ns) / 1e9;
    double left = spent / (double)progress->ended * (double)(progress->total - progress->ended);
    if (left < 90)
        text_printf(out, ", about %.0f s to go", left);
    else
        text_printf(out, ", about %.0f min to go", left / 60);
}

void batch_progress_clear(struct batch_progress *progress)
{
    if (progress->drawn > 0)
        fprintf(stderr, "\r\033[%zuA\033[J", progress->drawn);
    progress->drawn = 0;
}

static void batch_progress_draw(struct batch_progress *progress)
{
    size_t room = batch_progress_width() - 1;
    cleanup_text struct text screen = {0};
    size_t drawn = 0;
    for (size_t i = 0; i < BATCH_PROGRESS_LINES; i++) {
        const struct batch_line *line = &progress->lines[i];
        cleanup_text struct text text = {0};
        if (!line->used)
            continue;
        text_printf(&text, "%5.0f s  ", (double)(uv_hrtime() - line->began_ns) / 1e9);
        batch_progress_name(progress, line->index, &text);
        text_printf(&text, "  %s", line->text);
        text_printf(&screen, "%.*s\n", (int)room, text_string(&text));
        drawn++;
    }
    cleanup_text struct text sum = {0};
    batch_progress_sum(progress, &sum);
    text_printf(&screen, "%.*s\n", (int)room, text_string(&sum));
    batch_progress_clear(progress);
    fputs(text_string(&screen), stderr);
    fflush(stderr);
    progress->drawn = drawn + 1;
    progress->plain.told_ns = uv_hrtime();
}

static struct batch_line *batch_progress_line(struct batch_progress *progress, size_t index)
{
    struct batch_line *spare = NULL;
    for (size_t i = 0; i < BATCH_PROGRESS_LINES; i++) {
        if (progress->lines[i].used && progress->lines[i].index == index)
            return &progress->lines[i];
        if (!progress->lines[i].used)
            spare = &progress->lines[i];
    }
    if (spare)
        *spare = (struct batch_line){.used = true, .index = index, .began_ns = uv_hrtime()};
    return spare;
}

static bool batch_progress_is_worth_a_line(const char *stage)
{
    return strcmp(stage, "build") == 0 || strcmp(stage, "contract") == 0 || strcmp(stage, "measure") == 0;
}

void batch_progress_step(struct batch_progress *progress, size_t index,
                         const struct evaluation_progress *step)
{
    struct batch_line *line = progress->plain.quiet ? NULL : batch_progress_line(progress, index);
    if (!line)
        return;
    int used = snprintf(line->text, sizeof line->text, "%s: %s", step->stage,
                        step->detail ? step->detail : step->sentence);
    if (step->done > 0 && used > 0 && (size_t)used < sizeof line->text && step->total > 0)
        (void)snprintf(line->text + used, sizeof line->text - (size_t)used, ", %zu of %zu", step->done,
                       step->total);
    bool waits = strcmp(step->stage, "measure") == 0 && step->detail && step->done == 0;
    bool new_stage = !waits && strcmp(line->stage, step->stage) != 0;
    if (!waits)
        (void)snprintf(line->stage, sizeof line->stage, "%s", step->stage);
    if (progress->plain.live) {
        if (uv_hrtime() - progress->plain.told_ns >= DRAW_EVERY_NS)
            batch_progress_draw(progress);
    } else if (new_stage && progress->total > 0 && batch_progress_is_worth_a_line(step->stage)) {
        cleanup_text struct text name = {0};
        batch_progress_name(progress, index, &name);
        fprintf(stderr, "%5.0f s  %s: %s\n", batch_progress_seconds(progress), text_string(&name),
                step->sentence);
    }
}

void batch_progress_sifted(struct batch_progress *progress, size_t family, size_t total)
{
    progress->total = total;
    progress->evaluation_began_ns = uv_hrtime();
    if (progress->plain.quiet)
        return;
    batch_progress_clear(progress);
    fprintf(stderr, "%5.0f s  %zu candidate%s read: %zu distinct tree%s, %zu to evaluate\n",
            batch_progress_seconds(progress), progress->roster->count,
            progress->roster->count == 1 ? "" : "s", family, family == 1 ? "" : "s", total);
}

void batch_progress_ended(struct batch_progress *progress, size_t index, bool sift, const char *word)
{
    struct batch_line *line = batch_progress_line(progress, index);
    if (line)
        line->used = false;
    progress->read += sift;
    progress->ended += !sift && index != BATCH_BASE;
    if (progress->plain.quiet)
        return;
    if (sift) {
        if (progress->plain.live || uv_hrtime() - progress->plain.told_ns < READ_EVERY_NS)
            return;
        progress->plain.told_ns = uv_hrtime();
        fprintf(stderr, "%5.0f s  %zu candidate%s read\n", batch_progress_seconds(progress), progress->read,
                progress->read == 1 ? "" : "s");
        return;
    }
    cleanup_text struct text name = {0};
    cleanup_text struct text sum = {0};
    batch_progress_name(progress, index, &name);
    batch_progress_clear(progress);
    if (index == BATCH_BASE) {
        fprintf(stderr, "%5.0f s  %s: %s\n", batch_progress_seconds(progress), text_string(&name), word);
        return;
    }
    fprintf(stderr, "%5.0f s  %s: %s\n", batch_progress_seconds(progress), text_string(&name), word);
    batch_progress_sum(progress, &sum);
    if (!progress->plain.live)
        fprintf(stderr, "%s\n", text_string(&sum));
    else
        batch_progress_draw(progress);
}
