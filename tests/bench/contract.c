/*
 * How fast two answers are compared: BEFORE AFTER. Prints the best of several rounds on the CPU's clock, with
 * the base's answer kept as an evaluation keeps it, and for the two documents on their own.
 */
#include "workloads/contract/contract.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <time.h>

#define BENCH_ROUNDS 15

static double bench_cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static struct text bench_read(const char *path)
{
    struct text text = {0};
    FILE *file = fopen(path, "re");
    if (!file) {
        perror(path);
        exit(2);
    }
    for (size_t got = 1; got;) {
        text_reserve(&text, 1 << 20);
        got = fread(text.data + text.length, 1, 1 << 20, file);
        text.length += got;
    }
    fclose(file);
    return text;
}

static void bench_print(const char *what, size_t bytes, double ms)
{
    printf("%-22s %9.3f ms %9.1f MB/s\n", what, ms, (double)bytes / ms / 1e3);
}

static void bench_kept(const struct text *before, const struct text *after)
{
    static char *no_outputs[] = {NULL};
    struct workload workload = {.stdout_kind = WORKLOAD_STDOUT_AUTO, .outputs = no_outputs};
    struct answer base = {.ended = true,
                          .out = {.bytes = before->data, .length = before->length, .present = true}};
    struct answer other = {.ended = true,
                           .out = {.bytes = after->data, .length = after->length, .present = true}};
    struct contract *contract = contract_new(&workload, NULL);
    double best = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        double start = bench_cpu_ms();
        enum contract_outcome outcome = contract_compare(contract, &base, &other);
        double ms = bench_cpu_ms() - start;
        best = round && best < ms ? best : ms;
        if (!round)
            printf("outcome %d\n", (int)outcome);
    }
    bench_print("base kept", after->length, best);
    contract_free(contract);
}

static void bench_alone(const struct text *before, const struct text *after)
{
    double best = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct contract_summary summary;
        double start = bench_cpu_ms();
        contract_compare_json(before->data, before->length, after->data, after->length, NULL, &summary);
        double ms = bench_cpu_ms() - start;
        contract_summary_fini(&summary);
        best = round && best < ms ? best : ms;
    }
    bench_print("two documents", after->length, best);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s BEFORE AFTER\n", argv[0]);
        return 2;
    }
    struct text before = bench_read(argv[1]);
    struct text after = bench_read(argv[2]);
    bench_kept(&before, &after);
    bench_alone(&before, &after);
    text_fini(&before);
    text_fini(&after);
    return 0;
}
