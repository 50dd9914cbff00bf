/* Random patches taken apart: each set of parts makes the tree that `git apply` makes of its text. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/repository/apply.h"
#include "orchestrator/repository/parts.h"
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

/* What the candidate is taken apart into: "kind: name; needs 1,2 | …". */
static char *parts_describe(const struct parts *parts)
{
    struct text text = {0};
    text_printf(&text, "%s of %zu:", parts_kind_name(parts->kind), parts->pieces);
    for (size_t i = 0; i < parts->count; i++) {
        /* Commits have other names in every run. */
        const char *name = parts->items[i].name, *quote = strchr(name, '"');
        const char *commit = strstr(name, "commit ");
        text_printf(&text, "%s %s", i ? " |" : "", commit && quote ? quote : name);
        if (parts->items[i].needs)
            text_printf(&text, " needs %#x", parts->items[i].needs);
    }
    return text_take(&text);
}

struct take_apart_row {
    const char *name;
    const char *script; /* makes branch "work" on main, or writes ../work.patch */
    bool patch;
    const char *parts;
    const char *remark; /* NULL: none */
};

#define COMMIT(what, message) what " && save_all '" message "'\n"

static const struct take_apart_row take_apart_rows[] = {
    {"one commit, by hunks", COMMIT("sed -i 's/^5$/V/;s/^30$/X/' f", "two"), false,
     "hunks of 2: hunk 1 of \"f\", line 2 | hunk 2 of \"f\", line 27", NULL},
    {"commits", COMMIT("sed -i 's/^5$/V/' f", "a") COMMIT("sed -i 's/^30$/X/' f", "b"), false,
     "commits of 2: \"a\" | \"b\"", NULL},
    {"a commit that builds on another",
     COMMIT("sed -i 's/^5$/V/' f", "a") COMMIT("sed -i 's/^V$/VV/' f", "b") COMMIT("echo n > n", "c"), false,
     "commits of 3: \"a\" | \"b\" needs 0x1 | \"c\"", NULL},
    {"a merge in between",
     "git checkout -q -b side\n" COMMIT("echo s > s", "s") "git checkout -q work\n" COMMIT(
         "sed -i 's/^5$/V/' f", "a") "git merge -q --no-ff -m merged side\n",
     false, "commits of 2: \"a\" | \"merged\"", NULL},
    {"many commits", "for i in 1 2 3 4 5 6 7 8 9 10; do seq 1 $i > n$i; save_all c$i; done\n", false,
     "commits of 10: \"c1\" | \"c4\" | \"c5\" | \"c6\" | \"c7\" | \"c8\" | \"c9\" | \"c10\"", NULL},
    {"too many commits", "for i in $(seq 65); do echo $i > n; save_all c$i; done\n", false,
     "hunks of 1: new file \"n\"",
     "its commits don't lead to the base in one line of at most 64, so it is taken apart by its hunks"},
    {"mails",
     COMMIT("sed -i 's/^5$/V/' f; echo n > n", "a") COMMIT("sed -i 's/^V$/VV/' f", "b")
         COMMIT("sed -i 's/^30$/X/' f", "c") "git format-patch -q --stdout main > ../work.patch\n",
     true, "mails of 3: mail 1, \"f\" and 1 more file | mail 2, \"f\" needs 0x1 | mail 3, \"f\"", NULL},
    {"a patch", "sed -i 's/^5$/V/;s/^30$/X/' f; git rm -q g; git diff HEAD > ../work.patch\n", true,
     "hunks of 3: hunk 1 of \"f\", line 2 | hunk 2 of \"f\", line 27 | deleted file \"g\"", NULL},
    {"a file in the way of a folder",
     "git rm -q g; mkdir g; echo x > g/x; git add -A; git diff HEAD > ../work.patch\n", true,
     "hunks of 2: deleted file \"g\" | new file \"g/x\" needs 0x1", NULL},
    {"what is binary stays with its commit", COMMIT("printf 'a\\0b' > b; sed -i 's/^5$/V/' f", "bin"), false,
     "hunks of 2: new file \"b\" needs 0x1 | hunk 1 of \"f\", line 2", NULL},
};

