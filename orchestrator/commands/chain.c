#include "orchestrator/commands/chain.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "orchestrator/ledger/checkpoint.h"

#include <stdio.h>

static int chain_open(struct ledger **ledger, const char *state, struct err *err)
{
    const struct ledger_options options = {.read_only = true};
    return ledger_open(ledger, state, &options, err);
}

int chain_print_checkpoint(const char *state, struct err *err)
{
    struct ledger *ledger = NULL;
    struct ledger_head head;
    char line[CHECKPOINT_MAX];
    int code = chain_open(&ledger, state, err);
    if (code == 0)
        code = ledger_verify(ledger, &head, NULL, err);
    ledger_close(ledger);
    if (code < 0)
        return code;
    checkpoint_format(&head, line);
    puts(line);
    return 0;
}

int chain_check(const char *state, const char *file, struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct ledger *ledger = NULL;
    struct ledger_head kept, head;
    if (folder_read_file(file, CHECKPOINT_MAX, &bytes, &length, err) < 0)
        return err_wrap(err, "--against");
    if (checkpoint_parse(bytes, length, &kept, err) < 0)
        return err_wrap(err, "--against %s", file);
    int code = chain_open(&ledger, state, err);
    if (code == 0)
        code = checkpoint_check(ledger, &kept, err);
    if (code == 0)
        code = ledger_head(ledger, &head, err);
    ledger_close(ledger);
    if (code < 0)
        return code;
    printf("The ledger is whole: %lld entries, of which the first %lld are those of the checkpoint.\n",
           (long long)head.seq, (long long)kept.seq);
    return 0;
}
