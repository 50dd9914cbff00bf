/* Proposals come from anybody: whatever the bytes are,
 * each record is a proposal with a diff or a fault, and no line is lost. */
#include "base/memory.h"
#include "orchestrator/batch/record.h"
#include "orchestrator/batch/records.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_read(const struct records *records)
{
    struct proposal proposal = {0};
    record_read(&proposal, "fuzz.jsonl", records->line, text_string(&records->record),
                records->record.length);
    fuzz_require(proposal.bytes || proposal.fault);
    if (!proposal.fault)
        fuzz_require(proposal.request.bytes == proposal.bytes && proposal.request.length > 0);
    if (proposal.id)
        fuzz_require(*proposal.id && strlen(proposal.id) <= RECORD_MAX_NAME);
    if (proposal.rationale)
        fuzz_require(strlen(proposal.rationale) <= PROPOSAL_TEXT_MAX);
    proposal_fini(&proposal);
}

static size_t fuzz_count_lines(const char *bytes, size_t size)
{
    size_t lines = 0;
    bool blank = true;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n')
            blank = true;
        else if (blank && bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
            blank = false;
            lines++;
        }
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records;
    if (size == 0)
        return 0;
    char *copy = memory_copy_bytes(data, size);
    FILE *file = fmemopen(copy, size, "r");
    fuzz_require(file != NULL);
    records_init(&records, file, 4096);
    size_t count = 0;
    uint32_t line = 0;
    while (records_next(&records) > 0) {
        fuzz_require(records.line >= line && records.record.length <= 4096);
        fuzz_require(!records.cut || records.record.length == 4096);
        line = records.line;
        fuzz_read(&records);
        count++;
    }
    if (records.place == RECORDS_LINES && data[0] != 0xef)
        fuzz_require(count == fuzz_count_lines(copy, size));
    records_fini(&records);
    fclose(file);
    free(copy);
    return 0;
}
