/*
 * How long the event loop stands still while long answers are checked: bench_stall [MEGABYTES [NAME]].
 *
 * A base and a candidate that answer with the same document, keys in another order, are checked and recorded,
 * played back, and timed; then the smallest input is looked for, for a difference that is in every answer and
 * for one that hangs on one record of a long standard input. A timer of a millisecond on the same loop tells
 * of the longest gap. Beside its length stands the CPU time of the loop's thread in it: the rest is other
 * programs' doing.
 */
#include "tests/workloads/real_sandbox.h"
#include "workloads/check.h"
#include "workloads/measure/round.h"
#include "workloads/reduce/reduce.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define STALL_LIMIT_MS 50

static struct real_sandbox real;

/* The loop, as a timer on it sees it. */
struct stall {
    uv_timer_t timer;
    double last_ms, last_cpu_ms;
    double start_ms;
    double longest_ms, longest_cpu_ms; /* the gap that used most of the thread's time */
    double widest_ms;                  /* and the widest one */
    size_t over;                       /* gaps beyond STALL_LIMIT_MS of the thread's own time */
};

/* A workload, and what came of it. */
struct trial {
    const char *name;
    const char *row;    /* of the configuration */
    const char *script; /* of both arms: $F is its file, $ID another number in each */
    const char *sample; /* line of the sample file; NULL: it asks with nothing */
    bool reduces;       /* the answers differ, and the smallest input is looked for */
    struct workload workload;
    struct sample_set samples;
    struct reference reference;
    struct contract *contract;
    struct tape *tape;
    char *problem; /* what went wrong */
    bool done;
};

static double stall_clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void stall_on_timer(uv_timer_t *timer)
{
    struct stall *stall = timer->data;
    double now = stall_clock_ms(CLOCK_MONOTONIC);
    double cpu = stall_clock_ms(CLOCK_THREAD_CPUTIME_ID);
    double gap = now - stall->last_ms;
    double used = cpu - stall->last_cpu_ms;
    if (used > stall->longest_cpu_ms) {
        stall->longest_cpu_ms = used;
        stall->longest_ms = gap;
    }
    stall->widest_ms = gap > stall->widest_ms ? gap : stall->widest_ms;
    stall->over += used > STALL_LIMIT_MS;
    stall->last_ms = now;
    stall->last_cpu_ms = cpu;
}

static void stall_start(struct stall *stall)
{
    *stall = (struct stall){.last_ms = stall_clock_ms(CLOCK_MONOTONIC),
                            .last_cpu_ms = stall_clock_ms(CLOCK_THREAD_CPUTIME_ID)};
    stall->start_ms = stall->last_ms;
    stall->timer.data = stall;
    uv_timer_init(&real.loop, &stall->timer);
    uv_timer_start(&stall->timer, stall_on_timer, 1, 1);
}

static void stall_tell(struct stall *stall, const struct trial *trial, const char *what)
{
    stall_on_timer(&stall->timer);
    printf("%-9s %-7s %7.1f s   longest stall %7.1f ms, %7.1f ms of it CPU   widest %7.1f ms   %zu over %d "
           "ms%s%s\n",
           trial->name, what, (stall->last_ms - stall->start_ms) / 1e3, stall->longest_ms,
           stall->longest_cpu_ms, stall->widest_ms, stall->over, STALL_LIMIT_MS, trial->problem ? ": " : "",
           trial->problem ? trial->problem : "");
    fflush(stdout);
    uv_close((uv_handle_t *)&stall->timer, NULL);
    uv_run(&real.loop, UV_RUN_NOWAIT);
}

