/* The calibration as a document: written canonically, and read back strictly. */
#include "orchestrator/calibrate/calibration.h"

#include "base/memory.h"
#include "orchestrator/recheck/field.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_VERSION 1
#define DOCUMENT_BYTES   ((size_t)4 << 20)
#define DOCUMENT_DEPTH   16
#define DOCUMENT_FIGURE  1e15 /* no run takes as many seconds or bytes */

static void document_add_cpus(cJSON *object, const int *cpus, size_t count)
{
    cJSON *array = member_add_array(object, "cpus");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber(cpus[i]));
}

static void document_add_runs(cJSON *object, const struct calibration_series *series)
{
    cJSON *runs = member_add_object(object, "runs");
    for (int m = 0; m < CALIBRATION_METRICS; m++) {
        cJSON *array = member_add_array(runs, metric_name((enum metric)m));
        for (size_t i = 0; i < series->run_count; i++) {
            double value = series->runs[m][i];
            cJSON_AddItemToArray(array, value < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(value));
        }
    }
}

static void document_add_shown(cJSON *rows, const struct calibration_series *series, double seconds,
                               const struct resolution *shown)
{
    cJSON *row = member_append_object(rows);
    bool told = shown->excess >= 0;
    member_add_number(row, "seconds", seconds);
    member_add_figure(row, "excess", shown->excess);
    member_add_figure(row, "gain", told ? resolution_gain(shown->excess, 0) : -1);
    member_add_figure(row, "recommended", told ? resolution_gain(shown->excess, CALIBRATION_THRESHOLD) : -1);
    member_add_number(row, "pairs", (double)shown->pairs);
    member_add_number(row, "win_pairs", shown->win_pairs);
    member_add_number(row, "joined", (double)shown->joined);
    member_add_number(row, "run_seconds", series->run_seconds * (double)shown->joined);
}

static void document_add_metrics(cJSON *object, const struct calibration_series *series)
{
    cJSON *rows = member_add_array(object, "metrics");
    for (int m = 0; m < CALIBRATION_METRICS; m++) {
        const struct calibration_metric *metric = &series->metrics[m];
        cJSON *row = member_append_object(rows);
        member_add_string(row, "metric", metric_name((enum metric)m));
        member_add_figure(row, "noise", metric->noise);
        cJSON *order = member_add_object(row, "order");
        member_add_bool(order, "known", metric->order.known);
        member_add_number(order, "effect", metric->order.effect);
        member_add_number(order, "scale", metric->order.scale);
        cJSON *shown = member_add_array(row, "shown");
        for (size_t b = 0; b < CALIBRATION_BUDGETS; b++)
            document_add_shown(shown, series, calibration_budgets[b], &metric->shown[b]);
    }
}

static void document_add_set(cJSON *sets, const struct calibration_set *set)
{
    cJSON *object = member_append_object(sets);
    document_add_cpus(object, set->cpus, set->cpu_count);
    cJSON *programs = member_add_array(object, "programs");
    for (int p = 0; p < CALIBRATION_PROGRAMS; p++) {
        const struct calibration_series *series = &set->series[p];
        cJSON *program = member_append_object(programs);
        member_add_string(program, "name", calibration_programs[p]);
        member_add_number(program, "run_seconds", series->run_seconds);
        member_add_number(program, "pair_seconds", series->pair_seconds);
        document_add_runs(program, series);
        document_add_metrics(program, series);
    }
}

static cJSON *document_build(const struct calibration *calibration)
{
    const struct calibration_machine *machine = &calibration->machine;
    char method[DIGEST_HEX];
    cJSON *document = cJSON_CreateObject();
    digest_to_hex(&machine->method, method);
    member_add_number(document, "cupel_calibration", DOCUMENT_VERSION);
    member_add_string(document, "cupel", calibration->cupel);
    member_add_string(document, "created", calibration->created);
    member_add_digest(document, "method", method);
    cJSON *object = member_add_object(document, "machine");
    member_add_string(object, "cpu", machine->cpu);
    member_add_string(object, "kernel", machine->kernel);
    document_add_cpus(object, machine->cpus, machine->cpu_count);
    member_add_string(document, "cpu_source", calibration->cpu_source);
    member_add_string(document, "peak_source", calibration->peak_source);
    member_add_number(document, "seconds", calibration->seconds);
    cJSON_AddItemToObject(document, "conditions", conditions_build(&calibration->conditions));
    member_add_number(document, "usual", (double)calibration->usual);
    member_add_number(document, "best", (double)calibration->best);
    cJSON *sets = member_add_array(document, "sets");
    for (size_t i = 0; i < calibration->set_count; i++)
        document_add_set(sets, &calibration->sets[i]);
    return document;
}

