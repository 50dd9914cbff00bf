/*
 * Patches as models write them, on real repositories: each applies to exactly the tree that was meant, or is
 * refused with a sentence that helps. Where git apply or GNU patch accept one too, they make the same tree.
 */
#include "tests/repository/fixture.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct repair_row {
    const char *name;
    const char *base;  /* script that makes the base, behind `seq 1 40 > f` */
    const char *patch; /* its text */
    const char *meant; /* script that makes the intended tree; NULL: refused */
    const char *says;  /* a note that must be there, NULL for none; or the exact sentence of the refusal */
    bool others;       /* git apply or patch accept it and make something else; the row says why */
};

#define F "--- a/f\n+++ b/f\n"

static const struct repair_row rows[] = {
    {"indented in a list", "",
     "1. Change it:\n\n   ```diff\n   --- a/f\n   +++ b/f\n   @@ -19,3 +19,3 @@\n    19\n   -20\n   "
     "+twenty\n    21\n   ```\n",
     "sed -i s/^20$/twenty/ f", "the diff from patch line 4 on is indented; read without", false},
    {"quoted", "", "> --- a/f\n> +++ b/f\n> @@ -19,3 +19,3 @@\n>  19\n> -20\n> +twenty\n>  21\n",
     "sed -i s/^20$/twenty/ f", "the diff from patch line 1 on is indented; read without", false},
    {"no line numbers", "", F "@@ ... @@\n 19\n-20\n+twenty\n 21\n@@\n 30\n+thirty and a half\n 31\n",
     "sed -i 's/^20$/twenty/; 30a thirty and a half' f",
     "hunk 1 of f (patch line 3): its lines are at line 19 alone; applied there", false},
    {"no line numbers, and several places", "seq 1 40 >> f", F "@@ @@\n 19\n-20\n+twenty\n 21\n", NULL,
     "f, hunk 1 (patch line 3): it has no line numbers, and its lines are at several places (lines 19 and "
     "59); expected "
     "exactly one",
     false},
    {"no line numbers, and no place", "", F "@@ @@\n 19\n-20a\n+twenty\n 21\n", NULL,
     "f, hunk 1 (line 20): expected `20a`, found `20`", false},
    {"no line numbers, and nothing to find", "", F "@@ @@\n+twenty\n", NULL,
     "f, hunk 1 (patch line 3): it has neither line numbers nor lines to find its place by", false},
    {"line 1 for want of a better one", "", F "@@ -1,3 +1,3 @@\n 19\n-20\n+twenty\n 21\n",
     "sed -i s/^20$/twenty/ f", "hunk 1 of f (patch line 3): applied at line 19, 18 lines later than stated",
     false},
    {"wrong counts", "", F "@@ -19,5 +19,6 @@\n 19\n-20\n+twenty\n 21\n", "sed -i s/^20$/twenty/ f",
     "hunk 1 of f (patch line 3): header says 5,6 but it has 3,3; repaired", false},
    {"the last blank line of context was stripped", "sed -i 's/^21$//' f",
     F "@@ -19,3 +19,3 @@\n 19\n-20\n+twenty", "sed -i s/^20$/twenty/ f",
     "hunk 1 of f (patch line 3): header says 3,3 but it has 2,2; repaired", false},
    {"wrong counts, without context at the end", "printf '20\\n' >> f",
     F "@@ -20,9 +20,4 @@\n 20\n+a\n--- a/g\n+++ b/g\n@@ -0,0 +1 @@\n+b\n", NULL,
     "f, hunk 1 (line 20): not at its line, and at several others (lines 20 and 41); expected exactly one "
     "place",
     false},
    {"one side has a prefix", "", "--- a/f\n+++ f\n@@ -19,3 +19,3 @@\n 19\n-20\n+twenty\n 21\n",
     "sed -i s/^20$/twenty/ f", "patch line 1: the header has a prefix on one side alone; read as `f`",
     false},
    {"a time stamp behind spaces", "",
     "--- a/f 2024-01-01 00:00:00.0 +0000\n+++ b/f 2024-01-02 00:00:00.0 +0000\n@@ -19,3 +19,3 @@\n "
     "19\n-20\n+twenty\n 21\n",
     "sed -i s/^20$/twenty/ f",
     "patch line 1: the time stamp behind the name is set off by blanks, not by a tab; left out", false},
    {"a new file with bare blank lines", "", "--- /dev/null\n+++ b/g\n@@ -0,0 +1,3 @@\n+a\n\n+c\n",
     "printf 'a\\n\\nc\\n' > g", "g: the empty line 5 of the patch has no sign; read as an added one", false},
    {"an added blank line without its sign", "", F "@@ -20,1 +20,4 @@\n 20\n+a\n\n+b\n", NULL,
     "f, hunk 1 (line 20): it has no context at its end, so it must match there, and does not", false},
    {"the same with context", "", F "@@ -20,2 +20,5 @@\n 20\n+a\n\n+b\n 21\n", "sed -i '20a a\\n\\nb' f",
     "f: the empty line 6 of the patch has no sign; read as an added one", false},
    {"the same with counts that do not tell", "", F "@@ -20,4 +20,7 @@\n 20\n+a\n\n+b\n 21\n", NULL,
     "f, hunk 1 (line 21): expected ``, found `21`; line 6 of the patch is empty and was read as context",
     false},
    {"a new file without /dev/null", "", "--- a/g\n+++ b/g\n@@ -0,0 +1,2 @@\n+a\n+b\n",
     "printf 'a\\nb\\n' > g",
     "g: the patch does not call it new, but starts from nothing, and the base has no such file; added",
     false},
    {"the same where the file exists", "seq 1 3 > g", "--- a/g\n+++ b/g\n@@ -0,0 +1,2 @@\n+a\n+b\n", NULL,
     "g, hunk 1 (line 1): it has no context at its end, so it must match there, and does not", false},
    {"a patch in CRLF for a file in LF", "",
     "--- a/f\r\n+++ b/f\r\n@@ -19,3 +19,3 @@\r\n 19\r\n-20\r\n+twenty\r\n 21\r\n", "sed -i s/^20$/twenty/ f",
     "every line of the patch ends in CR LF; read as LF",
     true /* git keeps the returns, and does not find the line */},
    {"a patch in CRLF for a file in CRLF", "sed -i 's/$/\\r/' f",
     "--- a/f\r\n+++ b/f\r\n@@ -19,3 +19,3 @@\r\n 19\r\n-20\r\n+twenty\r\n 21\r\n",
     "sed -i 's/^20\\r/twenty\\r/' f",
     "f: the patch has LF line ends and the file has CR LF; read as the file's", false},
    {"a patch in LF for a file in CRLF", "sed -i 's/$/\\r/' f",
     F "@@ -19,3 +19,3 @@\n 19\n-20\n+twenty\n 21\n", "sed -i 's/^20\\r/twenty\\r/' f",
     "f: the patch has LF line ends and the file has CR LF; read as the file's", false},
    {"a diff in CRLF between prose in LF", "",
     "So:\n--- a/f\r\n+++ b/f\r\n@@ -19,3 +19,3 @@\r\n 19\r\n-20\r\n+twenty\r\n 21\r\n",
     "sed -i s/^20$/twenty/ f", "f: the diff's lines end in CR LF, its headers' too; read as LF", false},
    {"a new file in CRLF between prose in LF", "",
     "So:\n--- /dev/null\r\n+++ b/g\r\n@@ -0,0 +1,2 @@\r\n+a\r\n+b\r\n", "printf 'a\\nb\\n' > g",
     "g: the diff's lines end in CR LF, its headers' too; read as LF", true /* both keep the returns */},
    {"no marker for a newline that is missing", "printf 41 >> f",
     F "@@ -39,3 +39,3 @@\n 39\n-40\n+forty\n 41\n", "sed -i s/^40$/forty/ f",
     "hunk 1 of f (patch line 3): the last line of the file has no newline, which the patch does not say; "
     "left as it is",
     false},
    {"the same where the line is removed", "printf 41 >> f", F "@@ -39,3 +39,3 @@\n 39\n 40\n-41\n+x\n", NULL,
     "f, hunk 1 (line 41): expected `41`, found `41` (no newline at the end)", false},
    {"placeholders in context", "", F "@@ -17,6 +17,6 @@\n 17\n ...\n 19\n-20\n+twenty\n 21\n", NULL,
     "f, hunk 1 (patch line 5): `...` stands for lines that were left out; a hunk must hold all its lines",
     false},
    {"a placeholder that the file has", "sed -i 's/^18$/.../' f",
     F "@@ -17,5 +17,5 @@\n 17\n ...\n 19\n-20\n+twenty\n 21\n", "sed -i s/^20$/twenty/ f", NULL, false},
    {"a placeholder that is added", "", F "@@ -19,3 +19,3 @@\n 19\n-20\n+// ... existing code ...\n 21\n",
     NULL,
     "p:6: hunk 1 of f adds `// ... existing code ...`, which stands for code that was left out; the patch "
     "must hold the "
     "code itself",
     true},
    {"another commit, far from its line", "", F "@@ -3,5 +3,5 @@\n 28\n 29\n-30a\n+x\n 31\n 32\n", NULL,
     "f, hunk 1 (line 30, where most of it is; it states line 3): expected `30a`, found `30`", false},
    {"blanks that differ", "sed -i 's/^20$/\\t20/' f", F "@@ -19,3 +19,3 @@\n 19\n-    20\n+x\n 21\n", NULL,
     "f, hunk 1 (line 20): expected `    20`, found `\\t20`; they differ in blanks alone", false},
    {"a header for every hunk", "",
     F "@@ -4,2 +4,3 @@\n 4\n+x\n 5\n" F "@@ -19,3 +20,3 @@\n 19\n-20\n+twenty\n 21\n",
     "sed -i '4a x\n s/^20$/twenty/' f",
     "hunk 1 of f (patch line 9): applied at line 20, 1 lines later than stated", false},
    {"a blank line between hunks", "",
     F "@@ -4,2 +4,3 @@\n 4\n+x\n 5\n\n@@ -19,3 +20,3 @@\n 19\n-20\n+twenty\n 21\n",
     "sed -i '4a x\n s/^20$/twenty/' f", NULL, true /* patch drops the second hunk in silence */},
    {"an old name that a rename in words meant", "",
     "Renames f to g, then changes it:\n--- a/g\n+++ b/g\n@@ -19,3 +19,3 @@\n 19\n-20\n+x\n 21\n", NULL,
     "g: expected a file to change, found none in the base (patch line 2)", false},
};

