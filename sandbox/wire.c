#include "base/memory.h"
#include "sandbox/wire_field.h"

#include <string.h>

void wire_encode_run(const struct wire_run *run, struct text *out)
{
    wire_put_string(out, run->profile);
    wire_put_strings(out, run->argv);
    wire_put_strings(out, run->environment);
    wire_put_strings(out, run->layers);
    wire_put_string(out, run->upper);
    wire_put_string(out, run->upper_work);
    wire_put_string(out, run->stdin_file);
    wire_put32(out, (uint32_t)run->mount_count);
    for (size_t i = 0; i < run->mount_count; i++) {
        wire_put_string(out, run->mounts[i].source);
        wire_put_string(out, run->mounts[i].target);
        wire_put32(out, run->mounts[i].writable);
    }
    wire_put32(out, (uint32_t)run->cpu_count);
    for (size_t i = 0; i < run->cpu_count; i++)
        wire_put32(out, run->cpus[i]);
    wire_put32(out, run->keep_workspace);
    wire_put32(out, run->counting);
    wire_put64(out, run->calls_most);
    wire_put32(out, run->warm);
    wire_put32(out, run->talks);
    wire_put64(out, run->memory_bytes);
    wire_put64(out, run->workspace_bytes);
    wire_put64(out, run->workspace_files);
    wire_put64(out, run->scratch_bytes);
    wire_put32(out, run->processes);
}

static void wire_get_run_lists(struct wire_reader *in, struct wire_run *out)
{
    out->argv = wire_get_strings(in);
    out->environment = wire_get_strings(in);
    out->layers = wire_get_strings(in);
    out->upper = wire_get_string(in);
    out->upper_work = wire_get_string(in);
    out->stdin_file = wire_get_string(in);
    out->mount_count = wire_get_count(in, 3 * sizeof(uint32_t) + 2);
    out->mounts = memory_zeroed((out->mount_count + 1) * sizeof *out->mounts);
    for (size_t i = 0; i < out->mount_count; i++) {
        out->mounts[i].source = wire_get_string(in);
        out->mounts[i].target = wire_get_string(in);
        out->mounts[i].writable = wire_get_below(in, 2);
    }
    out->cpu_count = wire_get_count(in, sizeof(uint32_t));
    out->cpus = memory_zeroed((out->cpu_count + 1) * sizeof *out->cpus);
    for (size_t i = 0; i < out->cpu_count; i++)
        out->cpus[i] = wire_get32(in);
}

int wire_decode_run(const char *bytes, size_t length, struct wire_run *out)
{
    struct wire_reader in = wire_open(bytes, length, 0);
    *out = (struct wire_run){0};
    out->profile = wire_get_string(&in);
    wire_get_run_lists(&in, out);
    out->keep_workspace = wire_get_below(&in, 2);
    out->counting = wire_get_below(&in, 2);
    out->calls_most = wire_get64(&in);
    out->warm = wire_get_below(&in, 2);
    out->talks = wire_get_below(&in, 2);
    out->memory_bytes = wire_get64(&in);
    out->workspace_bytes = wire_get64(&in);
    out->workspace_files = wire_get64(&in);
    out->scratch_bytes = wire_get64(&in);
    out->processes = wire_get32(&in);
    if (wire_finish(&in) == 0 && (out->argv[0] || out->warm) && out->layers[0])
        return 0;
    wire_fini_run(out);
    return ERR_INVALID;
}

void wire_fini_run(struct wire_run *run)
{
    free(run->argv);
    free(run->environment);
    free(run->layers);
    free(run->mounts);
    free(run->cpus);
    *run = (struct wire_run){0};
}

void wire_encode_program(const struct wire_program *program, struct text *out)
{
    wire_put_strings(out, program->argv);
    wire_put_strings(out, program->environment);
}

int wire_decode_program(const char *bytes, size_t length, struct wire_program *out)
{
    struct wire_reader in = wire_open(bytes, length, 0);
    out->argv = wire_get_strings(&in);
    out->environment = wire_get_strings(&in);
    if (wire_finish(&in) == 0 && out->argv[0])
        return 0;
    wire_fini_program(out);
    return ERR_INVALID;
}

void wire_fini_program(struct wire_program *program)
{
    free(program->argv);
    free(program->environment);
    *program = (struct wire_program){0};
}

void wire_encode_hello(const struct wire_hello *hello, struct text *out)
{
    wire_put32(out, WIRE_HELLO);
    wire_put32(out, hello->id_mapped);
    wire_put32(out, hello->overlay);
    wire_put32(out, hello->shared);
}

int wire_decode_hello(const char *bytes, size_t length, struct wire_hello *out)
{
    struct wire_reader in = wire_open(bytes, length, WIRE_HELLO);
    out->id_mapped = wire_get_below(&in, 2);
    out->overlay = wire_get_below(&in, 2);
    out->shared = wire_get_below(&in, 2);
    return wire_finish(&in);
}

