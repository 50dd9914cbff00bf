/* Foreign documents: every member is checked before it is used, and conclusions are not read at all. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/contest/transcript.h"
#include "orchestrator/recheck/field.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <errno.h>
#include <float.h>
#include <string.h>

#define TRANSCRIPT_BYTES    ((size_t)64 << 20) /* one of ours is some tens of KiB */
#define TRANSCRIPT_DEPTH    16
#define TRANSCRIPT_PAIRS    1024
#define TRANSCRIPT_FINDINGS 10000
#define TRANSCRIPT_FRACTION 0.9 /* as the option: nothing can be shown to be 100 % faster */
#define TRANSCRIPT_STATUS   255 /* of a process */
#define TRANSCRIPT_CPUS     65536

static const struct json_options transcript_options = {.max_depth = TRANSCRIPT_DEPTH,
                                                       .max_bytes = TRANSCRIPT_BYTES};

static void transcript_read_command(struct field_reader *reader, const struct json_value *object,
                                    struct contest_command *command)
{
    const char *ending = field_string(reader, object, "ending");
    const char *line = field_string(reader, object, "line");
    command->line = memory_copy_string(line ? line : "");
    command->shell = field_bool(reader, object, "shell");
    command->ending = memory_copy_string(ending ? ending : "");
    command->status = (int)field_count(reader, object, "status", TRANSCRIPT_STATUS);
    command->complaint = field_text(reader, object, "complaint");
    command->steady = field_bool(reader, object, "steady");
    command->timed = field_count(reader, object, "timed", FIELD_COUNT_MAX);
    command->strayed = field_count(reader, object, "strayed", FIELD_COUNT_MAX);
    command->left = field_count(reader, object, "left_behind", FIELD_COUNT_MAX);
}

static void transcript_read_commands(struct field_reader *reader, const struct json_value *root,
                                     struct contest *contest)
{
    const struct json_value *array = field_array(reader, root, "commands", 2);
    if (field_length(reader, array) != 2)
        field_refuse(reader, array, "must hold A and B");
    for (size_t side = 0; side < 2 && !reader->failed; side++)
        transcript_read_command(reader, json_element(array, side), &contest->commands[side]);
}

static void transcript_read_finding(struct field_reader *reader, const struct json_value *object,
                                    struct finding *finding)
{
    const char *class = field_string(reader, object, "class");
    int number = class ? finding_class_by_name(class) : 0;
    if (number < 0)
        field_refuse(reader, json_find(object, "class"), "is no class of differences");
    const char *part = field_string(reader, object, "part");
    finding->class = (enum finding_class)(number < 0 ? 0 : number);
    finding->part = memory_copy_string(part ? part : "");
    finding->pointer = field_text(reader, object, "pointer");
    finding->before = field_text(reader, object, "a");
    finding->after = field_text(reader, object, "b");
}

static void transcript_read_answers(struct field_reader *reader, const struct json_value *root,
                                    struct contest *contest)
{
    const struct json_value *answers = field_object(reader, root, "answers");
    const struct json_value *array = field_array(reader, answers, "findings", TRANSCRIPT_FINDINGS);
    size_t length = field_length(reader, array);
    contest->answers = (enum contest_answers)field_choice(reader, answers, "relation", contest_answers_names);
    contest->findings = memory_zeroed((length + 1) * sizeof *contest->findings);
    for (size_t i = 0; i < length && !reader->failed; i++)
        transcript_read_finding(reader, json_element(array, i), &contest->findings[contest->finding_count++]);
}

static void transcript_read_figures(struct field_reader *reader, const struct json_value *pair,
                                    const char *key, struct figures *figures)
{
    const struct json_value *object = field_object(reader, pair, key);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const char *name = metric_name((enum metric)metric);
        figures->value[metric] =
            object && json_find(object, name) ? field_number(reader, object, name, 0, DBL_MAX) : -1;
    }
}

static void transcript_read_pair(struct field_reader *reader, const struct json_value *object,
                                 struct pair *pair)
{
    static const char *const sides[] = {"a", "b", NULL};
    const char *phases[PHASE_SIZE + 2] = {NULL};
    for (int phase = 0; phase <= PHASE_SIZE; phase++)
        phases[phase] = pair_phase_name((enum pair_phase)phase);
    const char *seed = field_string(reader, object, "seed");
    errno = 0;
    pair->seed = seed ? strtoull(seed, NULL, 10) : 0;
    if (seed && (errno != 0 || !*seed || strspn(seed, "0123456789") != strlen(seed)))
        field_refuse(reader, json_find(object, "seed"), "must be an integer below 2^64 in a string");
    pair->phase = (enum pair_phase)field_choice(reader, object, "phase", phases);
    pair->candidate_first = field_choice(reader, object, "first", sides) == 1;
    pair->quad = field_bool(reader, object, "quad");
    transcript_read_figures(reader, object, "a", &pair->base);
    transcript_read_figures(reader, object, "b", &pair->candidate);
}

