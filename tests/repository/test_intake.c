/* What a candidate's name means, what repositories we refuse, and that nothing of the user's changes. */
#include "tests/repository/fixture.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* main: 1..40 in f; fast: two commits more; a tag and a patch file of the same change. */
#define HISTORY                                                                                              \
    "seq 1 40 > f && save_all base\n"                                                                        \
    "git checkout -q -b fast\n"                                                                              \
    "sed -i 's/^20$/twenty/' f && save_all One\n"                                                            \
    "sed -i 's/^30$/thirty/' f\n"                                                                            \
    "git add -A && git commit -q -m 'Two\n\nCo-authored-by: Eve <eve@example.org>'\n"                        \
    "git tag v2 && git diff main fast > ../p && git diff fast~1 fast > ../last\n"                            \
    "git checkout -q main && echo 1 > g && save_all later\n"

struct intake_row {
    const char *name; /* candidate, or "@p" for a file beside the repository */
    const char *base;
    enum candidate_kind kind;
    const char *commit; /* revision that the base must be, or NULL */
    const char *tree;   /* revision that the candidate's tree must be, or NULL */
    const char *error;  /* exact message, %s standing for the fixture's folder */
};

static const struct intake_row rows[] = {
    {"fast", NULL, CANDIDATE_ANY, "main~1", "fast", NULL},
    {"fast", "main", CANDIDATE_ANY, "main", "fast", NULL},
    {"v2", NULL, CANDIDATE_ANY, "fast~1", "fast", NULL},
    {"fast~1", NULL, CANDIDATE_COMMIT, "main~1", "fast~1", NULL},
    {"HEAD", NULL, CANDIDATE_ANY, "main~1", "main", NULL},
    {"main~1..fast", NULL, CANDIDATE_ANY, "main~1", "fast", NULL},
    {"main...fast", NULL, CANDIDATE_ANY, "main~1", "fast", NULL},
    {"fast~1..", NULL, CANDIDATE_ANY, "fast~1", "main", NULL},
    {"fast..fast", NULL, CANDIDATE_ANY, "fast", "fast", NULL},
    {"@p", NULL, CANDIDATE_ANY, "main", NULL, NULL},
    {"@p", "main~1", CANDIDATE_PATCH, "main~1", "fast", NULL},
    {"@last", "fast~1", CANDIDATE_ANY, "fast~1", "fast", NULL},
    {"main", NULL, CANDIDATE_ANY, NULL, NULL,
     "branch `main` has nothing that HEAD does not have; name what to compare it with by --base"},
    {"main~1", NULL, CANDIDATE_ANY, NULL, NULL,
     "`main~1` is the first commit and has no parent; name the base with --base"},
    {"nothing", NULL, CANDIDATE_ANY, NULL, NULL,
     "`nothing` is neither a patch file nor a commit, branch or range of %s/repo"},
    {"nothing", NULL, CANDIDATE_COMMIT, NULL, NULL, "%s/repo has no commit, branch or tag `nothing`"},
    {"main:f", NULL, CANDIDATE_COMMIT, NULL, NULL, "`main:f` is a blob, not a commit"},
    {"@p", "nothing", CANDIDATE_PATCH, NULL, NULL,
     "find the base: %s/repo has no commit, branch or tag `nothing`"},
    {"/nonexistent.patch", NULL, CANDIDATE_PATCH, NULL, NULL,
     "read patch /nonexistent.patch: No such file or directory"},
    {"/", NULL, CANDIDATE_PATCH, NULL, NULL, "read patch /: it is a folder; `cupel batch` takes folders"},
    {"/dev/null", NULL, CANDIDATE_PATCH, NULL, NULL, "/dev/null: the patch is empty"},
    {"both", NULL, CANDIDATE_ANY, NULL, NULL,
     "`both` is a file and a revision; say --patch both or --commit both"},
};

static void intake_check_object(const struct fixture *fixture, const char *revision, const char *suffix,
                                const git_oid *found, const char *row)
{
    char hex[GIT_OID_HEXSZ + 1];
    cleanup_free char *script = memory_format("git rev-parse '%s%s'", revision, suffix);
    cleanup_free char *expected = fixture_read(fixture, script);
    if (strcmp(git_oid_tostr(hex, sizeof hex, found), expected) != 0)
        fail_msg("%s: expected %s of %s (%s), found %s", row, suffix, revision, expected, hex);
}

