/* The candidate itself: its patch, what is said of it, what the screen and the stages found. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"

#include <float.h>
#include <stdlib.h>

#define CANDIDATE_REFUSALS ((size_t)1 << 20)

static void candidate_read_patch(struct field_reader *reader, const struct json_value *candidate,
                                 struct evidence *evidence)
{
    const struct json_value *patch = field_object(reader, candidate, "patch");
    evidence->patch_digest = field_digest(reader, patch, "digest");
    evidence->files = field_count(reader, patch, "files", FIELD_COUNT_MAX);
    evidence->added = field_count(reader, patch, "added", FIELD_COUNT_MAX);
    evidence->removed = field_count(reader, patch, "removed", FIELD_COUNT_MAX);
    evidence->candidate_tree = field_text(reader, patch, "tree");
    evidence->subject = field_text(reader, patch, "subject");
    evidence->author = field_text(reader, patch, "author");
    evidence->message = field_text(reader, patch, "message");
    evidence->people = field_strings(reader, patch, "people");
    evidence->candidate_commit = field_text(reader, patch, "commit");
    evidence->patch_notes = field_strings(reader, patch, "notes");
}

static void candidate_read_claim(struct field_reader *reader, const struct json_value *candidate,
                                 struct claim *claim)
{
    const struct json_value *object = field_object(reader, candidate, "claim");
    claim->model = field_text(reader, object, "model");
    claim->rationale = field_text(reader, object, "rationale");
    claim->gain = field_text(reader, object, "gain");
}

static void candidate_read_refusals(struct field_reader *reader, const struct json_value *screen,
                                    const char *key, struct refusal **refusals, size_t *count)
{
    const struct json_value *array = field_array(reader, screen, key, CANDIDATE_REFUSALS);
    size_t length = field_length(reader, array);
    *refusals = length > 0 ? memory_zeroed(length * sizeof **refusals) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *object = json_element(array, i);
        struct refusal *refusal = &(*refusals)[(*count)++];
        refusal->path = field_text(reader, object, "path");
        refusal->line = (uint32_t)field_count(reader, object, "line", UINT32_MAX);
        refusal->rule = field_text(reader, object, "rule");
        refusal->sentence = field_text(reader, object, "sentence");
        refusal->unsafe = field_bool(reader, object, "unsafe");
    }
}

static void candidate_read_screen(struct field_reader *reader, const struct json_value *candidate,
                                  struct screen_result *result)
{
    const struct json_value *screen = field_object(reader, candidate, "screen");
    candidate_read_refusals(reader, screen, "refusals", &result->refusals, &result->refusal_count);
    candidate_read_refusals(reader, screen, "remarks", &result->remarks, &result->remark_count);
}

static void candidate_read_stage(struct field_reader *reader, const struct json_value *object,
                                 enum stage stage, struct stage_record *record)
{
    const char *const expected[] = {stage_name(stage), NULL};
    const char *outcomes[STAGE_SKIPPED + 2] = {NULL};
    for (int outcome = 0; outcome <= STAGE_SKIPPED; outcome++)
        outcomes[outcome] = stage_outcome_name((enum stage_outcome)outcome);
    field_choice(reader, object, "name", expected);
    record->outcome = (enum stage_outcome)field_choice(reader, object, "outcome", outcomes);
    record->seconds = field_number(reader, object, "seconds", 0, DBL_MAX);
    record->sentence = field_text(reader, object, "sentence");
    record->log = field_text(reader, object, "log");
}

static void candidate_read_stages(struct field_reader *reader, const struct json_value *candidate,
                                  struct stage_record stages[STAGE_COUNT])
{
    const struct json_value *array = field_array(reader, candidate, "stages", STAGE_COUNT);
    size_t length = field_length(reader, array);
    if (length < STAGE_COUNT)
        field_refuse(reader, array, "must hold all stages");
    for (size_t i = 0; i < length && !reader->failed; i++)
        candidate_read_stage(reader, json_element(array, i), (enum stage)i, &stages[i]);
}

void stored_read_candidate(struct field_reader *reader, const struct json_value *candidate,
                           struct evidence *evidence)
{
    evidence->candidate_name = field_text(reader, candidate, "name");
    evidence->error = field_text(reader, candidate, "error");
    evidence->identical_why = field_text(reader, candidate, "identical");
    evidence->identical = evidence->identical_why != NULL;
    evidence->start_failed = field_bool(reader, candidate, "start_failed");
    evidence->suspicions = field_strings(reader, candidate, "suspicions");
    evidence->observations = field_strings(reader, candidate, "observations");
    candidate_read_claim(reader, candidate, &evidence->claim);
    candidate_read_patch(reader, candidate, evidence);
    candidate_read_screen(reader, candidate, &evidence->screen);
    candidate_read_stages(reader, candidate, evidence->stages);
}
