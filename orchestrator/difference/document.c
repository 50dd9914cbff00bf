#include "orchestrator/difference/difference.h"

#include "orchestrator/report/member.h"

#define DIFFERENCE_VERSION 1

static void document_add_side(cJSON *document, const char *key, const struct difference_side *side)
{
    cJSON *object = member_add_object(document, key);
    member_add_string(object, "name", side->name);
    member_add_number(object, "bytes", (double)side->bytes);
}

/* Those that break, or the notes. */
static void document_add_findings(cJSON *document, const char *key, const struct contract_summary *summary,
                                  bool notes)
{
    cJSON *array = member_add_array(document, key);
    for (size_t i = 0; i < summary->finding_count; i++) {
        const struct finding *finding = &summary->findings[i];
        if ((finding->class >= CLASS_FIRST_NOTE) != notes)
            continue;
        cJSON *row = member_append_object(array);
        member_add_string(row, "class", finding_class_name(finding->class));
        member_add_string(row, "pattern", finding->pattern);
        member_add_number(row, "count", (double)finding->count);
        member_add_string(row, "pointer", finding->pointer);
        member_add_string(row, "before", finding->before);
        member_add_string(row, "after", finding->after);
    }
}

static void document_add_hidden(cJSON *document, const struct contract_summary *summary)
{
    cJSON *array = member_add_array(document, "hidden");
    for (size_t i = 0; i < summary->excuse_count; i++) {
        const struct excuse *excuse = &summary->excuses[i];
        cJSON *row = member_append_object(array);
        member_add_string(row, "class", finding_class_name(excuse->class));
        member_add_string(row, "pattern", excuse->pattern);
        member_add_number(row, "count", (double)excuse->count);
        member_add_string(row, "rule", excuse->by);
    }
}

cJSON *difference_build(const struct difference *difference)
{
    static const char *const relations[] = {[CONTRACT_SAME] = "same",
                                            [CONTRACT_EQUIVALENT] = "equivalent",
                                            [CONTRACT_TOLERATED] = "tolerated",
                                            [CONTRACT_DIFFERENT] = "different",
                                            [CONTRACT_NOT_COMPARED] = "not-compared"};
    static const char *const kinds[] = {[WORKLOAD_STDOUT_AUTO] = "auto",
                                        [WORKLOAD_STDOUT_JSON] = "json",
                                        [WORKLOAD_STDOUT_JSONL] = "jsonl",
                                        [WORKLOAD_STDOUT_TEXT] = "text",
                                        [WORKLOAD_STDOUT_BYTES] = "bytes"};
    const struct contract_summary *summary = &difference->summary;
    cJSON *document = cJSON_CreateObject();
    member_add_number(document, "cupel_difference", DIFFERENCE_VERSION);
    member_add_string(document, "relation", relations[difference->outcome]);
    member_add_string(document, "read_as", kinds[difference->kind]);
    document_add_side(document, "before", &difference->before);
    document_add_side(document, "after", &difference->after);
    member_add_number(document, "fields", (double)summary->fields);
    document_add_findings(document, "findings", summary, false);
    document_add_findings(document, "notes", summary, true);
    member_add_number(document, "findings_dropped", (double)summary->findings_dropped);
    document_add_hidden(document, summary);
    member_add_strings(document, "unused_rules", summary->unused_rules);
    return document;
}
