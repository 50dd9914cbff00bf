/*
 * What a batch of small candidates costs, as AI batches are (batch_scene.h): candidates a second until the
 * family is frozen, beside git doing the same; durable stage records a second meanwhile; peak memory for more
 * and more of them; how long the report takes; and cupel's own CPU beside the wall time of a batch that
 * measures.
 * Usage: bench_batch [CANDIDATES [MEASURED [FOLDER]]], as root. FOLDER must be on the disk that is meant.
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/journal.h"
#include "orchestrator/ledger/ledger.h"
#include "tests/bench/batch_process.h"
#include "tests/bench/batch_scene.h"
#include "tests/bench/bench.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PEER_CHECKS    200 /* candidates that git alone checks */
#define PEER_WORKTREES 20  /* that it applies to a worktree of their own */
#define SHOW_ROUNDS    3

struct bench {
    char *folder;
    char *repository;
    char *patches;
    char *proposals; /* JSON lines */
};

/* A batch as its ledger tells it. */
struct told {
    char batch[LEDGER_ID_MAX];
    double began_s, sifted_s; /* since the epoch; 0: not told */
    size_t stages;            /* recorded between */
};

static char *bench_make_folder(const char *parent, const char *name)
{
    char *path = memory_format("%s/%s", parent, name);
    if (mkdir(path, 0755) < 0) {
        perror(path);
        exit(1);
    }
    return path;
}

static double bench_read_time(const char *at)
{
    struct tm time = {0};
    const char *fraction = strptime(at, "%Y-%m-%dT%H:%M:%S", &time);
    return (double)timegm(&time) + (fraction ? strtod(fraction, NULL) : 0);
}

static int bench_visit(const struct ledger_row *row, void *data, struct err *err)
{
    struct told *told = data;
    double at = bench_read_time(row->at);
    const char *stage = row->entry.stage;
    (void)err;
    if (row->entry.kind == LEDGER_BATCH && !stage) {
        *told = (struct told){.began_s = at};
        (void)snprintf(told->batch, sizeof told->batch, "%s", row->entry.batch);
    } else if (row->entry.kind == LEDGER_BATCH && strcmp(stage, JOURNAL_SIFTED) == 0) {
        told->sifted_s = at;
    }
    told->stages += row->entry.kind == LEDGER_STAGE && told->sifted_s == 0;
    return 0;
}

/* Of the newest batch below the folder's state. */
static void bench_read_ledger(const char *state, struct told *told)
{
    struct err err = {0};
    struct ledger *ledger;
    glob_t found;
    const struct ledger_options options = {.read_only = true};
    const struct ledger_query query = {.kinds =
                                           LEDGER_KIND_BIT(LEDGER_BATCH) | LEDGER_KIND_BIT(LEDGER_STAGE)};
    cleanup_free char *pattern = memory_format("%s/cupel/*/%s", state, LEDGER_NAME);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc != 1) {
        fprintf(stderr, "bench_batch: no ledger at %s\n", pattern);
        exit(1);
    }
    *strrchr(found.gl_pathv[0], '/') = '\0';
    bench_check(ledger_open(&ledger, found.gl_pathv[0], &options, &err), &err);
    bench_check(ledger_each(ledger, &query, bench_visit, told, &err), &err);
    ledger_close(ledger);
    globfree(&found);
}

/* A batch over new proposals, in a state of its own, which becomes the environment's. */
static void bench_batch(const struct bench *bench, const struct batch_scene *scene, const char *name,
                        struct batch_process *process, struct told *told)
{
    cleanup_free char *state = bench_make_folder(bench->folder, name);
    cleanup_free char *out = memory_format("%s/report", state);
    batch_scene_write_proposals(scene, bench->proposals, bench->patches);
    setenv("XDG_STATE_HOME", state, 1);
    batch_process_run(
        (const char *const[]){BENCH_CUPEL, "batch", "--repo", bench->repository, bench->proposals, NULL}, out,
        process);
    if (process->status != 0 && process->status != 3 && process->status != 4) {
        fprintf(stderr, "bench_batch: cupel batch: exit status %d\n", process->status);
        exit(1);
    }
    *told = (struct told){0};
    bench_read_ledger(state, told);
}

/* Does the patch apply? As somebody would ask git, one process a candidate. */
static double bench_peer_check(const struct bench *bench, size_t count)
{
    double begin = bench_now();
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *patch = memory_format("%s/%zu.patch", bench->patches, i);
        (void)batch_process_do(
            (const char *const[]){"git", "-C", bench->repository, "apply", "--check", patch, NULL});
    }
    return (double)count / (bench_now() - begin);
}

