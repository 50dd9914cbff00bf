#include "workloads/answer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool answer_part_is_identical(const struct answer_part *a, const struct answer_part *b)
{
    return a->present == b->present && !a->cut && !b->cut && a->length == b->length &&
           (!a->length || !memcmp(a->bytes, b->bytes, a->length));
}

void answer_fini(struct answer *answer)
{
    free(answer->out.bytes);
    free(answer->error.bytes);
    for (size_t i = 0; i < answer->output_count; i++)
        free(answer->outputs[i].bytes);
    free(answer->outputs);
    for (size_t i = 0; i < answer->header_count; i++) {
        free(answer->headers[i].name);
        free(answer->headers[i].value);
    }
    free(answer->headers);
    *answer = (struct answer){0};
}

static bool answer_is_silent(const struct answer *answer)
{
    for (size_t i = 0; i < answer->out.length; i++) {
        if (!strchr(" \t\r\n", answer->out.bytes[i]) || !answer->out.bytes[i])
            return false;
    }
    return true;
}

bool answer_is_crash(const struct answer *answer)
{
    static const int fatal[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                                SIGKILL, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
    if (!answer->ended)
        return true;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        if (answer->status == 128 + fatal[i])
            return true;
    }
    return answer->status > 128 && answer->status <= 128 + SIGRTMAX && answer_is_silent(answer);
}

size_t answer_weigh(const struct answer *answer)
{
    size_t bytes = answer->out.length + answer->error.length;
    for (size_t i = 0; i < answer->output_count; i++)
        bytes += answer->outputs[i].length;
    for (size_t i = 0; i < answer->header_count; i++)
        bytes += strlen(answer->headers[i].name) + strlen(answer->headers[i].value);
    return bytes;
}

static bool answer_has_same_headers(const struct answer *a, const struct answer *b)
{
    if (a->header_count != b->header_count)
        return false;
    for (size_t i = 0; i < a->header_count; i++) {
        if (strcmp(a->headers[i].name, b->headers[i].name) ||
            strcmp(a->headers[i].value, b->headers[i].value))
            return false;
    }
    return true;
}

bool answer_is_identical(const struct answer *a, const struct answer *b, bool with_stderr)
{
    if (a->ended != b->ended || a->status != b->status || strcmp(a->ending, b->ending))
        return false;
    if (!answer_part_is_identical(&a->out, &b->out) || a->output_count != b->output_count)
        return false;
    if (with_stderr && !answer_part_is_identical(&a->error, &b->error))
        return false;
    for (size_t i = 0; i < a->output_count; i++) {
        if (!answer_part_is_identical(&a->outputs[i], &b->outputs[i]))
            return false;
    }
    return answer_has_same_headers(a, b);
}