static void intake_check_row(const struct fixture *fixture, struct repository *repository,
                             const struct intake_row *row)
{
    struct candidate candidate;
    struct err err = {0};
    cleanup_free char *failure = NULL;
    bool applied;
    cleanup_free char *name = row->name[0] == '@' ? memory_format("%s/%s", fixture->folder, row->name + 1)
                                                  : memory_copy_string(row->name);
    const struct intake_request request = {.name = name, .kind = row->kind, .base = row->base};
    int code = repository_intake(repository, &request, &candidate, &applied, &failure, &err);
    if (row->error) {
        const char *place = strstr(row->error, "%s");
        cleanup_free char *expected = place ? memory_format("%.*s%s%s", (int)(place - row->error), row->error,
                                                            fixture->folder, place + 2)
                                            : memory_copy_string(row->error);
        assert_true(code < 0);
        assert_string_equal(err.message, expected);
        return;
    }
    if (code < 0 || !applied)
        fail_msg("%s: %s", row->name, failure ? failure : err.message);
    intake_check_object(fixture, row->commit, "", &candidate.base_commit, row->name);
    intake_check_object(fixture, row->commit, "^{tree}", &candidate.base_tree, row->name);
    if (row->tree)
        intake_check_object(fixture, row->tree, "^{tree}", &candidate.tree, row->name);
    candidate_fini(&candidate);
}

static void intake_check_all(const char *name)
{
    struct fixture fixture;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, HISTORY "git branch both fast"), 0);
    struct repository *repository = fixture_open(&fixture, name);
    cleanup_free char *before = memory_zeroed(4096);
    assert_non_null(getcwd(before, 4096));
    assert_int_equal(chdir(fixture.folder), 0);
    FILE *both = fopen("both", "w");
    assert_non_null(both);
    fclose(both);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        intake_check_row(&fixture, repository, &rows[i]);
    assert_int_equal(chdir(before), 0);
    repository_close(repository);
    fixture_remove(&fixture);
}

static void test_intake_means_what_git_means(void **state)
{
    (void)state;
    intake_check_all("repo");
}

static void test_one_change_has_one_digest(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture,
                                 HISTORY "git checkout -q -b same main~1\n"
                                         "git diff -U0 main~1 fast | grep -v '^index' > ../u0\n"
                                         "git diff -U5 --no-prefix main~1 fast > ../bare\n"
                                         "git -c user.name=x cherry-pick -n fast~1 fast && save_all Both"),
                     0);
    struct repository *repository = fixture_open(&fixture, "repo");
    const char *const names[] = {"fast", "same", "main~1..fast", "@p", "@bare"};
    struct digest first = {{0}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct candidate candidate;
        struct err err = {0};
        char *failure = NULL;
        bool applied;
        cleanup_free char *name = names[i][0] == '@' ? memory_format("%s/%s", fixture.folder, names[i] + 1)
                                                     : memory_copy_string(names[i]);
        const struct intake_request request = {.name = name, .base = "main~1"};
        if (repository_intake(repository, &request, &candidate, &applied, &failure, &err) < 0 || !applied)
            fail_msg("%s: %s", names[i], failure ? failure : err.message);
        if (i == 0)
            first = candidate.patch_digest;
        assert_memory_equal(&candidate.patch_digest, &first, sizeof first);
        candidate_fini(&candidate);
    }
    repository_close(repository);
    fixture_remove(&fixture);
}

static void test_commits_bring_their_people(void **state)
{
    (void)state;
    struct fixture fixture;
    struct candidate candidate;
    struct err err = {0};
    char *failure = NULL;
    bool applied;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, HISTORY), 0);
    struct repository *repository = fixture_open(&fixture, "repo");
    const struct intake_request request = {.name = "fast"};
    assert_int_equal(repository_intake(repository, &request, &candidate, &applied, &failure, &err), 0);
    assert_string_equal(candidate.patch.subject, "Two");
    assert_int_equal(candidate.author_count, 3);
    assert_string_equal(candidate.authors[0], "Ada <ada@example.org>");
    assert_string_equal(candidate.authors[1], "Bob <bob@example.org>");
    assert_string_equal(candidate.authors[2], "Eve <eve@example.org>");
    assert_null(candidate.authors[3]);
    assert_int_equal(candidate.patch.file_count, 1);
    assert_int_equal(candidate.patch.added, 2);
    candidate_fini(&candidate);
    repository_close(repository);
    fixture_remove(&fixture);
}

/* Everything that can be seen of the user's files: content, size, mode, owner and times. */
#define SNAPSHOT                                                                                             \
    "(cd ../$R && find . -printf '%p %s %m %u %T@ %C@\\n' | sort; find . -type f | sort | xargs sha256sum) " \
    "| sha256sum"

static void test_nothing_of_the_user_changes(void **state)
{
    (void)state;
    const char *const repositories[] = {"repo", "bare.git"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        struct err err = {0};
        fixture_make(&fixture);
        assert_int_equal(fixture_run(&fixture, HISTORY "git diff main~1 fast > ../p; git gc -q\n"
                                                       "git clone -q --bare . ../bare.git\n"
                                                       "git -C ../bare.git update-ref refs/heads/x main"),
                         0);
        cleanup_free char *snapshot = memory_format("R=%s; %s", repositories[i], SNAPSHOT);
        cleanup_free char *before = fixture_read(&fixture, snapshot);
        assert_true(*before != '\0');
        struct repository *repository = fixture_open(&fixture, repositories[i]);
        cleanup_free char *path = memory_format("%s/p", fixture.folder);
        const char *const names[] = {path, "fast", "fast~1"};
        for (size_t j = 0; j < 3; j++) {
            struct candidate candidate;
            cleanup_free char *failure = NULL, *bytes = NULL;
            size_t length;
            bool applied;
            const struct intake_request request = {.name = names[j]};
            if (repository_intake(repository, &request, &candidate, &applied, &failure, &err) < 0 || !applied)
                fail_msg("%s", failure ? failure : err.message);
            assert_int_equal(repository_file(repository, &candidate.tree, "f", &bytes, &length, &err), 0);
            assert_non_null(strstr(bytes, "twenty"));
            candidate_fini(&candidate);
        }
        repository_close(repository);
        cleanup_free char *after = fixture_read(&fixture, snapshot);
        assert_string_equal(before, after);
        fixture_remove(&fixture);
    }
}

