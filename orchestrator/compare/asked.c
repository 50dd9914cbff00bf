#include "orchestrator/compare/asked.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/foreign.h"

#include <stdlib.h>
#include <string.h>

#define ASKED_COMPLAINT 400 /* bytes kept of what a failing command says */
#define ASKED_NO_SHELL  126 /* from there a shell says that it could not run a command */

const char *asked_name(enum arm_side side)
{
    return side == ARM_BASE ? "A" : "B";
}

enum arm_side asked_side(size_t ask)
{
    return ask % 2 == 0 ? ARM_BASE : ARM_CANDIDATE;
}

char *asked_copy_valid(const char *bytes, size_t length)
{
    struct text valid = {0};
    foreign_append_valid(&valid, bytes, length);
    return text_take(&valid);
}

/* The last line of stderr that holds anything, as far as it is text. */
static char *asked_complaint(const struct answer *answer)
{
    size_t length = answer->error.length;
    const char *bytes = answer->error.bytes;
    while (length > 0 && strchr(" \t\r\n", bytes[length - 1]))
        length--;
    size_t start = length;
    while (start > 0 && bytes[start - 1] != '\n')
        start--;
    if (start == length || memchr(bytes + start, '\0', length - start))
        return NULL;
    size_t kept = length - start > ASKED_COMPLAINT ? ASKED_COMPLAINT : length - start;
    return asked_copy_valid(bytes + start, kept);
}

static void asked_fill_command(const struct asked *asked, enum arm_side side, struct contest_command *command)
{
    const struct answer *first = &asked->answers[side];
    command->ending = memory_copy_string(first->ending);
    command->status = first->ended ? first->status : ASKED_NO_SHELL + 2;
    command->complaint = command->status != 0 ? asked_complaint(first) : NULL;
    command->steady = true;
    for (size_t i = 0; i < asked->count; i++)
        if (asked_side(i) == side && !answer_is_identical(first, &asked->answers[i], false))
            command->steady = false;
}

static void asked_copy_finding(struct finding *to, const struct finding *from)
{
    *to = (struct finding){
        .class = from->class,
        .part = asked_copy_valid(from->part, strlen(from->part)),
        .pointer = from->pointer ? asked_copy_valid(from->pointer, strlen(from->pointer)) : NULL,
        .before = from->before ? asked_copy_valid(from->before, strlen(from->before)) : NULL,
        .after = from->after ? asked_copy_valid(from->after, strlen(from->after)) : NULL,
    };
}

static enum contest_answers asked_relation(enum contract_outcome outcome, const struct answer *a,
                                           const struct answer *b)
{
    if (a->out.length == 0 && b->out.length == 0 && outcome != CONTRACT_DIFFERENT)
        return CONTEST_SILENT;
    switch (outcome) {
    case CONTRACT_SAME:
        return CONTEST_SAME;
    case CONTRACT_EQUIVALENT:
        return CONTEST_EQUIVALENT;
    case CONTRACT_TOLERATED:
        return CONTEST_TOLERATED;
    case CONTRACT_DIFFERENT:
        return CONTEST_DIFFERENT;
    default:
        return CONTEST_NOT_COMPARED;
    }
}

/* A's answers teach what it changes by itself; each of B's is held against A's first one. */
static void asked_hold(const struct asked *asked, const struct workload *workload, struct contest *contest)
{
    struct answer base[ASKED_MOST];
    struct contract_summary summary;
    size_t count = 0;
    char *unstable = NULL;
    struct contract *contract = contract_new(workload, NULL);
    for (size_t i = 0; i < asked->count; i += 2)
        base[count++] = asked->answers[i]; /* shallow */
    contract_learn(contract, "the command", base, count, &unstable);
    contest->answers = CONTEST_SAME;
    for (size_t i = 1; i < asked->count && !unstable; i += 2) {
        enum contract_outcome outcome =
            contract_record(contract, "the command", &base[0], &asked->answers[i]);
        enum contest_answers relation = asked_relation(outcome, &base[0], &asked->answers[i]);
        if (relation > contest->answers)
            contest->answers = relation;
    }
    if (unstable)
        contest->answers = CONTEST_UNSTEADY;
    contract_summarise(contract, &summary);
    contest->findings = memory_zeroed((summary.finding_count + 1) * sizeof *contest->findings);
    for (size_t i = 0; i < summary.finding_count && !unstable; i++)
        asked_copy_finding(&contest->findings[contest->finding_count++], &summary.findings[i]);
    contract_summary_fini(&summary);
    contract_free(contract);
    free(unstable);
}

/* ERR_INVALID where there is nothing to compare: a program that isn't there, or two that never end. */
int asked_check(const struct asked *asked, const struct command_line *commands, struct err *err)
{
    const struct answer *a = &asked->answers[0];
    const struct answer *b = &asked->answers[1];
    for (size_t i = 0; i < 2; i++) {
        const struct answer *answer = &asked->answers[i];
        cleanup_free char *complaint = asked_complaint(answer);
        bool missing = commands[i].shell && answer->ended && answer->status >= ASKED_NO_SHELL &&
                       answer->status <= ASKED_NO_SHELL + 1;
        if (missing)
            return err_set(err, ERR_INVALID, "%s can't be run: %s", asked_name(asked_side(i)),
                           complaint ? complaint : answer->ending);
        if (strncmp(answer->ending, WORKLOAD_NOT_STARTED, strlen(WORKLOAD_NOT_STARTED)) == 0)
            return err_set(err, ERR_INVALID, "%s %s", asked_name(asked_side(i)), answer->ending);
    }
    if (!a->ended && !b->ended)
        return err_set(err, ERR_INVALID, "nothing to compare: A %s, B %s", a->ending, b->ending);
    return 0;
}

void asked_compare(const struct asked *asked, const struct workload *workload, struct contest *contest)
{
    asked_fill_command(asked, ARM_BASE, &contest->commands[ARM_BASE]);
    asked_fill_command(asked, ARM_CANDIDATE, &contest->commands[ARM_CANDIDATE]);
    asked_hold(asked, workload, contest);
    if (strcmp(asked->answers[0].ending, asked->answers[1].ending) != 0)
        contest->answers = CONTEST_DIFFERENT;
}

void asked_fini(struct asked *asked)
{
    for (size_t i = 0; i < asked->count; i++)
        answer_fini(&asked->answers[i]);
    *asked = (struct asked){0};
}
