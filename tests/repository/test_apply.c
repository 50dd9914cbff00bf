/* Our trees against `git apply --index && git write-tree`, and refusals against git's. */
#include "tests/repository/fixture.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct apply_case {
    const char *name;
    const char *script;  /* leaves the base at HEAD and the patch in ../p */
    const char *failure; /* NULL: applies, and git agrees on the tree; else our exact sentence */
    const char *note;    /* one of the patch's notes, or NULL */
    bool git_differs;    /* git says the opposite; the case says why */
};

/* Commits what is there, runs the second part, and diffs. */
#define CHANGE(before, after, options)                                                                       \
    before "\nsave_all\n" after "\ngit add -A && git diff --cached " options                                 \
           " HEAD > ../p && git reset -q --hard"
#define NUMBERS "seq 1 40 > f"

static const struct apply_case cases[] = {
    {"a changed line", CHANGE(NUMBERS, "sed -i 's/^20$/twenty/' f", ""), NULL, NULL, false},
    {"two hunks", CHANGE(NUMBERS, "sed -i 's/^5$/five/; s/^30$/thirty/' f", ""), NULL, NULL, false},
    {"a new file in new folders", CHANGE(NUMBERS, "mkdir -p x/y && echo hi > x/y/z", ""), NULL, NULL, false},
    {"a deleted file, and the folder with it", CHANGE("mkdir d && echo 1 > d/f && echo 2 > g", "rm d/f", ""),
     NULL, NULL, false},
    {"all files deleted", CHANGE("mkdir d && echo 1 > d/f", "rm d/f", ""), NULL, NULL, false},
    {"an empty new file", CHANGE(NUMBERS, ": > empty", ""), NULL, NULL, false},
    {"an empty file deleted", CHANGE(": > empty; echo 1 > f", "rm empty", ""), NULL, NULL, false},
    {"a renamed file", CHANGE(NUMBERS, "git mv f g", "-M"), NULL, NULL, false},
    {"a renamed and changed file", CHANGE(NUMBERS, "mkdir d && git mv f d/g && sed -i 's/^7$/x/' d/g", "-M"),
     NULL, NULL, false},
    {"two files that swap names",
     CHANGE("seq 1 40 > a; seq 100 140 > b", "mv a t && mv b a && mv t b", "-M -B"), NULL, NULL, false},
    {"a copy", CHANGE(NUMBERS, "cp f g && sed -i '$d' f", "-C -C"), NULL, NULL, false},
    {"a file becomes executable", CHANGE(NUMBERS, "chmod +x f", ""), NULL, NULL, false},
    {"a mode and a line", CHANGE(NUMBERS, "chmod +x f && sed -i 's/^1$/one/' f", ""), NULL, NULL, false},
    {"a symbolic link", CHANGE(NUMBERS, "ln -s f l", ""), NULL, NULL, false},
    {"a symbolic link that changes", CHANGE("ln -s f l; echo 1 > f", "ln -sfn g l", ""), NULL, NULL, false},
    {"a file becomes a symbolic link", CHANGE(NUMBERS, "rm f && ln -s g f", ""), NULL, NULL, false},
    {"a file becomes a folder", CHANGE(NUMBERS, "rm f && mkdir f && echo 1 > f/x", ""), NULL, NULL, false},
    {"a folder becomes a file", CHANGE("mkdir f && echo 1 > f/x", "rm -r f && echo 2 > f", ""), NULL, NULL,
     false},
    {"names that sort around a folder",
     CHANGE("mkdir a && echo 1 > a/x && echo 2 > a.c && echo 3 > a0",
            "echo 4 >> a/x; echo 5 >> a.c; echo 6 > a-b", ""),
     NULL, NULL, false},
    {"no newline before and after", CHANGE("printf 'a\\nb' > f", "printf 'a\\nc' > f", ""), NULL, NULL,
     false},
    {"a newline lost", CHANGE("printf 'a\\nb\\n' > f", "printf 'a\\nb' > f", ""), NULL, NULL, false},
    {"a newline won", CHANGE("printf 'a\\nb' > f", "printf 'a\\nb\\n' > f", ""), NULL, NULL, false},
    {"a CRLF file by its own diff", CHANGE("seq 1 9 | sed 's/$/\\r/' > f", "sed -i 's/^5/five/' f", ""), NULL,
     NULL, false},
    {"a name with a space", CHANGE("seq 1 9 > 'a b'", "sed -i 's/5/five/' 'a b'", ""), NULL, NULL, false},
    {"a new name with a space", CHANGE(NUMBERS, "echo 1 > 'x y'", ""), NULL, NULL, false},
    {"an empty new name with spaces", CHANGE(NUMBERS, ": > 'x y z'", ""), NULL, NULL, false},
    {"a quoted name", CHANGE("seq 1 9 > \"$(printf '\\303\\244\\t\"x')\"", "sed -i 's/5/five/' *", ""), NULL,
     NULL, false},
    {"a mode change of a quoted name", CHANGE("seq 1 9 > \"$(printf '\\303\\244')\"", "chmod +x *", ""), NULL,
     NULL, false},
    {"a file at its beginning", CHANGE(NUMBERS, "sed -i '1d' f", ""), NULL, NULL, false},
    {"a file at its end", CHANGE(NUMBERS, "echo 41 >> f", ""), NULL, NULL, false},
    {"mnemonic prefixes", CHANGE(NUMBERS, "sed -i 's/^9$/x/' f", "--src-prefix=i/ --dst-prefix=w/"), NULL,
     NULL, false},
    {"lines that look like headers",
     CHANGE("printf -- '-- a/x\\n-- b\\nc\\n' > f", "printf '++ b/x\\n-- b\\nc\\n' > f", ""), NULL, NULL,
     false},
    {"lines added above", CHANGE(NUMBERS, "sed -i 's/^20$/twenty/' f", "") "\nsed -i '1i new' f && save_all",
     NULL, "hunk 1 of f (patch line 5): applied at line 18, 1 lines later than stated", false},
    {"a hunk whose place is there twice",
     CHANGE("seq 1 9 > f; echo x >> f; seq 1 9 >> f", "sed -i '0,/^5$/s/^5$/five/' f",
            "") "\nsed -i '1i new' f && save_all",
     "f, hunk 1 (line 2): not at its line, and at several others (lines 3 and 13); expected exactly one "
     "place",
     NULL, true},
    {"a changed line of context",
     CHANGE(NUMBERS, "sed -i 's/^20$/twenty/' f", "") "\nsed -i 's/^19$/x/' f && save_all",
     "f, hunk 1 (line 19): expected `19`, found `x`", NULL, false},
    {"a file that ends too early", CHANGE(NUMBERS, "sed -i 's/^39$/x/' f", "") "\nsed -i '$d' f && save_all",
     "f, hunk 1 (line 40): expected `40`, found the end of the file", NULL, false},
    {"a file that goes on", CHANGE(NUMBERS, "echo 41 >> f", "") "\necho 40a >> f && save_all",
     "f, hunk 1 (line 38): it has no context at its end, so it must match there, and does not", NULL, false},
    {"a newline that is missing",
     CHANGE("printf 'a\\nb\\n' > f", "printf 'x\\nb\\n' > f", "") "\nprintf 'a\\nb' > f && save_all", NULL,
     "hunk 1 of f (patch line 5): the last line of the file has no newline, which the patch does not say; "
     "left as it is",
     true},
    {"a new file that exists", CHANGE(NUMBERS, "echo 1 > g", "") "\necho 2 > g && save_all",
     "g: expected no such file, found one in the base (patch line 1)", NULL, false},
    {"a file that is not there", CHANGE("echo 1 > f; echo 1 > g", "echo 2 > f", "") "\nrm f && save_all",
     "f: expected a file to change, found none in the base (patch line 1)", NULL, false},
    {"a file below a file", CHANGE(NUMBERS, "mkdir d && echo 1 > d/x", "") "\necho 1 > d && save_all",
     "d/x can't be there: d is a file", NULL, false},
    {"a file in place of a folder", CHANGE(NUMBERS, "echo 1 > d", "") "\nmkdir d && echo 1 > d/x && save_all",
     "d can't be a file: there is a folder of that name", NULL, false},
    {"a deletion that leaves lines",
     NUMBERS "\nsave_all\nprintf -- '--- a/f\\n+++ /dev/null\\n@@ -1,2 +0,0 @@\\n-1\\n-2\\n' > ../p",
     "f, hunk 1 (line 1): it has no context at its end, so it must match there, and does not", NULL, false},
    {"a path that leaves",
     NUMBERS "\nsave_all\nprintf 'diff --git a/../x b/../x\\nnew file mode 100644\\n"
             "--- /dev/null\\n+++ b/../x\\n@@ -0,0 +1 @@\\n+x\\n' > ../p",
     "../x: this path is refused: it has a \"..\" component (patch line 1)", NULL, false},
    {"a path into .git",
     NUMBERS "\nsave_all\nprintf 'diff --git a/.GIT/x b/.GIT/x\\nnew file mode 100644\\n"
             "--- /dev/null\\n+++ b/.GIT/x\\n@@ -0,0 +1 @@\\n+x\\n' > ../p",
     ".GIT/x: this path is refused: it has a component that a file system may read as \".git\" (patch line "
     "1)",
     NULL, false},
    {"a path with two slashes",
     NUMBERS "\nsave_all\nprintf -- '--- /dev/null\\n+++ b//etc/x\\n@@ -0,0 +1 @@\\n+x\\n' "
             "> ../p",
     "/etc/x: this path is refused: it has an empty component (a leading, trailing or double slash) (patch "
     "line 1)",
     NULL, false},
    {"a file below a symbolic link",
     "ln -s /tmp l\nsave_all\nprintf -- '--- /dev/null\\n+++ b/l/x\\n@@ -0,0 +1 @@\\n+x\\n' > ../p",
     "l/x can't be there: l is a file", NULL, false},
    {"a binary patch",
     "printf 'a\\0b' > f\nsave_all\nprintf 'a\\0c' > f\ngit diff --binary > ../p && git checkout -q f",
     "f: a binary patch is not applied; give the candidate as a commit or branch (patch line 1)", NULL, true},
    {"an LF patch for a CRLF file",
     CHANGE(NUMBERS, "sed -i 's/^20$/twenty/' f", "") "\nsed -i 's/$/\\r/' f && save_all", NULL,
     "f: the patch has LF line ends and the file has CR LF; read as the file's", true},
    {"a CRLF patch for an LF file",
     CHANGE(NUMBERS, "sed -i 's/^20$/twenty/' f", "") "\nsed -i 's/$/\\r/' ../p", NULL,
     "every line of the patch ends in CR LF; read as LF", true},
};

