/* What the screen lets pass, and its forbidden twin. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PLAIN_MODE 0100644

struct screen_row {
    const char *name;
    struct screen_file file;
    const char *rule; /* of the only refusal, "rule@line"; NULL: passes */
};

#define CHANGED(path, before, after)                                                                         \
    {                                                                                                        \
        .old_path = path, .new_path = path, .old_mode = PLAIN_MODE, .new_mode = PLAIN_MODE,                  \
        .old_bytes = before, .new_bytes = after, .old_length = sizeof before - 1,                            \
        .new_length = sizeof after - 1, .added = 1                                                           \
    }
#define ADDED(path, after)                                                                                   \
    {                                                                                                        \
        .new_path = path, .new_mode = PLAIN_MODE, .new_bytes = after, .new_length = sizeof after - 1,        \
        .added = 1                                                                                           \
    }
#define IMPORTS(path, after) CHANGED(path, "", after)
#define NEW_IMPORT(line)     "touch.allow_new_imports@" #line
#define LFS_POINTER          "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
#define NEW_DEPENDENCY(line) "touch.allow_new_dependencies@" #line

/* The base uses zlib.h, numpy, lodash, serde, and has src/own.h and the Python package mine. */
static bool base_uses(const char *language, const char *module, void *data)
{
    static const char *const used[] = {"c zlib.h",        "python numpy",    "javascript lodash",
                                       "rust serde",      "path own.h",      "path src/own.h",
                                       "path mine.py",    "folder com/mine", "go-module ex.org/m",
                                       "javascript @a/b", "go ex.org/used"};
    cleanup_free char *key = memory_format("%s %s", language, module);
    (void)data;
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (strcmp(used[i], key) == 0)
            return true;
    return false;
}

