/* Stages intake and screen: what the candidate is, under whose rules, and whether the diff alone rules it
 * out. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/evaluation/state.h"

#include <string.h>

#define CONFIGURATION_BYTES ((size_t)4 << 20)

static char *intake_oid(const git_oid *oid)
{
    char hex[GIT_OID_HEXSZ + 1];
    return memory_copy_string(git_oid_tostr(hex, sizeof hex, oid));
}

static bool intake_checkout_has_configuration(struct evaluation *evaluation)
{
    cleanup_free char *path =
        memory_format("%s/%s", repository_path(evaluation->input.repository), CONFIGURATION_NAME);
    return access(path, F_OK) == 0;
}

static int intake_read_trusted(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    return repository_file(evaluation->input.repository, &evaluation->trust_tree, path, bytes, length, err);
}

/* cupel.json of the trusted commit, mostly the base: never of the patch, never of the checkout. */
static int intake_read_configuration(struct evaluation *evaluation, struct err *err)
{
    if (evaluation->input.configuration) {
        evaluation->configuration = evaluation->input.configuration;
        return 0;
    }
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err local = {0};
    cleanup_free char *commit = intake_oid(&evaluation->trust_commit);
    int result = repository_file(evaluation->input.repository, &evaluation->trust_tree, CONFIGURATION_NAME,
                                 &bytes, &length, &local);
    if (result == ERR_NOT_FOUND && intake_checkout_has_configuration(evaluation))
        return err_set(
            err, ERR_INVALID,
            "%s is in your checkout but not in the base commit %.12s, which alone is trusted: commit it, "
            "or pass a copy outside the repository with --config",
            CONFIGURATION_NAME, commit);
    if (result == ERR_NOT_FOUND)
        return err_set(
            err, ERR_INVALID,
            "the base commit %.12s has no %s: write one with `cupel init` and commit it, or pass one from "
            "outside the repository with --config",
            commit, CONFIGURATION_NAME);
    if (result < 0) {
        *err = local;
        return result;
    }
    cleanup_free char *name = memory_format("%s of %.12s", CONFIGURATION_NAME, commit);
    const struct configuration_origin origin = {
        .policies = evaluation->input.policies, .read = intake_read_trusted, .data = evaluation};
    if (configuration_read(&evaluation->own_configuration, name, bytes, length, &origin, err) < 0)
        return err->code;
    evaluation->owns_configuration = true;
    evaluation->configuration = &evaluation->own_configuration;
    return 0;
}

/* A base that the user names, or that HEAD holds, is trusted itself; that of a report nobody names. */
static int intake_find_trust(struct evaluation *evaluation, struct err *err)
{
    evaluation->trust_commit = evaluation->base_commit;
    evaluation->trust_tree = evaluation->base_tree;
    if (evaluation_is_base_alone(evaluation) ||
        (evaluation->input.request->base && !evaluation->input.replay))
        return 0;
    return repository_trust(evaluation->input.repository, &evaluation->base_commit, &evaluation->trust_commit,
                            &evaluation->trust_tree, err);
}

static int intake_select_workloads(struct evaluation *evaluation, struct err *err)
{
    const struct configuration *configuration = evaluation->configuration;
    char *const *only = evaluation->input.only;
    evaluation->cases = memory_zeroed(configuration->workload_count * sizeof *evaluation->cases);
    for (size_t i = 0; i < configuration->workload_count; i++) {
        bool wanted = !only || !*only;
        for (char *const *name = only; name && *name; name++)
            wanted |= strcmp(*name, configuration->workloads[i].name) == 0;
        if (wanted)
            evaluation->cases[evaluation->case_count++].workload = &configuration->workloads[i];
    }
    for (char *const *name = only; name && *name; name++) {
        bool known = false;
        for (size_t i = 0; i < configuration->workload_count; i++)
            known |= strcmp(*name, configuration->workloads[i].name) == 0;
        if (!known)
            return err_set(err, ERR_INVALID, "--workload %s: %s has no workload of that name", *name,
                           configuration->source);
    }
    return 0;
}

static int intake_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct repository *repository = evaluation->input.repository;
    cleanup_free char *failure = NULL;
    if (evaluation_is_base_alone(evaluation)) {
        if (repository_resolve_commit(repository, evaluation->input.base, &evaluation->base_commit,
                                      &evaluation->base_tree, err) < 0)
            return err->code;
    } else {
        if (repository_intake(repository, evaluation->input.request, &evaluation->candidate,
                              &evaluation->applied, &failure, err) < 0)
            return err->code;
        evaluation->has_candidate = true;
        evaluation->base_commit = evaluation->candidate.base_commit;
        evaluation->base_tree = evaluation->candidate.base_tree;
    }
    if (!evaluation_is_base_alone(evaluation) && !evaluation->applied)
        evaluation->evidence.stages[STAGE_INTAKE].sentence = STEAL(failure);
    if (intake_find_trust(evaluation, err) < 0 || intake_read_configuration(evaluation, err) < 0)
        return err->code;
    return intake_select_workloads(evaluation, err);
}

