#include "tests/contract/told.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

struct rules *told_rules(const char *text)
{
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(json_file_read(&file, "rules", text, strlen(text), NULL, &err), 0);
    if (rules_read(&rules, &file, json_root(file.document), &err) < 0)
        fail_msg("%s", err.message);
    json_file_fini(&file);
    return rules;
}

void told_describe(const struct contract_summary *summary, bool with_parts, struct text *out)
{
    for (size_t i = 0; i < summary->finding_count; i++) {
        const struct finding *finding = &summary->findings[i];
        text_printf(out, "%s%s %s%s%s %s>%s", i ? "; " : "", finding_class_name(finding->class),
                    with_parts ? finding->part : "", with_parts ? " " : "", finding->pointer,
                    finding->before ? finding->before : "", finding->after ? finding->after : "");
    }
    for (size_t i = 0; i < summary->excuse_count; i++) {
        const struct excuse *excuse = &summary->excuses[i];
        text_printf(out, "%s(%s %s%s%s by %s x%zu)", out->length ? "; " : "",
                    finding_class_name(excuse->class), with_parts ? excuse->part : "", with_parts ? " " : "",
                    excuse->pattern, excuse->by, excuse->count);
    }
    for (char **unused = summary->unused_rules; *unused; unused++)
        text_printf(out, "%s[unused: %s]", out->length ? "; " : "", *unused);
}

bool told_agrees(const struct told_row *row, enum contract_outcome outcome,
                 const struct contract_summary *summary, bool with_parts)
{
    cleanup_text struct text told = {0};
    told_describe(summary, with_parts, &told);
    bool agrees = !strcmp(text_string(&told), row->told) && outcome == row->outcome;
    if (!agrees)
        print_error("%s -> %s\n  outcome %d: %s\n  wanted  %d: %s\n", row->before ? row->before : "(absent)",
                    row->after ? row->after : "(absent)", (int)outcome, text_string(&told), (int)row->outcome,
                    row->told);
    return agrees;
}

void told_assert_all(const struct told_row *rows, size_t count)
{
    size_t failures = 0;
    for (size_t i = 0; i < count; i++) {
        const struct told_row *row = &rows[i];
        struct rules *rules = row->rules ? told_rules(row->rules) : NULL;
        struct contract_summary summary;
        enum contract_outcome outcome = contract_compare_json(row->before, strlen(row->before), row->after,
                                                              strlen(row->after), rules, &summary);
        failures += !told_agrees(row, outcome, &summary, false);
        contract_summary_fini(&summary);
        rules_free(rules);
    }
    assert_int_equal(failures, 0);
}