static const struct screen_row rows[] = {
    {"a plain change", CHANGED("src/x.c", "a", "b"), NULL},
    {"the configuration", CHANGED("cupel.json", "a", "b"), "protected: cupel.json@0"},
    {"the samples", CHANGED("data/s.jsonl", "a", "b"), "protected: data/**@0"},
    {"CI", CHANGED(".github/workflows/x.yml", "a", "b"), "touch.forbidden_paths: .github/@0"},
    {"a namesake of CI", CHANGED(".githubx/x.yml", "a", "b"), NULL},
    {"moved out of CI",
     {.old_path = ".ci/run", .new_path = "run", .old_mode = PLAIN_MODE, .new_mode = PLAIN_MODE},
     "touch.forbidden_paths: .ci/@0"},
    {"a path that leaves", ADDED("a/../../x", "x"), "paths@0"},
    {"a binary", CHANGED("x.bin", "a", "a\0b"), "touch.allow_binaries@0"},
    {"a Git LFS pointer", ADDED("x.bin", LFS_POINTER), "content@1"},
    {"a file that becomes one", CHANGED("x.bin", "a", LFS_POINTER), "content@1"},
    {"a pointer that the base has too", CHANGED("x.bin", LFS_POINTER, LFS_POINTER "\n"), NULL},
    {"a page about pointers", ADDED("x.md", "Begins with:\n" LFS_POINTER), NULL},
    {"an executable bit",
     {.old_path = "x", .new_path = "x", .old_mode = PLAIN_MODE, .new_mode = 0100755},
     "touch.allow_mode_changes@0"},
    {"a new executable", {.new_path = "x", .new_mode = 0100755}, "touch.allow_mode_changes@0"},
    {"a deleted executable", {.old_path = "x", .old_mode = 0100755}, NULL},
    {"a symbolic link",
     {.new_path = "d/l", .new_mode = 0120000, .new_bytes = "../x", .new_length = 4},
     "touch.allow_symlinks@0"},
    {"a link that leaves",
     {.new_path = "d/l", .new_mode = 0120000, .new_bytes = "../../x", .new_length = 7},
     "touch.allow_symlinks@1"},
    {"a submodule", {.new_path = "sub", .new_mode = 0160000}, "touch.allow_submodules@0"},

    {"a standard header", IMPORTS("x.c", "#include <string.h>\n"), NULL},
    {"a header in use", IMPORTS("x.c", "#include <zlib.h>\n"), NULL},
    {"an own header", IMPORTS("x.c", "#include \"own.h\"\n#include \"../src/own.h\"\n"), NULL},
    {"a new library", IMPORTS("x.c", "int a;\n#include <curl/curl.h>\n"), NEW_IMPORT(2)},
    {"the network", IMPORTS("x.c", "#include <sys/socket.h>\n"), NEW_IMPORT(1)},
    {"spelled otherwise", IMPORTS("x.c", "/* */ # /* x */ include \\\n <dlfcn.h>\n"), NEW_IMPORT(1)},
    {"in a digraph", IMPORTS("x.c", "%:include <dlfcn.h>\n"), NEW_IMPORT(1)},
    {"behind a macro", IMPORTS("x.c", "#define X <dlfcn.h>\n#include X\n"), NEW_IMPORT(2)},
    {"in a comment", IMPORTS("x.c", "/*\n#include <dlfcn.h>\n*/\n// #include <dlfcn.h>\n"), NULL},
    {"in a string", IMPORTS("x.c", "char *s = \"\\\n#include <dlfcn.h>\";\n"), NULL},
    {"in the old file too", CHANGED("x.c", "#include <dlfcn.h>\n", "#include <dlfcn.h>\nint x;\n"), NULL},

    {"harmless python", IMPORTS("x.py", "import re, functools as f\nfrom os import path\n"), NULL},
    {"own python", IMPORTS("x.py", "import mine.deep\nfrom . import y\nfrom .z import q\n"), NULL},
    {"a part of what is used", IMPORTS("x.py", "import numpy.linalg\n"), NULL},
    {"python's network", IMPORTS("x.py", "x = 1\nif x: import re, socket\n"), NEW_IMPORT(2)},
    {"python's network, in parts", IMPORTS("x.py", "from urllib import (parse,\n request)\n"), NEW_IMPORT(1)},
    {"a call that imports", IMPORTS("x.py", "m = __import__('ctypes')\n"), NEW_IMPORT(1)},
    {"python's prose",
     IMPORTS("x.py", "'''\nimport socket\nfrom socket import x\n'''\n# import socket\nraise X from e\n"),
     NULL},

    {"harmless javascript", IMPORTS("x.js", "const p = require('node:path'); import x from './y';\n"), NULL},
    {"a part of a package", IMPORTS("x.ts", "import get from 'lodash/get';\nimport a from '@a/b/c';\n"),
     NULL},
    {"a new package", IMPORTS("x.mjs", "import {\n  a,\n} from \"left-pad\";\n"), NEW_IMPORT(3)},
    {"a new scope", IMPORTS("x.mjs", "export * from '@a/c';\n"), NEW_IMPORT(1)},
    {"javascript's network", IMPORTS("x.js", "require /**/ ( 'net' )\n"), NEW_IMPORT(1)},
    {"javascript's prose", IMPORTS("x.js", "// require('net')\nconst s = \"import x from 'net'\";\n"), NULL},

    {"harmless go",
     IMPORTS("x.go", "package x\nimport (\n\t\"sort\"\n\t_ \"ex.org/m/sub\"\n\tu \"ex.org/used\"\n)\n"),
     NULL},
    {"go's network", IMPORTS("x.go", "package x\nimport (\n\t\"sort\"\n\t. \"net/http\"\n)\n"),
     NEW_IMPORT(4)},
    {"harmless rust",
     IMPORTS("x.rs", "use std::collections::HashMap;\nuse serde::A;\nuse crate::x;\nmod y;\nuse y::Z;\n"),
     NULL},
    {"rust's network", IMPORTS("x.rs", "fn f<'a>() { std::net::TcpStream::connect(\"\"); }\n"),
     NEW_IMPORT(1)},
    {"rust's network in a group", IMPORTS("x.rs", "use std::{fmt, process::{Command}};\n"), NEW_IMPORT(1)},
    {"a new crate", IMPORTS("x.rs", "let c = '\"';\nextern crate libc;\n"), NEW_IMPORT(2)},
    {"harmless java",
     IMPORTS("X.java", "import java.util.*;\nimport static java.lang.Math.max;\nimport com.mine.A;\n"), NULL},
    {"java's network", IMPORTS("X.java", "import java.net.Socket;\n"), NEW_IMPORT(1)},
    {"no source at all", IMPORTS("notes.txt", "import socket\n"), NULL},

    {"package.json, another key",
     CHANGED("package.json", "{\"dependencies\":{\"a\":\"1\"}}",
             "{\"name\":\"x\",\"dependencies\":{\"a\": \"1\"}}"),
     NULL},
    {"package.json",
     CHANGED("w/package.json", "{\"dependencies\":{\"a\":\"1\"}}",
             "{\"dependencies\":{\n\"a\":\"1\",\n\"b\":\"2\"}}"),
     NEW_DEPENDENCY(3)},
    {"package.json, version",
     CHANGED("package.json", "{\"devDependencies\":{\"a\":\"1\"}}", "{\"devDependencies\":{\"a\":\"2\"}}"),
     NEW_DEPENDENCY(1)},
    {"package.json, broken", CHANGED("package.json", "{}", "{"), NEW_DEPENDENCY(0)},
    {"a lock file", CHANGED("Cargo.lock", "a", "b"), NEW_DEPENDENCY(0)},
    {"requirements, a comment", CHANGED("requirements.txt", "a\n", "a\n# b\n"), NULL},
    {"requirements", CHANGED("requirements-dev.txt", "a\n", "a\nb==1\n"), NEW_DEPENDENCY(2)},
    {"pyproject, another key",
     CHANGED("pyproject.toml", "[project]\ndependencies = [\n \"a\",\n]\n",
             "[project]\nname = \"x\"\ndependencies = [\n \"a\",\n]\nversion = \"2\"\n"),
     NULL},
    {"pyproject",
     CHANGED("pyproject.toml", "[project]\ndependencies = [\n \"a[x]\",\n]\n",
             "[project]\ndependencies = [\n \"a[x]\",\n \"b\",\n]\n"),
     NEW_DEPENDENCY(4)},
    {"poetry",
     CHANGED("pyproject.toml", "[tool.poetry.dependencies]\na = \"1\"\n",
             "[tool.poetry.dependencies]\na = \"1\"\nb = \"1\"\n[tool.x]\nq = 1\n"),
     NEW_DEPENDENCY(3)},
    {"Cargo.toml, a profile",
     CHANGED("Cargo.toml", "[dependencies]\na = \"1\"\n",
             "[dependencies]\na = \"1\"\n[profile.release]\nlto = true\n"),
     NULL},
    {"Cargo.toml", CHANGED("Cargo.toml", "", "[target.'cfg(unix)'.dependencies]\n"), NEW_DEPENDENCY(1)},
    {"setup.py",
     CHANGED("setup.py", "setup(\n    install_requires=[\n    'a',\n    ],\n)\n",
             "setup(\n    install_requires=[\n    'a',\n    'b',\n    ],\n)\n"),
     NEW_DEPENDENCY(4)},
    {"setup.cfg",
     CHANGED("setup.cfg", "[options]\ninstall_requires =\n    a\nx = 1\n",
             "[options]\ninstall_requires =\n    a\n    b\nx = 2\n"),
     NEW_DEPENDENCY(4)},
    {"go.mod", CHANGED("go.mod", "module x\ngo 1.20\n", "module x\ngo 1.21\nrequire (\n\tex.org/y v1\n)\n"),
     NEW_DEPENDENCY(4)},
    {"CMake, a flag", CHANGED("CMakeLists.txt", "project(x)\n", "project(x)\nset(CMAKE_C_FLAGS -O3)\n"),
     NULL},
    {"CMake",
     CHANGED("CMakeLists.txt", "find_package(A)\n", "find_package(A REQUIRED)\nFIND_PACKAGE (\n  CURL)\n"),
     NEW_DEPENDENCY(3)},
    {"CMake, a comment", CHANGED("CMakeLists.txt", "", "# find_package(CURL)\n"), NULL},
    {"make", CHANGED("Makefile", "LDLIBS = -lm\n", "LDLIBS = -lm -lcurl\n"), NEW_DEPENDENCY(1)},
    {"make, packages",
     CHANGED("Makefile", "A = $(shell pkg-config --libs zlib)\n",
             "A = $(shell pkg-config --libs zlib glib)\n"),
     NEW_DEPENDENCY(1)},
    {"make, packages by variable",
     CHANGED("Makefile", "A = $(shell $(PKG_CONFIG) --libs zlib)\n",
             "A = $(shell $(PKG_CONFIG) --libs glib)\n"),
     NEW_DEPENDENCY(1)},
    {"make, the same packages",
     CHANGED("Makefile", "A = $(shell pkg-config --libs zlib)\n",
             "A = $(shell pkg-config --cflags --libs \"zlib\")\n"),
     NULL},
    {"make, a flag", CHANGED("Makefile", "CFLAGS = -O2\n", "CFLAGS = -O3 -flto -fno-plt\n"), NULL},
    {"Gemfile", CHANGED("Gemfile", "", "gem 'x', '1'\n"), NEW_DEPENDENCY(1)},
    {"pom.xml", CHANGED("pom.xml", "", "<x>\n<artifactId>junit</artifactId>\n"), NEW_DEPENDENCY(2)},
    {"gradle", CHANGED("build.gradle", "", "implementation 'a:b:1'\n"), NEW_DEPENDENCY(1)},
};

