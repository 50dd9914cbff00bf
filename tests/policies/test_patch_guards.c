/* What no patch may hold: code that was left out, paths that lead elsewhere, more than is taken. */
#include "base/memory.h"
#include "policies/patch/placeholder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "--- a/x.c\n+++ b/x.c\n"

/* Lines that stand for left-out code, and lines that only look like them. */
static void test_placeholders_are_known(void **state)
{
    (void)state;
    static const char *const placeholders[][2] = {
        {"x.c", "// ... existing code ..."},
        {"x.c", "    ..."},
        {"x.c", "/* ... */"},
        {"x.c", "// \xe2\x80\xa6"},
        {"x.c", "// rest of the function"},
        {"x.py", "    # ... rest of the code unchanged ..."},
        {"x.py", "# existing code"},
        {"x.html.j2", "<!-- ... other fields -->"},
        {"x.jsx", "{/* ... existing markup */}"},
        {"x.sql", "-- ... (same as before) ..."},
        {"x.c", "[...]"},
        {"x.c", "... remaining cases unchanged"},
        {"x.c", "   * ... other members ..."},
        {"x.c", "// (unchanged)"},
        {"x.yaml", "# ... existing keys"},
        {"Makefile", "# ..."},
    };
    static const char *const code[][2] = {
        {"x.py", "    ..."},
        {"x.yaml", "..."},
        {"x.md", "..."},
        {"x.js", "...options,"},
        {"x.js", "  ...rest,"},
        {"x.c", "int printf(const char *format, ...);"},
        {"x.c", "// ... and then the loop starts again"},
        {"x.c", "// The rest of the table is filled below"},
        {"x.c", "// rest of the table, which never changes, is kept"},
        {"x.c", "case 'a' ... 'z':"},
        {"x.py", "x = a[..., 0]"},
        {"x.c", "/* .. */"},
        {"x.c", ""},
        {"x.c", "// same"},
        {"x.c", "#endif"},
        {"x.c", "--count;"},
    };
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        if (!patch_is_placeholder(placeholders[i][0], placeholders[i][1], strlen(placeholders[i][1])))
            fail_msg("%s: `%s` passed as code", placeholders[i][0], placeholders[i][1]);
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (patch_is_placeholder(code[i][0], code[i][1], strlen(code[i][1])))
            fail_msg("%s: `%s` was taken for a placeholder", code[i][0], code[i][1]);
}

static void test_added_placeholders_are_refused(void **state)
{
    (void)state;
    static const char added[] = HEAD "@@ -1,2 +1,2 @@\n a\n-b\n+  // ... existing code ...\n";
    static const char moved[] = HEAD "@@ -1,2 +1,2 @@\n a\n-// ... other ...\n+  // ... other ...\n";
    struct patch patch;
    struct err err = {0};
    assert_int_equal(patch_parse(&patch, "p", added, sizeof added - 1, &err), 0);
    assert_int_equal(patch_check_placeholders(&patch, "p", &err), ERR_INVALID);
    assert_string_equal(err.message,
                        "p:6: hunk 1 of x.c adds `// ... existing code ...`, which stands for code that "
                        "was left out; the patch must hold the code itself");
    patch_fini(&patch);
    assert_int_equal(patch_parse(&patch, "p", moved, sizeof moved - 1, &err), 0);
    assert_int_equal(patch_check_placeholders(&patch, "p", &err), 0);
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
        cmocka_unit_test(test_placeholders_are_known),
        cmocka_unit_test(test_added_placeholders_are_refused),
        cmocka_unit_test(test_large_patches_are_refused),
        cmocka_unit_test(test_paths_are_safe_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
