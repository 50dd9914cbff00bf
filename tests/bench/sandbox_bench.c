/*
 * Launches of `true`, interleaved so that the machine's moods hit all alike: posix_spawn, fork + exec, our
 * sandbox, our warm one, bubblewrap with and without a filter (the same rows as ours), unshare(1), firejail.
 * Then what a program inside pays, what an end takes, and whether a large orchestrator makes a difference.
 * Prints p10 and median of each; the last line is the p10 ratio of bubblewrap with a filter to ours.
 *
 *     bench_sandbox CUPEL-SANDBOX FILTERS STATE [ROUNDS]
 */
#include "sandbox_bench.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/filters.h"
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

#define BENCH_FILTER_FD 9

static const char *const bench_names[BENCH_WAYS] = {"posix_spawn",   "fork + exec",
                                                    "cupel-sandbox", "cupel-sandbox, warm",
                                                    "bubblewrap",    "bubblewrap with filter",
                                                    "unshare",       "firejail"};
/* Programs that may be absent. */
static const char *const bench_programs[BENCH_WAYS] = {[BENCH_BWRAP] = "/usr/bin/bwrap",
                                                       [BENCH_BWRAP_FILTER] = "/usr/bin/bwrap",
                                                       [BENCH_UNSHARE] = "/usr/bin/unshare",
                                                       [BENCH_FIREJAIL] = "/usr/bin/firejail"};

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void bench_die(const char *words)
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
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environment))
        bench_die(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status)
        bench_die(argv[0]);
}

static void bench_fork(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/usr/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (pid < 0 || status)
        bench_die("fork");
}

static void bench_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                         void *data)
{
    struct bench *bench = data;
    (void)run;
    if (err->code)
        bench_die(err->message);
    free(bench->said);
    bench->said = memory_copy_string(result->out);
    bench->end = result->end;
    bench->status = result->status;
    bench->over = true;
}

static struct sandbox_run *bench_begin(struct bench *bench, const char *const *argv, bool warm)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    const char *const layers[] = {bench->layer, NULL};
    const struct sandbox_mount mount = {bench->shared, "/shared", true};
    const struct sandbox_spec spec = {.profile = "workload",
                                      .argv = argv,
                                      .environment = environment,
                                      .layers = layers,
                                      .mounts = &mount,
                                      .mount_count = strcmp(argv[0], "/usr/bin/true") != 0,
                                      .limits = {.wall_ms = 60000,
                                                 .memory_bytes = 1u << 30,
                                                 .output_bytes = 1 << 20,
                                                 .workspace_bytes = 1u << 28,
                                                 .scratch_bytes = 1u << 28,
                                                 .processes = 1024}};
    struct err err = {0};
    struct sandbox_run *run;
    bench->over = false;
    int code = warm ? sandbox_warm_run(bench->warm, &spec, bench_on_end, bench, &run, &err)
                    : sandbox_run_start(bench->sandbox, &spec, bench_on_end, bench, &run, &err);
    if (code < 0)
        bench_die(err.message);
    return run;
}

struct sandbox_run *bench_start(struct bench *bench, const char *const *argv)
{
    return bench_begin(bench, argv, false);
}

