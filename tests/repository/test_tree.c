/* Trees as they are: entries, hostile names, gaps, and the modules that a base uses. */
#include "tests/repository/fixture.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int tree_on_entry(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    (void)blob;
    text_printf(data, "%s %o\n", path, mode);
    return 0;
}

static int tree_walk_of(const struct fixture *fixture, const char *revision, struct text *list,
                        struct err *err)
{
    struct repository *repository = fixture_open(fixture, "repo");
    git_oid commit, tree;
    assert_int_equal(repository_resolve_commit(repository, revision, &commit, &tree, err), 0);
    int code = repository_walk(repository, &tree, tree_on_entry, list, err);
    repository_close(repository);
    return code;
}

static void test_walk_shows_all_files(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = {0};
    cleanup_text struct text list = {0};
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture,
                                 "mkdir -p a/b && echo 1 > a/b/c && echo 2 > a.c && ln -s x l && echo 3 > z\n"
                                 "chmod +x z && save_all"),
                     0);
    assert_int_equal(tree_walk_of(&fixture, NULL, &list, &err), 0);
    assert_string_equal(text_string(&list), "a.c 100644\na/b/c 100644\nl 120000\nz 100755\n");
    fixture_remove(&fixture);
}

struct hostile_row {
    const char *name; /* as printf writes it in the tree object */
    const char *message;
};

/* Trees that git itself never writes, made byte by byte. */
static const struct hostile_row hostile_rows[] = {
    {"100644 ../../x", "the tree holds an unsafe path, `../../x`: it has a slash inside one name"},
    {"40000 ..", "the tree holds an unsafe path, `..`: it has a \"..\" component"},
    {"40000 .", "the tree holds an unsafe path, `.`: it has a \".\" component"},
    {"40000 .git",
     "the tree holds an unsafe path, `.git`: it has a component that a file system may read as \".git\""},
    {"40000 .GiT ",
     "the tree holds an unsafe path, `.GiT `: it has a component that a file system may read as "
     "\".git\""},
    {"100644 a/b", "the tree holds an unsafe path, `a/b`: it has a slash inside one name"},
};

/* One or two entries that name the blob or tree $B, in one tree that a commit holds. */
#define HOSTILE                                                                                              \
    "B=$(echo x | git hash-object -w --stdin); T=$(printf '' | git hash-object -w -t tree --stdin)\n"        \
    "raw() { printf '%%b' \"$(echo $1 | sed 's/../\\\\x&/g')\"; }\n"                                         \
    "case '%s' in 4*) X=$T;; *) X=$B;; esac\n"                                                               \
    "{ printf '%s\\0'; raw $X; %s } > ../raw\n"                                                              \
    "H=$(git hash-object -w -t tree --literally ../raw)\n"                                                   \
    "git update-ref refs/heads/main $(git commit-tree $H -m hostile)"

static void test_hostile_names_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile_rows / sizeof *hostile_rows; i++) {
        struct fixture fixture;
        struct err err = {0};
        cleanup_text struct text list = {0};
        fixture_make(&fixture);
        cleanup_free char *script = memory_format(HOSTILE, hostile_rows[i].name, hostile_rows[i].name, "");
        cleanup_free char *bash = memory_format("cat > ../s.sh <<'END'\n%s\nEND\nbash ../s.sh", script);
        assert_int_equal(fixture_run(&fixture, bash), 0);
        assert_int_equal(tree_walk_of(&fixture, NULL, &list, &err), ERR_INVALID);
        assert_string_equal(err.message, hostile_rows[i].message);
        fixture_remove(&fixture);
    }
}

