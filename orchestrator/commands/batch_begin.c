/* The beginning of `cupel batch`: what was asked for, now or by an earlier process. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/arms/system.h"
#include "orchestrator/batch/past.h"
#include "orchestrator/batch/source.h"
#include "orchestrator/commands/batching.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char **batching_copy(char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    char **copy = memory_zeroed((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = memory_copy_string(words[i]);
    return copy;
}

static struct digest batching_system(const struct batching *batching)
{
    const struct facts *facts = &batching->order.identity.facts;
    return system_fingerprint(&batching->session.settings, facts->kernel, facts->runner_digest);
}

/* It must be there after a power cut, as the ledger's word of it is. */
static int batching_copy_stream(FILE *from, const char *path, struct err *err)
{
    cleanup_file FILE *file = fopen(path, "wxe");
    char buffer[65536];
    size_t got;
    if (!file)
        return err_set_errno(err, errno, "make %s", path);
    while ((got = fread(buffer, 1, sizeof buffer, from)) > 0)
        if (fwrite(buffer, 1, got, file) != got)
            return err_set_errno(err, errno, "write %s", path);
    if (ferror(from) || fflush(file) != 0 || fsync(fileno(file)) < 0)
        return err_set_errno(err, errno, "keep what is read as %s", path);
    return 0;
}

