#include "orchestrator/signoff/statement.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define STATEMENT_TEXT_MAX    1024 /* bytes of a name or ref */
#define STATEMENT_SAMPLES_MAX 64   /* workloads of a configuration */
#define STATEMENT_KEYS_MAX    24

enum statement_form { FORM_DIGEST, FORM_OID, FORM_TEXT, FORM_REASON, FORM_TIME };

/* A string of the predicate and where it lives. */
struct statement_row {
    const char *section; /* object that holds it; NULL: the predicate itself */
    const char *key;
    enum statement_form form;
    bool nullable;
    size_t offset; /* of a char * in struct statement */
};

#define AT(member) offsetof(struct statement, member)

static const struct statement_row statement_rows[] = {
    {"repository", "root", FORM_OID, false, AT(repository_root)},
    {"repository", "name", FORM_TEXT, true, AT(repository_name)},
    {"trust", "ref", FORM_TEXT, false, AT(trust_ref)},
    {"trust", "commit", FORM_OID, false, AT(trust_commit)},
    {"base", "commit", FORM_OID, false, AT(subject.base_commit)},
    {"base", "tree", FORM_OID, false, AT(subject.base_tree)},
    {"candidate", "id", FORM_TEXT, false, AT(subject.id)},
    {"candidate", "verdict", FORM_TEXT, false, AT(subject.verdict)},
    {"candidate", "commit", FORM_OID, true, AT(subject.candidate_commit)},
    {"candidate", "tree", FORM_OID, true, AT(subject.candidate_tree)},
    {NULL, "patch", FORM_DIGEST, false, AT(subject.patch)},
    {NULL, "policy", FORM_DIGEST, false, AT(subject.policy)},
    {NULL, "configuration", FORM_DIGEST, false, AT(subject.configuration)},
    {NULL, "report", FORM_DIGEST, false, AT(subject.report)},
    {NULL, "environment", FORM_DIGEST, false, AT(subject.environment)},
    {NULL, "runner", FORM_DIGEST, true, AT(subject.runner)},
    {NULL, "signer", FORM_TEXT, false, AT(signer)},
    {NULL, "reason", FORM_REASON, true, AT(reason)},
    {NULL, "issued", FORM_TIME, false, AT(issued)},
    {NULL, "expires", FORM_TIME, false, AT(expires)},
    {NULL, "ledger", FORM_DIGEST, true, AT(ledger)},
};
#define STATEMENT_ROWS (sizeof statement_rows / sizeof *statement_rows)

static const char *const statement_sections[] = {"repository", "trust", "base", "candidate"};
static const char *const statement_keys[] = {"_type", "subject", "predicateType", "predicate", NULL};
static const char *const subject_keys[] = {"name", "digest", NULL};
static const char *const digest_keys[] = {"sha256", NULL};
static const char *const samples_keys[] = {"workload", "digest", NULL};
static const char *const decisions[] = {"reject", "approve", NULL};

static char **statement_field(struct statement *statement, const struct statement_row *row)
{
    return (char **)(void *)((char *)statement + row->offset);
}

static const char *statement_value(const struct statement *statement, const struct statement_row *row)
{
    return *(char *const *)(const void *)((const char *)statement + row->offset);
}

char *statement_format_time(int64_t seconds)
{
    char buffer[32];
    time_t time = (time_t)seconds;
    struct tm utc;
    gmtime_r(&time, &utc);
    strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return memory_copy_string(buffer);
}

/* Only what statement_format_time() writes, so that a time has one spelling. */
static bool statement_parse_time(const char *string, int64_t *seconds)
{
    struct tm utc = {0};
    const char *end = strptime(string, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (!end || *end)
        return false;
    *seconds = (int64_t)timegm(&utc);
    char *again = statement_format_time(*seconds);
    bool same = strcmp(again, string) == 0;
    free(again);
    return same;
}

static void statement_write_samples(cJSON *predicate, const struct subject *subject)
{
    cJSON *array = member_add_array(predicate, "samples");
    for (size_t i = 0; i < subject->sample_count; i++) {
        cJSON *object = member_append_object(array);
        member_add_string(object, "workload", subject->samples[i].workload);
        member_add_string(object, "digest", subject->samples[i].digest);
    }
}

static void statement_write_predicate(cJSON *document, const struct statement *statement)
{
    cJSON *predicate = member_add_object(document, "predicate");
    for (size_t i = 0; i < STATEMENT_ROWS; i++) {
        const struct statement_row *row = &statement_rows[i];
        cJSON *section = row->section ? cJSON_GetObjectItemCaseSensitive(predicate, row->section) : predicate;
        if (!section)
            section = member_add_object(predicate, row->section);
        member_add_string(section, row->key, statement_value(statement, row));
    }
    member_add_string(predicate, "decision", decisions[statement->approve]);
    statement_write_samples(predicate, &statement->subject);
}

int statement_write(const struct statement *statement, struct text *out, struct err *err)
{
    cJSON *document = cJSON_CreateObject();
    member_add_string(document, "_type", STATEMENT_TYPE);
    member_add_string(document, "predicateType", STATEMENT_PREDICATE);
    cJSON *subject = member_append_object(member_add_array(document, "subject"));
    member_add_string(subject, "name", statement->subject.id);
    /* in-toto writes the algorithm as the key and the digits alone. */
    member_add_string(member_add_object(subject, "digest"), "sha256",
                      statement->subject.report + strlen("sha256:"));
    statement_write_predicate(document, statement);
    int code = report_canonicalise(document, out, err);
    cJSON_Delete(document);
    return code;
}

static bool statement_is_text(const char *string, size_t most)
{
    size_t length = strlen(string);
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += foreign_decode(string + at, length - at, &code);
        if (code == FOREIGN_INVALID)
            return false;
    }
    return length > 0 && length <= most;
}

