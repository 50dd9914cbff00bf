/*
 * Launches of `true`, interleaved so that the machine's moods hit all alike: posix_spawn, our sandbox,
 * bubblewrap with and without a filter (the same rows as ours), unshare(1). Prints p10 and median of each;
 * the last line is the p10 ratio of bubblewrap with a filter to ours.
 *
 *     bench_sandbox CUPEL-SANDBOX FILTERS STATE [ROUNDS]
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/filters.h"
#include "sandbox/sandbox.h"
#include "sandbox/zygote/filter.h"
#include "sandbox/zygote_client.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum bench_way { BENCH_SPAWN, BENCH_OURS, BENCH_BWRAP, BENCH_BWRAP_FILTER, BENCH_UNSHARE, BENCH_WAYS };

#define BENCH_FILTER_FD 9

struct bench {
    struct sandbox *sandbox;          /* ours */
    uv_loop_t loop;                   /* its loop */
    char *layer;                      /* lower folder; owned */
    int filter;                       /* memfd with the workload filter's program */
    bool over;                        /* the run in flight has ended */
    size_t rounds;                    /* of each way */
    double *microseconds[BENCH_WAYS]; /* owned */
};

static const char *const bench_names[BENCH_WAYS] = {"posix_spawn", "cupel-sandbox", "bubblewrap",
                                                    "bubblewrap with filter", "unshare"};

static double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void __attribute__((noreturn)) bench_die(const char *words)
{
    fprintf(stderr, "bench: %s\n", words);
    exit(1);
}

static void bench_spawn(const char *const *argv, int filter)
{
    static char path[] = "PATH=/usr/bin:/bin";
    char *const environment[] = {path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (filter >= 0) {
        lseek(filter, 0, SEEK_SET);
        posix_spawn_file_actions_adddup2(&actions, filter, BENCH_FILTER_FD);
    }
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environment))
        bench_die(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status)
        bench_die(argv[0]);
}

static void bench_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                         void *data)
{
    struct bench *bench = data;
    (void)run;
    if (err->code || result->end != SANDBOX_EXITED || result->status)
        bench_die(err->code ? err->message : "our run failed");
    bench->over = true;
}

