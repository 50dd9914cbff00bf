/*
 * The round trip of one line through a worker, interleaved: bare pipes of a posix_spawn, waited for in
 * read(2); the same on a loop; a sandboxed conversation; the same with its CPU time read on both sides, and
 * with a pause after it. Then what the CPU time read at the answer lacks of what the answer cost.
 *
 *     bench_talk CUPEL-SANDBOX FILTERS STATE [ROUNDS]
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Each with a worker of its own, so that all of them have rested alike. */
enum bench_way { BENCH_BARE, BENCH_LOOP, BENCH_TALK, BENCH_USAGE, BENCH_FREEZE, BENCH_WAYS };
#define BENCH_TALKS   (BENCH_WAYS - BENCH_TALK)
#define BENCH_OURS    0 /* CPU that asks */
#define BENCH_WORKERS 1 /* CPU that answers */

static const char *const bench_names[BENCH_WAYS] = {"bare pipes, read(2)", "bare pipes on a loop",
                                                    "conversation", "with CPU time, twice",
                                                    "with freeze and thaw"};

struct bench_bare {
    pid_t pid;       /* of the worker */
    int to;          /* its stdin */
    int from;        /* its stdout */
    uv_pipe_t write; /* of the one on a loop */
    uv_pipe_t read;  /* likewise */
};

struct bench {
    uv_loop_t loop;                        /* of the sandbox and of the second worker */
    struct sandbox *sandbox;               /* ours */
    struct sandbox_run *runs[BENCH_TALKS]; /* conversations, in a slot each */
    unsigned ended;                        /* of them */
    char *layer;                           /* folder with the worker; owned */
    struct bench_bare bare[2];             /* waited for, and on the loop */
    size_t heard;                          /* bytes of the answer so far */
    bool over;                             /* the sandbox has ended */
    double *times[BENCH_WAYS];             /* microseconds; owned */
};

static const char bench_line[] = "a line of sixty-four bytes, as a request of few words would be..\n";

static void __attribute__((noreturn)) bench_die(const char *words)
{
    fprintf(stderr, "bench_talk: %s\n", words);
    exit(1);
}

/* Both ends on one CPU, or on two, makes more difference than all else: as in measurements, it is two. */
static void bench_pin(pid_t pid, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    if (sched_setaffinity(pid, sizeof set, &set) < 0)
        bench_die("two CPUs are needed");
}

static void bench_spawn(struct bench_bare *bare)
{
    char name[] = "talk_echo";
    char *const argv[] = {name, NULL};
    char *const environment[] = {NULL};
    int in[2];
    int out[2];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        bench_die("pipe2");
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    if (posix_spawn(&bare->pid, BENCH_ECHO, &actions, NULL, argv, environment))
        bench_die(BENCH_ECHO);
    posix_spawn_file_actions_destroy(&actions);
    bench_pin(bare->pid, BENCH_WORKERS);
    close(in[0]);
    close(out[1]);
    bare->to = in[1];
    bare->from = out[0];
}

static void bench_ask_bare(struct bench *bench)
{
    char answer[sizeof bench_line];
    const size_t length = sizeof bench_line - 1;
    if (write(bench->bare[0].to, bench_line, length) != (ssize_t)length)
        bench_die("write");
    for (size_t got = 0; got < length;) {
        ssize_t more = read(bench->bare[0].from, answer, length - got);
        if (more <= 0)
            bench_die("read");
        got += (size_t)more;
    }
}

static void bench_on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char bytes[4096];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void bench_on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct bench *bench = stream->data;
    (void)buffer;
    if (count > 0)
        bench->heard += (size_t)count;
}

static void bench_await(struct bench *bench)
{
    while (bench->heard < sizeof bench_line - 1)
        uv_run(&bench->loop, UV_RUN_ONCE);
    bench->heard = 0;
}

static void bench_ask_on_loop(struct bench *bench)
{
    uv_buf_t line = uv_buf_init((char *)(uintptr_t)bench_line, sizeof bench_line - 1);
    if (uv_try_write((uv_stream_t *)&bench->bare[1].write, &line, 1) != (int)line.len)
        bench_die("uv_try_write");
    bench_await(bench);
}

static void bench_on_output(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    struct bench *bench = data;
    (void)run;
    (void)bytes;
    bench->heard += length;
}

