#include "orchestrator/signoff/subject.h"

#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/report/store.h"

#include <git2/oid.h>
#include <string.h>

/* The member as a string of its own; NULL for null and for what is no string. */
static char *subject_copy(const cJSON *object, const char *key)
{
    const char *value = cJSON_GetStringValue(member_get(object, key));
    return value ? memory_copy_string(value) : NULL;
}

static char *subject_digest(const void *bytes, size_t length)
{
    struct digest digest = digest_of(bytes, length);
    char hex[DIGEST_HEX];
    digest_to_hex(&digest, hex);
    return memory_format("sha256:%s", hex);
}

static int subject_read_environment(struct subject *subject, const cJSON *document, struct err *err)
{
    cleanup_text struct text canonical = {0};
    const cJSON *environment = member_get(document, "environment");
    if (!cJSON_IsObject(environment))
        return err_set(err, ERR_INVALID, "report: has no \"environment\"");
    if (report_canonicalise(environment, &canonical, err) < 0)
        return err->code;
    subject->environment = subject_digest(text_string(&canonical), canonical.length);
    return 0;
}

static void subject_read_samples(struct subject *subject, const cJSON *candidate)
{
    subject->samples = memory_zeroed((member_count(candidate, "workloads") + 1) * sizeof *subject->samples);
    for (const cJSON *workload = member_first(candidate, "workloads"); workload; workload = workload->next) {
        const char *name = cJSON_GetStringValue(member_get(workload, "name"));
        const char *digest = cJSON_GetStringValue(member_get(workload, "samples_digest"));
        if (name && digest)
            subject->samples[subject->sample_count++] = (struct subject_samples){
                .workload = memory_copy_string(name), .digest = memory_copy_string(digest)};
    }
}

static bool subject_is_hex(const char *string, size_t least, size_t most)
{
    size_t digits = strspn(string, "0123456789abcdef");
    return string[digits] == '\0' && digits >= least && digits <= most;
}

bool subject_is_oid(const char *string)
{
    return subject_is_hex(string, GIT_OID_HEXSZ, GIT_OID_HEXSZ);
}

bool subject_is_digest(const char *string)
{
    return strncmp(string, "sha256:", 7) == 0 && subject_is_hex(string + 7, DIGEST_HEX - 1, DIGEST_HEX - 1);
}

static bool subject_is_id(const char *string)
{
    return subject_is_hex(string, 4, STORE_ID_MAX);
}

/* A report may come from anywhere, and what it names becomes paths and revisions. */
static int subject_check(const struct subject *subject, struct err *err)
{
    const struct {
        const char *name, *value;
        bool (*is_right)(const char *); /* NULL: any text */
        bool optional;
    } rows[] = {
        {"id", subject->id, subject_is_id, false},
        {"verdict", subject->verdict, NULL, false},
        {"base.commit", subject->base_commit, subject_is_oid, false},
        {"base.tree", subject->base_tree, subject_is_oid, false},
        {"patch.commit", subject->candidate_commit, subject_is_oid, true},
        {"patch.tree", subject->candidate_tree, subject_is_oid, true},
        {"patch.digest", subject->patch, subject_is_digest, false},
        {"policy.digest", subject->policy, subject_is_digest, false},
        {"configuration.digest", subject->configuration, subject_is_digest, false},
        {"runner.digest", subject->runner, subject_is_digest, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].value && !rows[i].optional)
            return err_set(err, ERR_INVALID, "report: has no \"%s\", without which nobody can decide on it",
                           rows[i].name);
        if (rows[i].value && rows[i].is_right && !rows[i].is_right(rows[i].value))
            return err_set(err, ERR_INVALID, "report: \"%s\" is not what cupel writes there", rows[i].name);
    }
    for (size_t i = 0; i < subject->sample_count; i++)
        if (!subject_is_digest(subject->samples[i].digest))
            return err_set(err, ERR_INVALID, "report: \"samples_digest\" is not what cupel writes there");
    return 0;
}

int subject_read(struct subject *subject, const cJSON *document, const struct digest *digest, struct err *err)
{
    char hex[DIGEST_HEX];
    const cJSON *candidate = member_first(document, "candidates");
    const cJSON *patch = member_get(candidate, "patch");
    const cJSON *base = member_get(document, "base");
    digest_to_hex(digest, hex);
    *subject = (struct subject){
        .id = subject_copy(candidate, "id"),
        .verdict = subject_copy(candidate, "verdict"),
        .report = memory_format("sha256:%s", hex),
        .base_commit = subject_copy(base, "commit"),
        .base_tree = subject_copy(base, "tree"),
        .candidate_commit = subject_copy(patch, "commit"),
        .candidate_tree = subject_copy(patch, "tree"),
        .patch = subject_copy(patch, "digest"),
        .policy = subject_copy(member_get(document, "policy"), "digest"),
        .configuration = subject_copy(member_get(document, "configuration"), "digest"),
        .runner = subject_copy(member_get(document, "runner"), "digest"),
    };
    subject_read_samples(subject, candidate);
    int code = subject_check(subject, err);
    if (code == 0)
        code = subject_read_environment(subject, document, err);
    if (code < 0)
        subject_fini(subject);
    return code;
}

void subject_fini(struct subject *subject)
{
    char *const owned[] = {
        subject->id,        subject->verdict,          subject->report,         subject->base_commit,
        subject->base_tree, subject->candidate_commit, subject->candidate_tree, subject->patch,
        subject->policy,    subject->configuration,    subject->environment,    subject->runner};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    for (size_t i = 0; i < subject->sample_count; i++) {
        free(subject->samples[i].workload);
        free(subject->samples[i].digest);
    }
    free(subject->samples);
    *subject = (struct subject){0};
}

static bool subject_same(const char *one, const char *two)
{
    return one == two || (one && two && strcmp(one, two) == 0);
}

static bool subject_same_samples(const struct subject *one, const struct subject *two)
{
    if (one->sample_count != two->sample_count)
        return false;
    for (size_t i = 0; i < one->sample_count; i++)
        if (!subject_same(one->samples[i].workload, two->samples[i].workload) ||
            !subject_same(one->samples[i].digest, two->samples[i].digest))
            return false;
    return true;
}

const char *subject_difference(const struct subject *one, const struct subject *two)
{
    const struct {
        const char *name, *one, *two;
    } rows[] = {
        {"report", one->report, two->report},
        {"candidate", one->id, two->id},
        {"verdict", one->verdict, two->verdict},
        {"base", one->base_commit, two->base_commit},
        {"base", one->base_tree, two->base_tree},
        {"head", one->candidate_commit, two->candidate_commit},
        {"candidate", one->candidate_tree, two->candidate_tree},
        {"patch", one->patch, two->patch},
        {"policy", one->policy, two->policy},
        {"configuration", one->configuration, two->configuration},
        {"environment", one->environment, two->environment},
        {"runner", one->runner, two->runner},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!subject_same(rows[i].one, rows[i].two))
            return rows[i].name;
    return subject_same_samples(one, two) ? NULL : "samples";
}
