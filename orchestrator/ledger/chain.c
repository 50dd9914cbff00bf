#include "orchestrator/ledger/chain.h"

#include <string.h>

#define CHAIN_DOMAIN "cupel-ledger-entry-v1"

static const char *const chain_kinds[LEDGER_KINDS] = {
    [LEDGER_BATCH] = "batch",     [LEDGER_CANDIDATE] = "candidate", [LEDGER_STAGE] = "stage",
    [LEDGER_VERDICT] = "verdict", [LEDGER_DECISION] = "decision",   [LEDGER_GC] = "gc",
    [LEDGER_NOTE] = "note",       [LEDGER_PAIR] = "pair",
};

const char *ledger_kind_name(enum ledger_kind kind)
{
    return chain_kinds[kind];
}

bool chain_read_kind(const char *name, enum ledger_kind *kind)
{
    for (int i = 0; i < LEDGER_KINDS; i++) {
        if (strcmp(chain_kinds[i], name) == 0) {
            *kind = (enum ledger_kind)i;
            return true;
        }
    }
    return false;
}

static void chain_add_text(struct digest_stream *stream, const char *text)
{
    digest_add_field(stream, text, strlen(text));
}

static void chain_add_optional(struct digest_stream *stream, const char *text)
{
    digest_add(stream, text ? "\1" : "\0", 1);
    if (text)
        chain_add_text(stream, text);
}

struct digest chain_digest(const struct ledger_row *row)
{
    struct digest_stream stream;
    uint8_t seq[8];
    for (int i = 0; i < 8; i++)
        seq[i] = (uint8_t)((uint64_t)row->seq >> (8 * i));
    digest_start(&stream);
    chain_add_text(&stream, CHAIN_DOMAIN);
    digest_add(&stream, seq, sizeof seq);
    chain_add_text(&stream, row->at);
    chain_add_text(&stream, ledger_kind_name(row->entry.kind));
    chain_add_optional(&stream, row->entry.batch);
    chain_add_optional(&stream, row->entry.candidate);
    chain_add_optional(&stream, row->entry.stage);
    chain_add_optional(&stream, row->entry.subject);
    chain_add_text(&stream, row->entry.body);
    digest_add(&stream, row->previous.bytes, DIGEST_BYTES);
    return digest_finish(&stream);
}
