/*
 * How fast two answers are compared, and in how much memory.
 *
 * `bench_contract times BEFORE AFTER` prints the best of several rounds on the CPU's clock: with the base's
 * answer kept as an evaluation keeps it, and for two documents on their own.
 *
 * `bench_contract memory BEFORE AFTER` prints the most memory that comparing them took, both files included.
 *
 * `bench_contract small COUNT` compares so many small answers, one after the other.
 */
#include "workloads/contract/contract.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define BENCH_ROUNDS 15

static double bench_cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The file, padded as `cupel diff` has it. */
static struct contract_document bench_read(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    size_t length = (size_t)ftell(file);
    char *bytes = memory_resize(NULL, length + JSON_PADDING, 1);
    rewind(file);
    if (fread(bytes, 1, length, file) != length) {
        perror(path);
        exit(2);
    }
    memset(bytes + length, 0, JSON_PADDING);
    fclose(file);
    return (struct contract_document){.bytes = bytes, .length = length, .padded = true};
}

static void bench_print(const char *what, size_t bytes, double ms)
{
    printf("%-22s %9.3f ms %9.1f MB/s\n", what, ms, (double)bytes / ms / 1e3);
}

static struct contract *bench_contract(struct workload *workload)
{
    static char *no_outputs[] = {NULL};
    *workload = (struct workload){.stdout_kind = WORKLOAD_STDOUT_AUTO, .outputs = no_outputs};
    return contract_new(workload, NULL);
}

static struct answer bench_answer(const char *bytes, size_t length)
{
    char *borrowed = NULL;
    memcpy(&borrowed, &bytes, sizeof borrowed);
    return (struct answer){.ended = true, .out = {.bytes = borrowed, .length = length, .present = true}};
}

static void bench_kept(const struct contract_document *before, const struct contract_document *after)
{
    struct workload workload;
    struct answer base = bench_answer(before->bytes, before->length);
    struct answer other = bench_answer(after->bytes, after->length);
    struct contract *contract = bench_contract(&workload);
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

static void bench_alone(const struct contract_document *before, const struct contract_document *after)
{
    double best = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        struct contract_summary summary;
        enum workload_stdout kind = WORKLOAD_STDOUT_AUTO;
        double start = bench_cpu_ms();
        contract_compare_documents(&kind, before, after, NULL, &summary);
        double ms = bench_cpu_ms() - start;
        contract_summary_fini(&summary);
        best = round && best < ms ? best : ms;
    }
    bench_print("two documents", after->length, best);
}

static double bench_peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static void bench_memory(const struct contract_document *before, const struct contract_document *after)
{
    struct contract_summary summary;
    enum workload_stdout kind = WORKLOAD_STDOUT_AUTO;
    double start = bench_cpu_ms();
    contract_compare_documents(&kind, before, after, NULL, &summary);
    double larger = (double)(before->length > after->length ? before->length : after->length);
    printf("peak %.1f MB, %.2f times the larger body; %.0f ms\n", bench_peak_bytes() / 1e6,
           bench_peak_bytes() / larger, bench_cpu_ms() - start);
    contract_summary_fini(&summary);
}

struct bench_pair {
    const char *what;
    const char *after;
};

static void bench_small(long count)
{
    static const char before[] =
        "{\"id\": 7, \"name\": \"customer 7\", \"price\": 12.50, \"tags\": [\"a\", \"b\"], "
        "\"address\": {\"street\": \"Main 7\", \"zip\": \"00007\"}, \"active\": true}";
    static const struct bench_pair pairs[] = {
        {"equal", before},
        {"reordered",
         "{\"active\": true, \"name\": \"customer 7\", \"price\": 12.50, \"address\": {\"zip\": \"00007\", "
         "\"street\": \"Main 7\"}, \"tags\": [\"a\", \"b\"], \"id\": 7}"},
        {"changed", "{\"id\": 7, \"name\": \"customer 7\", \"price\": 12.51, \"tags\": [\"a\", \"b\"], "
                    "\"address\": {\"street\": \"Main 7\", \"zip\": \"00007\"}, \"active\": true}"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct workload workload;
        struct contract *contract = bench_contract(&workload);
        struct answer base = bench_answer(before, strlen(before));
        struct answer other = bench_answer(memory_copy_string(pairs[i].after), strlen(pairs[i].after));
        double start = bench_cpu_ms();
        for (long answer = 0; answer < count; answer++)
            contract_compare(contract, &base, &other);
        double ms = bench_cpu_ms() - start;
        printf("%-10s %ld small answers %9.1f ms, %.0f ns each\n", pairs[i].what, count, ms,
               ms * 1e6 / (double)count);
        contract_free(contract);
        free(other.out.bytes);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "small") == 0) {
        bench_small(strtol(argv[2], NULL, 10));
        return 0;
    }
    if (argc != 4 || (strcmp(argv[1], "times") != 0 && strcmp(argv[1], "memory") != 0)) {
        fprintf(stderr, "usage: %s times|memory BEFORE AFTER, or %s small COUNT\n", argv[0], argv[0]);
        return 2;
    }
    struct contract_document before = bench_read(argv[2]);
    struct contract_document after = bench_read(argv[3]);
    if (strcmp(argv[1], "memory") == 0) {
        bench_memory(&before, &after);
    } else {
        bench_kept(&before, &after);
        bench_alone(&before, &after);
    }
    return 0;
}
