#include "orchestrator/recheck/documents.h"

#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <string.h>

/* What a batch's view adds to its top level. */
static const char documents_batch_key[] = "batch";

cJSON *documents_take(const cJSON *view, const cJSON *candidate)
{
    cJSON *document = cJSON_CreateObject();
    const cJSON *evaluation = member_get(candidate, "evaluation");
    for (const cJSON *member = view->child; member; member = member->next)
        if (strcmp(member->string, documents_batch_key) != 0 && strcmp(member->string, "candidates") != 0 &&
            !member_get(evaluation, member->string))
            cJSON_AddItemToObject(document, member->string, cJSON_Duplicate(member, true));
    for (const cJSON *member = member_first(candidate, "evaluation"); member; member = member->next)
        if (member->string)
            cJSON_AddItemToObject(document, member->string, cJSON_Duplicate(member, true));
    cJSON *inner = member_append_object(member_add_array(document, "candidates"));
    for (const cJSON *member = candidate->child; member; member = member->next)
        if (!report_is_view_key(member->string))
            cJSON_AddItemToObject(inner, member->string, cJSON_Duplicate(member, true));
    return document;
}

void documents_append_pointer(struct text *out, const cJSON *candidate, size_t index, const char *pointer)
{
    static const char only[] = "/candidates/0";
    if (strncmp(pointer, only, strlen(only)) == 0) {
        text_printf(out, "/candidates/%zu%s", index, pointer + strlen(only));
        return;
    }
    const cJSON *member = member_first(candidate, "evaluation");
    for (; member; member = member->next) {
        size_t length = member->string ? strlen(member->string) : 0;
        if (*pointer == '/' && length > 0 && strncmp(pointer + 1, member->string, length) == 0 &&
            (pointer[1 + length] == '/' || pointer[1 + length] == '\0'))
            break;
    }
    if (member)
        text_printf(out, "/candidates/%zu/evaluation", index);
    text_append_string(out, pointer);
}
