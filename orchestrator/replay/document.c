#include "orchestrator/replay/replay.h"
#include "orchestrator/report/member.h"

#define DOCUMENT_VERSION 1

static void document_add_finding(cJSON *document, const struct replay_finding *finding)
{
    cJSON *object = member_add_object(document, "finding");
    member_add_number(object, "number", (double)finding->number);
    member_add_string(object, "workload", finding->workload);
    member_add_string(object, "class", finding->class);
    member_add_string(object, "part", finding->part);
    member_add_string(object, "pattern", finding->pattern);
}

static void document_add_difference(cJSON *array, const struct finding *finding)
{
    cJSON *row = member_append_object(array);
    member_add_string(row, "class", finding_class_name(finding->class));
    member_add_bool(row, "breaks", finding->class < CLASS_FIRST_NOTE);
    member_add_string(row, "part", finding->part);
    member_add_string(row, "pattern", finding->pattern);
    member_add_string(row, "pointer", finding->pointer);
    member_add_string(row, "before", finding->before);
    member_add_string(row, "after", finding->after);
}

cJSON *replay_build(const struct replay *replay)
{
    cJSON *document = cJSON_CreateObject();
    member_add_number(document, "cupel_reproduction", DOCUMENT_VERSION);
    member_add_string(document, "report", replay->report);
    document_add_finding(document, &replay->finding);
    member_add_string(document, "input", replay->input);
    member_add_bool(document, "reproduced", replay_is_reproduced(replay));
    member_add_string(document, "problem", replay->problem);
    cJSON *array = member_add_array(document, "differences");
    for (size_t i = 0; !replay->problem && i < replay->summary->finding_count; i++)
        document_add_difference(array, &replay->summary->findings[i]);
    return document;
}
