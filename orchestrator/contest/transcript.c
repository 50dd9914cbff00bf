#include "orchestrator/contest/transcript.h"

#include "orchestrator/contest/sentence.h"
#include "orchestrator/report/member.h"

#include <inttypes.h>
#include <stdio.h>

static void transcript_build_commands(cJSON *document, const struct contest *contest)
{
    cJSON *array = member_add_array(document, "commands");
    for (size_t side = 0; side < 2; side++) {
        const struct contest_command *command = &contest->commands[side];
        cJSON *object = member_append_object(array);
        member_add_string(object, "name", side == ARM_BASE ? "A" : "B");
        member_add_string(object, "line", command->line);
        member_add_bool(object, "shell", command->shell);
        member_add_string(object, "ending", command->ending);
        member_add_number(object, "status", command->status);
        member_add_string(object, "complaint", command->complaint);
        member_add_bool(object, "steady", command->steady);
        member_add_number(object, "timed", (double)command->timed);
        member_add_number(object, "strayed", (double)command->strayed);
        member_add_number(object, "left_behind", (double)command->left);
    }
}

static void transcript_build_answers(cJSON *document, const struct contest *contest)
{
    cJSON *answers = member_add_object(document, "answers");
    member_add_string(answers, "relation", contest_answers_names[contest->answers]);
    cJSON *array = member_add_array(answers, "findings");
    for (size_t i = 0; i < contest->finding_count; i++) {
        const struct finding *finding = &contest->findings[i];
        cJSON *object = member_append_object(array);
        member_add_string(object, "class", finding_class_name(finding->class));
        member_add_string(object, "part", finding->part);
        member_add_string(object, "pointer", finding->pointer);
        member_add_string(object, "a", finding->before);
        member_add_string(object, "b", finding->after);
    }
}

static void transcript_build_figures(cJSON *pair, const char *key, const struct figures *figures)
{
    cJSON *object = member_add_object(pair, key);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (figures->value[metric] >= 0)
            member_add_number(object, metric_name((enum metric)metric), figures->value[metric]);
}

static void transcript_build_pairs(cJSON *measurement, const struct contest *contest)
{
    cJSON *array = member_add_array(measurement, "pairs");
    for (size_t i = 0; i < contest->pair_count; i++) {
        const struct pair *pair = &contest->pairs[i];
        char seed[24];
        snprintf(seed, sizeof seed, "%" PRIu64, pair->seed); /* a double would round it */
        cJSON *object = member_append_object(array);
        member_add_string(object, "phase", pair_phase_name(pair->phase));
        member_add_string(object, "first", pair->candidate_first ? "b" : "a");
        member_add_bool(object, "quad", pair->quad);
        member_add_string(object, "seed", seed);
        transcript_build_figures(object, "a", &pair->base);
        transcript_build_figures(object, "b", &pair->candidate);
    }
}

static void transcript_build_measurement(cJSON *document, const struct contest *contest)
{
    if (!contest->measured) {
        cJSON_AddNullToObject(document, "measurement");
        return;
    }
    cJSON *measurement = member_add_object(document, "measurement");
    member_add_string(measurement, "primary", metric_name(contest->primary));
    member_add_string(measurement, "why", contest->why);
    member_add_number(measurement, "time_budget_s", contest->time_budget_s);
    member_add_number(measurement, "cpus", (double)contest->cpus);
    member_add_number(measurement, "processes", (double)contest->block);
    member_add_number(measurement, "seconds", contest->seconds);
    member_add_string(measurement, "stopped", contest->stopped);
    member_add_bool(measurement, "failed", contest->failed);
    transcript_build_pairs(measurement, contest);
}

static void transcript_build_row(cJSON *array, const struct contest_row *row, bool primary)
{
    static const char *const claims[CONTEST_CLAIMS] = {
        [CONTEST_B_SAVES] = "b_saves",         [CONTEST_A_SAVES] = "a_saves",
        [CONTEST_B_FALLS_OFF] = "b_falls_off", [CONTEST_A_FALLS_OFF] = "a_falls_off",
        [CONTEST_B_LESS] = "b_less",           [CONTEST_A_LESS] = "a_less",
    };
    cJSON *object = member_append_object(array);
    member_add_string(object, "metric", metric_name(row->metric));
    member_add_bool(object, "primary", primary);
    member_add_string(object, "outcome", contest_outcome_names[row->outcome]);
    member_add_figure(object, "a", row->before);
    member_add_figure(object, "b", row->after);
    member_add_gain(object, &row->gain);
    member_add_number(object, "fresh_pairs", (double)row->fresh_pairs);
    member_add_figure(object, "noise_floor", row->noise_floor);
    cJSON *proofs = member_add_object(object, "claims");
    for (int claim = 0; claim < CONTEST_CLAIMS; claim++) {
        const struct contest_proof *proof = &row->proofs[claim];
        cJSON *each = member_add_object(proofs, claims[claim]);
        member_add_bool(each, "proven", proof->proven);
        member_add_number(each, "e_value", proof->e_value);
        member_add_number(each, "pairs", (double)proof->pairs);
    }
}

static void transcript_build_conclusion(cJSON *document, const struct contest *contest)
{
    struct text warning cleanup_text = {0};
    struct text sentence cleanup_text = {0};
    sentence_append_warning(&warning, contest);
    sentence_append_conclusion(&sentence, contest);
    cJSON *conclusion = member_add_object(document, "conclusion");
    member_add_string(conclusion, "warning", warning.length > 0 ? text_string(&warning) : NULL);
    member_add_string(conclusion, "sentence", text_string(&sentence));
    member_add_number(conclusion, "exit_status", contest->exit_status);
    member_add_figure(conclusion, "seconds_needed", contest->seconds_needed);
    cJSON *rows = member_add_array(conclusion, "metrics");
    for (size_t i = 0; i < contest->row_count; i++)
        transcript_build_row(rows, &contest->rows[i], i == 0);
}

cJSON *transcript_build(const struct contest *contest)
{
    cJSON *document = cJSON_CreateObject();
    member_add_number(document, "cupel_comparison", 1);
    member_add_string(document, "created", contest->created);
    member_add_string(document, "cupel", contest->cupel_version);
    cJSON *environment = member_add_object(document, "environment");
    member_add_string(environment, "cpu", contest->cpu);
    member_add_string(environment, "kernel", contest->kernel);
    member_add_string(environment, "isolation", contest->isolation);
    member_add_number(document, "threshold", contest->threshold);
    member_add_string(document, "input", contest->input);
    transcript_build_commands(document, contest);
    transcript_build_answers(document, contest);
    transcript_build_measurement(document, contest);
    transcript_build_conclusion(document, contest);
    return document;
}