static bool apply_has_note(const struct candidate *candidate, const char *note)
{
    for (size_t i = 0; i < candidate->patch.note_count; i++)
        if (strcmp(candidate->patch.notes[i], note) == 0)
            return true;
    return false;
}

/* The normalised text, applied to the same base, is the same change. */
static void apply_check_round_trip(const struct apply_case *row, const struct fixture *fixture,
                                   const struct candidate *candidate)
{
    struct candidate again;
    struct err err = {0};
    cleanup_free char *failure = NULL;
    bool applied;
    struct repository *repository = fixture_open(fixture, "repo");
    char base[GIT_OID_HEXSZ + 1];
    const struct intake_request request = {.name = "-",
                                           .base = git_oid_tostr(base, sizeof base, &candidate->base_commit),
                                           .bytes = candidate->normalised,
                                           .length = candidate->normalised_length};
    if (repository_intake(repository, &request, &again, &applied, &failure, &err) < 0 || !applied)
        fail_msg("%s: the normalised text: %s\n%s", row->name, failure ? failure : err.message,
                 candidate->normalised);
    assert_memory_equal(&again.tree, &candidate->tree, sizeof again.tree);
    assert_memory_equal(&again.patch_digest, &candidate->patch_digest, sizeof again.patch_digest);
    assert_int_equal(again.patch.note_count, 0);
    candidate_fini(&again);
    repository_close(repository);
}