static void intake_copy_notes(struct evidence *evidence, const struct patch *patch)
{
    evidence->patch_notes = memory_zeroed((patch->note_count + 1) * sizeof *evidence->patch_notes);
    for (size_t i = 0; i < patch->note_count; i++)
        evidence->patch_notes[i] = memory_copy_string(patch->notes[i]);
}

static void intake_copy_people(struct evidence *evidence, const struct candidate *candidate)
{
    evidence->people = memory_zeroed((candidate->author_count + 1) * sizeof *evidence->people);
    for (size_t i = 0; i < candidate->author_count; i++)
        evidence->people[i] = memory_copy_string(candidate->authors[i]);
}

static void intake_count_lines(struct evidence *evidence, const struct candidate *candidate)
{
    evidence->files = candidate->change_count;
    for (size_t i = 0; i < candidate->change_count; i++) {
        evidence->added += candidate->changes[i].added;
        evidence->removed += candidate->changes[i].removed;
    }
}

static char *intake_copy_word(const char *word)
{
    return word ? memory_copy_string(word) : NULL;
}

static void intake_copy_claim(struct evaluation *evaluation)
{
    const struct claim *claim = evaluation->input.claim;
    if (claim)
        evaluation->evidence.claim = (struct claim){.model = intake_copy_word(claim->model),
                                                    .rationale = intake_copy_word(claim->rationale),
                                                    .gain = intake_copy_word(claim->gain)};
}

static void intake_record_candidate(struct evaluation *evaluation)
{
    const struct candidate *candidate = &evaluation->candidate;
    struct evidence *evidence = &evaluation->evidence;
    char hex[DIGEST_HEX];
    digest_to_hex(&candidate->patch_digest, hex);
    evidence->candidate_name = memory_copy_string(candidate->name);
    evidence->patch_digest = memory_copy_string(hex);
    evidence->subject = candidate->patch.subject ? memory_copy_string(candidate->patch.subject) : NULL;
    evidence->author = candidate->patch.author ? memory_copy_string(candidate->patch.author) : NULL;
    evidence->message = candidate->patch.message ? memory_copy_string(candidate->patch.message) : NULL;
    if (!git_oid_is_zero(&candidate->tip))
        evidence->candidate_commit = intake_oid(&candidate->tip);
    intake_copy_notes(evidence, &candidate->patch);
    intake_copy_people(evidence, candidate);
    intake_copy_claim(evaluation);
    if (evaluation->applied) {
        evidence->candidate_tree = intake_oid(&candidate->tree);
        intake_count_lines(evidence, candidate);
    } else {
        evidence->files = candidate->patch.file_count;
        evidence->added = candidate->patch.added;
        evidence->removed = candidate->patch.removed;
    }
}

static void intake_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    struct evidence *evidence = &evaluation->evidence;
    char *failure = STEAL(evidence->stages[STAGE_INTAKE].sentence);
    evidence->family_size = evaluation->input.family_size > 1 ? evaluation->input.family_size : 1;
    evidence->full_isolation = strcmp(sandbox_isolation(evaluation->input.sandbox)->level, "full") == 0;
    if (!evidence->full_isolation)
        evidence->isolation_why = memory_copy_string("`cupel doctor` names the layers that are missing");
    if (err->code == 0 || evaluation->has_candidate) {
        evidence->base_commit = intake_oid(&evaluation->base_commit);
        evidence->base_tree = intake_oid(&evaluation->base_tree);
    }
    if (evaluation->has_candidate)
        intake_record_candidate(evaluation);
    if (err->code != 0) {
        free(failure);
        evaluation_stage_error(evaluation, err);
    } else if (failure) {
        evaluation_stage_failed(evaluation, failure, NULL);
    } else if (!evaluation_is_base_alone(evaluation) &&
               git_oid_equal(&evaluation->base_tree, &evaluation->candidate.tree)) {
        evidence->identical = true;
        evidence->identical_why =
            memory_copy_string("the candidate's tree is the base's tree, byte for byte");
        evaluation->conclusive = true;
        evaluation_stage_passed(evaluation, NULL);
    } else {
        evaluation_stage_passed(evaluation, NULL);
    }
}

void stage_intake_start(struct evaluation *evaluation)
{
    job_start(&evaluation->job, evaluation->input.loop, intake_work, intake_done, evaluation);
}

