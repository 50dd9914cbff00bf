/* Taking a patch apart: what is a part, which are put together, and what is written of each. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/patch/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FILE_OF(path)  "diff --git a/" path " b/" path "\n--- a/" path "\n+++ b/" path "\n"
#define SWAP(old, new) "@@ -" old ",3 +" new ",3 @@\n a\n-b\n+B\n c\n"
#define GROW(old, new) "@@ -" old ",2 +" new ",4 @@\n a\n+x\n+y\n c\n"
#define BIG(old, new)  "@@ -" old ",1 +" new ",6 @@\n c\n+1\n+2\n+3\n+4\n+5\n"
#define ADDED(path)                                                                                          \
    "diff --git a/" path " b/" path "\nnew file mode 100644\n--- /dev/null\n+++ b/" path                     \
    "\n@@ -0,0 +1,1 @@\n+t\n"
#define MODE(path) "diff --git a/" path " b/" path "\nold mode 100644\nnew mode 100755\n"

struct part_row {
    const char *name;
    const char *text;
    size_t most;
    const char *parts; /* names, joined by "; " */
};

static const struct part_row rows[] = {
    {"one hunk", FILE_OF("x") SWAP("1", "1"), 8, "hunk 1 of \"x\", line 1"},
    {"hunks", FILE_OF("x") SWAP("1", "1") SWAP("20", "20"), 8,
     "hunk 1 of \"x\", line 1; hunk 2 of \"x\", line 20"},
    {"what is more than lines is one part",
     ADDED("n") MODE("m") "diff --git a/o b/p\nrename from o\nrename to p\n--- a/o\n+++ b/p\n" SWAP("1", "1")
         SWAP("9", "9"),
     8, "new file \"n\"; mode of \"m\"; renamed file \"p\""},
    {"a mode keeps its hunks", MODE("m") "--- a/m\n+++ b/m\n" SWAP("1", "1") SWAP("9", "9"), 8, "file \"m\""},
    {"deleted and binary",
     "diff --git a/d b/d\ndeleted file mode 100644\n--- a/d\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-t\n"
     "diff --git a/i b/i\nBinary files a/i and b/i differ\n",
     8, "deleted file \"d\"; binary file \"i\""},
    {"the smallest neighbours of a file go together",
     FILE_OF("x") BIG("1", "1") SWAP("20", "25") GROW("40", "45") BIG("60", "67"), 3,
     "hunk 1 of \"x\", line 1; hunks 2–3 of \"x\", line 20; hunk 4 of \"x\", line 60"},
    {"of one file before different ones",
     FILE_OF("x") BIG("1", "1") BIG("20", "25") FILE_OF("y") SWAP("1", "1"), 2,
     "hunks 1–2 of \"x\", line 1; hunk 1 of \"y\", line 1"},
    {"different ones at last", ADDED("a") ADDED("b") FILE_OF("x") BIG("1", "1"), 2,
     "2 files, from \"a\" to \"b\"; hunk 1 of \"x\", line 1"},
    {"names are data", "--- \"a/x\\n1 \\\"ok\\\"\"\n+++ \"b/x\\n1 \\\"ok\\\"\"\n" SWAP("1", "1"), 8,
     "hunk 1 of \"x\\n1 \\\"ok\\\"\", line 1"},
};

static char *part_names(const struct patch *patch, const struct patch_parts *parts)
{
    struct text names = {0};
    for (size_t i = 0; i < parts->count; i++) {
        cleanup_free char *name = patch_part_name(patch, parts, i);
        text_printf(&names, "%s%s", i ? "; " : "", name);
    }
    return text_take(&names);
}

static void parts_are_what_can_be_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct patch patch;
        struct patch_parts parts;
        struct err err = {0};
        if (patch_parse(&patch, "p", rows[i].text, strlen(rows[i].text), &err) < 0)
            fail_msg("%s: %s", rows[i].name, err.message);
        assert_int_equal(patch_parts_split(&patch, rows[i].most, &parts, &err), 0);
        cleanup_free char *names = part_names(&patch, &parts);
        if (strcmp(names, rows[i].parts) != 0)
            fail_msg("%s: %s", rows[i].name, names);
        patch_parts_fini(&parts);
        patch_fini(&patch);
    }
}

