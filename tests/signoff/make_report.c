/*
 * make_report REPOSITORY CANDIDATE [VERDICT]: a report on a real candidate of a real repository, with made-up
 * measurements, kept as `cupel run` keeps one; prints its id and its digest. What the sign-off tests need of
 * an evaluation, without its minutes.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/recheck/recompute.h"
#include "orchestrator/report/store.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/configuration.h"
#include "orchestrator/signoff/kept.h"
#include "tests/recheck/honest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct maker {
    struct repository *repository;
    struct candidate candidate;
    struct configuration configuration;
    git_oid tree; /* whose configuration counts */
};

static int maker_fail(const struct err *err)
{
    fprintf(stderr, "make_report: %s\n", err->message);
    return 1;
}

static char *maker_oid(const git_oid *oid)
{
    char hex[GIT_OID_HEXSZ + 1];
    return memory_copy_string(git_oid_tostr(hex, sizeof hex, oid));
}

static void maker_replace(char **field, char *value)
{
    free(*field);
    *field = value;
}

static int maker_read(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    struct maker *maker = data;
    return repository_file(maker->repository, &maker->tree, path, bytes, length, err);
}

static int maker_configure(struct maker *maker, struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    const struct configuration_origin origin = {
        .policies = CUPEL_SOURCE "/policies", .read = maker_read, .data = maker};
    maker->tree = maker->candidate.base_tree;
    if (maker_read(CONFIGURATION_NAME, &bytes, &length, maker, err) < 0)
        return err->code;
    return configuration_read(&maker->configuration, CONFIGURATION_NAME, bytes, length, &origin, err);
}

static void maker_fill(struct maker *maker, struct evidence *evidence)
{
    const struct candidate *candidate = &maker->candidate;
    cleanup_free char *samples = NULL;
    size_t length = 0;
    struct err ignored = {0};
    char hex[DIGEST_HEX];
    maker_replace(&evidence->base_commit, maker_oid(&candidate->base_commit));
    maker_replace(&evidence->base_tree, maker_oid(&candidate->base_tree));
    maker_replace(&evidence->candidate_tree, maker_oid(&candidate->tree));
    maker_replace(&evidence->candidate_name, memory_copy_string(candidate->name));
    maker_replace(&evidence->subject,
                  candidate->patch.subject ? memory_copy_string(candidate->patch.subject) : NULL);
    maker_replace(&evidence->author,
                  candidate->patch.author ? memory_copy_string(candidate->patch.author) : NULL);
    if (candidate->patch.message)
        maker_replace(&evidence->message, memory_copy_string(candidate->patch.message));
    if (!git_oid_is_zero(&candidate->tip))
        maker_replace(&evidence->candidate_commit, maker_oid(&candidate->tip));
    digest_to_hex(&candidate->patch_digest, hex);
    maker_replace(&evidence->patch_digest, memory_copy_string(hex));
    evidence->people = memory_zeroed((candidate->author_count + 1) * sizeof *evidence->people);
    for (size_t i = 0; i < candidate->author_count; i++)
        evidence->people[i] = memory_copy_string(candidate->authors[i]);
    const struct workload *workload = &maker->configuration.workloads[0];
    maker_replace(&evidence->workloads[0].name, memory_copy_string(workload->name));
    if (maker_read(workload->samples_path, &samples, &length, maker, &ignored) == 0) {
        struct digest digest = digest_of(samples, length);
        digest_to_hex(&digest, hex);
        maker_replace(&evidence->workloads[0].samples_digest, memory_copy_string(hex));
    }
}

static int maker_keep(struct maker *maker, const char *verdict, const char *state, struct err *err)
{
    struct evidence evidence;
    struct decision decision;
    struct report_context context = case_context;
    char policy[DIGEST_HEX], configuration[DIGEST_HEX], hex[DIGEST_HEX];
    cleanup_text struct text canonical = {0};
    cleanup_free char *folder = memory_format("%s/reports", state);
    case_recommended(&evidence);
    maker_fill(maker, &evidence);
    honest_set_pairs(&evidence.workloads[0], 12, 8, 0.8);
    recompute_evidence(&evidence, &maker->configuration.policy);
    digest_to_hex(&maker->configuration.policy.digest, policy);
    digest_to_hex(&maker->configuration.digest, configuration);
    /* Two reports on one candidate differ by their time. */
    cleanup_free char *created = memory_format("2026-03-01T12:00:00.%06uZ", (unsigned)getpid() % 1000000u);
    context.created = created;
    context.cupel_version = CUPEL_VERSION;
    context.policy_digest = policy;
    context.configuration_digest = configuration;
    verdict_decide(&evidence, &maker->configuration.policy, &decision);
    cJSON *document = report_build(&evidence, &decision, &maker->configuration.policy, &context);
    cJSON *candidate = cJSON_GetObjectItem(document, "candidates")->child;
    if (verdict)
        cJSON_ReplaceItemInObject(candidate, "verdict", cJSON_CreateString(verdict));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(candidate, "id"));
    int code = report_canonicalise(document, &canonical, err);
    if (code == 0)
        code = store_write(folder, id, canonical.data, canonical.length, err);
    if (code == 0)
        code = kept_write(state, evidence.patch_digest, maker->candidate.normalised,
                          maker->candidate.normalised_length, err);
    struct digest digest = digest_of(canonical.data, canonical.length);
    digest_to_hex(&digest, hex);
    if (code == 0)
        printf("%s %s\n", id, hex);
    cJSON_Delete(document);
    decision_fini(&decision);
    evidence_fini(&evidence);
    return code;
}

int main(int argc, char **argv)
{
    struct maker maker = {0};
    struct err err = {0};
    bool applied = false;
    cleanup_free char *failure = NULL;
    const char *home = getenv("XDG_STATE_HOME");
    if (argc < 3 || !home)
        return 2;
    const struct intake_request request = {.name = argv[2]};
    if (repository_open(&maker.repository, argv[1], &err) < 0)
        return maker_fail(&err);
    cleanup_free char *state = memory_format("%s/cupel/%s", home, repository_id(maker.repository));
    int code = repository_intake(maker.repository, &request, &maker.candidate, &applied, &failure, &err);
    if (code == 0 && applied)
        code = maker_configure(&maker, &err);
    if (code == 0 && applied) {
        code = maker_keep(&maker, argv[3], state, &err);
        configuration_fini(&maker.configuration);
    }
    candidate_fini(&maker.candidate);
    repository_close(maker.repository);
    if (code == 0 && !applied)
        fprintf(stderr, "make_report: %s\n", failure);
    return code < 0 ? maker_fail(&err) : applied ? 0 : 1;
}
