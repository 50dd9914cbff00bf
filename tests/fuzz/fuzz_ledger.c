/* Lines that come from outside the ledger:
 * checkpoints, which must be spelled in one way only, and lock files. */
#include "orchestrator/ledger/checkpoint.h"
#include "orchestrator/ledger/lock.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_checkpoint(const char *bytes, size_t length)
{
    struct ledger_head head;
    struct err err = {0};
    char line[CHECKPOINT_MAX];
    if (checkpoint_parse(bytes, length, &head, &err) < 0)
        return;
    checkpoint_format(&head, line);
    size_t written = strlen(line);
    if (length < written || length > written + 2 || memcmp(line, bytes, written) != 0)
        abort();
}

static void fuzz_owner(const char *bytes, size_t length)
{
    struct lock_owner owner;
    char said[LOCK_COMMAND_MAX + 160];
    lock_parse_owner(bytes, length, &owner);
    lock_describe(&owner, said, sizeof said);
    for (const char *at = said; *at; at++) {
        if (*at < ' ' || *at > '~')
            abort();
    }
    if (owner.pid < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_checkpoint((const char *)data, size);
    fuzz_owner((const char *)data, size);
    return 0;
}