static void bench_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                         void *data)
{
    struct bench *bench = data;
    (void)run;
    bench->ended++;
    if (err->code || result->end != SANDBOX_EXITED)
        bench_die(err->code ? err->message : "the worker ended otherwise");
}

static void bench_on_closed(void *data)
{
    struct bench *bench = data;
    bench->over = true;
}

static void bench_say(struct bench *bench, struct sandbox_run *run, const char *line)
{
    struct err err = {0};
    sandbox_run_allow_output(run, 4096);
    if (sandbox_run_write(run, line, sizeof bench_line - 1, &err) < 0)
        bench_die(err.message);
    bench_await(bench);
}

static uint64_t bench_usage(const struct sandbox_run *run)
{
    uint64_t cpu_ns = 0;
    struct err err = {0};
    if (sandbox_run_usage(run, &cpu_ns, &err) < 0)
        bench_die(err.message);
    return cpu_ns;
}

static void bench_pause(struct sandbox_run *run, bool thaw)
{
    struct err err = {0};
    if (sandbox_run_freeze(run, &err) < 0 || (thaw && sandbox_run_thaw(run, &err) < 0))
        bench_die(err.message);
}

static void bench_ask(struct bench *bench, enum bench_way way)
{
    if (way == BENCH_BARE) {
        bench_ask_bare(bench);
        return;
    }
    if (way == BENCH_LOOP) {
        bench_ask_on_loop(bench);
        return;
    }
    struct sandbox_run *run = bench->runs[way - BENCH_TALK];
    if (way == BENCH_USAGE)
        (void)bench_usage(run);
    bench_say(bench, run, bench_line);
    if (way == BENCH_USAGE)
        (void)bench_usage(run);
    if (way == BENCH_FREEZE)
        bench_pause(run, true);
}

static int bench_compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void bench_print(const char *name, double *values, size_t count, double base)
{
    qsort(values, count, sizeof *values, bench_compare);
    printf("%-28s median %8.1f µs, p10 %8.1f µs", name, values[count / 2], values[count / 10]);
    if (base > 0)
        printf(", p10 %.2f of bare", values[count / 10] / base);
    puts("");
}

