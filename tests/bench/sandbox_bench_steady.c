/* What a sandbox costs besides its launch. */
#include "sandbox_bench.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BENCH_STEADY_ROUNDS 15
#define BENCH_PAIRS         200 /* of computations, for an interval of some tenths of a percent */
#define BENCH_REACH         14  /* ranks either side of their median: 1.96 √200 / 2 */
#define BENCH_PROCESSES     "500"
#define BENCH_LARGE_BYTES   (1u << 30)

static void bench_read(const char *words, double figures[static 2])
{
    if (sscanf(words, "%lf %lf", &figures[0], &figures[1]) != 2)
        bench_die("bench_inside said something else");
}

/* The smallest of each figure that bench_inside prints: what is left is the cost, not the neighbours. */
static void bench_keep_least(const char *words, double least[static 2])
{
    double figures[2];
    bench_read(words, figures);
    for (size_t i = 0; i < 2; i++)
        if (least[i] == 0 || figures[i] < least[i])
            least[i] = figures[i];
}

static void bench_say_bare(const char *mode, char words[static 128])
{
    cleanup_free char *command = memory_format("%s %s", BENCH_INSIDE, mode);
    FILE *pipe = popen(command, "re");
    if (!pipe || !fgets(words, 128, pipe) || pclose(pipe))
        bench_die(command);
}

static void bench_bare(const char *mode, double least[static 2])
{
    char words[128] = "";
    bench_say_bare(mode, words);
    bench_keep_least(words, least);
}

/* Median of the pairs' ratios, and the order statistics that hold the true one in 95 of 100 (sign test). */
static void bench_print_ratios(const char *name, double *ratios, const double least[static 2])
{
    (void)bench_p10(ratios, BENCH_PAIRS); /* sorts */
    printf("computing, %s   inside / bare %+.2f %% (%+.2f to %+.2f %%), least %.2f / %.2f ms (%+.2f %%)\n",
           name, 100 * (ratios[BENCH_PAIRS / 2] - 1), 100 * (ratios[BENCH_PAIRS / 2 - BENCH_REACH] - 1),
           100 * (ratios[BENCH_PAIRS / 2 + BENCH_REACH] - 1), least[0] / 1e6, least[1] / 1e6,
           100 * (least[0] / least[1] - 1));
}

/* A fixed computation inside and bare, in pairs whose first changes:
 * what a machine does to both alike goes. */
static void bench_computing(struct bench *bench)
{
    static const char *const spin[] = {"./bench_inside", "spin", NULL};
    static const char *const names[2] = {"clock   ", "CPU time"};
    static double ratios[2][BENCH_PAIRS];
    double least[2][2] = {{0}};
    for (size_t pair = 0; pair < BENCH_PAIRS; pair++) {
        double figures[2][2]; /* inside, bare */
        for (size_t turn = 0; turn < 2; turn++) {
            size_t bare = (turn + pair) % 2;
            char words[128] = "";
            if (bare)
                bench_say_bare("spin", words);
            else
                bench_ours(bench, spin);
            bench_read(bare ? words : bench->said, figures[bare]);
        }
        for (size_t figure = 0; figure < 2; figure++) {
            ratios[figure][pair] = figures[0][figure] / figures[1][figure];
            for (size_t arm = 0; arm < 2; arm++)
                if (pair == 0 || figures[arm][figure] < least[figure][arm])
                    least[figure][arm] = figures[arm][figure];
        }
    }
    for (size_t figure = 0; figure < 2; figure++)
        bench_print_ratios(names[figure], ratios[figure], least[figure]);
}

void bench_steady(struct bench *bench)
{
    static const char *const calls[] = {"./bench_inside", "calls", NULL};
    double inside[2] = {0};
    double allowed[2] = {0};
    double bare[2] = {0};
    for (int i = 0; i < BENCH_STEADY_ROUNDS; i++) {
        bench_ours(bench, calls);
        bench_keep_least(bench->said, inside);
        bench_bare("allowed", allowed);
        bench_bare("calls", bare);
    }
    printf(
        "getppid                  inside %.1f ns   allow-all filter %.1f ns (x %.3f)   no filter %.1f ns\n",
        inside[0], allowed[0], inside[0] / allowed[0], bare[0]);
    printf(
        "read of one byte         inside %.1f ns   allow-all filter %.1f ns (x %.3f)   no filter %.1f ns\n",
        inside[1], allowed[1], inside[1] / allowed[1], bare[1]);
    bench_computing(bench);
}

void bench_end(struct bench *bench)
{
    static const char *const argv[] = {"./bench_inside", "crowd", BENCH_PROCESSES, NULL};
    double took[BENCH_STEADY_ROUNDS];
    cleanup_free char *ready = memory_format("%s/ready", bench->shared);
    for (size_t i = 0; i < BENCH_STEADY_ROUNDS; i++) {
        struct sandbox_run *run = bench_start(bench, argv);
        while (access(ready, F_OK) != 0 && !bench->over)
            uv_run(&bench->loop, UV_RUN_NOWAIT);
        if (bench->over)
            bench_die("no crowd");
        double start = bench_now();
        sandbox_run_cancel(run);
        bench_await(bench);
        took[i] = bench_now() - start;
        unlink(ready);
    }
    double p10 = bench_p10(took, BENCH_STEADY_ROUNDS);
    printf("end of %s processes     p10 %7.0f us   median %7.0f us\n", BENCH_PROCESSES, p10,
           took[BENCH_STEADY_ROUNDS / 2]);
}

void bench_large(struct bench *bench, size_t rounds)
{
    static const bool ways[BENCH_WAYS] = {[BENCH_SPAWN] = true, [BENCH_OURS] = true};
    double p10[2][2];
    for (size_t large = 0; large < 2; large++) {
        char *memory = MAP_FAILED;
        if (large) {
            memory =
                mmap(NULL, BENCH_LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory == MAP_FAILED)
                bench_die("no memory");
            memset(memory, 1, BENCH_LARGE_BYTES);
        }
        bench_launch(bench, rounds, ways);
        p10[large][0] = bench_p10(bench->microseconds[BENCH_SPAWN], rounds);
        p10[large][1] = bench_p10(bench->microseconds[BENCH_OURS], rounds);
        if (large)
            munmap(memory, BENCH_LARGE_BYTES);
    }
    printf("with 1 GiB resident      ours p10 %.0f us, small %.0f us (x %.2f)   posix_spawn %.0f us, small "
           "%.0f us\n",
           p10[1][1], p10[0][1], p10[1][1] / p10[0][1], p10[1][0], p10[0][0]);
}