/* Records until there are enough bytes; `turned`: keys in another order. */
static void bench_write(const char *path, size_t bytes, bool turned)
{
    FILE *file = fopen(path, "we");
    if (!file) {
        perror(path);
        exit(2);
    }
    size_t written = (size_t)fprintf(file, "{\"id\":1,\"items\":[");
    for (size_t i = 0; written < bytes; i++) {
        const char *comma = i ? "," : "";
        written +=
            (size_t)(turned
                         ? fprintf(file, "%s{\"tags\":[\"a\",\"b%zu\"],\"name\":\"customer %zu\",\"id\":%zu}",
                                   comma, i % 7, i, i)
                         : fprintf(file, "%s{\"id\":%zu,\"name\":\"customer %zu\",\"tags\":[\"a\",\"b%zu\"]}",
                                   comma, i, i, i % 7));
    }
    fprintf(file, "]}");
    if (fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* As long a standard input as is reduced, of small values. */
static void bench_write_input(const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file) {
        perror(path);
        exit(2);
    }
    size_t written = (size_t)fprintf(file, "[");
    for (size_t i = 0; written + 20 < REDUCTION_BYTES_MOST; i++)
        written += (size_t)fprintf(file, i == 100000 ? "\"needle\"," : "%zu,", i % 10);
    fprintf(file, "0]");
    if (fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

static void bench_blame(struct trial *trial, const char *words)
{
    if (!trial->problem && words)
        trial->problem = memory_copy_string(words);
}

static void bench_until_done(struct trial *trial)
{
    while (!trial->done)
        uv_run(&real.loop, UV_RUN_ONCE);
}

static void trial_on_checked(struct check_result *result, const struct err *err, void *data)
{
    struct trial *trial = data;
    trial->done = true;
    bench_blame(trial, err                    ? err->message
                       : result->base_problem ? result->base_problem
                                              : result->start_problem);
    reference_fini(&trial->reference);
    trial->reference = result->reference;
    result->reference = (struct reference){0};
}

static void trial_check(struct trial *trial, const char *what)
{
    struct stall stall;
    struct err err = {0};
    const struct check_input input = {
        .context = &real.context,
        .workload = &trial->workload,
        .samples = &trial->samples,
        .base = &real.base,
        .candidate = &real.candidate,
        .tape = trial->tape,
        .contract = trial->contract,
        .done = trial_on_checked,
        .data = trial,
    };
    struct check *check;
    trial->done = false;
    stall_start(&stall);
    if (check_start(&check, &input, &err) < 0)
        bench_blame(trial, err.message);
    else
        bench_until_done(trial);
    stall_tell(&stall, trial, what);
}

/* Recorded, and then played back into a new contract. */
static void trial_record_and_play(struct trial *trial)
{
    struct err err = {0};
    struct digest digest;
    char path[128];
    snprintf(path, sizeof path, "%s/tape", real.root);
    if (tape_record(&trial->tape, path, &err) < 0)
        bench_blame(trial, err.message);
    trial_check(trial, "record");
    if (!trial->tape || tape_finish(trial->tape, 1, &digest, &err) < 0)
        bench_blame(trial, err.message);
    tape_free(trial->tape);
    trial->tape = NULL;
    contract_free(trial->contract);
    trial->contract = contract_new(&trial->workload, NULL);
    if (tape_open(&trial->tape, path, &digest, &err) < 0)
        bench_blame(trial, err.message);
    trial_check(trial, "play");
    tape_free(trial->tape);
    trial->tape = NULL;
}

static bool trial_on_timed(const struct round_step *step, size_t index, struct answer *answer,
                           const struct figures *figures, void *data)
{
    struct trial *trial = data;
    (void)step, (void)figures;
    return contract_compare(trial->contract, &trial->reference.answers[index], answer) != CONTRACT_DIFFERENT;
}

static void trial_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct trial *trial = data;
    trial->done = true;
    bench_blame(trial, err ? err->message : totals ? NULL : "the answers differ");
}

static void trial_time(struct trial *trial)
{
    static size_t indices[] = {0, 0};
    static bool extra[] = {false, false};
    struct block block = {.indices = indices, .extra = extra, .count = 2};
    struct stall stall;
    struct err err = {0};
    const struct round_input input = {
        .context = &real.context,
        .workload = &trial->workload,
        .samples = &trial->samples,
        .block = &block,
        .steps = {{&real.base, false}, {&real.candidate, true}},
        .step_count = 2,
        .reference = &trial->reference,
        .on_answer = trial_on_timed,
        .on_done = trial_on_round,
        .data = trial,
    };
    struct round *round;
    trial->done = false;
    stall_start(&stall);
    if (trial->problem)
        ;
    else if (round_start(&round, &input, &err) < 0)
        bench_blame(trial, err.message);
    else
        bench_until_done(trial);
    stall_tell(&stall, trial, "timed");
}

static void trial_on_reduced(struct reproduction **reproduction, const struct err *err, void *data)
{
    struct trial *trial = data;
    trial->done = true;
    printf("%zu inputs, %zu of %zu bytes: ", (*reproduction)->steps, (*reproduction)->bytes,
           (*reproduction)->from_bytes);
    bench_blame(trial, err ? err->message : (*reproduction)->why_none);
}

/* The candidate's answers have another id. */
static void trial_reduce(struct trial *trial)
{
    static char part[] = "stdout", pattern[] = "/id";
    const struct finding finding = {.class = CLASS_VALUE, .part = part, .pattern = pattern};
    struct stall stall;
    struct err err = {0};
    const struct reduce_input input = {
        .context = &real.context,
        .workload = &trial->workload,
        .samples = &trial->samples,
        .sample = &trial->samples.items[0],
        .base = &real.base,
        .candidate = &real.candidate,
        .contract = trial->contract,
        .finding = &finding,
        .time_budget_s = 30,
        .time_most_s = 30,
        .steps_most = REDUCTION_STEPS_MOST,
        .done = trial_on_reduced,
        .data = trial,
    };
    struct reduce *reduce;
    trial->done = false;
    stall_start(&stall);
    if (reduce_start(&reduce, &input, &err) < 0)
        bench_blame(trial, err.message);
    else
        bench_until_done(trial);
    stall_tell(&stall, trial, "reduce");
}

static int trial_run(struct trial *trial)
{
    struct err err = {0};
    struct json_file file;
    char *scripts[2];
    char *run[2][4] = {{0}};
    for (int side = 0; side < 2; side++) {
        scripts[side] = memory_format("F=/samples/%s; ID=%d; %s", side ? "turned.json" : "plain.json",
                                      1 + side, trial->script);
        run[side][0] = (char *)(uintptr_t) "sh";
        run[side][1] = (char *)(uintptr_t) "-c";
        run[side][2] = scripts[side];
    }
    real.base.run = run[0];
    real.candidate.run = run[1];
    char *row =
        memory_format("{\"name\":\"t\",\"run\":[\"sh\"],\"samples\":\"s\",\"timeout_s\":60,%s}", trial->row);
    const char *samples = trial->sample ? trial->sample : "{}\n";
    if (samples_parse(&trial->samples, "s", samples, strlen(samples), &err) < 0 ||
        json_file_read(&file, "c", row, strlen(row), NULL, &err) < 0 ||
        workload_read(&trial->workload, &file, json_root(file.document), &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    json_file_fini(&file);
    trial->samples.folder = memory_copy_string(real.samples);
    trial->contract = contract_new(&trial->workload, NULL);
    if (trial->reduces) {
        trial_reduce(trial);
    } else {
        trial_record_and_play(trial);
        trial_time(trial);
    }
    reference_fini(&trial->reference);
    contract_free(trial->contract);
    samples_fini(&trial->samples);
    workload_fini(&trial->workload);
    free(scripts[0]);
    free(scripts[1]);
    free(row);
    int failed = trial->problem != NULL;
    free(trial->problem);
    return failed;
}

int main(int argc, char **argv)
{
    size_t bytes = (size_t)(argc > 1 ? atoi(argv[1]) : 100) * 1000000;
    struct trial trials[] = {
        {.name = "stdout", .row = "\"kind\":\"command\"", .script = "cat $F"},
        {.name = "file", .row = "\"kind\":\"command\",\"outputs\":[\"o\"]", .script = "cat $F >o"},
        {.name = "worker",
         .row = "\"kind\":\"worker\"",
         .sample = "{\"request\":{}}\n",
         .script = "while read -r line; do cat $F; echo; done"},
        {.name = "answer",
         .row = "\"kind\":\"command\"",
         .sample = "{\"args\":[\"one\",\"two\"]}\n",
         .script = "printf '{\"id\":%d' $ID; tail -c +8 $F",
         .reduces = true},
        {.name = "input",
         .row = "\"kind\":\"command\"",
         .sample = "{\"stdin_file\":\"input.json\"}\n",
         .script = "grep -q needle || ID=1; printf '{\"id\":%d}' $ID",
         .reduces = true},
    };
    char path[128];
    struct rusage usage;
    int failed = real_sandbox_open(&real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (failed)
        return failed;
    for (int turned = 0; turned < 2; turned++) {
        snprintf(path, sizeof path, "%s/%s", real.samples, turned ? "turned.json" : "plain.json");
        bench_write(path, bytes, turned);
    }
    snprintf(path, sizeof path, "%s/input.json", real.samples);
    bench_write_input(path);
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        failed += (argc < 3 || strcmp(argv[2], trials[i].name) == 0) && trial_run(&trials[i]);
    getrusage(RUSAGE_SELF, &usage);
    printf("memory at its peak: %.1f times the document\n", (double)usage.ru_maxrss * 1024 / (double)bytes);
    real_sandbox_close(&real);
    return failed > 0;
}
