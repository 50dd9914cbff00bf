#include "orchestrator/attribution/document.h"

#include "orchestrator/report/member.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define DOCUMENT_VERSION 1

static void document_add_parts(cJSON *object, const char *key, uint32_t parts)
{
    cJSON *array = member_add_array(object, key);
    for (unsigned i = 0; i < 32; i++)
        if (parts >> i & 1)
            cJSON_AddItemToArray(array, cJSON_CreateNumber(i + 1));
}

static void document_add_e_value(cJSON *object, const char *key, double value)
{
    member_add_number(object, key, fmin(value, DBL_MAX));
}

static const char *document_reason(const struct trial *trial)
{
    return trial->failure ? trial->failure : trial->decision.reason;
}

static void document_fill_set(cJSON *object, const struct trials *trials, size_t index)
{
    const struct attribution_trial *row = &trials->rows[index];
    const struct trial *trial = &trials->items[index];
    const struct trial *told = trial->same_as == ATTRIBUTION_NONE ? trial : &trials->items[trial->same_as];
    document_add_parts(object, "parts", row->parts);
    member_add_string(object, "verdict", verdict_name(row->verdict));
    member_add_string(object, "reason", document_reason(told));
    member_add_gain(object, &row->gain);
    document_add_e_value(object, "e_real", row->e_real);
}

/* The set's outcome, or null where it was not evaluated.
 * The whole, which may end the growing, is no trial. */
static void document_add_set(cJSON *part, const char *key, const struct trials *trials, uint32_t parts)
{
    for (size_t i = 0; parts && i < trials->count; i++)
        if (trials->rows[i].parts == parts) {
            document_fill_set(member_add_object(part, key), trials, i);
            return;
        }
    if (parts != trials->whole.parts) {
        cJSON_AddNullToObject(part, key);
        return;
    }
    cJSON *object = member_add_object(part, key);
    document_add_parts(object, "parts", parts);
    member_add_string(object, "verdict", verdict_name(trials->whole.verdict));
    member_add_string(object, "reason", NULL);
    member_add_gain(object, &trials->whole.gain);
    document_add_e_value(object, "e_real", trials->whole.e_real);
}

static void document_add_part(cJSON *array, const struct document_input *input, size_t index)
{
    const struct part *part = &input->parts->items[index];
    const struct attribution_finding *finding = &input->trials->attribution.findings[index];
    cJSON *object = member_append_object(array);
    member_add_number(object, "id", (double)(index + 1));
    member_add_string(object, "name", part->name);
    member_add_number(object, "files", (double)part->files);
    member_add_number(object, "added", (double)part->added);
    member_add_number(object, "removed", (double)part->removed);
    document_add_parts(object, "needs", part->needs);
    member_add_string(object, "class", attribution_class_name(finding->class));
    member_add_gain(object, &finding->gain);
    member_add_bool(object, "needed", finding->needed);
    member_add_bool(object, "by_step", finding->by_step);
    document_add_parts(object, "before", finding->before);
    document_add_set(object, "alone", input->trials, part->needs ? 0 : UINT32_C(1) << index);
    document_add_set(object, "cumulative", input->trials, finding->grown);
}

/* One row a set, with all that a report would say of it: whoever doubts the classes has the raw pairs. */
static void document_add_trial(cJSON *array, const struct document_input *input, size_t index)
{
    const struct trial *trial = &input->trials->items[index];
    cJSON *object = member_append_object(array);
    document_fill_set(object, input->trials, index);
    if (!trial->decision.reason) {
        cJSON_AddNullToObject(object, "candidate");
        return;
    }
    struct report_context context = *input->context;
    context.family = &input->trials->family;
    cJSON *report = report_build(&trial->evidence, &trial->decision, input->policy, &context);
    cJSON *candidates = cJSON_GetObjectItemCaseSensitive(report, "candidates");
    cJSON_AddItemToObject(object, "candidate", cJSON_DetachItemFromArray(candidates, 0));
    cJSON_Delete(report);
}

static void document_add_family(cJSON *document, const struct rank_family *family)
{
    cJSON *object = member_add_object(document, "family");
    member_add_bool(object, "exploratory", true);
    member_add_number(object, "size", (double)family->size);
    member_add_number(object, "false_discovery_rate", family->false_discovery_rate);
    member_add_number(object, "limit", family->limit);
    member_add_number(object, "accepted", (double)family->accepted);
    cJSON *e_values = member_add_array(object, "e_values");
    for (size_t i = 0; i < family->e_value_count; i++)
        cJSON_AddItemToArray(e_values, cJSON_CreateNumber(fmin(family->e_values[i], DBL_MAX)));
}

static void document_add_report(cJSON *document, const struct document_input *input)
{
    char hexadecimal[DIGEST_HEX];
    const cJSON *candidate = member_first(input->report, "candidates");
    cJSON *object = member_add_object(document, "report");
    digest_to_hex(input->report_digest, hexadecimal);
    member_add_string(object, "id", member_string(candidate, "id"));
    member_add_digest(object, "digest", hexadecimal);
    member_add_string(object, "verdict", verdict_name(input->trials->whole.verdict));
    member_add_gain(object, &input->trials->whole.gain);
}

static void document_add_offer(cJSON *document, const struct document_input *input)
{
    size_t offered = input->trials->attribution.offered;
    char hexadecimal[DIGEST_HEX];
    if (offered == ATTRIBUTION_NONE || !input->offer) {
        cJSON_AddNullToObject(document, "offered");
        return;
    }
    const struct gain *whole = &input->trials->whole.gain, *kept = &input->trials->rows[offered].gain;
    bool against_whole = input->trials->whole.verdict == VERDICT_RECOMMENDED && whole->known;
    cJSON *object = member_add_object(document, "offered");
    digest_to_hex(input->offer->digest, hexadecimal);
    document_fill_set(object, input->trials, offered);
    member_add_number(object, "keeps", against_whole ? kept->point / whole->point : NAN);
    member_add_digest(object, "digest", hexadecimal);
    member_add_string(object, "file", input->offer->file);
    member_add_string(object, "why_no_file", input->offer->why);
}

cJSON *document_build(const struct document_input *input)
{
    const struct parts *parts = input->parts;
    cJSON *document = cJSON_CreateObject();
    member_add_number(document, "cupel_attribution", DOCUMENT_VERSION);
    member_add_string(document, "cupel", input->context->cupel_version);
    member_add_string(document, "created", input->context->created);
    document_add_report(document, input);
    member_add_string(document, "split", parts_kind_name(parts->kind));
    member_add_number(document, "pieces", (double)parts->pieces);
    member_add_string(document, "remark", parts->remark);
    member_add_string(document, "stopped", input->trials->stopped);
    document_add_family(document, &input->trials->attribution.family);
    cJSON *array = member_add_array(document, "parts");
    for (size_t i = 0; i < parts->count; i++)
        document_add_part(array, input, i);
    document_add_offer(document, input);
    array = member_add_array(document, "trials");
    for (size_t i = 0; i < input->trials->count; i++)
        document_add_trial(array, input, i);
    return document;
}