/* A new order each round: whoever comes after a pause finds a cold machine. */
static void bench_shuffle(enum bench_way order[static BENCH_WAYS])
{
    for (unsigned i = BENCH_WAYS - 1; i > 0; i--) {
        const unsigned j = (unsigned)rand() % (i + 1);
        const enum bench_way kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static void bench_round_trips(struct bench *bench, size_t rounds)
{
    enum bench_way order[BENCH_WAYS] = {BENCH_BARE, BENCH_LOOP, BENCH_TALK, BENCH_USAGE, BENCH_FREEZE};
    srand(1);
    for (size_t i = 0; i < rounds; i++) {
        bench_shuffle(order);
        for (unsigned j = 0; j < BENCH_WAYS; j++) {
            const uint64_t start = uv_hrtime();
            bench_ask(bench, order[j]);
            bench->times[order[j]][i] = (double)(uv_hrtime() - start) / 1e3;
        }
    }
    for (enum bench_way way = 0; way < BENCH_WAYS; way++)
        bench_print(bench_names[way], bench->times[way], rounds, way ? bench->times[0][rounds / 10] : 0);
}

/* What the CPU time read at an answer lacks of what it is when the run has been frozen. */
static void bench_lack(struct bench *bench, size_t rounds)
{
    struct sandbox_run *run = bench->runs[0];
    char line[sizeof bench_line];
    memcpy(line, bench_line, sizeof line);
    line[0] = 'b';
    for (size_t i = 0; i < rounds; i++) {
        struct err err = {0};
        bench_say(bench, run, line);
        const uint64_t at_once = bench_usage(run);
        bench_pause(run, false);
        bench->times[0][i] = (double)(bench_usage(run) - at_once) / 1e3;
        if (sandbox_run_thaw(run, &err) < 0)
            bench_die(err.message);
    }
    bench_print("of 3 ms, not yet charged", bench->times[0], rounds, 0);
    printf("%-28s most   %8.1f µs\n", "", bench->times[0][rounds - 1]);
}

static void bench_fill_layer(struct bench *bench, const char *state)
{
    cleanup_free char *worker = memory_format("%s/bench-talk/talk_echo", state);
    struct err err = {0};
    char *bytes;
    size_t length;
    bench->layer = memory_format("%s/bench-talk", state);
    if (folder_make(bench->layer, 0755, &err) < 0 ||
        folder_read_file(BENCH_ECHO, 64u << 20, &bytes, &length, &err) < 0)
        bench_die(err.message);
    if (folder_replace_file(worker, bytes, length, &err) < 0 || chmod(worker, 0755) < 0)
        bench_die(worker);
    free(bytes);
}

static void bench_open(struct bench *bench, const struct sandbox_options *options)
{
    static const char *const argv[] = {"./talk_echo", NULL};
    static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    static const int cpus[] = {BENCH_WORKERS};
    const char *const layers[] = {bench->layer, NULL};
    struct sandbox_spec spec = {.profile = "workload",
                                .argv = argv,
                                .environment = environment,
                                .layers = layers,
                                .talks = true,
                                .on_output = bench_on_output,
                                .cpus = cpus,
                                .cpu_count = 1,
                                .limits = {.wall_ms = 600000,
                                           .memory_bytes = 1u << 30,
                                           .output_bytes = 1 << 20,
                                           .workspace_bytes = 1u << 28,
                                           .scratch_bytes = 1u << 28,
                                           .processes = 64}};
    struct err err = {0};
    uv_loop_init(&bench->loop);
    if (sandbox_open(&bench->sandbox, &bench->loop, options, &err) < 0)
        bench_die(err.message);
    for (; spec.slot < BENCH_TALKS; spec.slot++)
        if (sandbox_run_start(bench->sandbox, &spec, bench_on_end, bench, &bench->runs[spec.slot], &err) < 0)
            bench_die(err.message);
    struct bench_bare *looped = &bench->bare[1];
    uv_pipe_init(&bench->loop, &looped->write, 0);
    uv_pipe_init(&bench->loop, &looped->read, 0);
    looped->read.data = bench;
    if (uv_pipe_open(&looped->write, looped->to) < 0 || uv_pipe_open(&looped->read, looped->from) < 0 ||
        uv_read_start((uv_stream_t *)&looped->read, bench_on_allocate, bench_on_read) < 0)
        bench_die("pipes on a loop");
}

static void bench_close(struct bench *bench)
{
    struct err err = {0};
    for (size_t i = 0; i < BENCH_TALKS; i++)
        sandbox_run_end_input(bench->runs[i]);
    while (bench->ended < BENCH_TALKS)
        uv_run(&bench->loop, UV_RUN_ONCE);
    sandbox_close(bench->sandbox, bench_on_closed, bench);
    while (!bench->over)
        uv_run(&bench->loop, UV_RUN_ONCE);
    close(bench->bare[0].to);
    close(bench->bare[0].from);
    uv_close((uv_handle_t *)&bench->bare[1].write, NULL);
    uv_close((uv_handle_t *)&bench->bare[1].read, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench->loop);
    for (size_t i = 0; i < 2; i++)
        waitpid(bench->bare[i].pid, NULL, 0);
    if (folder_remove(bench->layer, &err) < 0)
        bench_die(err.message);
    free(bench->layer);
    for (enum bench_way way = 0; way < BENCH_WAYS; way++)
        free(bench->times[way]);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    if (argc < 4) {
        fputs("usage: bench_talk CUPEL-SANDBOX FILTERS STATE [ROUNDS]\n", stderr);
        return 2;
    }
    const struct sandbox_options options = {.executable = argv[1], .filters = argv[2], .state = argv[3]};
    const size_t rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : 2000;
    if (rounds < 10)
        bench_die("ten rounds at least");
    for (enum bench_way way = 0; way < BENCH_WAYS; way++)
        bench.times[way] = memory_zeroed(rounds * sizeof *bench.times[way]);
    bench_pin(0, BENCH_OURS);
    bench_fill_layer(&bench, argv[3]);
    bench_spawn(&bench.bare[0]);
    bench_spawn(&bench.bare[1]);
    bench_open(&bench, &options);
    for (size_t i = 0; i < BENCH_TALKS; i++)
        bench_say(&bench, bench.runs[i], bench_line); /* they have been started */
    bench_round_trips(&bench, rounds);
    bench_lack(&bench, rounds < 300 ? rounds : 300);
    bench_close(&bench);
    return 0;
}
