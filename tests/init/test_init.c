/* Trees made of a few files each; the proposal must parse and hold the right commands. */
#include "base/cleanup.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/init/init.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES_MAX 8

struct fixture_file {
    const char *path;    /* NULL ends the list */
    const char *content; /* NULL: can't be read */
};

struct fixture {
    const char *title;
    const char *name; /* of the repository */
    struct fixture_file files[FILES_MAX];
    const char *prepare, *build, *tests, *run; /* as JSON without spaces; NULL for run: the placeholder */
    const char *environment;                   /* likewise; NULL: no such key */
    const char *kind;                          /* likewise; NULL: "command" */
    const char *note;                          /* must be part of some note; NULL: none asked for */
    const char *no_note;                       /* must be part of none */
};

#define PYTHON_WORKER                                                                                        \
    "import json, sys\nfor line in sys.stdin:\n    sys.stdout.write(json.dumps(json.loads(line)))\n"

static const struct fixture fixtures[] = {
    {.title = "CMake with a library, a test program and the product in a folder",
     .name = "store",
     .files = {{"CMakeLists.txt", "project(store C)\nenable_testing()\nadd_subdirectory(src)\n"
                                  "# add_executable(commented a.c)\nadd_executable(store_test t.c)\n"},
               {"src/CMakeLists.txt", "add_library(lib l.c)\nadd_executable ( orders\n  main.c)\n"
                                      "add_executable(other::x ALIAS orders)\n"}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"build\",\"--parallel\",\"2\"]]",
     .tests = "[[\"ctest\",\"--test-dir\",\"build\",\"--output-on-failure\"]]",
     .run = "[\"build/src/orders\"]",
     .note = "Found CMake.",
     .no_note = "downloads"},
    {.title = "CMake by project name, without tests, build/ taken, sources fetched",
     .name = "x",
     .files = {{"CMakeLists.txt", "project(\"calc\")\nFetchContent_Declare(json URL http://h)\n"
                                  "add_executable(${PROJECT_NAME} m.c)\n"},
               {"build/notes.txt", ""}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"cupel-build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"cupel-build\",\"--parallel\",\"2\"]]",
     .tests = "[]",
     .run = "[\"cupel-build/calc\"]",
     .note = "CMakeLists.txt downloads sources (FetchContent_Declare)"},
    {.title = "several programs, one called like the repository",
     .name = "Tool",
     .files = {{"CMakeLists.txt", "add_executable(alpha a.c)\nadd_executable(tool t.c)\n"}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"build\",\"--parallel\",\"2\"]]",
     .tests = "[]",
     .run = "[\"build/tool\"]",
     .note = "Several programs could be meant"},
    {.title = "CMake whose library has tests alone, by a variable, and another folder's target",
     .name = "cJSON",
     .files = {{"CMakeLists.txt",
                "set(TEST_NAME json_test)\nset(OTHER x)\nadd_executable(\"${TEST_NAME}\" t.c)\n"
                "add_executable(${UNKNOWN} u.c)\nadd_executable(${ v.c)\n"},
               {"fuzzing/CMakeLists.txt", "add_executable(afl-main afl.c)\n"},
               {"tests/helper.py", ""}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"build\",\"--parallel\",\"2\"]]",
     .tests = "[]",
     .run = "[\"build/json_test\"]",
     .note = "let \"build\" compile a small program",
     .no_note = "There is Python too"},
    {.title = "Meson",
     .files = {{"meson.build", "project('calc', 'c')\nsubdir('src')\ntest('t', exe)\n"},
               {"src/meson.build", "executable('calc', 'main.c')\n"},
               {"subprojects/x.wrap", ""}},
     .prepare = "[]",
     .build = "[[\"meson\",\"setup\",\"build\",\"--buildtype=release\",\"--wrap-mode=nodownload\"],"
              "[\"ninja\",\"-C\",\"build\",\"-j\",\"2\"]]",
     .tests = "[[\"meson\",\"test\",\"-C\",\"build\",\"--print-errorlogs\"]]",
     .run = "[\"build/src/calc\"]",
     .note = "subprojects/*.wrap may download sources"},
    {.title = "autotools without configure",
     .files = {{"configure.ac", "AC_INIT([hello],[1])\n"},
               {"Makefile.am", "SUBDIRS = src\n"},
               {"src/Makefile.am", "bin_PROGRAMS = hello\n"},
               {"autogen.sh", "#!/bin/sh\n"}},
     .prepare = "[]",
     .build = "[[\"autoreconf\",\"-fi\"],[\"./configure\"],[\"make\",\"-j2\"]]",
     .tests = "[[\"make\",\"check\"]]",
     .run = "[\"./src/hello\"]",
     .note = "its own autogen.sh"},
    {.title = "autotools with configure, program from the repository's name",
     .name = "greet",
     .files = {{"configure", "#!/bin/sh\n"}, {"Makefile.in", ""}},
     .prepare = "[]",
     .build = "[[\"./configure\"],[\"make\",\"-j2\"]]",
     .tests = "[[\"make\",\"check\"]]",
     .run = "[\"./greet\"]",
     .no_note = "autogen"},
    {.title = "make with variables and a linking rule",
     .files = {{"Makefile", "DIR = out\nBIN := $(DIR)/orders # here\nall: $(BIN)\n$(BIN): a.o\n"
                            "\t$(CC) -o $@ a.o\n%.o: %.c\n\t$(CC) -c -o $@ $<\ntest: all\n\t./t\n"},
               {"a.c", ""}},
     .prepare = "[]",
     .build = "[[\"make\",\"-j2\"]]",
     .tests = "[[\"make\",\"test\"]]",
     .run = "[\"out/orders\"]",
     .note = "Found make."},
    {.title = "make that hands on to folders and gathers the program under the repository's name",
     .name = "press",
     .files = {{"Makefile", "all: press\nPRESS := x\n.PHONY: all\npress press-release : lib\n"
                            "\t$(MAKE) -C programs $@\n\tcp programs/press .\n"},
               {"programs/press.c", ""}},
     .prepare = "[]",
     .build = "[[\"make\",\"-j2\"]]",
     .tests = "[]",
     .run = "[\"./press\"]"},
    {.title = "make that hands on, of another name",
     .name = "other",
     .files = {{"Makefile", "all: press\nother := x\npress press-release : lib\n\t$(MAKE) -C programs $@\n"},
               {"programs/press.c", ""}},
     .prepare = "[]",
     .build = "[[\"make\",\"-j2\"]]",
     .tests = "[]",
     .note = "No program to run was found"},
    {.title = "make that loops through its variables finds nothing and ends",
     .files = {{"Makefile", "A = $(B)\nB = $(A)\nall:\n\tcc -o $(A) x.c\n"}, {"x.c", ""}},
     .prepare = "[]",
     .build = "[[\"make\",\"-j2\"]]",
     .tests = "[]",
     .note = "No program to run was found"},
    {.title = "make with white space of every kind in a recipe",
     .files = {{"Makefile", "all:\n\tcc \v -o\fprogram\v x.c\n"}, {"x.c", ""}},
     .prepare = "[]",
     .build = "[[\"make\",\"-j2\"]]",
     .tests = "[]",
     .run = "[\"./program\"]"},
    {.title = "npm with a lock file, a build and a test",
     .files = {{"package.json", "{\"name\":\"x\",\"bin\":{\"tool\":\"./bin/tool.js\"},"
                                "\"scripts\":{\"build\":\"tsc\",\"test\":\"node --test\"},"
                                "\"dependencies\":{\"left-pad\":\"1\"}}"},
               {"package-lock.json", "{}"},
               {"bin/tool.js", ""}},
     .prepare = "[[\"npm\",\"ci\",\"--offline\",\"--no-audit\",\"--no-fund\"]]",
     .build = "[[\"npm\",\"run\",\"build\"]]",
     .tests = "[[\"npm\",\"test\"]]",
     .run = "[\"node\",\"bin/tool.js\"]",
     .note = "package.json needs 1 packages and `prepare` has no network"},
    {.title = "npm without dependencies and with npm's own empty test",
     .files = {{"package.json", "{\"main\":\"lib/index.js\",\"scripts\":{\"test\":"
                                "\"echo \\\"Error: no test specified\\\" && exit 1\"}}"},
               {"lib/index.js", ""}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"node\",\"lib/index.js\"]",
     .note = "so \"run\" is its \"main\"",
     .no_note = "no network"},
    {.title = "npm, a published package: built already, and only building needs packages",
     .files = {{"package.json", "{\"main\":\"./lib/m.js\",\"bin\":{\"m\":\"bin/m.js\"},"
                                "\"scripts\":{\"build\":\"tsc\"},\"devDependencies\":{\"tsc\":\"1\"}}"},
               {"lib/m.js", ""},
               {"bin/m.js", ""}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"node\",\"bin/m.js\"]",
     .note = "`npm run build` needs 1 packages to develop with"},
    {.title = "npm whose main comes out of the build",
     .files = {{"package.json", "{\"main\":\"./lib/m.js\",\"bin\":{\"m\":\"bin/m.js\"},"
                                "\"scripts\":{\"build\":\"tsc\"},\"devDependencies\":{\"tsc\":\"1\"}}"},
               {"bin/m.js", ""}},
     .prepare = "[[\"npm\",\"install\",\"--offline\",\"--no-audit\",\"--no-fund\"]]",
     .build = "[[\"npm\",\"run\",\"build\"]]",
     .tests = "[]",
     .run = "[\"node\",\"bin/m.js\"]",
     .note = "package.json needs 1 packages"},
    {.title = "npm whose tests alone need packages",
     .files = {{"package.json",
                "{\"bin\":\"t.js\",\"scripts\":{\"test\":\"tap\"},\"devDependencies\":{\"tap\":\"1\"}}"},
               {"t.js", ""}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"node\",\"t.js\"]",
     .note = "`npm test` needs 1 packages to develop with"},
    {.title = "npm with a broken package.json",
     .files = {{"package.json", "{\"main\": "}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .note = "package.json can't be read as a JSON object"},
    {.title = "Python with a script in pyproject.toml and src layout",
     .files = {{"pyproject.toml", "[project]\ndependencies = [\"rich\"]\n[project.scripts]\n"
                                  "rank = \"ranker.cli:main\"\n[tool.pytest.ini_options]\n"},
               {"src/ranker/__init__.py", ""},
               {"src/ranker/cli.py", ""},
               {"tests/test_cli.py", ""}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[[\"python3\",\"-m\",\"pytest\",\"-q\",\"-p\",\"no:cacheprovider\"]]",
     .run = "[\"python3\",\"-c\",\"importsys;fromranker.cliimportmain;sys.exit(main())\"]",
     .environment = "{\"PYTHONPATH\":\"/work/src\"}",
     .note = "pip can't fetch them"},
    {.title = "Python package with __main__, unittest, beside a Makefile of chores",
     .files = {{"Makefile", "docs:\n\tsphinx\n"},
               {"ranker/__init__.py", ""},
               {"ranker/__main__.py", ""},
               {"tests/__main__.py", ""},
               {"tests/test_a.py", "import unittest"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[[\"python3\",\"-m\",\"unittest\",\"discover\",\"-s\",\"tests\",\"-t\",\".\"]]",
     .run = "[\"python3\",\"-m\",\"ranker\"]",
     .no_note = "make"},
    {.title = "a single Python file",
     .files = {{"rank.py", "if __name__ == '__main__':\n    pass\n"}, {"setup.py", "# ext_modules\n"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"python3\",\"rank.py\"]",
     .note = "No tests are proposed"},
    {.title = "a Python script without a guard, beside a module that runs nothing and a test",
     .files = {{"prices.py", "def price(): pass\n"},
               {"quote.py", "import json, sys\nprint(json.load(sys.stdin))\n"},
               {"test_quote.py", "import sys\nsys.stdin\n"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"python3\",\"quote.py\"]",
     .note = "\"stdin\", a string",
     .no_note = "could be meant"},
    {.title = "a worker in Python beside a program",
     .files = {{"rank.py", "if __name__ == '__main__':\n    pass\n"},
               {"lib/rank_worker.py", PYTHON_WORKER "    sys.stdout.flush()\n"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .kind = "\"worker\"",
     .run = "[\"python3\",\"lib/rank_worker.py\"]",
     .note = "For a process a sample, kind command, \"run\" would be [\"python3\", \"rank.py\"].",
     .no_note = "doesn't seem to flush"},
    {.title = "a worker that may keep its answers",
     .files = {{"worker.py", PYTHON_WORKER}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .kind = "\"worker\"",
     .run = "[\"python3\",\"worker.py\"]",
     .note = "worker.py doesn't seem to flush",
     .no_note = "For a process a sample"},
    {.title = "workers in two languages, and one that is a test",
     .files = {{"tests/worker.py", PYTHON_WORKER},
               {"a-worker.js", "process.stdin.on('data', d => console.log(JSON.stringify(JSON.parse(d))))\n"},
               {"worker.mjs", "process.stdin; JSON.parse; JSON.stringify"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .kind = "\"worker\"",
     .run = "[\"node\",\"a-worker.js\"]",
     .note = "Several programs could be meant"},
    {.title = "called a worker, but answers nobody",
     .files = {{"worker.py", "import sys, json\nprint(json.dumps([l for l in sys.stdin]))\n"},
               {"rank.py", "__main__" PYTHON_WORKER}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .run = "[\"python3\",\"rank.py\"]",
     .no_note = "worker"},
    {.title = "names that could leave their quotes are not guessed",
     .files = {{"CMakeLists.txt",
                "add_executable(a\\\",\\\"b x.c)\nadd_executable(../up x.c)\nadd_executable($<X> y)"}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"build\",\"--parallel\",\"2\"]]",
     .tests = "[]",
     .note = "No program to run was found"},
    {.title = "nothing that is known, submodules and large files elsewhere",
     .files = {{".gitmodules", ""}, {".gitattributes", "*.bin filter=lfs\n"}, {"go.mod", "module x\n"}},
     .prepare = "[]",
     .build = "[]",
     .tests = "[]",
     .note = "go mod vendor"},
    {.title = "a build file that can't be read",
     .files = {{"CMakeLists.txt", NULL}},
     .prepare = "[]",
     .build = "[[\"cmake\",\"-S\",\".\",\"-B\",\"build\",\"-DCMAKE_BUILD_TYPE=Release\"],"
              "[\"cmake\",\"--build\",\"build\",\"--parallel\",\"2\"]]",
     .tests = "[]"},
};

static char *fixture_read(const char *path, size_t *length, void *data)
{
    const struct fixture *fixture = data;
    for (const struct fixture_file *file = fixture->files; file->path; file++)
        if (strcmp(file->path, path) == 0 && file->content) {
            *length = strlen(file->content);
            return memory_copy_bytes(file->content, *length);
        }
    return NULL;
}

static void fixture_propose(const struct fixture *fixture, char *(*find_program)(const char *, void *),
                            struct init_proposal *proposal)
{
    const char *files[FILES_MAX];
    struct err err = {0};
    size_t count = 0;
    for (; fixture->files[count].path; count++)
        files[count] = fixture->files[count].path;
    struct init_input input = {.name = fixture->name,
                               .files = files,
                               .count = count,
                               .read = fixture_read,
                               .find_program = find_program,
                               .data = (void *)(uintptr_t)fixture};
    assert_int_equal(init_propose(&input, proposal, &err), 0);
}

/* The source of a member without white space, NULL when there is none. */
static char *member_text(const struct json_file *file, const struct json_value *object, const char *key)
{
    const struct json_value *value = json_find(object, key);
    struct text text = {0};
    size_t length = 0;
    if (!value)
        return NULL;
    const char *source = json_source(file->document, value, &length);
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \n", source[i]))
            text_append_char(&text, source[i]);
    return text_take(&text);
}

static void expect_member(const struct fixture *fixture, const struct json_file *file,
                          const struct json_value *object, const char *key, const char *expected)
{
    cleanup_free char *got = member_text(file, object, key);
    if (!expected != !got || (got && strcmp(got, expected) != 0))
        fail_msg("%s: %s is %s, not %s", fixture->title, key, got ? got : "absent",
                 expected ? expected : "absent");
}

static bool notes_hold(const struct init_proposal *proposal, const char *words)
{
    for (char **note = proposal->notes; *note; note++)
        if (strstr(*note, words))
            return true;
    return false;
}

static void expect_proposal(const struct fixture *fixture, const struct init_proposal *proposal)
{
    static const char *const known[] = {"version",     "prepare",  "build",     "tests", "policy",
                                        "environment", "contract", "workloads", NULL};
    const struct json_options options = {.comments = true};
    struct json_file file;
    struct err err = {0};
    if (json_file_read(&file, "cupel.json", proposal->text, strlen(proposal->text), &options, &err) < 0)
        fail_msg("%s: %s\n%s", fixture->title, err.message, proposal->text);
    const struct json_value *root = json_root(file.document);
    if (json_check_keys(&file, root, known, &err) < 0)
        fail_msg("%s: %s", fixture->title, err.message);
    const struct json_value *workload = json_element(json_find(root, "workloads"), 0);
    cleanup_free char *samples = memory_format("\"%s\"", proposal->samples_path);
    expect_member(fixture, &file, root, "version", "1");
    expect_member(fixture, &file, root, "prepare", fixture->prepare);
    expect_member(fixture, &file, root, "build", fixture->build);
    expect_member(fixture, &file, root, "tests", fixture->tests);
    expect_member(fixture, &file, root, "environment", fixture->environment);
    expect_member(fixture, &file, workload, "run", fixture->run ? fixture->run : "[\"./program\"]");
    expect_member(fixture, &file, workload, "kind", fixture->kind ? fixture->kind : "\"command\"");
    expect_member(fixture, &file, workload, "stdout", fixture->kind ? NULL : "\"auto\"");
    expect_member(fixture, &file, workload, "samples", samples);
    if (fixture->note && !notes_hold(proposal, fixture->note))
        fail_msg("%s: no note says: %s", fixture->title, fixture->note);
    if (fixture->no_note && notes_hold(proposal, fixture->no_note))
        fail_msg("%s: a note says: %s", fixture->title, fixture->no_note);
    json_file_fini(&file);
}

static void test_proposals_fit_their_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct init_proposal proposal = {0};
        fixture_propose(&fixtures[i], NULL, &proposal);
        expect_proposal(&fixtures[i], &proposal);
        init_proposal_fini(&proposal);
    }
}

static void expect_starter(const struct fixture *fixture, const char *path, const char *field)
{
    struct init_proposal proposal = {0};
    fixture_propose(fixture, NULL, &proposal);
    assert_string_equal(proposal.samples_path, path);
    size_t lines = 0;
    for (const char *line = proposal.samples_text; *line; lines++) {
        cleanup_json struct json_document *document = NULL;
        struct json_error error;
        size_t length = strcspn(line, "\n");
        assert_int_equal(json_read(line, length, &(struct json_options){0}, &document, &error), 0);
        assert_non_null(json_find(json_root(document), field));
        line += length + 1;
    }
    assert_int_equal(lines, 3);
    init_proposal_fini(&proposal);
}

static void test_starter_samples_parse(void **state)
{
    (void)state;
    const struct fixture worker = {.files = {{"my_worker.py", PYTHON_WORKER}}};
    expect_starter(&fixtures[0], "samples/orders.jsonl", "args");
    expect_starter(&worker, "samples/my-worker.jsonl", "request");
    const struct fixture script = {.files = {{"quote.py", "import sys\nprint(sys.stdin.read())\n"}}};
    const struct fixture program = {
        .files = {{"Makefile", "words: words.c\n\tcc -o $@ words.c\n"}, {"words.c", "getchar();\n"}}};
    expect_starter(&script, "samples/quote.jsonl", "stdin");
    expect_starter(&program, "samples/words.jsonl", "stdin");
}

static char *outside_program(const char *program, void *data)
{
    (void)data;
    if (strcmp(program, "npm") == 0)
        return memory_copy_string("/usr/bin/npm");
    return strcmp(program, "node") == 0 ? memory_copy_string("/home/a/.nvm/versions/node/v20/bin/node")
                                        : NULL;
}

static void test_toolchains_outside_the_system_get_a_mount(void **state)
{
    (void)state;
    const struct fixture node = {
        .files = {{"package.json", "{\"main\":\"a.js\",\"scripts\":{\"build\":\"x\"}}"}}};
    const struct fixture python = {.files = {{"a.py", "__main__"}}};
    struct init_proposal proposal = {0};
    fixture_propose(&node, outside_program, &proposal);
    assert_true(notes_hold(&proposal, "{\"mounts\": [{\"source\": \"/home/a/.nvm/versions/node/v20\", "
                                      "\"target\": \"/home/a/.nvm/versions/node/v20\"}]}"));
    assert_false(notes_hold(&proposal, "Your npm"));
    init_proposal_fini(&proposal);
    fixture_propose(&python, outside_program, &proposal);
    assert_true(notes_hold(&proposal, "python3 is not in your PATH"));
    init_proposal_fini(&proposal);
}

static char *no_meson(const char *program, void *data)
{
    (void)data;
    return strcmp(program, "meson") == 0 ? NULL : memory_format("/usr/bin/%s", program);
}

/* jo ships both; where meson is missing, autotools are the way, and the other way round. */
static void test_a_system_whose_programs_are_there_goes_first(void **state)
{
    (void)state;
    const struct fixture both = {.files = {{"meson.build", "executable('jo')"}, {"configure", ""}}};
    struct init_proposal proposal = {0};
    fixture_propose(&both, no_meson, &proposal);
    assert_string_equal(proposal.notes[0], "Found autotools.");
    assert_string_equal(proposal.notes[1], "There is Meson too; the proposal uses autotools.");
    init_proposal_fini(&proposal);
    fixture_propose(&both, NULL, &proposal);
    assert_string_equal(proposal.notes[0], "Found Meson.");
    init_proposal_fini(&proposal);
}

static void make_program(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("#!/bin/sh\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

/* A version manager's folder as pyenv keeps it; and the twin without a version file. */
static void test_shims_are_followed(void **state)
{
    (void)state;
    char folder[] = "/tmp/cupel-init-XXXXXX";
    cleanup_free char *old_path = memory_copy_string(getenv("PATH") ? getenv("PATH") : "");
    assert_non_null(mkdtemp(folder));
    cleanup_free char *make = memory_format("mkdir -p %s/shims %s/versions/3.11.7/bin", folder, folder);
    cleanup_free char *shim = memory_format("%s/shims/cupel-python", folder);
    cleanup_free char *real = memory_format("%s/versions/3.11.7/bin/cupel-python", folder);
    cleanup_free char *version = memory_format("%s/version", folder);
    cleanup_free char *path = memory_format("/nonexistent::%s/shims", folder);
    assert_int_equal(system(make), 0);
    make_program(shim);
    make_program(real);
    setenv("PATH", path, 1);
    cleanup_free char *plain = init_find_program("cupel-python", NULL);
    assert_string_equal(plain, shim);
    FILE *file = fopen(version, "w");
    assert_non_null(file);
    fputs("3.11.7\n", file);
    fclose(file);
    cleanup_free char *followed = init_find_program("cupel-python", NULL);
    assert_string_equal(followed, real);
    assert_null(init_find_program("cupel-nothing", NULL));
    setenv("PATH", old_path, 1);
    cleanup_free char *clean = memory_format("rm -rf %s", folder);
    assert_int_equal(system(clean), 0);
}

static void test_an_empty_tree_is_an_error(void **state)
{
    (void)state;
    struct init_input input = {.read = fixture_read};
    struct init_proposal proposal = {0};
    struct err err = {0};
    assert_int_equal(init_propose(&input, &proposal, &err), ERR_INVALID);
    assert_string_equal(err.message, "the tree has no files to look at; commit something first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proposals_fit_their_trees),
        cmocka_unit_test(test_starter_samples_parse),
        cmocka_unit_test(test_toolchains_outside_the_system_get_a_mount),
        cmocka_unit_test(test_a_system_whose_programs_are_there_goes_first),
        cmocka_unit_test(test_shims_are_followed),
        cmocka_unit_test(test_an_empty_tree_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
