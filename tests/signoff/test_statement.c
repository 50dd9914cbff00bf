/* Statements and their envelopes: one spelling, and nothing else is read. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/signoff/envelope.h"
#include "orchestrator/signoff/refs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST  "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OID     "1111111111111111111111111111111111111111"
#define S(text) ((char *)(uintptr_t)(text))

static struct subject_samples samples[] = {{S("sum"), S(DIGEST)}};
static const struct statement plain = {
    .subject = {.id = S("0123456789ab"),
                .verdict = S("recommended"),
                .report = S(DIGEST),
                .base_commit = S(OID),
                .base_tree = S(OID),
                .candidate_tree = S(OID),
                .patch = S(DIGEST),
                .policy = S(DIGEST),
                .configuration = S(DIGEST),
                .environment = S(DIGEST),
                .samples = samples,
                .sample_count = 1},
    .repository_root = S(OID),
    .trust_ref = S("refs/heads/main"),
    .trust_commit = S(OID),
    .signer = S("kim@example.org"),
    .approve = true,
    .reason = S("r\u00e9ads well \"as is\""),
    .issued = S("2026-03-01T12:00:00Z"),
    .expires = S("2026-03-31T12:00:00Z"),
};

static void written(struct text *out)
{
    struct err err = {0};
    if (statement_write(&plain, out, &err) < 0)
        fail_msg("%s", err.message);
}

static void statements_are_in_toto(void **state)
{
    (void)state;
    cleanup_text struct text text = {0};
    written(&text);
    assert_string_equal(
        text_string(&text),
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"base\":{\"commit\":\"" OID
        "\",\"tree\":\"" OID "\"},\"candidate\":{\"commit\":null,\"id\":\"0123456789ab\",\"tree\":\"" OID
        "\",\"verdict\":\"recommended\"},\"configuration\":\"" DIGEST
        "\",\"decision\":\"approve\",\"environment\":\"" DIGEST
        "\",\"expires\":\"2026-03-31T12:00:00Z\",\"issued\":\"2026-03-01T12:00:00Z\",\"ledger\":null,"
        "\"patch\":\"" DIGEST "\",\"policy\":\"" DIGEST
        "\",\"reason\":\"r\u00e9ads well \\\"as is\\\"\",\"report\":\"" DIGEST
        "\",\"repository\":{\"name\":null,\"root\":\"" OID
        "\"},\"runner\":null,\"samples\":[{\"digest\":\"" DIGEST
        "\",\"workload\":\"sum\"}],\"signer\":\"kim@example.org\",\"trust\":{\"commit\":\"" OID
        "\",\"ref\":\"refs/heads/"
        "main\"}},\"predicateType\":\"urn:cupel:decision:v1\",\"subject\":[{\"digest\":"
        "{\"sha256\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"},\"name\":"
        "\"0123456789ab\"}]}");
}

static void statements_come_back(void **state)
{
    (void)state;
    cleanup_text struct text text = {0};
    struct statement read;
    struct err err = {0};
    written(&text);
    assert_int_equal(statement_read(&read, "decision", text.data, text.length, &err), 0);
    assert_null(subject_difference(&plain.subject, &read.subject));
    assert_string_equal(read.signer, "kim@example.org");
    assert_true(read.approve);
    assert_int_equal(read.issued_s, 1772366400);
    assert_int_equal(read.expires_s - read.issued_s, 30 * 86400);
    assert_null(read.ledger);
    statement_fini(&read);
}

/* The written statement with its first `from` replaced. */
static char *bent(const char *from, const char *to)
{
    cleanup_text struct text text = {0};
    written(&text);
    const char *at = strstr(text_string(&text), from);
    if (!at)
        fail_msg("%s is not in the statement", from);
    return memory_format("%.*s%s%s", (int)(at - text.data), text.data, to, at + strlen(from));
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"Statement/v1", "Statement/v2", "/_type: must be \"https://in-toto.io/Statement/v1\""},
        {"decision:v1", "decision:v2", "/predicateType: must be \"urn:cupel:decision:v1\""},
        {"\"signer\":", "\"extra\":1,\"signer\":", "extra"},
        {"\"signer\":", "\"signer\":\"lee@example.org\",\"signer\":", "signer"},
        {"\"signer\":\"kim@example.org\"", "\"signer\":null", "/predicate/signer: must be a string"},
        {"\"signer\":\"kim@example.org\"", "\"signer\":\"\"",
         "/predicate/signer: must be a text of 1 to 1024"},
        {"\"signer\":\"kim@example.org\",", "", "/predicate: has no \"signer\""},
        {"\"root\":\"" OID "\"", "\"root\":\"HEAD\"",
         "/predicate/repository/root: must be the forty hexadecimal"},
        {"\"patch\":\"" DIGEST, "\"patch\":\"" DIGEST "0", "/predicate/patch: must be \"sha256:\" and 64"},
        {"\"approve\"", "\"maybe\"", "/predicate/decision"},
        {"\"2026-03-01T12:00:00Z\"", "\"2026-03-01T12:00:00+01:00\"", "/predicate/issued: must be a time"},
        {"\"2026-03-01T12:00:00Z\"", "\"2026-02-30T12:00:00Z\"", "/predicate/issued: must be a time"},
        {"\"2026-03-31T12:00:00Z\"", "\"2026-03-01T12:00:00Z\"", "/predicate/expires: must be behind"},
        {"\"samples\":[", "\"samples\":[1,", "/predicate/samples/0: must be an object"},
        {"\"name\":\"0123456789ab\"", "\"name\":\"0123456789ac\"", "not written the canonical way"},
        {"\"sha256\":\"a", "\"sha256\":\"b", "not written the canonical way"},
        {"\"decision\":", " \"decision\":", "not written the canonical way"},
        {"well", "w\\u0065ll", "not written the canonical way"},
        {"{\"_type\"", "[{\"_type\"", "decision:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cleanup_free char *bytes = bent(cases[i].from, cases[i].to);
        struct statement statement;
        struct err err = {0};
        assert_int_equal(statement_read(&statement, "decision", bytes, strlen(bytes), &err), ERR_INVALID);
        if (!strstr(err.message, cases[i].words))
            fail_msg("%s → %s: %s", cases[i].from, cases[i].to, err.message);
    }
}