/* A pipe can be read once: what comes through it is kept for as long as the batch. */
static int batching_keep_pipe(struct batching *batching, size_t index, struct err *err)
{
    char **source = &batching->order.sources[index];
    bool standard = strcmp(*source, "-") == 0;
    struct stat status;
    if (!standard && (stat(*source, &status) < 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
        return 0;
    cleanup_free char *path = standard ? memory_format("%s/standard-input", batching->keep)
                                       : memory_format("%s/pipe-%zu.jsonl", batching->keep, index + 1);
    cleanup_file FILE *pipe = standard ? NULL : fopen(*source, "re");
    if (!standard && !pipe)
        return err_set_errno(err, errno, "read %s", *source);
    if (batching_copy_stream(standard ? stdin : pipe, path, err) < 0)
        return err->code;
    free(*source);
    *source = STEAL(path);
    return 0;
}

static char *batching_commit(const git_oid *commit)
{
    char hex[GIT_OID_HEXSZ + 1];
    return memory_copy_string(git_oid_tostr(hex, sizeof hex, commit));
}

/* Where the batch's evaluations leave what later stages need, and the batch's own lock. */
static int batching_open_keep(struct batching *batching, struct err *err)
{
    struct lock_owner holder;
    char who[512];
    batching->keep = memory_format("%s/kept/%s", batching->session.state, batching->order.identity.batch);
    cleanup_free char *lock = memory_format("%s/lock", batching->keep);
    if (folder_make(batching->keep, 0755, err) < 0)
        return err->code;
    int taken = lock_try(&batching->lock, lock, "cupel batch", &holder, err);
    if (taken <= 0)
        return taken;
    lock_describe(&holder, who, sizeof who);
    return err_set(err, ERR_INVALID, "batch %s is being run already, by %s", batching->order.identity.batch,
                   who);
}

/* Before the ledger knows of the batch: what names no source could never be gone on with. */
static int batching_check_sources(struct batching *batching, struct err *err)
{
    struct order *order = &batching->order;
    struct batch_source *source = NULL;
    struct err ignored = {0}; /* `cupel gc` finds what stays */
    int result = 0;
    for (size_t i = 0; order->sources[i] && result == 0; i++)
        result = batching_keep_pipe(batching, i, err);
    if (result == 0)
        result = batch_source_open(&source, batching->session.repository, (const char *const *)order->sources,
                                   order_source_count(order), order->base, err);
    if (result == 0)
        batch_source_close(source);
    else if (folder_remove(batching->keep, &ignored) < 0)
        fprintf(stderr, "cupel: note: %s; `cupel gc` removes it\n", ignored.message);
    return result;
}

static int batching_begin(struct batching *batching, struct err *err)
{
    const struct cli_arguments *arguments = batching->arguments;
    struct order *order = &batching->order;
    const char *config = cli_option(arguments, CLI_OPTION_CONFIG);
    const char *base = cli_option(arguments, CLI_OPTION_BASE);
    git_oid commit, tree;
    journal_identify(&order->identity);
    order->sources = batching_copy(arguments->positional);
    order->workloads = batching_copy(cli_options(arguments, CLI_OPTION_WORKLOAD));
    order->folder = getcwd(NULL, 0);
    order->config = config ? realpath(config, NULL) : NULL;
    order->combine = cli_flag(arguments, CLI_OPTION_COMBINE);
    if (!order->folder)
        return err_set_errno(err, errno, "find the current folder");
    if (cli_number(arguments, CLI_OPTION_TIMEOUT, &order->timeout_s, err) < 0 ||
        repository_resolve_commit(batching->session.repository, base, &commit, &tree, err) < 0)
        return err->code;
    order->head = batching_commit(&commit);
    order->base = base ? memory_copy_string(order->head) : NULL;
    order->system = batching_system(batching);
    if (batching_open_keep(batching, err) < 0)
        return err->code;
    return batching_check_sources(batching, err);
}

/* What an earlier process finished holds only where the same programs would build and answer now. */
static int batching_compare_system(struct batching *batching, struct err *err)
{
    struct digest now = batching_system(batching);
    if (memcmp(&now, &batching->order.system, sizeof now) == 0)
        return 0;
    return err_set(
        err, ERR_INVALID,
        "batch %s can't go on: since it began, packages, mounts, the kernel or cupel itself have changed "
        "here, and two halves made by different tools can't be compared; start it anew",
        batching->order.identity.batch);
}

/* Whoever had the batch until now may have finished it before its lock was free. */
static int batching_look_again(const struct batching *batching, const char *id, struct err *err)
{
    struct past_batch past;
    if (past_find(batching->ledger, id, &past, err) < 0)
        return err->code;
    bool closed = past.closed;
    past_batch_fini(&past);
    return closed ? err_set(err, ERR_INVALID, "batch %s is finished: cupel show %s", id, id) : 0;
}

static int batching_resume(struct batching *batching, struct err *err)
{
    const struct cli_arguments *arguments = batching->arguments;
    struct past_batch past;
    const char *prefix = arguments->positional_count > 0 ? arguments->positional[0] : NULL;
    if (past_find(batching->ledger, prefix, &past, err) < 0)
        return err->code;
    int result = past.closed
                     ? err_set(err, ERR_INVALID, "batch %s is finished: cupel show %s", past.id, past.id)
                     : order_read(&batching->order, past.id, past.body, err);
    batching->recorded = past.family > 0;
    batching->evaluated = past.evaluated;
    if (result == 0)
        result = batching_compare_system(batching, err);
    if (result == 0)
        result = batching_open_keep(batching, err);
    if (result == 0)
        result = batching_look_again(batching, past.id, err);
    if (result == 0 && batching->order.config)
        result = session_use_configuration(&batching->session, batching->order.config, err);
    if (result == 0 && chdir(batching->order.folder) < 0)
        result = err_set_errno(err, errno, "go back to %s, where the batch began", batching->order.folder);
    if (result == 0)
        result = past_read_roster(batching->ledger, past.id, &batching->roster, err);
    if (result == 0 && past.evaluated)
        result = past_keep_errors(batching->ledger, past.id, &batching->roster, err);
    batching->begun = result == 0; /* else to ask again would end in the same way */
    past_batch_fini(&past);
    return result;
}

int batching_open(struct batching *batching, struct err *err)
{
    const struct cli_arguments *arguments = batching->arguments;
    bool resume = cli_flag(arguments, CLI_OPTION_RESUME);
    bool quiet = cli_flag(arguments, CLI_OPTION_QUIET);
    const char *config = resume ? NULL : cli_option(arguments, CLI_OPTION_CONFIG);
    if (session_open(&batching->session, cli_option(arguments, CLI_OPTION_REPO), config, quiet, err) < 0 ||
        ledger_open(&batching->ledger, batching->session.state, NULL, err) < 0)
        return err->code;
    if (!resume && arguments->positional_count == 0)
        return err_set(
            err, ERR_INVALID,
            "batch takes at least one SOURCE: a folder of patches, a JSONL file of proposals, a branch or a "
            "pattern of branches, or a range; or --resume");
    if (resume && arguments->positional_count > 1)
        return err_set(err, ERR_INVALID,
                       "--resume takes one batch: its id, or none for the newest unfinished one");
    batching->began_ns = uv_hrtime();
    batch_progress_init(&batching->progress, quiet, &batching->roster);
    if ((resume ? batching_resume(batching, err) : batching_begin(batching, err)) < 0)
        return err->code;
    facts_find_calibration(&batching->order.identity.facts, batching->session.paths.state,
                           &batching->session.settings);
    return 0;
}

void batching_close(struct batching *batching)
{
    ledger_close(batching->ledger);
    lock_release(&batching->lock);
    roster_fini(&batching->roster);
    order_fini(&batching->order);
    free(batching->keep);
    session_close(&batching->session);
}