static struct policy screen_policy(const char *name)
{
    struct policy policy;
    struct err err = {0};
    struct json_file file = {0};
    cleanup_free char *text = memory_format("{\"policy\": \"%s\"}", name);
    assert_int_equal(json_file_read(&file, "cupel.json", text, strlen(text), NULL, &err), 0);
    if (policy_read(&policy, &file, json_find(json_root(file.document), "policy"), CUPEL_SOURCE "/policies",
                    &err) < 0)
        fail_msg("%s", err.message);
    json_file_fini(&file);
    return policy;
}

static const char *const protected_paths[] = {"cupel.json", "data/**", NULL};

static struct screen_result screen_files(const struct screen_file *files, size_t count, const char *name)
{
    struct policy policy = screen_policy(name);
    const struct screen_input input = {
        .files = files, .count = count, .protected_paths = protected_paths, .base_uses_module = base_uses};
    struct screen_result result;
    screen_patch(&input, &policy, &result);
    policy_fini(&policy);
    return result;
}

static void test_each_rule_and_its_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct screen_result result = screen_files(&rows[i].file, 1, "default");
        const struct refusal *first = result.refusal_count ? &result.refusals[0] : NULL;
        cleanup_free char *found = first ? memory_format("%s@%u", first->rule, first->line) : NULL;
        if (rows[i].rule ? result.refusal_count != 1 || strcmp(found, rows[i].rule) != 0 : first != NULL)
            fail_msg("%s: expected %s alone, found %zu, first %s: %s", rows[i].name,
                     rows[i].rule ? rows[i].rule : "none", result.refusal_count, first ? found : "none",
                     first ? first->sentence : "");
        assert_int_equal(result.remark_count, 0);
        screen_result_fini(&result);
    }
}

