/*
 * Mount + apply of a patch on a tree of 50,000 files beside `git worktree add` of the same tree, interleaved.
 * Usage: bench_worktree [FILES [ROUNDS]]. Root: mounts overlays in a mount namespace of its own.
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/worktree.h"
#include "orchestrator/repository/repository.h"
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define OURS_EACH_ROUND 20

static char scratch[] = "/tmp/cupel-bench-XXXXXX";

static void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_worktree: %s: %s\n", what, why);
    exit(1);
}

static void bench_shell(const char *format, const char *argument, int number)
{
    cleanup_free char *command = memory_format("%s", format);
    cleanup_free char *text = memory_format("FILES=%d D=%s; %s", number, argument, command);
    if (system(text) != 0)
        bench_die("command failed", text);
}

/* A repository of small files, hundred a folder, by fast-import: one second instead of one minute. */
static void bench_make_repository(int files)
{
    bench_shell("git init -q -b main $D/repo && "
                "{ printf 'commit refs/heads/main\\ncommitter B <b@example.org> 1000000000 +0000\\n"
                "data 4\\nbase\\n'; "
                "seq 1 $FILES | awk '{ s = \"line one of \" $1 \"\\nline two\\n\"; "
                "printf \"M 100644 inline src/d%d/f%d.c\\ndata %d\\n%s\", $1 / 100, $1, length(s), s }'; } | "
                "git -C $D/repo fast-import --quiet",
                scratch, files);
    bench_shell("printf 'diff --git a/src/d0/f7.c b/src/d0/f7.c\\n--- a/src/d0/f7.c\\n+++ b/src/d0/f7.c\\n"
                "@@ -1,2 +1,2 @@\\n line one of 7\\n-line two\\n+line 2\\n' >$D/change.patch",
                scratch, files);
}

struct bench_times {
    double apply; /* seconds: patch read, applied in memory, both patch layers written */
    double mount; /* seconds: both arms' overlays mounted */
};

/* Mounted over the folder that holds upper and work, which the file system has resolved by then. */
static void bench_mount(const char *arm, const char *layer, const char *tree)
{
    cleanup_free char *options =
        memory_format("lowerdir=%s:%s,upperdir=%s/upper,workdir=%s/work", layer, tree, arm, arm);
    if (mount("overlay", arm, "overlay", 0, options) < 0)
        bench_die("mount overlay", strerror(errno));
}

static char *bench_folder(int serial, const char *name)
{
    struct err err = {0};
    char *path = memory_format("%s/work-%d/%s", scratch, serial, name);
    if (folder_make(path, 0755, &err) < 0)
        bench_die("make folder", err.message);
    return path;
}

static struct bench_times bench_ours(struct repository *repository, const char *tree, int serial)
{
    struct err err = {0};
    struct candidate candidate;
    bool applied = false;
    cleanup_free char *failure = NULL;
    cleanup_free char *patch = memory_format("%s/change.patch", scratch);
    const struct intake_request request = {.name = patch, .kind = CANDIDATE_PATCH};
    char *layers[2] = {bench_folder(serial, "patch-0"), bench_folder(serial, "patch-1")};
    char *arms[2] = {bench_folder(serial, "arm-0"), bench_folder(serial, "arm-1")};
    for (int arm = 0; arm < 2; arm++) {
        cleanup_free char *upper = memory_format("%s/upper", arms[arm]);
        cleanup_free char *work = memory_format("%s/work", arms[arm]);
        if (folder_make(upper, 0755, &err) < 0 || folder_make(work, 0755, &err) < 0)
            bench_die("make folder", err.message);
    }
    struct bench_times times = {0};
    double start = bench_now();
    if (repository_intake(repository, &request, &candidate, &applied, &failure, &err) < 0 || !applied)
        bench_die("intake", failure ? failure : err.message);
    if (worktree_write_patch(repository, &candidate, layers[0], layers[1],
                             (const struct timespec[2]){{.tv_sec = 1700000000}, {.tv_sec = 1700000000}},
                             &err) < 0)
        bench_die("patch layer", err.message);
    times.apply = bench_now() - start;
    for (int arm = 0; arm < 2; arm++) {
        start = bench_now();
        bench_mount(arms[arm], layers[arm], tree);
        times.mount += bench_now() - start;
    }
    for (int arm = 0; arm < 2; arm++) {
        umount2(arms[arm], MNT_DETACH);
        free(layers[arm]);
        free(arms[arm]);
    }
    candidate_fini(&candidate);
    return times;
}

static double bench_git(int round)
{
    double start = bench_now();
    bench_shell("git -C $D/repo worktree add -q --detach $D/git-$FILES main", scratch, round);
    double seconds = bench_now() - start;
    bench_shell("git -C $D/repo worktree remove --force $D/git-$FILES", scratch, round);
    return seconds;
}

static int bench_compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, bench_compare);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    int files = argc > 1 ? atoi(argv[1]) : 50000;
    int rounds = argc > 2 ? atoi(argv[2]) : 3;
    struct err err = {0};
    struct repository *repository = NULL;
    cleanup_free char *tree = NULL;
    if (!mkdtemp(scratch) || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        bench_die("set-up (root is needed)", strerror(errno));
    bench_make_repository(files);
    cleanup_free char *path = memory_format("%s/repo", scratch);
    cleanup_free char *trees = memory_format("%s/trees", scratch);
    git_oid commit;
    git_oid id;
    double start = bench_now();
    if (repository_open(&repository, path, &err) < 0 ||
        repository_resolve_commit(repository, "main", &commit, &id, &err) < 0 ||
        worktree_export(repository, &id, trees, &tree, &err) < 0)
        bench_die("export", err.message);
    printf("export of the base, once a tree: %.2f s for %d files\n", bench_now() - start, files);
    size_t count = (size_t)rounds * OURS_EACH_ROUND;
    double *ours = memory_zeroed(count * sizeof *ours);
    double *mounts = memory_zeroed(count * sizeof *mounts);
    double *git = memory_zeroed((size_t)rounds * sizeof *git);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < OURS_EACH_ROUND; i++) {
            struct bench_times times = bench_ours(repository, tree, round * OURS_EACH_ROUND + i);
            ours[round * OURS_EACH_ROUND + i] = times.apply + times.mount;
            mounts[round * OURS_EACH_ROUND + i] = times.mount;
        }
        git[round] = bench_git(round);
    }
    double our_median = bench_median(ours, count);
    double git_median = bench_median(git, (size_t)rounds);
    printf("mount + apply, both arms:   median %8.3f ms, worst %8.3f ms (mounts alone %.3f ms), %zu times\n",
           1e3 * our_median, 1e3 * ours[count - 1], 1e3 * bench_median(mounts, count), count);
    printf("git worktree add, one tree: median %8.0f ms, %d times\n", 1e3 * git_median, rounds);
    printf("ratio git / ours: %.0f\n", git_median / our_median);
    free(ours);
    free(mounts);
    free(git);
    repository_close(repository);
    return folder_remove(scratch, &err) < 0;
}
