/* Rules of any kind over two documents: rules, a line with "---", before, another, after. They are refused
 * with words, or they never make equal values different. */
#include "workloads/contract/contract.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct piece {
    const char *bytes;
    size_t length;
};

/* Up to the next separator, which is taken off too; the rest where there is none. */
static struct piece fuzz_take(struct piece *rest)
{
    const char *split = memmem(rest->bytes, rest->length, "\n---\n", 5);
    struct piece piece = {rest->bytes, split ? (size_t)(split - rest->bytes) : rest->length};
    size_t taken = piece.length + (split ? 5 : 0);
    rest->bytes += taken;
    rest->length -= taken;
    return piece;
}

static enum contract_outcome fuzz_compare(struct piece before, struct piece after, const struct rules *rules)
{
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(before.bytes, before.length, after.bytes, after.length, rules, &summary);
    assert((contract_breaks(&summary) > 0) == (outcome == CONTRACT_DIFFERENT) ||
           outcome == CONTRACT_NOT_COMPARED);
    contract_summary_fini(&summary);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct piece rest = {(const char *)data, size};
    struct piece text = fuzz_take(&rest);
    struct piece before = fuzz_take(&rest);
    struct piece after = fuzz_take(&rest);
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    const struct json_options options = {.comments = true};
    if (json_file_read(&file, "rules", text.bytes, text.length, &options, &err) < 0)
        return 0;
    if (rules_read(&rules, &file, json_root(file.document), &err) < 0) {
        assert(err.message[0]);
        json_file_fini(&file);
        return 0;
    }
    enum contract_outcome plain = fuzz_compare(before, after, NULL);
    enum contract_outcome ruled = fuzz_compare(before, after, rules);
    if (plain == CONTRACT_SAME || plain == CONTRACT_EQUIVALENT)
        assert(ruled != CONTRACT_DIFFERENT);
    assert(fuzz_compare(before, before, rules) != CONTRACT_DIFFERENT);
    rules_free(rules);
    json_file_fini(&file);
    return 0;
}