static void candidates_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof take_apart_rows / sizeof *take_apart_rows; i++) {
        const struct take_apart_row *row = &take_apart_rows[i];
        struct fixture fixture;
        struct parts parts;
        struct candidate candidate;
        struct err err = {0};
        char digest[DIGEST_HEX];
        bool applied;
        fixture_make(&fixture);
        cleanup_free char *failure = NULL;
        cleanup_free char *patch = parts_file(&fixture, "work.patch");
        cleanup_text struct text script = {0};
        text_append_string(&script, "seq 1 40 > f; seq 1 9 > g; save_all base; git checkout -q -b work\n");
        text_append_string(&script, row->script);
        text_append_string(&script, "git checkout -q -f main\n");
        assert_int_equal(fixture_run(&fixture, text_string(&script)), 0);
        struct repository *repository = fixture_open(&fixture, "repo");
        const struct intake_request request = {.name = row->patch ? patch : "work"};
        assert_int_equal(repository_intake(repository, &request, &candidate, &applied, &failure, &err), 0);
        digest_to_hex(&candidate.patch_digest, digest);
        if (parts_find(repository, &request, digest, &parts, &err) < 0)
            fail_msg("%s: %s", row->name, err.message);
        cleanup_free char *found = parts_describe(&parts);
        if (strcmp(found, row->parts) != 0)
            fail_msg("%s: %s", row->name, found);
        assert_string_equal(parts.remark ? parts.remark : "", row->remark ? row->remark : "");

        /* All parts make the candidate's own tree, as a commit on its base that is a candidate itself. */
        struct parts_set set;
        char hex[GIT_OID_HEXSZ + 1];
        if (parts.count == 1 || !parts.items[0].needs) {
            struct candidate again;
            assert_int_equal(parts_compose(repository, &parts, (1u << parts.count) - 1, &set, &failure, &err),
                             0);
            assert_null(failure);
            assert_true(git_oid_equal(&set.tree, &candidate.tree));
            const struct intake_request as_commit = {.name = git_oid_tostr(hex, sizeof hex, &set.commit),
                                                     .kind = CANDIDATE_COMMIT};
            assert_int_equal(repository_intake(repository, &as_commit, &again, &applied, &failure, &err), 0);
            assert_true(git_oid_equal(&again.base_commit, &candidate.base_commit));
            assert_true(git_oid_equal(&again.tree, &candidate.tree));
            candidate_fini(&again);
        }
        parts_fini(&parts);
        assert_int_equal(parts_find(repository, &request, "00", &parts, &err), ERR_INVALID);
        assert_string_equal(err.message, "the candidate was changed while it was evaluated");
        candidate_fini(&candidate);
        repository_close(repository);
        fixture_remove(&fixture);
    }
}

/* Commits are picked as git picks them, and what is written applies as git applies it. */
static void sets_of_commits_are_cherry_picks(void **state)
{
    (void)state;
    struct fixture fixture;
    struct parts parts;
    struct candidate candidate;
    struct err err = {0};
    char digest[DIGEST_HEX], hex[GIT_OID_HEXSZ + 1];
    bool applied;
    fixture_make(&fixture);
    cleanup_free char *failure = NULL;
    assert_int_equal(fixture_run(&fixture, "seq 1 40 > f; save_all base; git checkout -q -b work\n"
                                           "sed -i '3,4d' f; save_all a; git tag a\n"
                                           "sed -i 's/^20$/XX/' f; save_all b; git tag b\n"
                                           "sed -i 's/^XX$/XXX/' f; echo n > n; save_all c; git tag c\n"
                                           "git checkout -q main; git checkout -q -b picked\n"
                                           "git cherry-pick b c > /dev/null; git checkout -q main"),
                     0);
    struct repository *repository = fixture_open(&fixture, "repo");
    const struct intake_request request = {.name = "work"};
    assert_int_equal(repository_intake(repository, &request, &candidate, &applied, &failure, &err), 0);
    digest_to_hex(&candidate.patch_digest, digest);
    assert_int_equal(parts_find(repository, &request, digest, &parts, &err), 0);
    struct parts_set set;
    cleanup_free char *picked = fixture_read(&fixture, "git rev-parse picked^{tree}");
    assert_int_equal(parts_compose(repository, &parts, 6, &set, &failure, &err), 0);
    assert_string_equal(git_oid_tostr(hex, sizeof hex, &set.tree), picked);

    cleanup_free char *bytes = NULL;
    cleanup_free char *path = parts_file(&fixture, "set.patch");
    struct digest written;
    size_t length;
    assert_int_equal(parts_write(repository, &parts, &set, &bytes, &length, &written, &err), 0);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    cleanup_free char *tree = fixture_read(&fixture, "git apply --index ../set.patch; git write-tree");
    assert_string_equal(tree, picked);

    assert_int_equal(parts_compose(repository, &parts, 4, &set, &failure, &err), 0);
    assert_string_equal(failure, "part 3 collides in \"f\" with what is left out before it");
    parts_fini(&parts);
    candidate_fini(&candidate);
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_parts_apply_as_git_applies_them),
        cmocka_unit_test(candidates_are_taken_apart),
        cmocka_unit_test(sets_of_commits_are_cherry_picks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
