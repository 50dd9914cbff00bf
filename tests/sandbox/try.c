/*
 * Runs a command line in a sandbox over a folder and prints the result record: for trying things by hand.
 *
 *     sandbox_try --sandbox PATH --filters DIR [--profile NAME] [--upper DIR --upper-work DIR] [--slot N]
 *                 [--mount SOURCE:TARGET] [--stdin FILE] [--seconds N] [--memory MIB] [--output KIB]
 *                 [--repeat N] [--counting] [--calls MOST] LAYER… -- command args
 */
#include "base/memory.h"
#include "sandbox/sandbox.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    struct sandbox_spec spec;        /* to run */
    struct sandbox_mount mounts[16]; /* of spec */
    int repeat;                      /* times */
    int status;                      /* ours */
    struct sandbox *sandbox;         /* open */
};

static void try_report(const struct sandbox_result *result)
{
    char words[128];
    sandbox_describe_end(result, words, sizeof words);
    fwrite(result->out, 1, result->out_length, stdout);
    fflush(stdout);
    fwrite(result->error, 1, result->error_length, stderr);
    fprintf(stderr, "[%s; wall %.3f ms, cpu %.3f ms, peak %.1f MiB, %u left over%s%s]\n", words,
            (double)result->wall_ns / 1e6, (double)result->cpu_ns / 1e6,
            (double)result->peak_bytes / 1048576.0, result->leftovers, result->out_cut ? ", stdout cut" : "",
            result->error_cut ? ", stderr cut" : "");
    for (size_t i = 0; i < result->call_row_count; i++)
        fprintf(stderr, "%s: %s %llu\n", result->calls == SANDBOX_UNKNOWN ? "refused" : "made",
                result->call_rows[i].call, (unsigned long long)result->call_rows[i].count);
}

static void try_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                       void *data);

static void try_start(struct trial *trial)
{
    struct err err = {0};
    struct sandbox_run *run;
    if (trial->repeat-- > 0 &&
        sandbox_run_start(trial->sandbox, &trial->spec, try_on_end, trial, &run, &err) == 0)
        return;
    if (err.code)
        fprintf(stderr, "%s\n", err.message);
    sandbox_close(trial->sandbox, NULL, NULL);
}

static void try_on_end(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                       void *data)
{
    struct trial *trial = data;
    (void)run;
    if (err->code)
        fprintf(stderr, "%s\n", err->message);
    else
        try_report(result);
    trial->status = err->code || result->end != SANDBOX_EXITED || result->status;
    try_start(trial);
}

static void try_add_mount(struct trial *trial, char *words)
{
    struct sandbox_mount *mount = &trial->mounts[trial->spec.mount_count];
    mount->source = strtok(words, ":");
    mount->target = strtok(NULL, ":");
    trial->spec.mount_count += trial->spec.mount_count < 15 && mount->target;
}

/* False where it is none that bounds or counts something. */
static bool try_take_number(struct trial *trial, int option, const char *words)
{
    struct sandbox_spec *spec = &trial->spec;
    unsigned long long number = words ? strtoull(words, NULL, 10) : 0;
    switch (option) {
    case 'C':
        spec->calls_most = number;
        return true;
    case 's':
        spec->slot = (unsigned)number;
        return true;
    case 't':
        spec->limits.wall_ms = number * 1000;
        return true;
    case 'y':
        spec->limits.memory_bytes = number << 20;
        return true;
    case 'o':
        spec->limits.output_bytes = number << 10;
        return true;
    case 'r':
        trial->repeat = (int)number;
        return true;
    default:
        return false;
    }
}

static bool try_take_option(struct trial *trial, struct sandbox_options *options, int option, char *words)
{
    struct sandbox_spec *spec = &trial->spec;
    const char **const texts[] = {['x'] = &options->executable, ['f'] = &options->filters,
                                  ['S'] = &options->state,      ['p'] = &spec->profile,
                                  ['u'] = &spec->upper,         ['w'] = &spec->upper_work,
                                  ['i'] = &spec->stdin_file,    ['z'] = NULL};
    if (option < 'z' && texts[option])
        *texts[option] = words;
    else if (option == 'c')
        spec->counting = true;
    else if (option == 'm')
        try_add_mount(trial, words);
    else
        return try_take_number(trial, option, words);
    return true;
}

/* Where the layers begin, or -1. */
static int try_options(int argc, char **argv, struct trial *trial, struct sandbox_options *options)
{
    static const struct option names[] = {
        {"sandbox", 1, NULL, 'x'}, {"filters", 1, NULL, 'f'},    {"profile", 1, NULL, 'p'},
        {"upper", 1, NULL, 'u'},   {"upper-work", 1, NULL, 'w'}, {"slot", 1, NULL, 's'},
        {"mount", 1, NULL, 'm'},   {"stdin", 1, NULL, 'i'},      {"seconds", 1, NULL, 't'},
        {"memory", 1, NULL, 'y'},  {"output", 1, NULL, 'o'},     {"repeat", 1, NULL, 'r'},
        {"state", 1, NULL, 'S'},   {"counting", 0, NULL, 'c'},   {"calls", 1, NULL, 'C'},
        {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "+", names, NULL)) != -1;)
        if (!try_take_option(trial, options, option, optarg))
            return -1;
    return options->executable && options->filters ? optind : -1;
}

int main(int argc, char **argv)
{
    static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                                              "HOME=/tmp", "LANG=C.UTF-8", "TZ=UTC", NULL};
    struct sandbox_options options = {.state = "/tmp"};
    struct trial trial = {.repeat = 1, .status = 1};
    trial.spec = (struct sandbox_spec){.profile = "build",
                                       .environment = environment,
                                       .mounts = trial.mounts,
                                       .limits = {.wall_ms = 60000,
                                                  .memory_bytes = UINT64_C(2) << 30,
                                                  .output_bytes = 16u << 20,
                                                  .workspace_bytes = UINT64_C(1) << 30,
                                                  .scratch_bytes = 256u << 20,
                                                  .processes = 512}};
    int first = try_options(argc, argv, &trial, &options);
    const char *layers[33] = {NULL};
    size_t count = 0;
    /* getopt stops at the first layer; "--" separates the command. */
    for (; first > 0 && first < argc && strcmp(argv[first], "--") != 0 && count < 32; first++)
        layers[count++] = argv[first];
    if (first < 0 || first + 1 >= argc || !count) {
        fprintf(stderr,
                "usage: sandbox_try --sandbox PATH --filters DIR [options] LAYER... -- command args\n");
        return 2;
    }
    trial.spec.layers = layers;
    trial.spec.argv = (const char *const *)(argv + first + 1);
    struct err err = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    if (sandbox_open(&trial.sandbox, &loop, &options, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    try_start(&trial);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return trial.status;
}