/* What only the screen's job needs, alive while it runs. */
struct screen_work {
    struct evaluation *evaluation;
    struct screen_file *files; /* by candidate.changes */
    char **contents;           /* owned bytes behind files; two a file */
    char **protected_paths;    /* NULL-terminated; owned */
};

static int screen_load_side(struct screen_work *work, size_t slot, uint32_t mode, const git_oid *blob,
                            const char **bytes, size_t *length, struct err *err)
{
    if (mode == 0 || mode == 0160000)
        return 0;
    if (repository_blob(work->evaluation->input.repository, blob, &work->contents[slot], length, err) < 0)
        return err->code;
    *bytes = work->contents[slot];
    return 0;
}

static int screen_load_files(struct screen_work *work, struct err *err)
{
    const struct candidate *candidate = &work->evaluation->candidate;
    for (size_t i = 0; i < candidate->change_count; i++) {
        const struct candidate_change *change = &candidate->changes[i];
        struct screen_file *file = &work->files[i];
        *file = (struct screen_file){.old_path = change->old_path,
                                     .new_path = change->new_path,
                                     .old_mode = change->old_mode,
                                     .new_mode = change->new_mode,
                                     .added = change->added,
                                     .removed = change->removed};
        if (screen_load_side(work, 2 * i, change->old_path ? change->old_mode : 0, &change->old_blob,
                             &file->old_bytes, &file->old_length, err) < 0 ||
            screen_load_side(work, 2 * i + 1, change->new_path ? change->new_mode : 0, &change->new_blob,
                             &file->new_bytes, &file->new_length, err) < 0)
            return err_wrap(err, "%s", change->new_path ? change->new_path : change->old_path);
    }
    return 0;
}

/* The configuration, its policy and the folders of the samples: what decides must not come from the patch. */
static char **screen_protected_paths(const struct evaluation *evaluation)
{
    const char *policy = evaluation->configuration->policy_file;
    char **paths = memory_zeroed((2 * evaluation->case_count + 3) * sizeof *paths);
    size_t count = 0;
    if (policy)
        paths[count++] = memory_copy_string(policy);
    paths[count++] = memory_copy_string(CONFIGURATION_NAME);
    for (size_t i = 0; i < evaluation->case_count; i++) {
        const char *samples = evaluation->cases[i].workload->samples_path;
        const char *slash = strrchr(samples, '/');
        paths[count++] = memory_copy_string(samples);
        if (slash && *samples != '/')
            paths[count++] = memory_format("%.*s/**", (int)(slash - samples), samples);
    }
    return paths;
}

static int screen_run(void *data, struct err *err)
{
    struct screen_work *work = data;
    struct evaluation *evaluation = work->evaluation;
    if (screen_load_files(work, err) < 0)
        return err->code;
    struct module_index *modules = module_index_new(evaluation->input.repository, &evaluation->base_tree);
    const struct screen_input input = {
        .files = work->files,
        .count = evaluation->candidate.change_count,
        .protected_paths = (const char *const *)work->protected_paths,
        .base_uses_module = module_index_uses,
        .data = modules,
    };
    screen_patch(&input, &evaluation->configuration->policy, &evaluation->evidence.screen);
    module_index_free(modules);
    return 0;
}

static void screen_done(void *data, const struct err *err)
{
    struct screen_work *work = data;
    struct evaluation *evaluation = work->evaluation;
    for (size_t i = 0; i < 2 * evaluation->candidate.change_count; i++)
        free(work->contents[i]);
    free(work->contents);
    free(work->files);
    json_free_strings(work->protected_paths);
    free(work);
    const struct screen_result *result = &evaluation->evidence.screen;
    if (err->code != 0)
        evaluation_stage_error(evaluation, err);
    else if (result->refusal_count > 0)
        evaluation_stage_failed(evaluation,
                                memory_format("%zu refusal%s by policy \"%s\"", result->refusal_count,
                                              result->refusal_count == 1 ? "" : "s",
                                              evaluation->configuration->policy.name),
                                NULL);
    else {
        evaluation->conclusive = evaluation->input.dry_run;
        evaluation_stage_passed(evaluation, NULL);
    }
}

void stage_screen_start(struct evaluation *evaluation)
{
    if (evaluation_is_base_alone(evaluation)) {
        evaluation_stage_skipped(evaluation, NULL);
        return;
    }
    size_t count = evaluation->candidate.change_count;
    struct screen_work *work = MEMORY_NEW(struct screen_work);
    work->evaluation = evaluation;
    work->files = memory_zeroed(count * sizeof *work->files);
    work->contents = memory_zeroed(2 * count * sizeof *work->contents);
    work->protected_paths = screen_protected_paths(evaluation);
    job_start(&evaluation->job, evaluation->input.loop, screen_run, screen_done, work);
}
