/*
 * Two documents under rules: before, a line with "---", after. Comparing is total, a document is equal to
 * itself, and changing sides never turns a difference into none.
 */
#include "workloads/contract/contract.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fuzz_rules[] =
    "[{\"path\":\"/items\",\"key\":\"id\"},{\"path\":\"/set\",\"multiset\":true},{\"path\":\"/*/"
    "price\",\"relative\":\"0.01\"},"
    "{\"path\":\"/set/*/t\",\"noisy\":true,\"format\":\"rfc3339\"},{\"path\":\"/id\",\"alias\":true},"
    "{\"path\":\"/n\",\"numeric_string\":true},{\"path\":\"/u\",\"unicode\":\"nfc\"},{\"path\":\"/"
    "x\",\"ignore\":true},"
    "{\"path\":\"/items/*/total\",\"total\":true},{\"path\":\"/a\",\"absolute\":\"0.5\"}]";

static bool fuzz_differs(const char *before, size_t before_length, const char *after, size_t after_length,
                         const struct rules *rules)
{
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(before, before_length, after, after_length, rules, &summary);
    if (outcome == CONTRACT_DIFFERENT)
        assert(contract_breaks(&summary) > 0);
    if (outcome == CONTRACT_SAME)
        assert(before_length == after_length && !memcmp(before, after, before_length));
    if (outcome == CONTRACT_SAME || outcome == CONTRACT_EQUIVALENT || outcome == CONTRACT_TOLERATED)
        assert(contract_breaks(&summary) == 0);
    contract_summary_fini(&summary);
    return outcome == CONTRACT_DIFFERENT;
}

/* However the two are read: what is the same is never different, and only equal bytes are the same. */
static void fuzz_kinds(const char *before, size_t before_length, const char *after, size_t after_length)
{
    const struct contract_document left = {.bytes = before, .length = before_length};
    const struct contract_document right = {.bytes = after, .length = after_length};
    bool same = before_length == after_length && !memcmp(before, after, before_length);
    for (int which = WORKLOAD_STDOUT_AUTO; which <= WORKLOAD_STDOUT_BYTES; which++) {
        struct contract_summary summary;
        enum workload_stdout kind = (enum workload_stdout)which;
        enum contract_outcome outcome = contract_compare_documents(&kind, &left, &right, NULL, &summary);
        assert(kind != WORKLOAD_STDOUT_AUTO);
        assert((outcome == CONTRACT_SAME) == (same && outcome != CONTRACT_NOT_COMPARED));
        assert((outcome == CONTRACT_DIFFERENT) <= (contract_breaks(&summary) > 0));
        contract_summary_fini(&summary);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rules *rules;
    if (!rules) {
        struct json_file file;
        struct err err = {0};
        if (json_file_read(&file, "rules", fuzz_rules, strlen(fuzz_rules), NULL, &err) < 0 ||
            rules_read(&rules, &file, json_root(file.document), &err) < 0)
            abort();
        json_file_fini(&file);
    }
    const char *text = (const char *)data;
    const char *split = memmem(text, size, "\n---\n", 5);
    size_t before_length = split ? (size_t)(split - text) : size;
    const char *after = split ? split + 5 : text;
    size_t after_length = split ? size - before_length - 5 : size;
    fuzz_kinds(text, before_length, after, after_length);
    bool there = fuzz_differs(text, before_length, after, after_length, NULL);
    bool back = fuzz_differs(after, after_length, text, before_length, NULL);
    struct contract_summary summary;
    /* An unreadable side settles nothing when it stands before, and is a difference when it stands after. */
    if (there != back)
        assert(contract_compare_json(text, before_length, text, before_length, NULL, &summary) ==
                   CONTRACT_NOT_COMPARED ||
               (contract_summary_fini(&summary),
                contract_compare_json(after, after_length, after, after_length, NULL, &summary) ==
                    CONTRACT_NOT_COMPARED));
    if (there != back)
        contract_summary_fini(&summary);
    fuzz_differs(text, before_length, after, after_length, rules);
    assert(!fuzz_differs(text, before_length, text, before_length, rules));
    return 0;
}
