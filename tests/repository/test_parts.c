/* Random patches taken apart: each set of parts makes the tree that `git apply` makes of its text. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/repository/apply.h"
#include "policies/patch/write.h"
#include "tests/repository/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 12 /* patches */
#define MOST   5  /* parts of each */

/* Lines that repeat, so that a hunk in the wrong place would be found out. `$1` seeds the edits. */
#define EDITS                                                                                                \
    "git checkout -q -f --detach main\n"                                                                     \
    "awk -v s=$1 'BEGIN{srand(s)} {r=rand(); if (r<0.03) next; if (r<0.06) print \"new \" int(100*rand()); " \
    "print}' f > t; mv t f\n"                                                                                \
    "awk -v s=$1 'BEGIN{srand(s+99)} {print; if (rand()<0.05) print \"more\"}' 'a b' > t; mv t 'a b'\n"      \
    "case $(($1 % 4)) in\n"                                                                                  \
    "0) echo new > n; git rm -q d;;\n"                                                                       \
    "1) git mv d e; echo tail >> e; chmod +x f;;\n"                                                          \
    "2) printf 'no end' > f; chmod +x d;;\n"                                                                 \
    "3) printf 'last' >> 'a b'; mkdir -p q; : > q/empty;;\n"                                                 \
    "esac\n"                                                                                                 \
    "git add -A && git diff --cached -M --full-index main > ../patch.$1\n"

static char *parts_file(const struct fixture *fixture, const char *name)
{
    return memory_format("%s/%s", fixture->folder, name);
}

static char *parts_read_patch(const struct fixture *fixture, int round, size_t *length)
{
    cleanup_free char *name = memory_format("patch.%d", round);
    cleanup_free char *path = parts_file(fixture, name);
    cleanup_file FILE *file = fopen(path, "re");
    char *bytes = memory_zeroed(1 << 20);
    assert_non_null(file);
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    return bytes;
}

/* Our tree of the parts; zero where they don't apply. Their text goes beside the repository for git. */
static git_oid parts_apply(const struct fixture *fixture, struct repository *repository, const git_oid *base,
                           const struct text *text, int round, uint32_t take)
{
    cleanup_free char *name = memory_format("set.%d.%u", round, take);
    cleanup_free char *path = parts_file(fixture, name);
    cleanup_file FILE *file = fopen(path, "we");
    cleanup_free char *failure = NULL;
    struct patch patch;
    struct err err = {0};
    git_oid tree;
    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
    assert_int_equal(patch_parse(&patch, name, text->data, text->length, &err), 0);
    assert_int_equal(apply_patch(repository, base, &patch, &tree, &failure, &err), 0);
    patch_fini(&patch);
    return failure ? (git_oid){{0}} : tree;
}

/* "set.ROUND.TAKE TREE", or "-" where git refuses. */
static const char git_applies[] =
    "git checkout -q -f main && cd .. && for s in set.*; do\n"
    "(cd repo && git read-tree main && (git apply --cached ../$s 2>/dev/null &&\n"
    "echo $s $(git write-tree) || echo $s -))\n"
    "done > trees; rm set.*";

static void parts_compare(const struct fixture *fixture, const git_oid trees[ROUNDS][1 << MOST])
{
    char line[256], tree[64], hex[GIT_OID_HEXSZ + 1];
    size_t seen = 0, applied = 0;
    cleanup_free char *path = parts_file(fixture, "trees");
    cleanup_file FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        int round;
        unsigned take;
        assert_int_equal(sscanf(line, "set.%d.%u %63s", &round, &take, tree), 3);
        bool ours = !git_oid_is_zero(&trees[round][take]);
        git_oid_tostr(hex, sizeof hex, &trees[round][take]);
        if (strcmp(ours ? hex : "-", tree) != 0)
            fail_msg("patch %d, parts %#x: git has %s, we have %s", round, take, tree, ours ? hex : "-");
        seen++;
        applied += ours;
    }
    assert_true(seen > 50 && applied > seen / 2);
}

static void any_parts_apply_as_git_applies_them(void **state)
{
    (void)state;
    static git_oid trees[ROUNDS][1 << MOST];
    struct fixture fixture;
    struct err err = {0};
    git_oid commit, base;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, "for i in $(seq 1 60); do echo $((i % 7)); done > f; cp f 'a b'; "
                                           "seq 1 20 > d; save_all base"),
                     0);
    for (int round = 0; round < ROUNDS; round++) {
        cleanup_free char *numbered = memory_format("set -- %d\n", round);
        cleanup_text struct text script = {0};
        text_append_string(&script, numbered);
        text_append_string(&script, EDITS);
        assert_int_equal(fixture_run(&fixture, text_string(&script)), 0);
    }
    struct repository *repository = fixture_open(&fixture, "repo");
    assert_int_equal(repository_resolve_commit(repository, "main", &commit, &base, &err), 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t length;
        cleanup_free char *bytes = parts_read_patch(&fixture, round, &length);
        struct patch patch;
        struct patch_parts parts;
        assert_int_equal(patch_parse(&patch, "whole", bytes, length, &err), 0);
        assert_int_equal(patch_parts_split(&patch, MOST, &parts, &err), 0);
        assert_true(parts.count > 1);
        for (uint32_t take = 1; take < UINT32_C(1) << parts.count; take++) {
            cleanup_text struct text text = {0};
            patch_write_parts(&patch, &parts, take, &text);
            trees[round][take] = parts_apply(&fixture, repository, &base, &text, round, take);
        }
        /* All of them together are the whole. */
        cleanup_free char *failure = NULL;
        git_oid whole;
        assert_int_equal(apply_patch(repository, &base, &patch, &whole, &failure, &err), 0);
        assert_null(failure);
        assert_true(git_oid_equal(&whole, &trees[round][(1u << parts.count) - 1]));
        patch_parts_fini(&parts);
        patch_fini(&patch);
    }
    assert_int_equal(fixture_run(&fixture, git_applies), 0);
    parts_compare(&fixture, trees);
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_parts_apply_as_git_applies_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