static void bench_ours(struct bench *bench)
{
    static const char *const argv[] = {"/usr/bin/true", NULL};
    static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    const char *const layers[] = {bench->layer, NULL};
    const struct sandbox_spec spec = {.profile = "workload",
                                      .argv = argv,
                                      .environment = environment,
                                      .layers = layers,
                                      .limits = {.wall_ms = 10000,
                                                 .memory_bytes = 1u << 30,
                                                 .output_bytes = 1 << 20,
                                                 .workspace_bytes = 1u << 28,
                                                 .scratch_bytes = 1u << 28,
                                                 .processes = 256}};
    struct err err = {0};
    struct sandbox_run *run;
    bench->over = false;
    if (sandbox_run_start(bench->sandbox, &spec, bench_on_end, bench, &run, &err) < 0)
        bench_die(err.message);
    while (!bench->over)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static void bench_bubblewrap(const struct bench *bench, bool filter)
{
    const char *argv[48] = {"bwrap",
                            "--unshare-all",
                            "--die-with-parent",
                            "--new-session",
                            "--ro-bind",
                            "/usr",
                            "/usr",
                            "--symlink",
                            "usr/bin",
                            "/bin",
                            "--symlink",
                            "usr/lib",
                            "/lib",
                            "--symlink",
                            "usr/lib64",
                            "/lib64",
                            "--ro-bind",
                            "/etc/alternatives",
                            "/etc/alternatives",
                            "--proc",
                            "/proc",
                            "--dev",
                            "/dev",
                            "--tmpfs",
                            "/tmp",
                            "--bind",
                            bench->layer,
                            "/work",
                            "--chdir",
                            "/work"};
    size_t count = 0;
    while (argv[count])
        count++;
    if (filter) {
        argv[count++] = "--seccomp";
        argv[count++] = "9";
    }
    argv[count++] = "/usr/bin/true";
    bench_spawn(argv, filter ? bench->filter : -1);
}

static void bench_once(struct bench *bench, enum bench_way way)
{
    static const char *const bare[] = {"/usr/bin/true", NULL};
    static const char *const unshare[] = {
        "unshare", "--user",   "--map-root-user", "--mount",      "--pid",         "--ipc", "--uts",
        "--net",   "--cgroup", "--fork",          "--mount-proc", "/usr/bin/true", NULL};
    switch (way) {
    case BENCH_SPAWN:
        bench_spawn(bare, -1);
        break;
    case BENCH_OURS:
        bench_ours(bench);
        break;
    case BENCH_UNSHARE:
        bench_spawn(unshare, -1);
        break;
    default:
        bench_bubblewrap(bench, way == BENCH_BWRAP_FILTER);
    }
}

static int bench_compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The program that `bwrap --seccomp` takes: the workload profile, compiled as ours is. */
static int bench_compile(const char *folder)
{
    struct filters filters;
    struct filter filter;
    struct wire_failed failed = {0};
    struct err err = {0};
    if (filters_load(&filters, folder, &err) < 0)
        bench_die(err.message);
    if (filter_compile(&filters.profiles[1], &filter, &failed) < 0)
        bench_die(failed.words);
    int fd = zygote_client_memfd("filter", filter.program.filter,
                                 filter.program.len * sizeof *filter.program.filter, false);
    free(filter.program.filter);
    filters_fini(&filters);
    return fd;
}

static void bench_prepare(struct bench *bench, char **argv)
{
    const struct sandbox_options options = {.executable = argv[1], .filters = argv[2], .state = argv[3]};
    struct err err = {0};
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    bench->layer = memory_format("%s/bench-layer", argv[3]);
    if (mkdir(bench->layer, 0755) < 0 && errno != EEXIST)
        bench_die(bench->layer);
    if (chown(bench->layer, uid, gid) < 0)
        bench_die("chown");
    bench->filter = bench_compile(argv[2]);
    uv_loop_init(&bench->loop);
    if (sandbox_open(&bench->sandbox, &bench->loop, &options, &err) < 0)
        bench_die(err.message);
}

static double bench_report(const struct bench *bench, enum bench_way way)
{
    double *values = bench->microseconds[way];
    qsort(values, bench->rounds, sizeof *values, bench_compare);
    double p10 = values[bench->rounds / 10];
    printf("%-24s p10 %7.0f us   median %7.0f us   p10 x posix_spawn %.2f\n", bench_names[way], p10,
           values[bench->rounds / 2], p10 / bench->microseconds[BENCH_SPAWN][bench->rounds / 10]);
    return p10;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        bench_die("usage: bench_sandbox CUPEL-SANDBOX FILTERS STATE [ROUNDS]");
    struct bench bench = {.rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : 250};
    bench_prepare(&bench, argv);
    double p10[BENCH_WAYS];
    for (int way = 0; way < BENCH_WAYS; way++) {
        bench.microseconds[way] = memory_zeroed((bench.rounds + 1) * sizeof(double));
        bench_once(&bench, (enum bench_way)way); /* warm */
    }
    for (size_t round = 0; round < bench.rounds; round++)
        for (int way = 0; way < BENCH_WAYS; way++) {
            double start = bench_now();
            bench_once(&bench, (enum bench_way)way);
            bench.microseconds[way][round] = bench_now() - start;
        }
    for (int way = 0; way < BENCH_WAYS; way++)
        p10[way] = bench_report(&bench, (enum bench_way)way);
    sandbox_close(bench.sandbox, NULL, NULL);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench.loop);
    rmdir(bench.layer);
    for (int way = 0; way < BENCH_WAYS; way++)
        free(bench.microseconds[way]);
    free(bench.layer);
    close(bench.filter);
    printf("%.2f\n", p10[BENCH_BWRAP_FILTER] / p10[BENCH_OURS]);
    return 0;
}