struct refused_row {
    const char *script;  /* makes ../refused */
    const char *message; /* %s standing for the fixture's folder */
};

static const struct refused_row refused_rows[] = {
    {":", "%s/refused: No such file or directory"},
    {"mkdir ../refused", "%s/refused is in no git repository; name one with --repo"},
    {"git init -q ../refused", "%s/refused has no commit yet; commit the base first"},
    {"git init -q --bare ../refused", "%s/refused has no commit yet; commit the base first"},
    {"echo 1 > f && save_all && git clone -q . ../refused && chown -R 4242 ../refused",
     "%s/refused belongs to another user (4242), so git does not trust it; if you do: git config --global "
     "--add safe.directory %s/refused"},
};

static char *intake_expand(const char *text, const char *folder)
{
    char *out = memory_copy_string("");
    for (const char *at = text; *at;) {
        const char *place = strstr(at, "%s");
        size_t length = place ? (size_t)(place - at) : strlen(at);
        char *longer = memory_format("%s%.*s%s", out, (int)length, at, place ? folder : "");
        free(out);
        out = longer;
        at += length + (place ? 2 : 0);
    }
    return out;
}

static void test_repositories_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_rows / sizeof *refused_rows; i++) {
        struct fixture fixture;
        struct repository *repository = NULL;
        struct err err = {0};
        if (strstr(refused_rows[i].script, "chown") && geteuid() != 0) {
            print_message("only root can give files away; the other-owner row is left out\n");
            continue;
        }
        fixture_make(&fixture);
        assert_int_equal(fixture_run(&fixture, refused_rows[i].script), 0);
        cleanup_free char *path = memory_format("%s/refused", fixture.folder);
        cleanup_free char *expected = intake_expand(refused_rows[i].message, fixture.folder);
        assert_true(repository_open(&repository, path, &err) < 0);
        assert_string_equal(err.message, expected);
        fixture_remove(&fixture);
    }
}

static void test_missing_objects_say_how_to_get_them(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = {0};
    struct tree_gaps gaps;
    git_oid commit, tree;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture,
                                 "echo secret > f && save_all one && echo more > f && save_all two\n"
                                 "git config uploadpack.allowFilter true\n"
                                 "git clone -q --bare --filter=blob:none file://$PWD ../partial\n"
                                 "git clone -q --depth 1 file://$PWD ../shallow\n"
                                 "cp -r . ../broken && cd ../broken && H=$(git rev-parse HEAD:f)\n"
                                 "rm -f .git/objects/$(echo $H | cut -c1-2)/$(echo $H | cut -c3-)"),
                     0);
    const char *const names[] = {"partial", "broken"};
    const char *const advice[] = {
        "this is a partial clone: get the rest with `git fetch --refetch --no-filter`",
        "the object store is not complete: `git fsck` says what is missing"};
    for (size_t i = 0; i < 2; i++) {
        struct repository *repository = fixture_open(&fixture, names[i]);
        assert_int_equal(repository_resolve_commit(repository, NULL, &commit, &tree, &err), 0);
        assert_int_equal(repository_check_tree(repository, &tree, &gaps, &err), 0);
        assert_int_equal(gaps.missing_count, 1);
        assert_string_equal(gaps.missing[0], "f");
        assert_string_equal(gaps.missing_advice, advice[i]);
        tree_gaps_fini(&gaps);
        char *bytes = NULL;
        size_t length;
        assert_int_equal(repository_file(repository, &tree, "f", &bytes, &length, &err), ERR_NOT_FOUND);
        assert_non_null(strstr(err.message, advice[i]));
        repository_close(repository);
    }
    struct repository *repository = fixture_open(&fixture, "shallow");
    struct candidate candidate;
    char *failure = NULL;
    bool applied;
    const struct intake_request request = {.name = "HEAD"};
    assert_true(repository_intake(repository, &request, &candidate, &applied, &failure, &err) < 0);
    assert_non_null(
        strstr(err.message, "this is a shallow clone: get the rest with `git fetch --unshallow`"));
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intake_means_what_git_means),
        cmocka_unit_test(test_one_change_has_one_digest),
        cmocka_unit_test(test_commits_bring_their_people),
        cmocka_unit_test(test_nothing_of_the_user_changes),
        cmocka_unit_test(test_repositories_that_are_refused),
        cmocka_unit_test(test_missing_objects_say_how_to_get_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
