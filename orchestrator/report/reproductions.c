#include "orchestrator/report/reproductions.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "policies/figure.h"

#include <string.h>

void reproductions_build(cJSON *finding, const struct reproduction *reproduction)
{
    if (!reproduction) {
        cJSON_AddNullToObject(finding, "reproduction");
        return;
    }
    cJSON *object = member_add_object(finding, "reproduction");
    member_add_string(object, "request", reproduction->request);
    member_add_string(object, "why_none", reproduction->why_none);
    member_add_number(object, "bytes", (double)reproduction->bytes);
    member_add_number(object, "from_bytes", (double)reproduction->from_bytes);
    member_add_number(object, "steps", (double)reproduction->steps);
    member_add_bool(object, "minimal", reproduction->minimal);
    member_add_string(object, "differs_only_when", reproduction->differs_only_when);
    member_add_string(object, "before", reproduction->before);
    member_add_string(object, "after", reproduction->after);
}

/* Siblings are linked both ways, and the first one's way back leads to the last. */
size_t reproductions_number(const cJSON *finding)
{
    size_t number = 1;
    for (; finding->prev && finding->prev->next; finding = finding->prev)
        number++;
    return number;
}

const cJSON *reproductions_shown(const cJSON *finding)
{
    const cJSON *reproduction = member_get(finding, "reproduction");
    bool has_sides = cJSON_IsString(member_get(reproduction, "before")) ||
                     cJSON_IsString(member_get(reproduction, "after"));
    return has_sides && cJSON_IsString(member_get(reproduction, "request")) ? reproduction : finding;
}

void reproductions_append_size(struct text *out, const cJSON *reproduction)
{
    double steps = member_number(reproduction, "steps");
    if (!cJSON_IsString(member_get(reproduction, "request")))
        return;
    figure_append_count(out, member_number(reproduction, "bytes"));
    text_append_string(out, " of ");
    figure_append_count(out, member_number(reproduction, "from_bytes"));
    text_append_string(out, " bytes, ");
    figure_append_count(out, steps);
    text_append_string(out, steps == 1 ? " input tried" : " inputs tried");
    if (!member_is_true(reproduction, "minimal"))
        text_append_string(out, "; more might be left out, the search was cut short");
}

const cJSON *reproductions_first(const cJSON *candidate)
{
    const cJSON *each = member_first(member_get(candidate, "contract"), "findings");
    while (each && !cJSON_IsString(member_get(member_get(each, "reproduction"), "request")))
        each = each->next;
    return each;
}

int reproductions_keep(const char *reports, const cJSON *document, struct err *err)
{
    const cJSON *candidate = member_first(document, "candidates");
    cleanup_free char *folder = memory_format("%s/%s", reports, member_string(candidate, "id"));
    const cJSON *each = reproductions_first(candidate);
    if (each && folder_make(folder, 0700, err) < 0)
        return err_wrap(err, "keep the reproductions");
    for (; each; each = each->next) {
        const char *request = member_string(member_get(each, "reproduction"), "request");
        if (!*request)
            continue;
        cleanup_free char *line = memory_format("%s\n", request);
        cleanup_free char *path = memory_format("%s/%zu.jsonl", folder, reproductions_number(each));
        if (folder_replace_file(path, line, strlen(line), err) < 0)
            return err_wrap(err, "keep the reproductions");
    }
    return 0;
}