static void test_sentences_say_what_is_allowed(void **state)
{
    (void)state;
    const struct screen_file file = ADDED("x.c", "#include <curl/curl.h>\n");
    struct screen_result result = screen_files(&file, 1, "default");
    assert_int_equal(result.refusal_count, 1);
    assert_string_equal(result.refusals[0].path, "x.c");
    assert_string_equal(
        result.refusals[0].sentence,
        "imports `curl/curl.h`, which the base nowhere uses; the policy takes modules that it uses, and "
        "the computing part of the standard library");
    screen_result_fini(&result);
    const struct screen_file standard = ADDED("x.c", "#include <string.h>\n");
    result = screen_files(&standard, 1, "strict");
    assert_int_equal(result.refusal_count, 1);
    assert_string_equal(result.refusals[0].rule, "touch.allow_standard_imports");
    screen_result_fini(&result);
}

static void test_sizes_are_limited(void **state)
{
    (void)state;
    struct screen_file files[21] = {{0}};
    for (size_t i = 0; i < 21; i++)
        files[i] = (struct screen_file){
            .old_path = "a", .new_path = "a", .old_mode = PLAIN_MODE, .new_mode = PLAIN_MODE, .added = 50};
    struct screen_result result = screen_files(files, 20, "default");
    assert_int_equal(result.refusal_count, 0);
    screen_result_fini(&result);
    result = screen_files(files, 21, "default");
    assert_int_equal(result.refusal_count, 2);
    assert_string_equal(result.refusals[0].sentence,
                        "the patch changes 21 files; the policy takes at most 20");
    assert_string_equal(
        result.refusals[1].sentence,
        "the patch adds and removes 1050 lines, 50 of them here; the policy takes at most 1000");
    screen_result_fini(&result);
}

