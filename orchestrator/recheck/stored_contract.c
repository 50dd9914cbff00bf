/* What the contract found, workload by workload. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"
#include "workloads/contract/reproduction.h"

#include <stdlib.h>
#include <string.h>

#define CONTRACT_ROWS ((size_t)1 << 20) /* a class keeps 200 findings */

static enum finding_class contract_read_class(struct field_reader *reader, const struct json_value *object)
{
    const char *names[CLASS_COUNT + 1] = {NULL};
    for (int class = 0; class < CLASS_COUNT; class ++)
        names[class] = finding_class_name((enum finding_class) class);
    return (enum finding_class)field_choice(reader, object, "class", names);
}

/* Strings of the findings are compared and printed without asking: never NULL. */
static char *contract_read_string(struct field_reader *reader, const struct json_value *object,
                                  const char *key)
{
    const char *string = field_string(reader, object, key);
    return string ? memory_copy_string(string) : NULL;
}

static struct reproduction *contract_read_reproduction(struct field_reader *reader,
                                                       const struct json_value *finding)
{
    if (field_is_null(reader, finding, "reproduction"))
        return NULL;
    const struct json_value *object = field_object(reader, finding, "reproduction");
    struct reproduction *reproduction = MEMORY_NEW(struct reproduction);
    reproduction->request = field_text(reader, object, "request");
    reproduction->why_none = field_text(reader, object, "why_none");
    reproduction->bytes = field_count(reader, object, "bytes", FIELD_COUNT_MAX);
    reproduction->from_bytes = field_count(reader, object, "from_bytes", FIELD_COUNT_MAX);
    reproduction->steps = field_count(reader, object, "steps", FIELD_COUNT_MAX);
    reproduction->minimal = field_bool(reader, object, "minimal");
    reproduction->differs_only_when = field_text(reader, object, "differs_only_when");
    reproduction->before = field_text(reader, object, "before");
    reproduction->after = field_text(reader, object, "after");
    if (!reproduction->request == !reproduction->why_none)
        field_refuse(reader, object, "must have a request, or say why there is none");
    if (reproduction->request && strlen(reproduction->request) > REPRODUCTION_BYTES_MOST)
        field_refuse(reader, object, "its request is longer than any that is kept");
    return reproduction;
}

static void contract_read_finding(struct field_reader *reader, const struct json_value *object,
                                  struct contract_summary *summary)
{
    summary->findings =
        memory_resize(summary->findings, summary->finding_count + 1, sizeof *summary->findings);
    summary->findings[summary->finding_count++] = (struct finding){
        .class = contract_read_class(reader, object),
        .part = contract_read_string(reader, object, "part"),
        .pattern = contract_read_string(reader, object, "pattern"),
        .pointer = contract_read_string(reader, object, "pointer"),
        .count = field_count(reader, object, "count", FIELD_COUNT_MAX),
        .sample = contract_read_string(reader, object, "sample"),
        .before = field_text(reader, object, "before"),
        .after = field_text(reader, object, "after"),
        .remark = field_text(reader, object, "remark"),
        .reproduction = contract_read_reproduction(reader, object),
    };
}

static void contract_read_excuse(struct field_reader *reader, const struct json_value *object,
                                 struct contract_summary *summary)
{
    summary->excuses = memory_resize(summary->excuses, summary->excuse_count + 1, sizeof *summary->excuses);
    summary->excuses[summary->excuse_count++] = (struct excuse){
        .class = contract_read_class(reader, object),
        .part = contract_read_string(reader, object, "part"),
        .pattern = contract_read_string(reader, object, "pattern"),
        .by = contract_read_string(reader, object, "by"),
        .count = field_count(reader, object, "count", FIELD_COUNT_MAX),
        .evidence = field_count(reader, object, "evidence", FIELD_COUNT_MAX),
        .asked = field_count(reader, object, "asked", FIELD_COUNT_MAX),
    };
}

static void contract_read_unused(struct field_reader *reader, const struct json_value *object,
                                 struct contract_summary *summary)
{
    size_t count = 0;
    char *rule = contract_read_string(reader, object, "rule");
    if (!rule)
        return;
    while (summary->unused_rules && summary->unused_rules[count])
        count++;
    summary->unused_rules = memory_resize(summary->unused_rules, count + 2, sizeof *summary->unused_rules);
    summary->unused_rules[count] = rule;
    summary->unused_rules[count + 1] = NULL;
}

typedef void contract_reader(struct field_reader *reader, const struct json_value *object,
                             struct contract_summary *summary);

static void contract_read_rows(struct field_reader *reader, const struct json_value *contract,
                               const char *key, size_t most, struct evidence *evidence, contract_reader *read)
{
    const struct json_value *array = field_array(reader, contract, key, most);
    for (size_t i = 0; i < field_length(reader, array); i++) {
        const struct json_value *object = json_element(array, i);
        struct workload_evidence *workload = stored_find_workload(reader, object, evidence);
        if (workload)
            read(reader, object, &workload->contract);
    }
}

void stored_read_contract(struct field_reader *reader, const struct json_value *candidate,
                          struct evidence *evidence)
{
    const struct json_value *contract = field_object(reader, candidate, "contract");
    stored_read_coverage(reader, contract, evidence);
    contract_read_rows(reader, contract, "findings", CONTRACT_ROWS, evidence, contract_read_finding);
    contract_read_rows(reader, contract, "excused", CONTRACT_ROWS, evidence, contract_read_excuse);
    contract_read_rows(reader, contract, "unused_rules", 4096, evidence, contract_read_unused);
}