static void apply_check(const struct apply_case *row, const struct fixture *fixture)
{
    struct candidate candidate;
    struct err err = {0};
    cleanup_free char *failure = NULL;
    bool applied;
    cleanup_free char *git = fixture_read(fixture, "git apply --index ../p 2>/dev/null && git write-tree");
    if (fixture_intake(fixture, "repo", "p", &candidate, &applied, &failure, &err) < 0)
        fail_msg("%s: %s", row->name, err.message);
    if (row->failure && (!failure || strcmp(failure, row->failure) != 0))
        fail_msg("%s: expected \"%s\", found \"%s\"", row->name, row->failure,
                 failure ? failure : "that it applies");
    if (!row->failure && failure)
        fail_msg("%s: %s", row->name, failure);
    assert_int_equal(applied, row->failure == NULL);
    char tree[GIT_OID_HEXSZ + 1];
    git_oid_tostr(tree, sizeof tree, &candidate.tree);
    if (row->git_differs ? (*git != '\0') == applied : applied ? strcmp(tree, git) != 0 : *git != '\0')
        fail_msg("%s: we say %s %s, git says \"%s\"", row->name, applied ? "applies," : "does not apply,",
                 tree, git);
    if (row->note && !apply_has_note(&candidate, row->note))
        fail_msg("%s: no note \"%s\"; the first is \"%s\"", row->name, row->note,
                 candidate.patch.note_count ? candidate.patch.notes[0] : "none");
    if (applied)
        apply_check_round_trip(row, fixture, &candidate);
    candidate_fini(&candidate);
}

