/* Which candidates go together, and that the combination is the tree that git has of it. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/repository/combine.h"
#include "tests/repository/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* five: line 5 and a new file; thirty: line 30; clash:
 * line 5 otherwise; gone: no f; more: five and thirty. */
#define HISTORY                                                                                              \
    "seq 1 40 > f && seq 1 9 > g && save_all base\n"                                                         \
    "cut() { git checkout -q -b $1 main && eval \"$2\" && save_all $1; }\n"                                  \
    "cut five \"sed -i 's/^5$/five/' f; echo n > n\"\n"                                                      \
    "cut thirty \"sed -i 's/^30$/thirty/' f\"\n"                                                             \
    "cut clash \"sed -i 's/^5$/cinq/' f\"\n"                                                                 \
    "cut gone \"git rm -q f\"\n"                                                                             \
    "cut other \"sed -i 's/^1$/one/' g\"\n"                                                                  \
    "git checkout -q -b all five && sed -i 's/^30$/thirty/' f && sed -i 's/^1$/one/' g && save_all all\n"    \
    "git checkout -q main\n"

static const char *const names[] = {"five", "clash", "thirty", "five", "gone", "other"};
#define COUNT (sizeof names / sizeof *names)

static git_oid combine_tree(struct repository *repository, const char *name)
{
    git_oid commit, tree;
    struct err err = {0};
    assert_int_equal(repository_resolve_commit(repository, name, &commit, &tree, &err), 0);
    return tree;
}

static void test_candidates_go_together_or_not(void **state)
{
    (void)state;
    static const struct {
        size_t first, second;
    } pairs[] = {{0, 1}, {0, 4}, {1, 3}, {1, 4}, {2, 4}, {3, 4}};
    static const enum combine_place places[COUNT] = {COMBINE_TAKEN,     COMBINE_CONFLICTS, COMBINE_TAKEN,
                                                     COMBINE_CONTAINED, COMBINE_CONFLICTS, COMBINE_TAKEN};
    struct fixture fixture;
    struct combination combination;
    struct err err = {0};
    git_oid trees[COUNT];
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, HISTORY), 0);
    struct repository *repository = fixture_open(&fixture, "repo");
    git_oid base = combine_tree(repository, "main"), all = combine_tree(repository, "all");
    for (size_t i = 0; i < COUNT; i++)
        trees[i] = combine_tree(repository, names[i]);
    assert_int_equal(combine_candidates(repository, &base, trees, COUNT, &combination, &err), 0);
    assert_int_equal(combination.conflict_count, sizeof pairs / sizeof *pairs);
    for (size_t i = 0; i < combination.conflict_count; i++) {
        assert_int_equal(combination.conflicts[i].first, pairs[i].first);
        assert_int_equal(combination.conflicts[i].second, pairs[i].second);
        assert_string_equal(combination.conflicts[i].paths[0], "f");
        assert_null(combination.conflicts[i].paths[1]);
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(combination.places[i], places[i]);
    assert_int_equal(combination.taken, 3);
    assert_true(git_oid_equal(&combination.tree, &all));

    /* The text is a candidate like any other, and makes the same tree. */
    struct candidate candidate;
    cleanup_free char *failure = NULL;
    bool applied;
    const struct intake_request request = {
        .name = "combination", .bytes = combination.bytes, .length = combination.length, .proposed = true};
    assert_int_equal(repository_intake(repository, &request, &candidate, &applied, &failure, &err), 0);
    assert_null(failure);
    assert_true(git_oid_equal(&candidate.tree, &all));
    candidate_fini(&candidate);
    combination_fini(&combination);
    repository_close(repository);
    fixture_remove(&fixture);
}

static void test_one_alone_is_no_combination(void **state)
{
    (void)state;
    struct fixture fixture;
    struct combination combination;
    struct err err = {0};
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, HISTORY), 0);
    struct repository *repository = fixture_open(&fixture, "repo");
    git_oid base = combine_tree(repository, "main");
    git_oid trees[] = {combine_tree(repository, "five"), combine_tree(repository, "clash")};
    assert_int_equal(combine_candidates(repository, &base, trees, 2, &combination, &err), 0);
    assert_int_equal(combination.taken, 1);
    assert_null(combination.bytes);
    assert_true(git_oid_equal(&combination.tree, &trees[0]));
    combination_fini(&combination);
    assert_int_equal(combine_candidates(repository, &base, trees, 0, &combination, &err), 0);
    assert_true(git_oid_equal(&combination.tree, &base));
    combination_fini(&combination);
    assert_int_equal(combine_candidates(repository, &base, trees, 201, &combination, &err), ERR_LIMIT);
    assert_string_equal(err.message, "201 candidates are too many to try in pairs; at most 200 are taken");
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates_go_together_or_not),
        cmocka_unit_test(test_one_alone_is_no_combination),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
