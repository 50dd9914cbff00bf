/* The parser on what people and models write, and on what must be refused. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct patch_row {
    const char *name;
    const char *text;
    const char *files; /* "M old>new hunks" per file, comma between; NULL: an error */
    const char *says;  /* exact error, or a note that must be there; NULL: no notes at all */
};

#define GIT(path)   "diff --git a/" path " b/" path "\n--- a/" path "\n+++ b/" path "\n"
#define PLAIN(path) "--- a/" path "\n+++ b/" path "\n"
#define HUNK        "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"

static const struct patch_row rows[] = {
    {"git", GIT("x") HUNK, "M x>x 1", NULL},
    {"plain", PLAIN("x") HUNK, "M x>x 1", NULL},
    {"two files", GIT("x") HUNK GIT("y") HUNK HUNK, "M x>x 1, M y>y 2", NULL},
    {"prose and fences", "Sure, here it is:\n\n```diff\n" PLAIN("x") HUNK "```\n\n- this helps\n", "M x>x 1",
     NULL},
    {"no prefixes", "--- src/x.c\n+++ src/x.c\n" HUNK, "M src/x.c>src/x.c 1",
     "patch line 1: the header has no a/ and b/ prefixes; read as `src/x.c`"},
    {"other first folders", "--- orig/src/x\n+++ new/src/x\n" HUNK, "M src/x>src/x 1",
     "patch line 1: the header has no a/ and b/ prefixes; read as `src/x`"},
    {"a backup", "--- x.orig\t2024-01-01\n+++ x\t2024-01-02\n" HUNK, "M x>x 1",
     "patch line 1: the header has no a/ and b/ prefixes; read as `x`"},
    {"added", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", "A ->x 1", NULL},
    {"added as GNU diff -N says",
     "--- a/x\t1970-01-01 01:00:00.000000000 +0100\n+++ b/x\t2024-01-01\n@@ -0,0 +1 @@\n+a\n", "A ->x 1",
     NULL},
    {"deleted", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "D x>- 1", NULL},
    {"renamed", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", "R x>y 0", NULL},
    {"copied", "diff --git a/x b/y\nsimilarity index 90%\ncopy from x\ncopy to y\n--- a/x\n+++ b/y\n" HUNK,
     "C x>y 1", NULL},
    {"a mode", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", "P x>x 0", NULL},
    {"empty files with spaces", "diff --git a/x y b/x y\nnew file mode 100644\nindex 0000000..e69de29\n",
     "A ->x y 0", NULL},
    {"quoted names",
     "diff --git \"a/\\303\\244\\\"\" \"b/\\303\\244\\\"\"\n--- \"a/\\303\\244\\\"\"\n+++ "
     "\"b/\\303\\244\\\"\"\n" HUNK,
     "M \xc3\xa4\">\xc3\xa4\" 1", NULL},
    {"binary",
     "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZ\n\nliteral 1\nIcmZ\n\n" GIT(
         "y") HUNK,
     "B x>x 0, M y>y 1", NULL},
    {"a mail with its signature",
     "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@x>\nSubject: "
     "[PATCH] s\n\n---\n"
     " x | 2 +-\n\n" GIT("x") HUNK "-- \n2.39.5\n",
     "M x>x 1", NULL},
    {"stripped blank context", PLAIN("x") "@@ -1,4 +1,4 @@\n a\n\n-b\n+B\n c\n", "M x>x 1", NULL},
    {"wrong counts", PLAIN("x") "@@ -1,6 +1,7 @@\n a\n-b\n+B\n c\n", "M x>x 1",
     "hunk 1 of x (patch line 3): header says 6,7 but it has 3,3; repaired"},
    {"counts too small", PLAIN("x") "@@ -1,2 +1,2 @@\n a\n-b\n+B\n c\n d\n" GIT("y") HUNK, "M x>x 1, M y>y 1",
     "hunk 1 of x (patch line 3): header says 2,2 but it has 4,4; repaired"},
    {"wrong counts before prose", "```\n" PLAIN("x") "@@ -1,9 +1,9 @@\n a\n-b\n+B\n\n```\nmore\n", "M x>x 1",
     "hunk 1 of x (patch line 4): header says 9,9 but it has 2,2; repaired"},
    {"a hunk without change", PLAIN("x") "@@ -1,1 +1,1 @@\n a\n@@ -5,1 +5,1 @@\n-a\n+b\n", "M x>x 1",
     "hunk of x (patch line 3) changes nothing; skipped"},
    {"a header without change", "diff --git a/z b/z\nindex 1..2 100644\n" GIT("x") HUNK, "M x>x 1",
     "patch line 1: z has a header and no change; skipped"},
    {"Windows line ends", "--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", "M x>x 1",
     "every line of the patch ends in CR LF; read as LF"},
    {"returns in content alone", PLAIN("x") "@@ -1 +1 @@\n-a\r\n+b\r\n", "M x>x 1", NULL},
    {"removed lines like a header", PLAIN("x") "@@ -1,2 +1,2 @@\n--- a/y\n-q\n+++ b/y\n+r\n", "M x>x 1",
     NULL},

    {"nothing", "", NULL, "p: the patch is empty"},
    {"blanks", " \n\t\n", NULL, "p: the patch is empty"},
    {"prose", "please merge\n", NULL,
     "p: this is no patch: found neither `diff --git` nor `---`, `+++` and `@@` lines"},
    {"a header alone", "diff --git a/z b/z\nindex 1..2 100644\n", NULL,
     "p: the patch changes nothing: patch line 1: z has a header and no change; skipped"},
    {"a stray hunk", HUNK, NULL,
     "p:1: a hunk without a file: expected `--- a/\xe2\x80\xa6` and `+++ b/\xe2\x80\xa6` above it"},
    {"an empty hunk", PLAIN("x") "@@ -1,3 +1,3 @@\n", NULL,
     "p:3: hunk 1 of x: expected 3 old and 3 new lines, found none"},
    {"more of the change behind a blank line", PLAIN("x") "@@ -1,2 +1,2 @@\n a\n-b\n+B\n\n-c\n+C\n", NULL,
     "p:8: a line that begins with `-` stands behind the end of a hunk; it may be a part of the change, so "
     "correct the hunk's counts or take the line out"},
    {"more of the change behind a damaged line", PLAIN("x") "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\ndamaged\n+D\n",
     NULL,
     "p:9: a line that begins with `+` stands behind the end of a hunk; it may be a part of the change, so "
     "correct the hunk's counts or take the line out"},
    {"a minus of another alphabet", PLAIN("x") "@@ -1,3 +1,2 @@\n a\n+B\n\342\210\222b\n", NULL,
     "p:6: hunk 1 of x: expected 3 old and 2 new lines, found 1 and 2 and then a line that begins with "
     "neither a space, `+` nor `-`; correct it or the counts"},
    {"counts that could mean two things", PLAIN("x") "@@ -1,9 +1,9 @@\n a\n--- b\n+++ c\n d\n", NULL,
     "p:3: hunk 1 of x says 9,9 in its header and has other counts, and line 5 may be its content or the "
     "next file's "
     "header; correct the counts"},
    {"two names", "--- a/x\n+++ b/y\n" HUNK, NULL,
     "p:1: the header names two files, `x` and `y`, and no rename"},
    {"half a rename", "diff --git a/x b/y\nrename from x\n", NULL,
     "p:1: a rename or copy needs both its \"from\" and its \"to\" line"},
    {"a new file with old lines", "--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", NULL,
     "p:3: hunk 1 of x: a new file has no old lines, but the hunk has 1"},
    {"a deleted file with new lines", "--- a/x\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", NULL,
     "p:3: hunk 1 of x: a deleted file has no new lines, but the hunk has 1"},
    {"nothing to nothing", "--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", NULL,
     "p:1: both sides are /dev/null"},
    {"a strange mode", "diff --git a/x b/x\nnew file mode 040000\n", NULL,
     "p:2: this mode is none that git knows: `040000`"},
    {"a hidden NUL", "--- \"a/x\\000y\"\n+++ \"b/x\\000y\"\n" HUNK, NULL,
     "p:1: this name can't be read: `\"a/x\\000y\"`"},
    {"a newline that is not last",
     PLAIN("x") "@@ -1,2 +1,2 @@\n-a\n\\ No newline at end of file\n-c\n+b\n+d\n", NULL,
     "p:6: hunk 1 of x: a line follows \"\\ No newline at end of file\""},
    {"an encoded mail", "From: A <a@x>\nSubject: s\nContent-Transfer-Encoding: base64\n\nZGlmZg==\n", NULL,
     "p:4: the mail's text is encoded as base64; save the patch itself (git mailinfo decodes it)"},
    {"binary files of plain diff", "Binary files a/x and b/x differ\n" PLAIN("y") HUNK, NULL,
     "p:1: a binary change without its content can't be applied"},
};

static void patch_describe(const struct patch *patch, struct text *out)
{
    static const char letters[] = {[PATCH_MODIFY] = 'M', [PATCH_ADD] = 'A',  [PATCH_DELETE] = 'D',
                                   [PATCH_RENAME] = 'R', [PATCH_COPY] = 'C', [PATCH_MODE] = 'P'};
    for (size_t i = 0; i < patch->file_count; i++) {
        const struct patch_file *file = &patch->files[i];
        text_printf(out, "%s%c %s>%s %zu", i ? ", " : "", file->binary ? 'B' : letters[file->change],
                    file->old_path ? file->old_path : "-", file->new_path ? file->new_path : "-",
                    file->hunk_count);
    }
}

static void patch_check_row(const struct patch_row *row)
{
    struct patch patch;
    struct err err = {0};
    cleanup_text struct text found = {0};
    int code = patch_parse(&patch, "p", row->text, strlen(row->text), &err);
    if (!row->files) {
        if (code != ERR_INVALID || strcmp(err.message, row->says) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", row->name, row->says,
                     code < 0 ? err.message : "a patch");
        return;
    }
    if (code < 0)
        fail_msg("%s: %s", row->name, err.message);
    patch_describe(&patch, &found);
    if (strcmp(text_string(&found), row->files) != 0)
        fail_msg("%s: expected \"%s\", found \"%s\"", row->name, row->files, text_string(&found));
    bool said = row->says == NULL && patch.note_count == 0;
    for (size_t i = 0; row->says && i < patch.note_count; i++)
        said = said || strcmp(patch.notes[i], row->says) == 0;
    if (!said)
        fail_msg("%s: expected the note \"%s\"; the first of %zu is \"%s\"", row->name,
                 row->says ? row->says : "", patch.note_count, patch.note_count ? patch.notes[0] : "");
    patch_fini(&patch);
}

static void test_patches_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        patch_check_row(&rows[i]);
}

static void test_lines_are_kept(void **state)
{
    (void)state;
    static const char text[] =
        PLAIN("x") "@@ -3,3 +3,2 @@ f()\n a\n-b\r\n-c\n\\ No newline at end of file\n+d\n";
    struct patch patch;
    struct err err = {0};
    assert_int_equal(patch_parse(&patch, "p", text, sizeof text - 1, &err), 0);
    const struct patch_hunk *hunk = &patch.files[0].hunks[0];
    assert_int_equal(hunk->old_start, 3);
    assert_int_equal(hunk->line_count, 4);
    assert_int_equal(hunk->lines[1].kind, '-');
    assert_int_equal(hunk->lines[1].length, 2);
    assert_memory_equal(hunk->lines[1].bytes, "b\r", 2);
    assert_true(hunk->lines[2].no_newline);
    assert_false(hunk->lines[3].no_newline);
    assert_int_equal(hunk->lines[3].source, 8);
    assert_int_equal(patch.added, 1);
    assert_int_equal(patch.removed, 2);
    patch_fini(&patch);
}

static void test_large_patches_are_refused(void **state)
{
    (void)state;
    struct patch patch;
    struct err err = {0};
    char *bytes = memory_zeroed(PATCH_MAX_BYTES + 1);
    assert_int_equal(patch_parse(&patch, "p", bytes, PATCH_MAX_BYTES + 1, &err), ERR_LIMIT);
    assert_string_equal(err.message, "p: the patch has 67108865 bytes; at most 67108864 are taken");
    free(bytes);
}

static void test_paths_are_safe_or_not(void **state)
{
    (void)state;
    static const char *const safe[] = {"x",
                                       ".gitignore",
                                       "a/.gitmodules",
                                       "..x",
                                       "x..",
                                       "a/...",
                                       ".github/x",
                                       "git",
                                       "a b",
                                       ".gita",
                                       "-x",
                                       "~",
                                       ".git.x",
                                       "git~2",
                                       "\xc3\xa4",
                                       ".g\xe2\x82\xacit"};
    static const char *const unsafe[] = {"",
                                         "/x",
                                         "x/",
                                         "a//b",
                                         ".",
                                         "..",
                                         "a/../b",
                                         "./a",
                                         ".git",
                                         ".GIT/x",
                                         "a/.Git",
                                         ".git ",
                                         ".git...",
                                         "GIT~1",
                                         ".git::$DATA",
                                         ".g\xe2\x80\x8cit/x",
                                         "a\\.git\\x",
                                         ".git:x",
                                         "\xef\xbb\xbf.git"};
    const char *why;
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (!patch_path_is_safe(safe[i], &why))
            fail_msg("%s: %s", safe[i], why);
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (patch_path_is_safe(unsafe[i], &why))
            fail_msg("`%s` passed", unsafe[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patches_are_read),
        cmocka_unit_test(test_lines_are_kept),
        cmocka_unit_test(test_large_patches_are_refused),
        cmocka_unit_test(test_paths_are_safe_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