static bool statement_has_form(const char *string, enum statement_form form)
{
    int64_t seconds;
    switch (form) {
    case FORM_DIGEST:
        return subject_is_digest(string);
    case FORM_OID:
        return subject_is_oid(string);
    case FORM_TEXT:
        return statement_is_text(string, STATEMENT_TEXT_MAX);
    case FORM_REASON:
        return statement_is_text(string, STATEMENT_REASON_MAX);
    case FORM_TIME:
        return statement_parse_time(string, &seconds);
    }
    return false;
}

static int statement_read_string(const struct json_file *file, const struct json_value *object,
                                 const char *key, enum statement_form form, bool nullable, char **out,
                                 struct err *err)
{
    static const char *const words[] = {
        [FORM_DIGEST] = "must be \"sha256:\" and 64 lower-case hexadecimal digits",
        [FORM_OID] = "must be the forty hexadecimal digits of a git object",
        [FORM_TEXT] = "must be a text of 1 to 1024 bytes",
        [FORM_REASON] = "must be a text of 1 to 4096 bytes",
        [FORM_TIME] = "must be a time like 2026-03-01T12:00:00Z",
    };
    const struct json_value *value = json_find(object, key);
    const char *string;
    if (!value)
        return json_complain(file, object, err, "has no \"%s\"", key);
    if (nullable && json_type(value) == JSON_NULL)
        return 0;
    if (json_want_string(file, value, &string, err) < 0)
        return err->code;
    if (!statement_has_form(string, form))
        return json_complain(file, value, err, "%s", words[form]);
    *out = memory_copy_string(string);
    return 0;
}

/* The keys that an object of the predicate must have, by the rows; `more` are those that no row has. */
static int statement_check_section(const struct json_file *file, const struct json_value *object,
                                   const char *section, struct err *err)
{
    const char *known[STATEMENT_KEYS_MAX + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < STATEMENT_ROWS; i++) {
        const char *other = statement_rows[i].section;
        if (other == section || (other && section && strcmp(other, section) == 0))
            known[count++] = statement_rows[i].key;
    }
    for (size_t i = 0; !section && i < sizeof statement_sections / sizeof *statement_sections; i++)
        known[count++] = statement_sections[i];
    if (!section) {
        known[count++] = "decision";
        known[count++] = "samples";
    }
    if (json_want_object(file, object, err) < 0)
        return err->code;
    return json_check_keys(file, object, known, err);
}

static int statement_read_samples(struct subject *subject, const struct json_file *file,
                                  const struct json_value *predicate, struct err *err)
{
    const struct json_value *array = json_find(predicate, "samples");
    if (!array)
        return json_complain(file, predicate, err, "has no \"samples\"");
    if (json_want_array(file, array, err) < 0)
        return err->code;
    if (json_count(array) > STATEMENT_SAMPLES_MAX)
        return json_complain(file, array, err, "has more than %d workloads", STATEMENT_SAMPLES_MAX);
    subject->samples = memory_zeroed((json_count(array) + 1) * sizeof *subject->samples);
    for (size_t i = 0; i < json_count(array); i++) {
        const struct json_value *row = json_element(array, i);
        struct subject_samples *samples = &subject->samples[subject->sample_count++];
        if (json_want_object(file, row, err) < 0 || json_check_keys(file, row, samples_keys, err) < 0 ||
            statement_read_string(file, row, "workload", FORM_TEXT, false, &samples->workload, err) < 0 ||
            statement_read_string(file, row, "digest", FORM_DIGEST, false, &samples->digest, err) < 0)
            return err->code;
    }
    return 0;
}