static void transcript_read_measurement(struct field_reader *reader, const struct json_value *root,
                                        struct contest *contest)
{
    contest->block = 1;
    contest->measured = !field_is_null(reader, root, "measurement");
    if (!contest->measured)
        return;
    const struct json_value *object = field_object(reader, root, "measurement");
    const struct json_value *array = field_array(reader, object, "pairs", TRANSCRIPT_PAIRS);
    size_t length = field_length(reader, array);
    contest->primary = (enum metric)field_choice(reader, object, "primary", metric_names);
    contest->why = field_text(reader, object, "why");
    contest->time_budget_s = field_number(reader, object, "time_budget_s", 0, DBL_MAX);
    contest->cpus = field_count(reader, object, "cpus", TRANSCRIPT_CPUS);
    contest->block = (size_t)field_number(reader, object, "processes", 1, (double)UINT32_MAX);
    contest->seconds = field_number(reader, object, "seconds", 0, DBL_MAX);
    contest->stopped = field_text(reader, object, "stopped");
    contest->failed = field_bool(reader, object, "failed");
    contest->pairs = memory_zeroed((length + 1) * sizeof *contest->pairs);
    for (size_t i = 0; i < length && !reader->failed; i++)
        transcript_read_pair(reader, json_element(array, i), &contest->pairs[contest->pair_count++]);
}

int transcript_read(struct contest *contest, const struct json_file *file, struct err *err)
{
    struct field_reader reader = {.file = file, .err = err};
    const struct json_value *root = json_root(file->document);
    *contest = (struct contest){0};
    if (json_want_object(file, root, err) < 0)
        return err->code;
    const struct json_value *environment = field_object(&reader, root, "environment");
    field_number(&reader, root, "cupel_comparison", 1, 1);
    contest->created = field_text(&reader, root, "created");
    contest->cupel_version = field_text(&reader, root, "cupel");
    contest->cpu = field_text(&reader, environment, "cpu");
    contest->kernel = field_text(&reader, environment, "kernel");
    contest->isolation = field_text(&reader, environment, "isolation");
    contest->threshold = field_number(&reader, root, "threshold", 0, TRANSCRIPT_FRACTION);
    contest->input = field_text(&reader, root, "input");
    transcript_read_commands(&reader, root, contest);
    transcript_read_answers(&reader, root, contest);
    transcript_read_measurement(&reader, root, contest);
    if (reader.failed)
        contest_fini(contest);
    return reader.failed;
}

bool transcript_is(const char *bytes, size_t length)
{
    struct json_file file = {0};
    struct err ignored = {0}; /* what is no JSON is no comparison either */
    if (json_file_read(&file, "", bytes, length, &transcript_options, &ignored) < 0)
        return false;
    const struct json_value *root = json_root(file.document);
    bool is = json_want_object(&file, root, &ignored) == 0 && json_find(root, "cupel_comparison") != NULL;
    json_file_fini(&file);
    return is;
}

static int transcript_recheck_file(const struct json_file *file, const char *bytes, size_t length,
                                   struct differences *differences, struct err *err)
{
    struct contest contest;
    if (report_check_value(json_root(file->document), err) < 0)
        return err_wrap(err, "%s", file->name);
    if (transcript_read(&contest, file, err) < 0)
        return err->code;
    cJSON *said = cJSON_ParseWithLength(bytes, length);
    contest_conclude(&contest);
    cJSON *recomputed = transcript_build(&contest);
    if (said)
        differences_find(differences, "", said, recomputed);
    int code =
        said ? 0 : err_set(err, ERR_INVALID, "%s: not a document that cupel could have written", file->name);
    cJSON_Delete(said);
    cJSON_Delete(recomputed);
    contest_fini(&contest);
    return code;
}

int transcript_recheck(const char *name, const char *bytes, size_t length, struct differences *differences,
                       struct err *err)
{
    struct json_file file = {0};
    if (json_file_read(&file, name, bytes, length, &transcript_options, err) < 0)
        return err->code;
    int code = transcript_recheck_file(&file, bytes, length, differences, err);
    json_file_fini(&file);
    return code;
}
