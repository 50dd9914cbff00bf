#include "orchestrator/report/ranked_stream.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked_parts.h"
#include "orchestrator/report/report.h"

#include <stdlib.h>
#include <string.h>

typedef int ranked_writer(const char *bytes, size_t length, void *data, struct err *err);

static int ranked_load(const struct ranked_source *source, size_t index, struct ranked_entry *entry,
                       struct err *err)
{
    *entry = (struct ranked_entry){0};
    return source->load(index, entry, source->data, err);
}

/* What the formats read of a candidate as it is. */
static const char *const brief_keys[] = {"id",       "name",       "verdict",  "reason", "digest",
                                         "estimate", "duplicates", "sign_off", "claim"};

static void brief_move(cJSON *to, cJSON *from, const char *key)
{
    cJSON *member = cJSON_DetachItemFromObjectCaseSensitive(from, key);
    if (member)
        cJSON_AddItemToObject(to, key, member);
}

static void brief_add_rows(cJSON *to, const cJSON *candidate, const char *key, const char *const *keys)
{
    cJSON *rows = member_add_array(to, key);
    for (const cJSON *each = member_first(candidate, key); each; each = each->next) {
        cJSON *row = member_append_object(rows);
        for (const char *const *name = keys; *name; name++)
            if (member_get(each, *name))
                cJSON_AddItemToObject(row, *name, cJSON_Duplicate(member_get(each, *name), true));
    }
}

/* Whether a workload's contract broke is shown, by what is not: the first break of each does. */
static void brief_add_breaks(cJSON *to, const cJSON *candidate)
{
    cJSON *findings = member_add_array(member_add_object(to, "contract"), "findings");
    const char *last = NULL;
    const cJSON *each = member_first(member_get(candidate, "contract"), "findings");
    for (; each; each = each->next) {
        const char *workload = member_string(each, "workload");
        if (!member_is_true(each, "breaks") || (last && strcmp(last, workload) == 0))
            continue;
        last = workload;
        cJSON *row = member_append_object(findings);
        member_add_string(row, "workload", workload);
        member_add_bool(row, "breaks", true);
    }
}

/* Ends the candidate. */
static cJSON *brief_of(cJSON *candidate)
{
    static const char *const workload_keys[] = {"name", "compared", NULL};
    static const char *const row_keys[] = {"workload", "metric", "role", "outcome", "gain", NULL};
    cJSON *brief = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof brief_keys / sizeof *brief_keys; i++)
        brief_move(brief, candidate, brief_keys[i]);
    const cJSON *patch = member_get(candidate, "patch");
    cJSON *lines = member_add_object(brief, "patch");
    member_add_number(lines, "added", member_number(patch, "added"));
    member_add_number(lines, "removed", member_number(patch, "removed"));
    brief_add_rows(brief, candidate, "workloads", workload_keys);
    brief_add_rows(brief, candidate, "measurements", row_keys);
    brief_add_breaks(brief, candidate);
    cJSON_Delete(candidate);
    return brief;
}

static void brief_free(cJSON **briefs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(briefs[i]);
    free(briefs);
}

static int brief_collect(const struct ranked_source *source, struct ranked_list *list, cJSON **briefs,
                         struct err *err)
{
    int status = 0;
    for (size_t i = 0; i < source->count && status == 0; i++) {
        struct ranked_entry entry;
        status = ranked_load(source, i, &entry, err);
        if (status < 0)
            break;
        ranked_list_add(list, entry.document);
        cJSON *candidate = ranked_take_candidate(&entry, list, i, NULL);
        briefs[i] = candidate ? brief_of(candidate) : NULL;
    }
    return status;
}

/* The top level comes from the first document in the order of rank. */
static int ranked_load_top(const struct ranked_source *source, const struct ranked_batch *batch,
                           struct ranked_list *list, cJSON **top, struct err *err)
{
    struct ranked_entry entry = {0};
    ranked_list_order(list);
    int status = source->count > 0 ? ranked_load(source, list->order[0], &entry, err) : 0;
    if (status < 0)
        return status;
    *top = ranked_top(entry.document, batch, list);
    cJSON_Delete(entry.document);
    return 0;
}