static int statement_read_decision(struct statement *statement, const struct json_file *file,
                                   const struct json_value *predicate, struct err *err)
{
    const struct json_value *decision = json_find(predicate, "decision");
    int choice = 0;
    if (!decision)
        return json_complain(file, predicate, err, "has no \"decision\"");
    if (json_want_choice(file, decision, decisions, &choice, err) < 0)
        return err->code;
    statement->approve = choice == 1;
    statement_parse_time(statement->issued, &statement->issued_s);
    statement_parse_time(statement->expires, &statement->expires_s);
    if (statement->expires_s <= statement->issued_s)
        return json_complain(file, json_find(predicate, "expires"), err, "must be behind \"issued\"");
    return 0;
}

static int statement_read_predicate(struct statement *statement, const struct json_file *file,
                                    const struct json_value *predicate, struct err *err)
{
    if (statement_check_section(file, predicate, NULL, err) < 0)
        return err->code;
    for (size_t i = 0; i < sizeof statement_sections / sizeof *statement_sections; i++) {
        const struct json_value *section = json_find(predicate, statement_sections[i]);
        if (!section)
            return json_complain(file, predicate, err, "has no \"%s\"", statement_sections[i]);
        if (statement_check_section(file, section, statement_sections[i], err) < 0)
            return err->code;
    }
    for (size_t i = 0; i < STATEMENT_ROWS; i++) {
        const struct statement_row *row = &statement_rows[i];
        const struct json_value *object = row->section ? json_find(predicate, row->section) : predicate;
        if (statement_read_string(file, object, row->key, row->form, row->nullable,
                                  statement_field(statement, row), err) < 0)
            return err->code;
    }
    if (statement_read_samples(&statement->subject, file, predicate, err) < 0)
        return err->code;
    return statement_read_decision(statement, file, predicate, err);
}

static int statement_want_text(const struct json_file *file, const struct json_value *root, const char *key,
                               const char *expected, struct err *err)
{
    const struct json_value *value = json_find(root, key);
    const char *string;
    if (!value)
        return json_complain(file, root, err, "has no \"%s\"", key);
    if (json_want_string(file, value, &string, err) < 0)
        return err->code;
    return strcmp(string, expected) == 0 ? 0 : json_complain(file, value, err, "must be \"%s\"", expected);
}

/* Only the shape: that name and digest are the predicate's follows from the bytes being canonical. */
static int statement_check_subject(const struct json_file *file, const struct json_value *root,
                                   struct err *err)
{
    const struct json_value *array = json_find(root, "subject");
    if (!array || json_type(array) != JSON_ARRAY || json_count(array) != 1)
        return json_complain(file, array ? array : root, err, "must have exactly one \"subject\"");
    const struct json_value *subject = json_element(array, 0);
    if (json_want_object(file, subject, err) < 0 || json_check_keys(file, subject, subject_keys, err) < 0)
        return err->code;
    const struct json_value *digest = json_find(subject, "digest");
    if (!digest)
        return json_complain(file, subject, err, "has no \"digest\"");
    if (json_want_object(file, digest, err) < 0)
        return err->code;
    return json_check_keys(file, digest, digest_keys, err);
}

static int statement_read_root(struct statement *statement, const struct json_file *file, struct err *err)
{
    const struct json_value *root = json_root(file->document);
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, statement_keys, err) < 0 ||
        statement_want_text(file, root, "_type", STATEMENT_TYPE, err) < 0 ||
        statement_want_text(file, root, "predicateType", STATEMENT_PREDICATE, err) < 0 ||
        statement_check_subject(file, root, err) < 0)
        return err->code;
    const struct json_value *predicate = json_find(root, "predicate");
    if (!predicate)
        return json_complain(file, root, err, "has no \"predicate\"");
    return statement_read_predicate(statement, file, predicate, err);
}

int statement_read(struct statement *statement, const char *name, const char *bytes, size_t length,
                   struct err *err)
{
    const struct json_options options = {.max_depth = 8, .max_bytes = STATEMENT_BYTES_MAX};
    cleanup_text struct text again = {0};
    struct json_file file = {0};
    *statement = (struct statement){0};
    int code = json_file_read(&file, name, bytes, length, &options, err);
    if (code == 0)
        code = statement_read_root(statement, &file, err);
    json_file_fini(&file);
    if (code == 0)
        code = statement_write(statement, &again, err);
    if (code == 0 && (again.length != length || memcmp(again.data, bytes, length) != 0))
        code = err_set(err, ERR_INVALID, "%s: the statement is not written the canonical way", name);
    if (code < 0)
        statement_fini(statement);
    return code;
}

void statement_fini(struct statement *statement)
{
    subject_fini(&statement->subject);
    char *const owned[] = {statement->repository_root, statement->repository_name, statement->trust_ref,
                           statement->trust_commit,    statement->signer,          statement->reason,
                           statement->issued,          statement->expires,         statement->ledger};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *statement = (struct statement){0};
}
