#include "sandbox/corpus/trial.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

bool trial_is_among(const char *said, const char *alternatives)
{
    size_t length = strlen(said);
    for (const char *at = alternatives; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, said, length) == 0 && (at[length] == '|' || !at[length]))
            return true;
    }
    return false;
}

/* As results are collected: beneath the workspace, no link, and regular files only. */
static const char *trial_collect(int workspace, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    struct stat status;
    cleanup_fd int fd = (int)syscall(SYS_openat2, workspace, path, &how, sizeof how);
    if (fd < 0)
        return strerrorname_np(errno);
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? "collected" : "no file";
}

static void trial_add(char said[static 192], const char *words)
{
    size_t length = strlen(said);
    snprintf(said + length, 192 - length, "%s%s", length ? ", " : "", words);
}

static void trial_say_end(const struct sandbox_result *result, char said[static 192])
{
    switch (result->end) {
    case SANDBOX_EXITED:
        if (result->status != 0 || !result->out_length)
            snprintf(said, 192, "exit status %d: %.120s", result->status, result->error);
        else
            snprintf(said, 192, "%.*s", (int)strcspn(result->out, "\n"), result->out);
        break;
    case SANDBOX_TIMED_OUT:
        snprintf(said, 192, "timed out");
        break;
    case SANDBOX_OUTPUT_LIMIT:
        snprintf(said, 192, result->out_cut ? "output cut" : "output not cut");
        break;
    default:
        sandbox_describe_end(result, said, 192);
        break;
    }
}

static void trial_say(const struct attempt *attempt, const struct sandbox_result *result,
                      char said[static 192])
{
    char words[64];
    trial_say_end(result, said);
    if (result->leftovers) {
        snprintf(words, sizeof words, "%u killed at the end", result->leftovers);
        trial_add(said, words);
    }
    if (attempt->cpu_ms)
        trial_add(said, result->cpu_ns >= attempt->cpu_ms * 1000000 ? "CPU charged" : "CPU not charged");
    if (attempt->collect && result->workspace_fd >= 0)
        trial_add(said, trial_collect(result->workspace_fd, attempt->collect));
}

static struct sandbox_spec trial_spec(const struct range *range, const struct attempt *attempt,
                                      const char *const *argv, const char *profile)
{
    struct sandbox_spec spec = range_spec(range, argv, profile);
    spec.keep_workspace = attempt->collect != NULL;
    spec.talks = attempt->talks;
    if (attempt->memory_bytes)
        spec.limits.memory_bytes = attempt->memory_bytes;
    if (attempt->wall_ms)
        spec.limits.wall_ms = attempt->wall_ms;
    return spec;
}

/* A run with the limits of a row; says how it ended. */
static int trial_run(struct range *range, const struct attempt *attempt, const char *name,
                     const char *profile, char said[static 192], struct err *err)
{
    const char *const argv[] = {"./attacker", name, NULL};
    struct sandbox_spec spec = trial_spec(range, attempt, argv, profile);
    struct range_answer answer = {.result.workspace_fd = -1};
    if (attempt->disk && range_make_upper(range, &spec, &answer.err) < 0)
        answer.over = true;
    else
        range_start(range, &spec, &answer);
    range_wait(range, &answer);
    if (range_remove_upper(range, err) < 0 && answer.err.code == 0)
        answer.err = *err;
    int code = answer.err.code;
    if (code == 0)
        trial_say(attempt, &answer.result, said);
    else
        *err = answer.err;
    range_forget(&answer);
    return code;
}

/* The other's end, which must have done its part. */
static int trial_end_beside(struct range *range, struct range_answer *beside, struct err *err)
{
    sandbox_run_cancel(beside->run);
    range_wait(range, beside);
    int code = beside->err.code;
    if (code)
        *err = beside->err;
    else if (strcmp(beside->result.out, "ok\n") != 0)
        code =
            err_set(err, ERR_SYSTEM, "the sandbox beside did not play its part: %.100s", beside->result.out);
    range_forget(beside);
    return code;
}

int trial_describe(struct range *range, const struct attempt *attempt, const char *profile,
                   char said[static 192], struct err *err)
{
    static const struct attempt plain = {0};
    struct range_answer beside;
    char words[192];
    if (attempt->before && trial_run(range, &plain, attempt->before, profile, words, err) < 0)
        return err->code;
    if (!attempt->beside)
        return trial_run(range, attempt, attempt->name, profile, said, err);
    const char *const argv[] = {"./attacker", attempt->beside, NULL};
    struct sandbox_spec spec = trial_spec(range, &plain, argv, profile);
    spec.slot = 1;
    range_start(range, &spec, &beside);
    /* The other's time to do its part. */
    int code = trial_run(range, &plain, "moment", profile, words, err);
    if (code == 0)
        code = trial_run(range, attempt, attempt->name, profile, said, err);
    struct err late = {0};
    int ended = trial_end_beside(range, &beside, &late);
    if (code == 0 && ended < 0)
        *err = late;
    return code ? code : ended;
}

static bool trial_is_applicable(const struct range *range, const struct attempt *attempt, struct trial *trial)
{
    const char *why = attempt->elsewhere;
    if (!why && attempt->cpu_ms && sandbox_isolation(range->sandbox)->cpu_source == SANDBOX_CPU_NONE)
        why = "nothing counts CPU time here";
    if (why)
        snprintf(trial->said, sizeof trial->said, "%s", why);
    return !why;
}

static bool trial_is_open(const struct range *range, const struct attempt *attempt)
{
    const struct sandbox_isolation *here = sandbox_isolation(range->sandbox);
    const bool places[] = {
        [ATTEMPT_OPEN_EVERYWHERE] = true,
        [ATTEMPT_OPEN_UNGROUPED] =
            here->peak_source != SANDBOX_PEAK_CGROUP1 && here->peak_source != SANDBOX_PEAK_CGROUP2,
        [ATTEMPT_OPEN_SHARED] = here->shared_system,
        [ATTEMPT_OPEN_ORDINARY] = !here->root,
    };
    return attempt->open && places[attempt->where];
}

int trial_make(struct range *range, const struct attempt *attempt, const char *profile, struct trial *trial,
               struct err *err)
{
    const struct attempt plain = {.disk = attempt->disk, .talks = attempt->talks};
    char twin[192] = "";
    *trial = (struct trial){.state = TRIAL_NOT_APPLICABLE};
    if (!trial_is_applicable(range, attempt, trial))
        return 0;
    if (trial_describe(range, attempt, profile, trial->said, err) < 0 ||
        trial_run(range, &plain, attempt->twin, profile, twin, err) < 0)
        return err->code;
    range_cool(range);
    snprintf(trial->twin, sizeof trial->twin, "%.60s", twin);
    bool clean = survivors_are_none(range->state, range->layer, &range->baseline, trial->left);
    bool held = clean && trial_is_among(trial->said, attempt->refusal) && strcmp(trial->twin, "ok") == 0;
    trial->state = held ? TRIAL_HELD : clean && trial_is_open(range, attempt) ? TRIAL_OPEN : TRIAL_NOT_HELD;
    return 0;
}
