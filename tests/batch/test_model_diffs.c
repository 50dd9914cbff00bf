/*
 * Thirty proposals as models write them (model_diffs/, made by generate.py), against the shipped example:
 * each is read as the sources of a batch are, taken in, and screened. What applies must make the very tree
 * that git makes of the reference, or must be refused with exactly the sentence that is expected.
 */
#include "base/cleanup.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/batch/source.h"
#include "policies/screen.h"
#include "tests/repository/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FOLDER CUPEL_SOURCE "/tests/batch/model_diffs"

struct corpus {
    struct fixture fixture;
    struct repository *repository; /* of the example; owned */
    struct policy policy;          /* the default one */
    FILE *expected;                /* expected.jsonl, a line ahead of each proposal; owned */
};

static void corpus_open(struct corpus *corpus)
{
    struct err err = {0};
    struct json_file none = {0};
    fixture_make(&corpus->fixture);
    assert_int_equal(fixture_run(&corpus->fixture,
                                 "cd " CUPEL_SOURCE "/examples/orders && cp -r .gitignore Makefile "
                                 "cupel.json src tests $OLDPWD && cd $OLDPWD && save_all"),
                     0);
    corpus->repository = fixture_open(&corpus->fixture, "repo");
    if (policy_read(&corpus->policy, &none, NULL, CUPEL_SOURCE "/policies", &err) < 0)
        fail_msg("%s", err.message);
    corpus->expected = fopen(FOLDER "/expected.jsonl", "r");
    assert_non_null(corpus->expected);
}

static void corpus_close(struct corpus *corpus)
{
    fclose(corpus->expected);
    policy_fini(&corpus->policy);
    repository_close(corpus->repository);
    fixture_remove(&corpus->fixture);
}

static const char *corpus_text(const struct json_value *row, const char *key)
{
    const struct json_value *value = json_find(row, key);
    return value ? json_bytes(value, NULL) : NULL;
}

static char *corpus_load_side(struct corpus *corpus, uint32_t mode, const git_oid *blob, size_t *length)
{
    struct err err = {0};
    char *bytes = NULL;
    if (mode != 0 && repository_blob(corpus->repository, blob, &bytes, length, &err) < 0)
        fail_msg("%s", err.message);
    return bytes;
}

/* The rule of the first refusal, or "". */
static char *corpus_screen(struct corpus *corpus, const struct candidate *candidate)
{
    struct screen_file *files = memory_zeroed((candidate->change_count + 1) * sizeof *files);
    char **contents = memory_zeroed((2 * candidate->change_count + 1) * sizeof *contents);
    for (size_t i = 0; i < candidate->change_count; i++) {
        const struct candidate_change *change = &candidate->changes[i];
        files[i] = (struct screen_file){.old_path = change->old_path,
                                        .new_path = change->new_path,
                                        .old_mode = change->old_mode,
                                        .new_mode = change->new_mode,
                                        .added = change->added,
                                        .removed = change->removed};
        uint32_t old_mode = change->old_path ? change->old_mode : 0;
        uint32_t new_mode = change->new_path ? change->new_mode : 0;
        files[i].old_bytes = contents[2 * i] =
            corpus_load_side(corpus, old_mode, &change->old_blob, &files[i].old_length);
        files[i].new_bytes = contents[2 * i + 1] =
            corpus_load_side(corpus, new_mode, &change->new_blob, &files[i].new_length);
    }
    static const char *const none[] = {NULL};
    struct module_index *modules = module_index_new(corpus->repository, &candidate->base_tree);
    const struct screen_input input = {.files = files,
                                       .count = candidate->change_count,
                                       .protected_paths = none,
                                       .base_uses_module = module_index_uses,
                                       .data = modules};
    struct screen_result result = {0};
    screen_patch(&input, &corpus->policy, &result);
    char *rule = memory_copy_string(result.refusal_count ? result.refusals[0].rule : "");
    screen_result_fini(&result);
    module_index_free(modules);
    for (size_t i = 0; i < 2 * candidate->change_count; i++)
        free(contents[i]);
    free(contents);
    free(files);
    return rule;
}