static void test_files_of_the_patch_are_own(void **state)
{
    (void)state;
    const struct screen_file files[] = {ADDED("x.c", "#include \"table.h\"\n"),
                                        ADDED("inc/table.h", "int t;\n")};
    struct screen_result result = screen_files(files, 1, "default");
    assert_int_equal(result.refusal_count, 1);
    screen_result_fini(&result);
    result = screen_files(files, 2, "default");
    assert_int_equal(result.refusal_count, 0);
    screen_result_fini(&result);
}

static void test_exploratory_refuses_the_unsafe_alone(void **state)
{
    (void)state;
    const struct screen_file files[] = {
        ADDED("x.c", "#include <curl/curl.h>\n"),
        CHANGED(".github/x", "a", "b"),
        CHANGED("cupel.json", "a", "b"),
        {.new_path = "l", .new_mode = 0120000, .new_bytes = "/etc", .new_length = 4}};
    struct screen_result result = screen_files(files, 4, "exploratory");
    assert_int_equal(result.remark_count, 2);
    assert_int_equal(result.refusal_count, 2);
    assert_string_equal(result.refusals[0].rule, "protected: cupel.json");
    assert_string_equal(result.refusals[1].sentence, "the symbolic link leads out of the tree");
    screen_result_fini(&result);
}

/* Remarks are cut, and yet what is unsafe behind them is refused. */
static void test_remarks_push_no_refusal_out(void **state)
{
    (void)state;
    enum { CROWD = 600 };
    struct screen_file files[CROWD + 1];
    for (size_t i = 0; i < CROWD; i++)
        files[i] = (struct screen_file)CHANGED(".github/x", "a", "b");
    files[CROWD] = (struct screen_file)CHANGED("cupel.json", "a", "b");
    struct screen_result result = screen_files(files, CROWD + 1, "exploratory");
    assert_int_equal(result.remark_count, 500);
    assert_int_equal(result.refusal_count, 1);
    assert_string_equal(result.refusals[0].rule, "protected: cupel.json");
    screen_result_fini(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule_and_its_twin),
        cmocka_unit_test(test_sentences_say_what_is_allowed),
        cmocka_unit_test(test_sizes_are_limited),
        cmocka_unit_test(test_files_of_the_patch_are_own),
        cmocka_unit_test(test_exploratory_refuses_the_unsafe_alone),
        cmocka_unit_test(test_remarks_push_no_refusal_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