/* The tree that `meant` leaves, or what another program makes of the patch; "" where it refuses. */
static char *repair_tree(const struct fixture *fixture, const char *script)
{
    cleanup_free char *all = memory_format(
        "rm -rf ../other && cp -r . ../other && cd ../other && { %s; } > /dev/null 2>&1 && git add -A && "
        "git write-tree",
        script);
    return fixture_read(fixture, all);
}

static void repair_write(const struct fixture *fixture, const char *text)
{
    cleanup_free char *path = memory_format("%s/p", fixture->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void repair_check_others(const struct fixture *fixture, const struct repair_row *row, const char *tree)
{
    static const char *const scripts[] = {
        "git apply ../p", "patch -p1 --batch --forward --silent --fuzz=0 --no-backup-if-mismatch -i ../p"};
    for (size_t i = 0; !row->others && i < 2; i++) {
        cleanup_free char *other = repair_tree(fixture, scripts[i]);
        if (*other && strcmp(other, tree) != 0)
            fail_msg("%s: %.9s makes another tree, %s", row->name, scripts[i], other);
    }
}

static bool repair_says(const struct candidate *candidate, const char *note)
{
    bool said = !note && candidate->patch.note_count == 0;
    for (size_t i = 0; note && i < candidate->patch.note_count; i++)
        said = said || strcmp(candidate->patch.notes[i], note) == 0;
    return said;
}

static void repair_check(const struct fixture *fixture, struct repository *repository,
                         const struct repair_row *row)
{
    struct candidate candidate;
    struct err err = {0};
    cleanup_free char *failure = NULL;
    bool applied;
    const struct intake_request request = {
        .name = "p", .bytes = row->patch, .length = strlen(row->patch), .proposed = true};
    repair_write(fixture, row->patch);
    if (repository_intake(repository, &request, &candidate, &applied, &failure, &err) < 0)
        fail_msg("%s: %s", row->name, err.message);
    if (!row->meant) {
        if (applied || strcmp(failure, row->says) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", row->name, row->says, applied ? "a tree" : failure);
    } else if (!applied) {
        fail_msg("%s: %s", row->name, failure);
    } else {
        char tree[GIT_OID_HEXSZ + 1];
        cleanup_free char *meant = repair_tree(fixture, row->meant);
        git_oid_tostr(tree, sizeof tree, &candidate.tree);
        if (strcmp(tree, meant) != 0)
            fail_msg("%s: expected tree %s, found %s:\n%s", row->name, meant, tree, candidate.normalised);
        if (!repair_says(&candidate, row->says))
            fail_msg("%s: expected the note \"%s\"; the first of %zu is \"%s\"", row->name,
                     row->says ? row->says : "(none)", candidate.patch.note_count,
                     candidate.patch.note_count ? candidate.patch.notes[0] : "");
        repair_check_others(fixture, row, tree);
    }
    candidate_fini(&candidate);
}

static void test_patches_of_models_mean_what_they_say(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_make(&fixture);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleanup_free char *script =
            memory_format("git rm -rfq --ignore-unmatch . && seq 1 40 > f\n%s\nsave_all", rows[i].base);
        if (fixture_run(&fixture, script) != 0)
            fail_msg("%s: the script failed", rows[i].name);
        struct repository *repository = fixture_open(&fixture, "repo");
        repair_check(&fixture, repository, &rows[i]);
        repository_close(repository);
    }
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_patches_of_models_mean_what_they_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
