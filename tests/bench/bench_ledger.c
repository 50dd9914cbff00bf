/*
 * Durable records a second: group-committed through the writer, as a batch does it, beside one commit a
 * record, interleaved; then how fast the whole chain is verified.
 * Usage: bench_ledger [RECORDS [ROUNDS [FOLDER]]]. FOLDER must be on the disk that is meant: /tmp may be
 * memory.
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/ledger/writer.h"
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define CANDIDATES 32 /* at work at once: each writes its next stage when the one before is durable */
#define BODY_BYTES 1000

struct bench {
    struct ledger *ledger;
    struct ledger_writer writer;
    uv_loop_t loop;
    char body[BODY_BYTES + 1];
    int left; /* records still to write */
};

static struct ledger_entry bench_entry(const struct bench *bench)
{
    return (struct ledger_entry){.kind = LEDGER_STAGE,
                                 .batch = "5f3a9c01d2e4",
                                 .candidate = "0b7e55aa9931",
                                 .stage = "build",
                                 .body = bench->body};
}

static void bench_write(struct bench *bench);

static void bench_on_written(void *data, const struct ledger_head *at, const struct err *err)
{
    (void)at;
    bench_check(err->code, err);
    bench_write(data);
}

static void bench_write(struct bench *bench)
{
    const struct ledger_entry entry = bench_entry(bench);
    if (bench->left == 0)
        return;
    bench->left--;
    ledger_write(&bench->writer, &entry, bench_on_written, bench);
}

static double bench_grouped(struct bench *bench, int records, uint64_t *commits)
{
    uint64_t before = bench->writer.commits;
    double start = bench_now();
    bench->left = records;
    for (int i = 0; i < CANDIDATES; i++)
        bench_write(bench);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    *commits += bench->writer.commits - before;
    return bench_now() - start;
}

static double bench_single(struct bench *bench, int records)
{
    struct err err = {0};
    const struct ledger_entry entry = bench_entry(bench);
    double start = bench_now();
    for (int i = 0; i < records; i++)
        bench_check(ledger_append(bench->ledger, &entry, 1, NULL, &err), &err);
    return bench_now() - start;
}

static void bench_verify(struct bench *bench)
{
    struct err err = {0};
    struct ledger_head head;
    double start = bench_now();
    bench_check(ledger_verify(bench->ledger, &head, NULL, &err), &err);
    printf("verified     %8.0f records/s  (%lld records)\n", (double)head.seq / (bench_now() - start),
           (long long)head.seq);
}

static void bench_on_close(void *data)
{
    (void)data;
}

int main(int count, char **arguments)
{
    int records = count > 1 ? atoi(arguments[1]) : 1000;
    int rounds = count > 2 ? atoi(arguments[2]) : 5;
    cleanup_free char *folder = memory_format("%s/cupel-bench-XXXXXX", count > 3 ? arguments[3] : "/tmp");
    struct bench bench = {.body = "{\"log\":\""};
    struct err err = {0};
    struct rusage usage;
    double grouped = 0;
    double single = 0;
    uint64_t commits = 0;
    if (records < 1 || rounds < 1 || !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench_ledger [RECORDS [ROUNDS [FOLDER]]]\n");
        return 2;
    }
    memset(bench.body + strlen(bench.body), 'x', BODY_BYTES - strlen(bench.body));
    memcpy(bench.body + BODY_BYTES - 2, "\"}", 3);
    bench_check(ledger_open(&bench.ledger, folder, NULL, &err), &err);
    uv_loop_init(&bench.loop);
    ledger_writer_open(&bench.writer, &bench.loop, bench.ledger);
    for (int i = 0; i < rounds; i++) {
        grouped += bench_grouped(&bench, records, &commits);
        single += bench_single(&bench, records);
    }
    const double total = (double)records * rounds;
    printf("grouped      %8.0f records/s  (%.1f records a commit, %d candidates at once)\n", total / grouped,
           total / (double)commits, CANDIDATES);
    printf("one by one   %8.0f records/s\n", total / single);
    bench_verify(&bench);
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory  %8.1f MiB\n", (double)usage.ru_maxrss / 1024);
    ledger_writer_close(&bench.writer, bench_on_close, NULL);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench.loop);
    ledger_close(bench.ledger);
    bench_check(folder_remove(folder, &err), &err);
    return 0;
}