static void test_apply_as_git_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_make(&fixture);
        if (fixture_run(&fixture, cases[i].script) != 0)
            fail_msg("%s: the script failed", cases[i].name);
        apply_check(&cases[i], &fixture);
        fixture_remove(&fixture);
    }
}

static void test_mails_apply_in_sequence(void **state)
{
    (void)state;
    struct fixture fixture;
    struct candidate candidate;
    struct err err = {0};
    char *failure = NULL;
    bool applied;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, NUMBERS
                                 "\nsave_all\nsed -i 's/^20$/twenty/' f && save_all 'One: first'\n"
                                 "git mv f g && save_all Two\nsed -i 's/^twenty$/XX/' g\n"
                                 "git add -A && git commit -q -m 'Three\n\nCo-authored-by: Eve <e@x>'\n"
                                 "git format-patch -q --stdout HEAD~3 > ../p\n"
                                 "git rev-parse HEAD^{tree} > ../tree && git reset -q --hard HEAD~3"),
                     0);
    assert_int_equal(fixture_intake(&fixture, "repo", "p", &candidate, &applied, &failure, &err), 0);
    assert_null(failure);
    char tree[GIT_OID_HEXSZ + 1];
    cleanup_free char *expected = fixture_read(&fixture, "cat ../tree");
    assert_string_equal(git_oid_tostr(tree, sizeof tree, &candidate.tree), expected);
    assert_string_equal(candidate.patch.subject, "One: first");
    assert_string_equal(candidate.patch.author, "Ada <ada@example.org>");
    assert_int_equal(candidate.author_count, 2);
    assert_string_equal(candidate.authors[1], "Eve <e@x>");
    assert_int_equal(candidate.change_count, 1);
    assert_string_equal(candidate.changes[0].old_path, "f");
    assert_string_equal(candidate.changes[0].new_path, "g");
    assert_int_equal(candidate.changes[0].added, 1);
    candidate_fini(&candidate);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_as_git_does),
        cmocka_unit_test(test_mails_apply_in_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