int calibration_write(const struct calibration *calibration, struct text *out, struct err *err)
{
    cJSON *document = document_build(calibration);
    int code = report_canonicalise(document, out, err);
    cJSON_Delete(document);
    return code;
}

static int *document_read_cpus(struct field_reader *reader, const struct json_value *object, size_t *count)
{
    const struct json_value *array = field_array(reader, object, "cpus", CALIBRATION_CPUS_MOST);
    size_t length = field_length(reader, array);
    int *cpus = memory_zeroed((length + 1) * sizeof *cpus);
    if (!reader->failed && length == 0)
        field_refuse(reader, array, "must hold a CPU");
    for (*count = 0; *count < length && !reader->failed; (*count)++) {
        int64_t cpu = 0;
        reader->failed =
            json_want_integer(reader->file, json_element(array, *count), *count ? cpus[*count - 1] + 1 : 0,
                              CALIBRATION_CPUS_MOST, &cpu, reader->err);
        cpus[*count] = (int)cpu;
    }
    return cpus;
}

static void document_read_run(struct field_reader *reader, const struct json_value *value, double *run)
{
    *run = -1;
    if (json_type(value) != JSON_NULL)
        reader->failed = json_want_number(reader->file, value, 0, DOCUMENT_FIGURE, run, reader->err);
}

static void document_read_runs(struct field_reader *reader, const struct json_value *program,
                               struct calibration_series *series)
{
    const struct json_value *runs = field_object(reader, program, "runs");
    size_t most = 2 * (size_t)CALIBRATION_PAIRS_MOST;
    for (int m = 0; m < CALIBRATION_METRICS; m++) {
        const struct json_value *array = field_array(reader, runs, metric_name((enum metric)m), most);
        size_t count = field_length(reader, array);
        if (!reader->failed && (count % 2 != 0 || (m > 0 && count != series->run_count)))
            field_refuse(reader, array, "must hold two runs a pair, as many as the other metrics");
        series->run_count = count;
        series->runs[m] = memory_zeroed(most * sizeof *series->runs[m]);
        for (size_t i = 0; i < count && !reader->failed; i++)
            document_read_run(reader, json_element(array, i), &series->runs[m][i]);
    }
}

static void document_read_shown(struct field_reader *reader, const struct json_value *row,
                                struct resolution *shown)
{
    shown->excess = field_figure(reader, row, "excess");
    shown->pairs = field_count(reader, row, "pairs", (int64_t)measure_method.cap);
    shown->win_pairs = field_number(reader, row, "win_pairs", 0, (double)measure_method.cap);
    shown->joined = field_count(reader, row, "joined", RESOLUTION_RUNS_MOST);
}

static void document_read_metrics(struct field_reader *reader, const struct json_value *program,
                                  struct calibration_series *series)
{
    const struct json_value *rows = field_array(reader, program, "metrics", CALIBRATION_METRICS);
    size_t count = field_length(reader, rows);
    for (size_t m = 0; m < count && !reader->failed; m++) {
        const struct json_value *shown =
            field_array(reader, json_element(rows, m), "shown", CALIBRATION_BUDGETS);
        size_t budgets = field_length(reader, shown);
        for (size_t b = 0; b < budgets; b++)
            document_read_shown(reader, json_element(shown, b), &series->metrics[m].shown[b]);
    }
}

