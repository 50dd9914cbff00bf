#include "orchestrator/arms/build_log.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

#define EXCERPT_LINES 20
#define LINES_BEFORE  4
#define EXCERPT_BYTES 4096

/* Most telling first: a weaker mark counts only where no stronger one is in the whole output. */
static const char *const build_log_marks[] = {
    " error: ",
    "fatal error:",
    "undefined reference",
    "Traceback (most recent call last)",
    "SyntaxError",
    "CMake Error",
    "npm ERR!",
    "npm error",
    "configure: error",
    "ERROR:",
    "Assertion",
    "FAILED",
    "error:",
    "Error:",
    "not ok ",
    "No such file or directory",
    "not found",
    "Permission denied",
    "Network is unreachable",
    "FAIL",
};

static const char *build_log_find_mark(const char *output, size_t length)
{
    for (size_t i = 0; i < sizeof build_log_marks / sizeof *build_log_marks; i++) {
        const char *hit = memmem(output, length, build_log_marks[i], strlen(build_log_marks[i]));
        if (hit)
            return hit;
    }
    return NULL;
}

static const char *build_log_line_start(const char *output, const char *at)
{
    while (at > output && at[-1] != '\n')
        at--;
    return at;
}

/* The start of the line that stands `lines` before the one at `at`, or of the output. */
static const char *build_log_lines_back(const char *output, const char *at, int lines)
{
    at = build_log_line_start(output, at);
    while (lines-- > 0 && at > output)
        at = build_log_line_start(output, at - 1);
    return at;
}

char *build_log_excerpt(const char *output, size_t length)
{
    while (length > 0 && (output[length - 1] == '\n' || output[length - 1] == '\r'))
        length--;
    if (length == 0)
        return memory_copy_string("");
    const char *end = output + length;
    const char *mark = build_log_find_mark(output, length);
    const char *start = mark ? build_log_lines_back(output, mark, LINES_BEFORE)
                             : build_log_lines_back(output, end, EXCERPT_LINES - 1);
    if (!mark && end - start > EXCERPT_BYTES)
        start = end - EXCERPT_BYTES;
    if (mark && mark - start > EXCERPT_BYTES / 2)
        start = mark - EXCERPT_BYTES / 2;
    const char *stop = start;
    for (int lines = 0; stop < end && stop - start < EXCERPT_BYTES; stop++)
        if (*stop == '\n' && ++lines == EXCERPT_LINES)
            break;
    return memory_copy_bytes(start, (size_t)(stop - start));
}