static void too_many_parts_are_refused(void **state)
{
    (void)state;
    cleanup_text struct text text = {0};
    struct patch patch;
    struct patch_parts parts;
    struct err err = {0};
    text_append_string(&text, FILE_OF("x"));
    for (unsigned i = 0; i <= PATCH_MAX_PIECES; i++)
        text_printf(&text, "@@ -%u,0 +%u,1 @@\n+x\n", 10 * i + 1, 11 * i + 2);
    assert_int_equal(patch_parse(&patch, "p", text.data, text.length, &err), 0);
    assert_int_equal(patch_parts_split(&patch, 8, &parts, &err), ERR_LIMIT);
    assert_string_equal(err.message, "the patch has 4097 hunks and files; at most 4096 are taken apart");
    patch_parts_fini(&parts);
    patch_fini(&patch);
}

struct write_row {
    const char *name;
    uint32_t take;
    const char *text;
};

/* Of GROW at 10, SWAP at 20, a deletion at 30, a new file, and an insertion without context. */
static const struct write_row writes[] = {
    {"nothing", 0, ""},
    {"the first", 1, FILE_OF("x") "@@ -10,2 +10,4 @@\n a\n+x\n+y\n c\n"},
    {"one moves back where it stands alone", 2, FILE_OF("x") "@@ -20,3 +20,3 @@\n a\n-b\n+B\n c\n"},
    {"and on behind others", 3,
     FILE_OF("x") "@@ -10,2 +10,4 @@\n a\n+x\n+y\n c\n@@ -20,3 +22,3 @@\n a\n-b\n+B\n c\n"},
    {"what leaves nothing names the line before", 4, FILE_OF("x") "@@ -30,1 +29,0 @@\n-gone\n"},
    {"files that are left out have no header", 8,
     "diff --git a/n n b/n n\nnew file mode 100755\n--- /dev/null\n+++ b/n n\t\n@@ -0,0 +1,1 @@\n+t\n"
     "\\ No newline at end of file\n"},
    {"an insertion names the line before", 20,
     FILE_OF("x") "@@ -30,1 +29,0 @@\n-gone\n" FILE_OF("y") "@@ -5,0 +6,1 @@\n+in\n"},
};

static void what_is_written_is_what_git_writes(void **state)
{
    (void)state;
    static const char whole[] = FILE_OF("x") GROW("10", "10")
        SWAP("20", "22") "@@ -30,1 +31,0 @@\n-gone\n"
                         "diff --git a/n n b/n n\nnew file mode 100755\n--- /dev/null\n+++ b/n n\t\n"
                         "@@ -0,0 +1,1 @@\n+t\n\\ No newline at end of file\n" FILE_OF(
                             "y") "@@ -5,0 +6,1 @@\n+in\n";
    struct patch patch;
    struct patch_parts parts;
    struct err err = {0};
    assert_int_equal(patch_parse(&patch, "p", whole, strlen(whole), &err), 0);
    assert_int_equal(patch_parts_split(&patch, 8, &parts, &err), 0);
    assert_int_equal(parts.count, 5);
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        cleanup_text struct text text = {0};
        patch_write_parts(&patch, &parts, writes[i].take, &text);
        if (strcmp(text_string(&text), writes[i].text) != 0)
            fail_msg("%s:\n%s", writes[i].name, text_string(&text));
    }
    cleanup_text struct text all = {0};
    patch_write_parts(&patch, &parts, 31, &all);
    assert_string_equal(text_string(&all), whole);
    patch_parts_fini(&parts);
    patch_fini(&patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_what_can_be_left_out),
        cmocka_unit_test(too_many_parts_are_refused),
        cmocka_unit_test(what_is_written_is_what_git_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