/* Which tree does it give? In a worktree each, as harnesses do it. */
static double bench_peer_worktree(const struct bench *bench, size_t count)
{
    cleanup_free char *place = memory_format("%s/worktree", bench->folder);
    double begin = bench_now();
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *patch = memory_format("%s/%zu.patch", bench->patches, i);
        batch_process_must((const char *const[]){"git", "-C", bench->repository, "worktree", "add", "-q",
                                                 "--detach", place, NULL});
        if (batch_process_do((const char *const[]){"git", "-C", place, "apply", "--index", patch, NULL}) == 0)
            batch_process_must((const char *const[]){"git", "-C", place, "write-tree", NULL});
        batch_process_must((const char *const[]){"git", "-C", bench->repository, "worktree", "remove",
                                                 "--force", place, NULL});
    }
    return (double)count / (bench_now() - begin);
}

static void bench_sift(const struct bench *bench, size_t count, const struct told *told)
{
    double seconds = told->sifted_s - told->began_s;
    printf("sift          %8.1f candidates/s  (%zu in %.1f s: intake, screen, tree; goal 20)\n",
           (double)count / seconds, count, seconds);
    printf("  git apply --check            %8.1f candidates/s  (applies or not)\n",
           bench_peer_check(bench, count < PEER_CHECKS ? count : PEER_CHECKS));
    printf("  git worktree, apply, tree    %8.1f candidates/s  (which tree)\n",
           bench_peer_worktree(bench, count < PEER_WORKTREES ? count : PEER_WORKTREES));
    printf("ledger        %8.1f durable stage records/s meanwhile  (goal 200)\n",
           (double)told->stages / seconds);
}

static void bench_show(const struct bench *bench, const struct told *told)
{
    static const char *const formats[] = {"text", "markdown", "json"};
    cleanup_free char *out = memory_format("%s/shown", bench->folder);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct batch_process best = {.wall_s = 1e9};
        struct stat status = {0};
        for (int round = 0; round < SHOW_ROUNDS; round++) {
            struct batch_process process;
            batch_process_run((const char *const[]){BENCH_CUPEL, "show", "--repo", bench->repository,
                                                    "--format", formats[i], told->batch, NULL},
                              out, &process);
            if (process.status != 0)
                exit(1);
            if (process.wall_s < best.wall_s)
                best = process;
        }
        (void)stat(out, &status);
        printf("report        %8.2f s as %s  (own CPU %.2f s; %.0f KiB; peak %.1f MiB; goal 1 s)\n",
               best.wall_s, formats[i], best.cpu_s, (double)status.st_size / 1024,
               (double)best.peak_bytes / 1048576);
    }
}

static void bench_print_memory(size_t count, const struct batch_process *process)
{
    printf("memory        %8.1f MiB at its peak with %zu candidates  (%.1f s in all; goal 64 MiB)\n",
           (double)process->peak_bytes / 1048576, count, process->wall_s);
    fflush(stdout);
}

static void bench_all(const struct bench *bench, size_t count, size_t measured)
{
    struct batch_process process;
    struct told told;
    struct batch_scene scene = {.proposals = count, .trees = 4};
    bench_batch(bench, &scene, "sifted", &process, &told);
    bench_sift(bench, count, &told);
    bench_show(bench, &told);
    bench_print_memory(count, &process);
    scene.proposals = count / 4;
    bench_batch(bench, &scene, "fewer", &process, &told);
    bench_print_memory(scene.proposals, &process);
    scene.proposals = 4 * count;
    bench_batch(bench, &scene, "more", &process, &told);
    bench_print_memory(scene.proposals, &process);
    if (measured == 0)
        return;
    scene =
        (struct batch_scene){.proposals = 20 * ((measured + 4) / 5), .trees = measured, .built = measured};
    bench_batch(bench, &scene, "measured", &process, &told);
    printf("own CPU       %8.2f %% of %.1f s with %zu measured  (%.2f s, peak %.1f MiB; goal 2 %%)\n",
           100 * process.cpu_s / process.wall_s, process.wall_s, measured, process.cpu_s,
           (double)process.peak_bytes / 1048576);
}

int main(int count, char **arguments)
{
    size_t candidates = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
    size_t measured = count > 2 ? strtoul(arguments[2], NULL, 10) : 4;
    struct err err = {0};
    struct bench bench = {.folder =
                              memory_format("%s/cupel-bench-XXXXXX", count > 3 ? arguments[3] : "/tmp")};
    if (candidates < 20 || !mkdtemp(bench.folder)) {
        fprintf(stderr, "usage: bench_batch [CANDIDATES (20 or more) [MEASURED [FOLDER]]]\n");
        return 2;
    }
    bench.repository = bench_make_folder(bench.folder, "repository");
    bench.patches = bench_make_folder(bench.folder, "patches");
    bench.proposals = memory_format("%s/proposals.jsonl", bench.folder);
    batch_scene_make_repository(bench.repository);
    bench_all(&bench, candidates, measured);
    if (!getenv("BENCH_KEEP"))
        bench_check(folder_remove(bench.folder, &err), &err);
    free(bench.proposals);
    free(bench.patches);
    free(bench.repository);
    free(bench.folder);
    return 0;
}