static void envelopes_need_a_signature(void **state)
{
    (void)state;
    cleanup_text struct text envelope = {0};
    struct envelope read;
    struct err err = {0};
    assert_int_equal(envelope_write(&plain,
                                    "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
                                    &envelope, &err),
                     0);
    assert_int_equal(envelope_read(&read, "x", envelope.data, envelope.length, &err), ERR_INVALID);
    assert_string_equal(err.message, "x: the signature is none of ssh-keygen's");
}

static void refs_have_safe_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"Kim@Example.org", "kim@example.org"},
        {"../../heads/main", "=2e=2e=2f.=2e=2fheads=2fmain"},
        {"a..b", "a.=2eb"},
        {".a.", "=2ea=2e"},
        {"a.lock", "a=2elock"},
        {"a b~^:?*[\\@{", "a=20b=7e=5e=3a=3f=2a=5b=5c@=7b"},
        {"\xc3\xa9@x", "=c3=a9@x"},
        {"a=b", "a=3db"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cleanup_free char *expected = memory_format("refs/cupel/decisions/aa/%s", names[i][1]);
        cleanup_free char *name = refs_name("sha256:aa", names[i][0]);
        assert_string_equal(name, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_in_toto),   cmocka_unit_test(statements_come_back),
        cmocka_unit_test(anything_else_is_refused), cmocka_unit_test(envelopes_need_a_signature),
        cmocka_unit_test(refs_have_safe_names),
    };
    return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
