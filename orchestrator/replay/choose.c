/* From what a person calls a finding to its row in the report. */
#include "orchestrator/replay/replay.h"

#include "orchestrator/report/member.h"
#include "orchestrator/report/reproductions.h"
#include "policies/foreign.h"

#include <stdlib.h>
#include <string.h>

#define CHOOSE_LISTED 8  /* findings that an error names */
#define CHOOSE_SHOWN  80 /* bytes of a pattern */

static const cJSON *choose_rows(const cJSON *document)
{
    return member_first(member_get(member_first(document, "candidates"), "contract"), "findings");
}

static void choose_read(const cJSON *row, struct replay_finding *finding)
{
    const cJSON *reproduction = member_get(row, "reproduction");
    *finding = (struct replay_finding){
        .number = reproductions_number(row),
        .workload = member_string(row, "workload"),
        .class = member_string(row, "class"),
        .part = member_string(row, "part"),
        .pattern = member_string(row, "pattern"),
        .sample = member_string(row, "sample"),
        .request = cJSON_GetStringValue(member_get(reproduction, "request")),
        .why_none = cJSON_GetStringValue(member_get(reproduction, "why_none")),
    };
}

/* "emptied:/items" or "emptied", against pattern and first pointer. */
static bool choose_is_meant(const cJSON *row, const char *name)
{
    const char *class = member_string(row, "class");
    size_t length = strcspn(name, ":");
    if (strlen(class) != length || strncmp(class, name, length) != 0)
        return false;
    return name[length] == '\0' || strcmp(name + length + 1, member_string(row, "pattern")) == 0 ||
           strcmp(name + length + 1, member_string(row, "pointer")) == 0;
}

static bool choose_is_named(const cJSON *row, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (*name >= '0' && *name <= '9' && *end == '\0')
        return number == reproductions_number(row);
    return choose_is_meant(row, name);
}

/* "1 emptied:/items, 2 value:/total" */
static void choose_list(const cJSON *document, const char *name, struct text *out)
{
    size_t listed = 0;
    for (const cJSON *row = choose_rows(document); row; row = row->next) {
        if (name && !choose_is_named(row, name))
            continue;
        if (listed++ >= CHOOSE_LISTED) {
            text_append_string(out, ", …");
            return;
        }
        text_printf(out, "%s%zu ", listed > 1 ? ", " : "", reproductions_number(row));
        foreign_append(out, member_string(row, "class"), CHOOSE_SHOWN);
        text_append_char(out, ':');
        foreign_append(out, member_string(row, "pattern"), CHOOSE_SHOWN);
    }
}

int replay_choose(const cJSON *document, const char *name, struct replay_finding *finding, struct err *err)
{
    const cJSON *found = NULL;
    size_t count = 0;
    cleanup_text struct text list = {0};
    for (const cJSON *row = choose_rows(document); row; row = row->next) {
        if (!choose_is_named(row, name))
            continue;
        found = found ? found : row;
        count++;
    }
    if (count == 1) {
        choose_read(found, finding);
        return 0;
    }
    choose_list(document, count > 1 ? name : NULL, &list);
    if (count > 1)
        return err_set(err, ERR_INVALID, "several findings are called \"%s\": %s; name one by its number",
                       name, text_string(&list));
    if (list.length == 0)
        return err_set(err, ERR_NOT_FOUND, "the report has no findings");
    return err_set(err, ERR_NOT_FOUND, "the report has no finding \"%s\"; it has %s", name,
                   text_string(&list));
}