/* The tree that git makes of the reference. */
static char *corpus_reference(struct corpus *corpus, const char *path)
{
    cleanup_free char *script = memory_format("git reset -q --hard && git apply --index " CUPEL_SOURCE
                                              "/%s && git write-tree && git reset -q --hard",
                                              path);
    return fixture_read(&corpus->fixture, script);
}

static void corpus_check_applied(struct corpus *corpus, const struct json_value *row,
                                 const struct candidate *candidate)
{
    const char *id = corpus_text(row, "id"), *note = corpus_text(row, "note"),
               *rule = corpus_text(row, "rule");
    char tree[GIT_OID_HEXSZ + 1];
    cleanup_free char *meant = corpus_reference(corpus, corpus_text(row, "same_as"));
    git_oid_tostr(tree, sizeof tree, &candidate->tree);
    if (strcmp(tree, meant) != 0)
        fail_msg("%s: expected tree %s, found %s:\n%s", id, meant, tree, candidate->normalised);
    bool said = !note;
    for (size_t i = 0; note && i < candidate->patch.note_count; i++)
        said = said || strcmp(candidate->patch.notes[i], note) == 0;
    if (!said)
        fail_msg("%s: no note \"%s\"; the first is \"%s\"", id, note,
                 candidate->patch.note_count ? candidate->patch.notes[0] : "(none)");
    cleanup_free char *found = corpus_screen(corpus, candidate);
    if (rule ? strncmp(found, rule, strlen(rule)) != 0 : *found)
        fail_msg("%s: expected the screen to say \"%s\", found \"%s\"", id, rule ? rule : "", found);
}

static void corpus_check(struct corpus *corpus, const struct proposal *proposal, const struct json_value *row)
{
    struct candidate candidate;
    struct err err = {0};
    cleanup_free char *failure = NULL;
    bool applied;
    assert_string_equal(proposal->id, corpus_text(row, "id"));
    if (repository_intake(corpus->repository, &proposal->request, &candidate, &applied, &failure, &err) < 0)
        fail_msg("%s: %s", proposal->id, err.message);
    bool wanted = strcmp(corpus_text(row, "outcome"), "does-not-apply") != 0;
    if (applied != wanted)
        fail_msg("%s: expected that it %s, found \"%s\"", proposal->id, wanted ? "applies" : "does not apply",
                 applied ? "a tree" : failure);
    if (applied)
        corpus_check_applied(corpus, row, &candidate);
    else if (strcmp(failure, corpus_text(row, "sentence")) != 0)
        fail_msg("%s: expected \"%s\", found \"%s\"", proposal->id, corpus_text(row, "sentence"), failure);
    candidate_fini(&candidate);
}

static void test_thirty_proposals_are_understood(void **state)
{
    (void)state;
    static const char *const arguments[] = {"predictions.jsonl"};
    struct corpus corpus;
    struct batch_source *source = NULL;
    struct proposal proposal;
    struct err err = {0};
    char before[4096], line[4096];
    size_t count = 0;
    corpus_open(&corpus);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(FOLDER), 0);
    if (batch_source_open(&source, corpus.repository, arguments, 1, NULL, &err) < 0)
        fail_msg("%s", err.message);
    for (; batch_source_next(source, &proposal, &err) > 0; count++) {
        struct json_file row;
        assert_non_null(fgets(line, sizeof line, corpus.expected));
        if (json_file_read(&row, "expected.jsonl", line, strlen(line), &(struct json_options){.max_depth = 4},
                           &err) < 0)
            fail_msg("%s", err.message);
        corpus_check(&corpus, &proposal, json_root(row.document));
        json_file_fini(&row);
        proposal_fini(&proposal);
    }
    assert_int_equal(err.code, 0);
    assert_int_equal(count, 30);
    batch_source_close(source);
    assert_int_equal(chdir(before), 0);
    corpus_close(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_thirty_proposals_are_understood)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
