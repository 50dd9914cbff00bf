/* The parser on what people and models write, and on what must be refused. */
#include "base/cleanup.h"
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
#define GITI(path, indent)                                                                                   \
    "diff --git a/" path " b/" path "\n" indent "--- a/" path "\n" indent "+++ b/" path "\n"
#define HUNK "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"

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
    {"Windows line ends", "--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", "M x>x 1",
     "every line of the patch ends in CR LF; read as LF"},
    {"returns in content alone", PLAIN("x") "@@ -1 +1 @@\n-a\r\n+b\r\n", "M x>x 1", NULL},
    {"removed lines like a header", PLAIN("x") "@@ -1,2 +1,2 @@\n--- a/y\n-q\n+++ b/y\n+r\n", "M x>x 1",
     NULL},

    /* What models do to a diff: each is read as it was meant, and told. */
    {"indented",
     "1. So:\n\n    --- a/x\n    +++ b/x\n    @@ -1,4 +1,4 @@\n     a\n\n    -b\n    +B\n     c\n\ndone\n",
     "M x>x 1", "the diff from patch line 3 on is indented; read without"},
    {"indented with its fence",
     "1. So:\n   ```diff\n   " GITI(
         "x", "   ") "   @@ -1,3 +1,3 @@\n    a\n   -b\n   +B\n    c\n   ```\n2. Done\n",
     "M x>x 1", "the diff from patch line 3 on is indented; read without"},
    {"indented by a tab", "\t--- a/x\n\t+++ b/x\n\t@@ -1,2 +1,2 @@\n\t a\n\t-b\n\t+B\n", "M x>x 1",
     "the diff from patch line 1 on is indented; read without"},
    {"quoted", "> --- a/x\n> +++ b/x\n> @@ -1,4 +1,4 @@\n>  a\n>\n> -b\n> +B\n>  c\n", "M x>x 1",
     "the diff from patch line 1 on is indented; read without"},
    {"indented, with wrong counts, before a list",
     "  --- a/x\n  +++ b/x\n  @@ -1,9 +1,9 @@\n   a\n  -b\n  +B\n   c\n* more\n", "M x>x 1",
     "hunk 1 of x (patch line 3): header says 9,9 but it has 3,3; repaired"},
    {"a diff in context", PLAIN("x") "@@ -1,5 +1,5 @@\n --- a/y\n +++ b/y\n @@ -1 +1 @@\n-b\n+B\n d\n",
     "M x>x 1", NULL},
    {"a diff in a commit's message",
     "commit 0123456789012345678901234567890123456789\nAuthor: A <a@x>\n\n    Why:\n    --- a/y\n    +++ "
     "b/y\n"
     "    @@ -1 +1 @@\n    -a\n    +b\n\n" GIT("x") HUNK,
     "M x>x 1", NULL},
    {"the same diff twice", "```diff\n" PLAIN("x") HUNK "```\nAgain:\n```diff\n" PLAIN("x") HUNK "```\n",
     "M x>x 1", "patch line 12: the change of x at line 2 is repeated word for word; read once"},
    {"two fences for two files",
     "First:\n```diff\n" PLAIN("x") HUNK "```\nthen:\n```diff\n" PLAIN("y") HUNK "```\n", "M x>x 1, M y>y 1",
     NULL},
    {"a header for every hunk", PLAIN("x") HUNK PLAIN("x") "@@ -9 +9 @@\n-x\n+y\n", "M x>x 1, M x>x 1", NULL},
    {"no line numbers", PLAIN("x") "@@\n a\n-b\n+B\n c\n@@ f() @@\n d\n-e\n f\n", "M x>x 2",
     "hunk 2 of x (patch line 8): its header has no line numbers; placed by its lines alone"},
    {"dots for line numbers", PLAIN("x") "@@ ... @@\n a\n-b\n+B\n c\n", "M x>x 1",
     "hunk 1 of x (patch line 3): its header has no line numbers; placed by its lines alone"},
    {"a header that is not closed", PLAIN("x") "@@ -1,3 +1,3\n a\n-b\n+B\n c\n", "M x>x 1",
     "hunk 1 of x (patch line 3): its header is damaged; read as -1 +1"},
    {"a header without its spaces", PLAIN("x") "@@-1,3 +1,3@@\n a\n-b\n+B\n c\n", "M x>x 1",
     "hunk 1 of x (patch line 3): its header is damaged; read as -1 +1"},
    {"a prefix on the old side", "--- a/d/x\n+++ d/x\n" HUNK, "M d/x>d/x 1",
     "patch line 1: the header has a prefix on one side alone; read as `d/x`"},
    {"a prefix on the new side", "--- x\n+++ b/x\n" HUNK, "M x>x 1",
     "patch line 1: the header has a prefix on one side alone; read as `x`"},
    {"a/ twice", "--- a/x\n+++ a/x\n" HUNK, "M x>x 1",
     "patch line 1: the header has a/ on both sides; read as `x`"},
    {"names with ./", "--- ./d/x\n+++ ./d/x\n" HUNK, "M d/x>d/x 1",
     "patch line 1: the header begins its names with ./; read as `d/x`"},
    {"remarks behind names", "--- d/x (original)\n+++ d/x (faster)\n" HUNK, "M d/x>d/x 1",
     "patch line 1: the header has remarks behind its names; read as `d/x`"},
    {"a time stamp behind a space",
     "--- a/x 2024-01-01 10:00:00.000000000 +0100\n+++ b/x 2024-01-02 10:00:00.000000000 +0100\n" HUNK,
     "M x>x 1", "patch line 1: the time stamp behind the name is set off by blanks, not by a tab; left out"},
    {"added as GNU diff -N says, with spaces",
     "--- a/x 1970-01-01 00:00:00 +0000\n+++ b/x 2024-01-01\n@@ -0,0 +1 @@\n+a\n", "A ->x 1",
     "patch line 2: the time stamp behind the name is set off by blanks, not by a tab; left out"},
    {"a name that ends in a date", "--- a/log 2024-01-01\t\n+++ b/log 2024-01-01\t\n" HUNK,
     "M log 2024-01-01>log 2024-01-01 1", NULL},
    {"blank lines of a new file", "--- /dev/null\n+++ b/x\n@@ -0,0 +1,4 @@\n+a\n\n \n+d\n", "A ->x 1",
     "x: the empty line 5 of the patch has no sign; read as an added one"},
    {"blank lines of a deleted file", "--- a/x\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-a\n\n-c\n", "D x>- 1",
     "x: the empty line 5 of the patch has no sign; read as a removed one"},
    {"a blank line among added ones", PLAIN("x") "@@ -1,2 +1,5 @@\n a\n+b\n\n+c\n d\n", "M x>x 1",
     "x: the empty line 6 of the patch has no sign; read as an added one"},
    {"a blank line before added ones", PLAIN("x") "@@ -1,2 +1,4 @@\n a\n\n+c\n d\n", "M x>x 1",
     "x: the empty line 5 of the patch has no sign; read as an added one"},
    {"blank lines between hunks", PLAIN("x") HUNK "\n@@ -8 +8 @@\n-x\n+y\n", "M x>x 2", NULL},
    {"no diff --git, but the lines below it",
     "new file mode 100755\nindex 0000000..1234567\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", "A ->x 1",
     "patch line 1: the header has no `diff --git` line; read without"},
    {"a rename without diff --git", "rename from x\nrename to y\n" PLAIN("z") HUNK, "R x>y 0, M z>z 1",
     "patch line 1: the header has no `diff --git` line; read without"},
    {"mnemonic prefixes of a new file",
     "diff --git i/x w/x\nnew file mode 100644\n--- /dev/null\n+++ w/x\n@@ -0,0 +1 @@\n+a\n", "A ->x 1",
     NULL},
    {"Windows line ends inside prose",
     "So:\n--- a/x\r\n+++ b/x\r\n@@ -1,3 +1,3 @@\r\n a\r\n-b\r\n+B\r\n c\r\n", "M x>x 1",
     "x: the diff's lines end in CR LF, its headers' too; read as LF"},
    {"a byte order mark", "\xef\xbb\xbf" GIT("x") HUNK, "M x>x 1",
     "the patch begins with a byte order mark; left out"},
    {"lost blank context at the end", PLAIN("x") "@@ -1,3 +1,3 @@\n a\n-b\n+B", "M x>x 1",
     "hunk 1 of x (patch line 3): header says 3,3 but it has 2,2; repaired"},
    {"no newline at the text's end", PLAIN("x") "@@ -1 +1 @@\n-a\n+b", "M x>x 1",
     "patch line 5: the text ends here without a newline; its last line is taken as whole"},
    {"an indented body in a patch of prose", PLAIN("x") HUNK "\nSee also\n    the index\n", "M x>x 1", NULL},
    {"a fence that stays open", "```diff\n" PLAIN("x") HUNK, "M x>x 1",
     "patch line 1: this fence is never closed; the text may have been cut off"},
    {"a fence indented more than its diff", "  ```diff\n" PLAIN("x") HUNK "  ```\n", "M x>x 1", NULL},
    {"an envelope around a diff",
     "*** Begin Patch\n" PLAIN("x") "@@ -1,9 +1,9 @@\n a\n-b\n+B\n c\n*** End Patch\n", "M x>x 1",
     "hunk 1 of x (patch line 4): header says 9,9 but it has 3,3; repaired"},

    /* And what can't be known is refused, never merged, cut or guessed. */
    {"two versions of one file",
     "```diff\n" PLAIN("x") HUNK "```\nor\n```diff\n" PLAIN("x") "@@ -9 +9 @@\n-x\n+y\n```\n", NULL,
     "p:12: x is changed here and in another block, at line 2; whether that is a choice or one change in two "
     "parts is not "
     "said, so give one diff of it"},
    {"two versions without fences", "One:\n" PLAIN("x") HUNK "Two:\n" PLAIN("x") "@@ -9 +9 @@\n-x\n+y\n",
     NULL,
     "p:10: x is changed here and in another block, at line 2; whether that is a choice or one change in two "
     "parts is not "
     "said, so give one diff of it"},
    {"a choice between two files",
     "Option A\n```diff\n" PLAIN("x") HUNK "```\n**Option B:** or this\n```diff\n" PLAIN("y") HUNK "```\n",
     NULL, "p:11: the diff below is offered as a choice beside the one above; give one of them"},
    {"indented and not", PLAIN("x") HUNK "\n  --- a/y\n  +++ b/y\n  @@ -1 +1 @@\n  -a\n  +b\n", NULL,
     "p:9: this diff is indented and the one at line 1 is not, so which is meant is not clear; give one of "
     "them, or both "
     "alike"},
    {"a body indented under its header", PLAIN("x") "@@ -1,3 +1,3 @@\n  a\n -b\n +B\n  c\n", NULL,
     "p:3: hunk 1 of x has nothing but context, and line 5 begins with blanks and a `-`; if the hunk is "
     "indented, its "
     "header must be as well"},
    {"no hunk header at all", PLAIN("x") " a\n-b\n+B\n c\n", NULL,
     "p:1: `---` and `+++` name a file, and no `@@` line follows that says what changes in it"},
    {"an unnumbered hunk with a header inside", PLAIN("x") "@@\n a\n--- b\n+++ c\n d\n", NULL,
     "p:3: hunk 1 of x has wrong counts or none in its header, and line 5 may be its content or the next "
     "file's header; "
     "correct the counts"},
    {"an answer that was cut", PLAIN("x") "@@ -1,6 +1,9 @@\n a\n b\n+c\n+d", NULL,
     "p:3: the patch ends inside hunk 1 of x: its header promises 6 old and 9 new lines, found 2 and 4; if "
     "nothing was cut "
     "off, correct the counts"},
    {"an answer that was cut in its fence", "```diff\n" PLAIN("x") "@@ -1,5 +1,4 @@\n a\n-b\n+B\n c\n", NULL,
     "p:1: this fence is never closed, and the counts of the last hunk are wrong or missing: the text may "
     "have been cut "
     "off; close the "
     "fence or correct the counts"},
    {"lines left out of a hunk", PLAIN("x") "@@ -1,3 +1,3 @@\n a\n...\n-b\n+B\n", NULL,
     "p:5: inside hunk 1 of x, `...` stands for lines that were left out; a hunk must hold all its lines"},
    {"two names for one diff", "diff --git a/x b/x\n" PLAIN("y") HUNK, NULL,
     "p:1: `diff --git` names `x` and the lines below it name `y`; one of them is wrong"},
    {"an envelope", "*** Begin Patch\n*** Update File: x\n@@ f()\n a\n-b\n+B\n*** End Patch\n", NULL,
     "p:2: this is an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a unified "
     "diff, as `git diff` "
     "writes it"},
    {"an envelope beside a diff", PLAIN("x") HUNK "\n*** Add File: y\n+a\n", NULL,
     "p:9: this is an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a unified "
     "diff, as `git diff` "
     "writes it"},
    {"an edit block", "x\n```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n", NULL,
     "p:3: this is a search-and-replace block; give a unified diff, as `git diff` writes it"},
    {"a context diff", "*** a/x\n--- b/x\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n", NULL,
     "p:1: this is a context diff (diff -c); give a unified one (diff -u)"},
    {"a diff without context", "2c2\n< b\n---\n> B\n", NULL,
     "p:1: this is a diff without context (plain diff); give a unified one (diff -u)"},
    {"a combined diff", "diff --cc x\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n", NULL,
     "p:1: this is a combined diff of a merge, which has two old sides; give the merge as a commit"},
    {"a binary patch without a header", "GIT binary patch\nliteral 1\nIcmZ\n\n", NULL,
     "p:1: this is a binary patch, which is not applied; give the candidate as a commit or branch"},
    {"a patch escaped twice", "--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-a\\n+b\\n", NULL,
     "p: this is one line that has `\\n` where lines should end: the patch was escaped twice"},
    {"nothing", "", NULL, "p: the patch is empty"},
    {"blanks", " \n\t\n", NULL, "p: the patch is empty"},
    {"prose", "please merge\n", NULL,
     "p: this is no patch: found neither `diff --git` nor `---`, `+++` and `@@` lines"},
    {"a header alone", "diff --git a/z b/z\nindex 1..2 100644\n", NULL,
     "p:1: z has a header, and no change follows it"},
    {"a header without change", "diff --git a/z b/z\nindex 1..2 100644\n" GIT("x") HUNK, NULL,
     "p:1: z has a header, and no change follows it"},
    {"a new file without its content", "diff --git a/z b/z\nnew file mode 100644\nindex 0000000..3a", NULL,
     "p:1: z is added, and its new content is not in the patch"},
    {"a moved file without its change",
     "diff --git a/x b/z\nsimilarity index 90%\nrename from x\nrename to z\n", NULL,
     "p:1: z is moved or copied, and its new content is not in the patch"},
    {"nothing but hunks that change nothing", PLAIN("x") "@@ -1 +1 @@\n a\n", NULL,
     "p: the patch changes nothing: hunk of x (patch line 3) changes nothing; skipped"},
    {"an indented hunk under a header that is not", "--- a/x\n  +++ b/x\n  @@ -1 +1 @@\n  -a\n  +b\n", NULL,
     "p:3: a hunk without a file: expected `--- a/…` and `+++ b/…` above it"},
    {"an answer that was cut in its context", PLAIN("x") "@@ -1,9 +1,9 @@\n a\n b\n c\n-d\n e\n", NULL,
     "p:3: the patch ends inside hunk 1 of x: its header promises 9 old and 9 new lines, found 5 and 4; if "
     "nothing was cut off, correct the counts"},
    {"an answer that was cut before its change", PLAIN("x") HUNK "@@ -9,5 +9,8 @@\n a\n b\n", NULL,
     "p:8: the patch ends inside hunk 2 of x: its header promises 5 old and 8 new lines, found 2 and 2; if "
     "nothing was cut off, correct the counts"},
    {"an answer that was cut far from its end", PLAIN("x") "@@ -1,8 +1,16 @@\n a\n+b\n c\n d\n e\n", NULL,
     "p:3: the patch ends inside hunk 1 of x: its header promises 8 old and 16 new lines, found 4 and 5; if "
     "nothing was cut off, correct the counts"},
    {"an index line that was cut", "diff --git a/z b/z\nnew file mode 100644\nindex 0", NULL,
     "p:3: two ids with `..` between them were expected here: `0`"},
    {"an unnumbered hunk that was cut", PLAIN("x") "@@\n a\n b\n-c\n+C\n", NULL,
     "p:3: the patch ends with hunk 1 of x, which has no counts and less context at its end than at its "
     "beginning; if nothing was cut off, complete the context"},
    {"a fence's end on the last line", "```diff\n" PLAIN("x") "@@ -1 +1 @@\n-a\n+b```\n", NULL,
     "p:6: the fence's end stands on a line of the diff; give it its own"},
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
     "p:3: hunk 1 of x has wrong counts or none in its header, and line 5 may be its content or the next "
     "file's header; correct the counts"},
    {"two names", "--- a/x\n+++ b/y\n" HUNK, NULL,
     "p:1: the header names two files, `x` and `y`, and no rename; a rename needs `rename from` and `rename "
     "to` lines"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patches_are_read),
        cmocka_unit_test(test_lines_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
