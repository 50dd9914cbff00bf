#include "orchestrator/ledger/checkpoint.h"

#include "orchestrator/ledger/connection.h"
#include "orchestrator/ledger/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHECKPOINT_PREFIX "cupel-ledger-checkpoint-v1 "
#define CHECKPOINT_DIGEST " sha256:"
#define CHECKPOINT_DIGITS 18 /* of a seq: fits int64_t */

void checkpoint_format(const struct ledger_head *head, char line[static CHECKPOINT_MAX])
{
    char hex[DIGEST_HEX];
    digest_to_hex(&head->digest, hex);
    snprintf(line, CHECKPOINT_MAX, CHECKPOINT_PREFIX "%" PRId64 CHECKPOINT_DIGEST "%s", head->seq, hex);
}

static bool checkpoint_take(const char **at, const char *end, const char *wanted)
{
    size_t length = strlen(wanted);
    if ((size_t)(end - *at) < length || memcmp(*at, wanted, length) != 0)
        return false;
    *at += length;
    return true;
}

/* Decimal, without a sign or needless zeros, so that a head has one spelling. */
static bool checkpoint_take_seq(const char **at, const char *end, int64_t *seq)
{
    const char *start = *at;
    *seq = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - start < CHECKPOINT_DIGITS)
        *seq = *seq * 10 + (*(*at)++ - '0');
    return *at > start && (*start != '0' || *at == start + 1);
}

static bool checkpoint_take_digest(const char **at, const char *end, struct digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    if (end - *at != DIGEST_HEX - 1)
        return false;
    for (int i = 0; i < DIGEST_BYTES; i++) {
        const char *high = memchr(digits, *(*at)++, 16);
        const char *low = memchr(digits, *(*at)++, 16);
        if (!high || !low)
            return false;
        digest->bytes[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

int checkpoint_parse(const char *line, size_t length, struct ledger_head *head, struct err *err)
{
    struct ledger_head found = {0};
    const char *end = line + length;
    if (end > line && end[-1] == '\n')
        end--;
    if (end > line && end[-1] == '\r')
        end--;
    if (!checkpoint_take(&line, end, CHECKPOINT_PREFIX) || !checkpoint_take_seq(&line, end, &found.seq) ||
        !checkpoint_take(&line, end, CHECKPOINT_DIGEST) || !checkpoint_take_digest(&line, end, &found.digest))
        return err_set(err, ERR_INVALID,
                       "this is no checkpoint of a ledger: it is one line, \"" CHECKPOINT_PREFIX
                       "<number>" CHECKPOINT_DIGEST "<64 hexadecimal digits>\"");
    *head = found;
    return 0;
}

int checkpoint_check(struct ledger *ledger, const struct ledger_head *checkpoint, struct err *err)
{
    struct ledger_head end;
    struct digest found = {{0}};
    int64_t broken;
    if (verify_until(ledger, checkpoint->seq, &found, &end, &broken, err) < 0)
        return err->code;
    if (end.seq < checkpoint->seq)
        return err_set(err, ERR_SYSTEM,
                       "ledger %s was cut off: the checkpoint saw entry %" PRId64
                       ", the ledger ends at %" PRId64,
                       ledger->path, checkpoint->seq, end.seq);
    if (memcmp(&found, &checkpoint->digest, sizeof found) != 0)
        return err_set(err, ERR_SYSTEM,
                       "ledger %s was rewritten: its entry %" PRId64
                       " is not the one that the checkpoint saw",
                       ledger->path, checkpoint->seq);
    return 0;
}