int ranked_view_brief(const struct ranked_source *source, const struct ranked_batch *batch, cJSON **view,
                      struct err *err)
{
    struct ranked_list list;
    cJSON **briefs = memory_zeroed((source->count + 1) * sizeof(cJSON *));
    ranked_list_init(&list, source->count);
    int status = brief_collect(source, &list, briefs, err);
    if (status == 0)
        status = ranked_load_top(source, batch, &list, view, err);
    cJSON *candidates = status == 0 ? member_add_array(*view, "candidates") : NULL;
    for (size_t i = 0; i < source->count && status == 0; i++) {
        cJSON *brief = STEAL(briefs[list.order[i]]);
        if (!brief)
            continue;
        ranked_add_rank(brief, &list.ranked[list.order[i]]);
        cJSON_AddItemToArray(candidates, brief);
    }
    brief_free(briefs, source->count);
    ranked_list_fini(&list);
    return status;
}

static int stream_canonical(const cJSON *value, ranked_writer *write, void *data, struct err *err)
{
    cleanup_text struct text bytes = {0};
    int status = report_canonicalise(value, &bytes, err);
    return status < 0 ? status : write(text_string(&bytes), bytes.length, data, err);
}

/* Members of the top level that stand before "candidates", or behind it, without the braces. */
static int stream_members(cJSON *top, bool before, ranked_writer *write, void *data, struct err *err)
{
    cleanup_text struct text bytes = {0};
    cJSON *part = cJSON_CreateObject();
    for (cJSON *member = top->child; member; member = member->next)
        if ((strcmp(member->string, "candidates") < 0) == before)
            cJSON_AddItemReferenceToObject(part, member->string, member);
    int status = part->child ? report_canonicalise(part, &bytes, err) : 0;
    cJSON_Delete(part);
    if (status < 0 || bytes.length == 0)
        return status;
    if (!before && write(",", 1, data, err) < 0)
        return err->code;
    status = write(text_string(&bytes) + 1, bytes.length - 2, data, err);
    return status == 0 && before ? write(",", 1, data, err) : status;
}

static int stream_candidates(const struct ranked_source *source, const struct ranked_list *list,
                             const cJSON *top, ranked_writer *write, void *data, struct err *err)
{
    bool first = true;
    int status = 0;
    for (size_t i = 0; i < list->count && status == 0; i++) {
        struct ranked_entry entry;
        status = ranked_load(source, list->order[i], &entry, err);
        if (status < 0)
            return status;
        cJSON *candidate = ranked_take_candidate(&entry, list, list->order[i], top);
        if (!candidate)
            continue;
        ranked_add_rank(candidate, &list->ranked[list->order[i]]);
        status = first ? 0 : write(",", 1, data, err);
        first = false;
        if (status == 0)
            status = stream_canonical(candidate, write, data, err);
        cJSON_Delete(candidate);
    }
    return status;
}

static int stream_view(const struct ranked_source *source, const struct ranked_list *list, cJSON *top,
                       ranked_writer *write, void *data, struct err *err)
{
    static const char open[] = "\"candidates\":[";
    int status = write("{", 1, data, err);
    if (status == 0)
        status = stream_members(top, true, write, data, err);
    if (status == 0)
        status = write(open, strlen(open), data, err);
    if (status == 0)
        status = stream_candidates(source, list, top, write, data, err);
    if (status == 0)
        status = write("]", 1, data, err);
    if (status == 0)
        status = stream_members(top, false, write, data, err);
    return status == 0 ? write("}", 1, data, err) : status;
}

int ranked_write_json(const struct ranked_source *source, const struct ranked_batch *batch,
                      ranked_writer *write, void *data, struct err *err)
{
    struct ranked_list list;
    cJSON *top = NULL;
    int status = 0;
    ranked_list_init(&list, source->count);
    for (size_t i = 0; i < source->count && status == 0; i++) {
        struct ranked_entry entry;
        status = ranked_load(source, i, &entry, err);
        if (status < 0)
            break;
        ranked_list_add(&list, entry.document);
        cJSON_Delete(entry.document);
    }
    if (status == 0)
        status = ranked_load_top(source, batch, &list, &top, err);
    if (status == 0)
        status = stream_view(source, &list, top, write, data, err);
    cJSON_Delete(top);
    ranked_list_fini(&list);
    return status;
}