void wire_encode_failed(const struct wire_failed *failed, struct text *out)
{
    wire_put32(out, WIRE_FAILED);
    wire_put32(out, failed->layer);
    wire_put32(out, failed->error);
    wire_put_string(out, failed->words);
}

int wire_decode_failed(const char *bytes, size_t length, struct wire_failed *out)
{
    struct wire_reader in = wire_open(bytes, length, WIRE_FAILED);
    out->layer = wire_get_below(&in, WIRE_LAYERS);
    out->error = wire_get_below(&in, 4096);
    wire_get_words(&in, out->words, sizeof out->words);
    return wire_finish(&in);
}

void wire_encode_started(const struct wire_started *started, struct text *out)
{
    wire_put32(out, WIRE_STARTED);
    wire_put64(out, started->id);
    wire_put64(out, started->start_ns);
    wire_put64(out, started->cpu_start_ns);
    wire_put64(out, started->peak_before);
    wire_put32(out, started->cpu_source);
    wire_put32(out, started->peak_source);
}

int wire_decode_started(const char *bytes, size_t length, struct wire_started *out)
{
    struct wire_reader in = wire_open(bytes, length, WIRE_STARTED);
    out->id = wire_get64(&in);
    out->start_ns = wire_get64(&in);
    out->cpu_start_ns = wire_get64(&in);
    out->peak_before = wire_get64(&in);
    out->cpu_source = wire_get_below(&in, 4);
    out->peak_source = wire_get_below(&in, 4);
    return wire_finish(&in);
}

void wire_encode_result(const struct wire_result *result, struct text *out)
{
    wire_put32(out, WIRE_RESULT);
    wire_put64(out, result->id);
    wire_put64(out, result->program);
    wire_put32(out, result->end);
    wire_put32(out, result->status);
    wire_put32(out, result->out_of_memory);
    wire_put32(out, result->leftovers);
    wire_put32(out, result->cpu_source);
    wire_put32(out, result->peak_source);
    wire_put64(out, result->wall_ns);
    wire_put64(out, result->cpu_ns);
    wire_put64(out, result->peak_bytes);
    wire_put64(out, result->minor_faults);
    wire_put64(out, result->major_faults);
    wire_put64(out, result->yields);
    wire_put64(out, result->preemptions);
    wire_put64(out, result->written_bytes);
    wire_put64(out, result->instructions);
    wire_put64(out, result->calls);
    wire_put32(out, result->call_row_count);
    for (uint32_t i = 0; i < result->call_row_count; i++) {
        wire_put_string(out, result->call_rows[i].call);
        wire_put64(out, result->call_rows[i].count);
    }
    wire_put_string(out, result->words);
}

static void wire_get_counts(struct wire_reader *in, struct wire_result *out)
{
    out->minor_faults = wire_get64(in);
    out->major_faults = wire_get64(in);
    out->yields = wire_get64(in);
    out->preemptions = wire_get64(in);
    out->written_bytes = wire_get64(in);
    out->instructions = wire_get64(in);
    out->calls = wire_get64(in);
    out->call_row_count = wire_get_below(in, WIRE_CALL_ROWS_MAX + 1);
    for (uint32_t i = 0; i < out->call_row_count; i++) {
        wire_get_words(in, out->call_rows[i].call, sizeof out->call_rows[i].call);
        out->call_rows[i].count = wire_get64(in);
    }
}

int wire_decode_result(const char *bytes, size_t length, struct wire_result *out)
{
    struct wire_reader in = wire_open(bytes, length, WIRE_RESULT);
    out->id = wire_get64(&in);
    out->program = wire_get64(&in);
    out->end = wire_get_below(&in, WIRE_ENDS);
    out->status = wire_get32(&in);
    out->out_of_memory = wire_get32(&in);
    out->leftovers = wire_get32(&in);
    out->cpu_source = wire_get_below(&in, 4);
    out->peak_source = wire_get_below(&in, 4);
    out->wall_ns = wire_get64(&in);
    out->cpu_ns = wire_get64(&in);
    out->peak_bytes = wire_get64(&in);
    wire_get_counts(&in, out);
    wire_get_words(&in, out->words, sizeof out->words);
    return wire_finish(&in);
}

void wire_encode_command(uint32_t kind, uint64_t number, struct text *out)
{
    wire_put32(out, kind);
    wire_put64(out, number);
}

int wire_decode_command(const char *bytes, size_t length, uint32_t *kind, uint64_t *number)
{
    const char *body;
    size_t body_length;
    int code = wire_decode_order(bytes, length, kind, number, &body, &body_length);
    return body_length ? ERR_INVALID : code;
}

int wire_decode_order(const char *bytes, size_t length, uint32_t *kind, uint64_t *number, const char **body,
                      size_t *body_length)
{
    struct wire_reader in = wire_open(bytes, length, 0);
    *kind = wire_get32(&in);
    *number = wire_get64(&in);
    *body = in.at;
    *body_length = in.left;
    return in.bad ? ERR_INVALID : 0;
}

uint32_t wire_peek_kind(const char *bytes, size_t length)
{
    struct wire_reader in = wire_open(bytes, length, 0);
    return wire_get32(&in);
}
