/* Decisions come from refs and files that anybody may push; lists of signers from repositories. */
#include "orchestrator/report/report.h"
#include "orchestrator/signoff/envelope.h"
#include "orchestrator/signoff/signers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* What is read is written again as the same bytes. */
static void fuzz_envelope(const char *bytes, size_t size)
{
    struct envelope envelope;
    struct text again = {0};
    struct err err = {0};
    if (envelope_read(&envelope, "fuzz", bytes, size, &err) < 0)
        return;
    fuzz_require(envelope_write(&envelope.statement, envelope.signature, &again, &err) == 0);
    fuzz_require(again.length == envelope.bytes.length &&
                 memcmp(again.data, envelope.bytes.data, again.length) == 0);
    text_fini(&again);
    envelope_fini(&envelope);
}

static void fuzz_statement(const char *bytes, size_t size)
{
    struct statement statement;
    struct err err = {0};
    if (statement_read(&statement, "fuzz", bytes, size, &err) < 0)
        return;
    fuzz_require(statement.signer && statement.expires_s > statement.issued_s);
    statement_fini(&statement);
}

static void fuzz_signers(const char *bytes, size_t size)
{
    struct signers signers;
    struct err err = {0};
    if (signers_read(&signers, "fuzz", bytes, size, &err) < 0)
        return;
    for (size_t i = 0; i < signers.count; i++) {
        const struct signer *signer = &signers.items[i];
        fuzz_require(signers_find(&signers, signer->key, signer->key_length, signer->principals[0]) != NULL);
    }
    signers_fini(&signers);
}

/* What is read from a report becomes paths and revisions. */
static void fuzz_subject(const char *bytes, size_t size)
{
    cJSON *document = NULL;
    struct digest digest;
    struct subject subject;
    struct err err = {0};
    if (report_view_parse(bytes, size, &document, &digest, &err) < 0)
        return;
    if (subject_read(&subject, document, &digest, &err) == 0) {
        fuzz_require(subject_is_digest(subject.patch) && subject_is_oid(subject.base_commit));
        fuzz_require(!strchr(subject.id, '/') && subject_difference(&subject, &subject) == NULL);
        subject_fini(&subject);
    }
    cJSON_Delete(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct sshsig sshsig;
    struct err err = {0};
    fuzz_envelope(bytes, size);
    fuzz_statement(bytes, size);
    fuzz_signers(bytes, size);
    fuzz_subject(bytes, size);
    if (sshsig_read(&sshsig, bytes, size, &err) == 0)
        sshsig_fini(&sshsig);
    return 0;
}
