#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void sandbox_result_take(const struct sandbox_result *result, char **out, char **error)
{
    /* The result belongs to the run; const is the caller's view of it. */
    struct sandbox_result *own = (struct sandbox_result *)(uintptr_t)result;
    *out = own->out ? own->out : memory_copy_string("");
    *error = own->error ? own->error : memory_copy_string("");
    own->out = NULL;
    own->error = NULL;
}

static void result_describe_signal(int signal, char *words, size_t size)
{
    const char *name = sigabbrev_np(signal);
    if (name)
        snprintf(words, size, "killed by SIG%s", name);
    else
        snprintf(words, size, "killed by signal %d", signal);
}

/* 8 GiB, 1.5 GiB, 8 MiB, 512 KiB */
static void result_describe_bytes(uint64_t bytes, char words[static 32])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    for (; value >= 1024 && unit < 3; unit++)
        value /= 1024;
    snprintf(words, 32, "%.3g %s", value, units[unit]);
}

/* "wrote more than 8 GiB into its workspace; limits: 8 GiB, 1000000 files" */
static void result_describe_excess(const struct sandbox_excess *excess, char *words, size_t size)
{
    char bytes[32];
    char what[128];
    result_describe_bytes(excess->limit_bytes, bytes);
    if (excess->reserve)
        snprintf(what, sizeof what, "took nearly all that was left of its disk's %s",
                 excess->files ? "inodes" : "space");
    else if (excess->files)
        snprintf(what, sizeof what, "made more than %" PRIu64 " files in its workspace", excess->limit_files);
    else
        snprintf(what, sizeof what, "wrote more than %s into its workspace", bytes);
    snprintf(words, size, "%s; limits: %s, %" PRIu64 " files", what, bytes, excess->limit_files);
}

void sandbox_describe_end(const struct sandbox_result *result, char *words, size_t size)
{
    double seconds = (double)result->wall_ns / 1e9;
    switch (result->end) {
    case SANDBOX_EXITED:
        snprintf(words, size, "exit status %d", result->status);
        break;
    case SANDBOX_SIGNALLED:
        result_describe_signal(result->status, words, size);
        break;
    case SANDBOX_TIMED_OUT:
        snprintf(words, size, "timed out after %.1f s", seconds);
        break;
    case SANDBOX_OUTPUT_LIMIT:
        snprintf(words, size, "killed for too much output");
        break;
    case SANDBOX_MEMORY_LIMIT:
        snprintf(words, size, "ran out of the memory allowed to it");
        break;
    case SANDBOX_DISK_LIMIT:
        result_describe_excess(&result->excess, words, size);
        break;
    case SANDBOX_CANCELLED:
        snprintf(words, size, "cancelled");
        break;
    case SANDBOX_NOT_STARTED:
        snprintf(words, size, "could not be started: %s", strerror(result->status));
        break;
    }
}