static void test_a_name_twice_is_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    struct err err = {0};
    cleanup_text struct text list = {0};
    fixture_make(&fixture);
    cleanup_free char *script = memory_format(HOSTILE, "120000 f", "120000 f",
                                              "printf '100644 f.c\\0'; raw $B; printf '40000 f\\0'; raw $T;");
    cleanup_free char *bash = memory_format("cat > ../s.sh <<'END'\n%s\nEND\nbash ../s.sh", script);
    assert_int_equal(fixture_run(&fixture, bash), 0);
    assert_int_equal(tree_walk_of(&fixture, NULL, &list, &err), ERR_INVALID);
    assert_string_equal(err.message, "the tree holds `f` twice; no checkout can be right");
    fixture_remove(&fixture);
}

static void test_gaps_are_named(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tree_gaps gaps;
    struct err err = {0};
    git_oid commit, tree;
    fixture_make(&fixture);
    assert_int_equal(
        fixture_run(&fixture,
                    "echo 1 > f && save_all\n"
                    "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),vendor/sub\n"
                    "mkdir data && printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:00\\n' "
                    "> data/big && git add data && git commit -q -m two"),
        0);
    struct repository *repository = fixture_open(&fixture, "repo");
    assert_int_equal(repository_resolve_commit(repository, NULL, &commit, &tree, &err), 0);
    assert_int_equal(repository_check_tree(repository, &tree, &gaps, &err), 0);
    assert_int_equal(gaps.submodule_count, 1);
    assert_string_equal(gaps.submodules[0], "vendor/sub");
    assert_int_equal(gaps.lfs_count, 1);
    assert_string_equal(gaps.lfs_pointers[0], "data/big");
    assert_int_equal(gaps.missing_count, 0);
    assert_null(gaps.missing_advice);
    tree_gaps_fini(&gaps);
    assert_int_equal(repository_mode_at(repository, &tree, "data"), 0040000);
    assert_int_equal(repository_mode_at(repository, &tree, "data/big"), 0100644);
    assert_int_equal(repository_mode_at(repository, &tree, "data/none"), 0);
    repository_close(repository);
    fixture_remove(&fixture);
}

static void test_modules_of_the_base_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *language, *module;
        bool used;
    } asked[] = {
        {"c", "zlib.h", true},
        {"c", "curl/curl.h", false},
        {"path", "inc/a.h", true},
        {"path", "a.h", true},
        {"path", "nc/a.h", false},
        {"folder", "lib/inc", true},
        {"folder", "inc", true},
        {"folder", "nc", false},
        {"python", "numpy", true},
        {"python", "numpy.fft", true},
        {"python", "scipy", false},
        {"javascript", "lodash", true},
        {"go", "example.com/m/x", true},
        {"go-module", "example.com/m", true},
        {"go-module", "example.com", false},
        {"rust", "serde", true},
        {"java", "java.net", true},
        {"cobol", "x", false},
    };
    struct fixture fixture;
    struct err err = {0};
    git_oid commit, tree;
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture,
                                 "mkdir -p lib/inc && echo '#include <zlib.h>' > lib/inc/a.h\n"
                                 "echo 'import numpy.fft' > a.py && echo 'require(\"lodash/x\")' > a.js\n"
                                 "echo 'module example.com/m' > go.mod && echo 'use serde::A;' > a.rs\n"
                                 "printf 'package a\\nimport \"example.com/m/x\"\\n' > a.go\n"
                                 "echo 'import java.net.URL;' > A.java && save_all"),
                     0);
    struct repository *repository = fixture_open(&fixture, "repo");
    assert_int_equal(repository_resolve_commit(repository, NULL, &commit, &tree, &err), 0);
    struct module_index *index = module_index_new(repository, &tree);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (module_index_uses(asked[i].language, asked[i].module, index) != asked[i].used)
            fail_msg("%s %s: expected %s", asked[i].language, asked[i].module,
                     asked[i].used ? "used" : "not used");
    module_index_free(index);
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_shows_all_files),
        cmocka_unit_test(test_hostile_names_are_refused),
        cmocka_unit_test(test_a_name_twice_is_refused),
        cmocka_unit_test(test_gaps_are_named),
        cmocka_unit_test(test_modules_of_the_base_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