static void document_read_set(struct field_reader *reader, const struct json_value *object,
                              struct calibration_set *set)
{
    set->cpus = document_read_cpus(reader, object, &set->cpu_count);
    const struct json_value *programs = field_array(reader, object, "programs", CALIBRATION_PROGRAMS);
    size_t count = field_length(reader, programs);
    if (!reader->failed && count != CALIBRATION_PROGRAMS)
        field_refuse(reader, programs, "must hold both programs");
    for (size_t p = 0; p < count && !reader->failed; p++) {
        const struct json_value *program = json_element(programs, p);
        set->series[p].pair_seconds = field_number(reader, program, "pair_seconds", 0, DOCUMENT_FIGURE);
        document_read_runs(reader, program, &set->series[p]);
        document_read_metrics(reader, program, &set->series[p]);
    }
}

static void document_read_top(struct field_reader *reader, const struct json_value *root,
                              struct calibration *calibration)
{
    struct calibration_machine *machine = &calibration->machine;
    const struct json_value *object = field_object(reader, root, "machine");
    field_number(reader, root, "cupel_calibration", DOCUMENT_VERSION, DOCUMENT_VERSION);
    calibration->cupel = field_text(reader, root, "cupel");
    calibration->created = field_text(reader, root, "created");
    calibration->cpu_source = field_text(reader, root, "cpu_source");
    calibration->peak_source = field_text(reader, root, "peak_source");
    calibration->seconds = field_number(reader, root, "seconds", 0, DOCUMENT_FIGURE);
    machine->cpu = field_text(reader, object, "cpu");
    machine->kernel = field_text(reader, object, "kernel");
    machine->cpus = document_read_cpus(reader, object, &machine->cpu_count);
    char *method = field_digest(reader, root, "method");
    if (!reader->failed && (!method || !digest_from_hex(method, &machine->method) || !calibration->created ||
                            !calibration->cupel || !machine->cpu || !machine->kernel))
        field_refuse(reader, root, "doesn't say when, of which machine and by which method it is");
    free(method);
    const struct json_value *conditions = field_object(reader, root, "conditions");
    if (!reader->failed)
        reader->failed = conditions_parse(reader->file, conditions, &calibration->conditions, reader->err);
}

static void document_read_all(struct field_reader *reader, const struct json_value *root,
                              struct calibration *calibration)
{
    document_read_top(reader, root, calibration);
    const struct json_value *sets = field_array(reader, root, "sets", CALIBRATION_SETS_MOST);
    size_t count = field_length(reader, sets);
    if (!reader->failed && count == 0)
        field_refuse(reader, sets, "must hold a set of CPUs");
    for (size_t i = 0; i < count && !reader->failed; i++) {
        calibration->set_count = i + 1;
        document_read_set(reader, json_element(sets, i), &calibration->sets[i]);
    }
    calibration->usual = field_count(reader, root, "usual", (int64_t)count - 1);
    calibration->best = field_count(reader, root, "best", (int64_t)count - 1);
}

/* Whatever was changed or added by another hand shows here. */
static int document_compare(const struct calibration *calibration, const char *name, const char *bytes,
                            size_t length, struct err *err)
{
    struct err why = {0};
    cleanup_text struct text again = {0};
    if (calibration_write(calibration, &again, &why) == 0 && again.length == length &&
        memcmp(again.data, bytes, length) == 0)
        return 0;
    return err_set(err, ERR_INVALID, "%s: is not as cupel wrote it", name);
}

int calibration_read(struct calibration *calibration, const char *name, const char *bytes, size_t length,
                     struct err *err)
{
    const struct json_options options = {.max_depth = DOCUMENT_DEPTH, .max_bytes = DOCUMENT_BYTES};
    struct json_file file;
    int code = json_file_read(&file, name, bytes, length, &options, err);
    if (code < 0)
        return code;
    struct field_reader reader = {.file = &file, .err = err};
    *calibration = (struct calibration){0};
    document_read_all(&reader, json_root(file.document), calibration);
    json_file_fini(&file);
    if (!reader.failed) {
        calibration_summarise(calibration);
        reader.failed = document_compare(calibration, name, bytes, length, err);
    }
    if (reader.failed)
        calibration_fini(calibration);
    return reader.failed;
}