void bench_await(struct bench *bench)
{
    while (!bench->over)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static void bench_launch_ours(struct bench *bench, const char *const *argv, bool warm)
{
    bench_begin(bench, argv, warm);
    bench_await(bench);
    if (bench->end != SANDBOX_EXITED || bench->status)
        bench_die("our run failed");
}

void bench_ours(struct bench *bench, const char *const *argv)
{
    bench_launch_ours(bench, argv, false);
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
    static const char *const firejail[] = {"firejail",  "--quiet",       "--noprofile",   "--net=none",
                                           "--seccomp", "--private-tmp", "/usr/bin/true", NULL};
    static const char *const unshare[] = {
        "unshare", "--user",   "--map-root-user", "--mount",      "--pid",         "--ipc", "--uts",
        "--net",   "--cgroup", "--fork",          "--mount-proc", "/usr/bin/true", NULL};
    switch (way) {
    case BENCH_SPAWN:
        bench_spawn(bare, -1);
        break;
    case BENCH_FORK:
        bench_fork();
        break;
    case BENCH_OURS:
    case BENCH_WARM:
        bench_launch_ours(bench, bare, way == BENCH_WARM);
        break;
    case BENCH_FIREJAIL:
        bench_spawn(firejail, -1);
        break;
    case BENCH_UNSHARE:
        bench_spawn(unshare, -1);
        break;
    default:
        bench_bubblewrap(bench, way == BENCH_BWRAP_FILTER);
    }
}

bool bench_has(enum bench_way way)
{
    return !bench_programs[way] || access(bench_programs[way], X_OK) == 0;
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

static int bench_copy(const char *from, const char *to)
{
    char *bytes;
    size_t length;
    struct err err = {0};
    if (folder_read_file(from, 64u << 20, &bytes, &length, &err) < 0)
        return -1;
    int code = folder_replace_file(to, bytes, length, &err);
    free(bytes);
    return code < 0 ? -1 : chmod(to, 0755);
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
    bench->shared = memory_format("%s/bench-shared", argv[3]);
    if (mkdir(bench->shared, 0755) < 0 && errno != EEXIST)
        bench_die(bench->shared);
    cleanup_free char *program = memory_format("%s/bench_inside", bench->layer);
    if (chown(bench->shared, uid, gid) < 0 || bench_copy(BENCH_INSIDE, program) < 0)
        bench_die(program);
    bench->filter = bench_compile(argv[2]);
    uv_loop_init(&bench->loop);
    if (sandbox_open(&bench->sandbox, &bench->loop, &options, &err) < 0)
        bench_die(err.message);
    bench->warm = sandbox_warm_open(bench->sandbox);
}

double bench_p10(double *values, size_t count)
{
    qsort(values, count, sizeof *values, bench_compare);
    return values[count / 10];
}

static double bench_report(const struct bench *bench, enum bench_way way)
{
    double *values = bench->microseconds[way];
    if (!bench_has(way)) {
        printf("%-24s not installed\n", bench_names[way]);
        return 0;
    }
    double p10 = bench_p10(values, bench->rounds);
    printf("%-24s p10 %7.0f us   median %7.0f us   p10 x posix_spawn %.2f\n", bench_names[way], p10,
           values[bench->rounds / 2], p10 / bench->microseconds[BENCH_SPAWN][bench->rounds / 10]);
    return p10;
}

void bench_launch(struct bench *bench, size_t rounds, const bool ways[static BENCH_WAYS])
{
    bench->rounds = rounds;
    for (size_t round = 0; round < rounds; round++)
        for (int way = 0; way < BENCH_WAYS; way++) {
            if (!ways[way] || !bench_has((enum bench_way)way))
                continue;
            double start = bench_now();
            bench_once(bench, (enum bench_way)way);
            bench->microseconds[way][round] = bench_now() - start;
            /* What is torn down behind a launch is its own, and not the next one's. */
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
}

static void bench_finish(struct bench *bench)
{
    struct err ignored;
    sandbox_warm_close(bench->warm, NULL, NULL);
    sandbox_close(bench->sandbox, NULL, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench->loop);
    (void)!folder_remove(bench->layer, &ignored);
    (void)!folder_remove(bench->shared, &ignored);
    for (int way = 0; way < BENCH_WAYS; way++)
        free(bench->microseconds[way]);
    free(bench->layer);
    free(bench->shared);
    free(bench->said);
    close(bench->filter);
}

int main(int argc, char **argv)
{
    static const bool all[BENCH_WAYS] = {true, true, true, true, true, true, true, true};
    if (argc < 4)
        bench_die("usage: bench_sandbox CUPEL-SANDBOX FILTERS STATE [ROUNDS]");
    size_t rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : 250;
    struct bench bench = {0};
    double p10[BENCH_WAYS];
    bench_prepare(&bench, argv);
    for (int way = 0; way < BENCH_WAYS; way++)
        bench.microseconds[way] = memory_zeroed((rounds + 2) * sizeof(double));
    bench_launch(&bench, 1, all); /* warm */
    bench_launch(&bench, rounds, all);
    for (int way = 0; way < BENCH_WAYS; way++)
        p10[way] = bench_report(&bench, (enum bench_way)way);
    bench_steady(&bench);
    bench_end(&bench);
    bench_large(&bench, rounds);
    bench_finish(&bench);
    if (bench_has(BENCH_BWRAP_FILTER))
        printf("%.2f\n", p10[BENCH_BWRAP_FILTER] / p10[BENCH_OURS]);
    return 0;
}
