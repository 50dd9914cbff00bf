/* Trees made of a few files each; the proposal must parse and hold the right commands. */
#include "base/cleanup.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/init/init.h"
#include "tests/init/trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *tree_read(const char *path, size_t *length, void *data)
{
    const struct tree *tree = data;
    for (const struct tree_file *file = tree->files; file->path; file++)
        if (strcmp(file->path, path) == 0 && file->content) {
            *length = strlen(file->content);
            return memory_copy_bytes(file->content, *length);
        }
    return NULL;
}

static void tree_propose(const struct tree *tree, char *(*find_program)(const char *, void *),
                         struct init_proposal *proposal)
{
    const char *files[TREES_FILES_MAX];
    struct err err = {0};
    size_t count = 0;
    for (; tree->files[count].path; count++)
        files[count] = tree->files[count].path;
    struct init_input input = {.name = tree->name,
                               .files = files,
                               .count = count,
                               .read = tree_read,
                               .find_program = find_program,
                               .data = (void *)(uintptr_t)tree};
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

static void expect_member(const struct tree *tree, const struct json_file *file,
                          const struct json_value *object, const char *key, const char *expected)
{
    cleanup_free char *got = member_text(file, object, key);
    if (!expected != !got || (got && strcmp(got, expected) != 0))
        fail_msg("%s: %s is %s, not %s", tree->title, key, got ? got : "absent",
                 expected ? expected : "absent");
}

static bool notes_hold(const struct init_proposal *proposal, const char *words)
{
    for (char **note = proposal->notes; *note; note++)
        if (strstr(*note, words))
            return true;
    return false;
}

static void expect_proposal(const struct tree *tree, const struct init_proposal *proposal)
{
    static const char *const known[] = {"version",     "prepare",  "build",     "tests", "policy",
                                        "environment", "contract", "workloads", NULL};
    const struct json_options options = {.comments = true};
    struct json_file file;
    struct err err = {0};
    if (json_file_read(&file, "cupel.json", proposal->text, strlen(proposal->text), &options, &err) < 0)
        fail_msg("%s: %s\n%s", tree->title, err.message, proposal->text);
    const struct json_value *root = json_root(file.document);
    if (json_check_keys(&file, root, known, &err) < 0)
        fail_msg("%s: %s", tree->title, err.message);
    const struct json_value *workload = json_element(json_find(root, "workloads"), 0);
    cleanup_free char *samples = memory_format("\"%s\"", proposal->samples_path);
    expect_member(tree, &file, root, "version", "1");
    expect_member(tree, &file, root, "prepare", tree->prepare);
    expect_member(tree, &file, root, "build", tree->build);
    expect_member(tree, &file, root, "tests", tree->tests);
    expect_member(tree, &file, root, "environment", tree->environment);
    expect_member(tree, &file, workload, "run", tree->run ? tree->run : "[\"./program\"]");
    expect_member(tree, &file, workload, "kind", tree->kind ? tree->kind : "\"command\"");
    expect_member(tree, &file, workload, "stdout", tree->kind ? NULL : "\"auto\"");
    expect_member(tree, &file, workload, "samples", samples);
    if (tree->note && !notes_hold(proposal, tree->note))
        fail_msg("%s: no note says: %s", tree->title, tree->note);
    if (tree->no_note && notes_hold(proposal, tree->no_note))
        fail_msg("%s: a note says: %s", tree->title, tree->no_note);
    json_file_fini(&file);
}

static void test_proposals_fit_their_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < tree_count; i++) {
        struct init_proposal proposal = {0};
        tree_propose(&trees[i], NULL, &proposal);
        expect_proposal(&trees[i], &proposal);
        init_proposal_fini(&proposal);
    }
}

static void expect_starter(const struct tree *tree, const char *path, const char *field)
{
    struct init_proposal proposal = {0};
    tree_propose(tree, NULL, &proposal);
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
    const struct tree worker = {.files = {{"my_worker.py", TREES_PYTHON_WORKER}}};
    expect_starter(&trees[0], "samples/orders.jsonl", "args");
    expect_starter(&worker, "samples/my-worker.jsonl", "request");
    const struct tree script = {.files = {{"quote.py", "import sys\nprint(sys.stdin.read())\n"}}};
    const struct tree program = {
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
    const struct tree node = {
        .files = {{"package.json", "{\"main\":\"a.js\",\"scripts\":{\"build\":\"x\"}}"}}};
    const struct tree python = {.files = {{"a.py", "__main__"}}};
    struct init_proposal proposal = {0};
    tree_propose(&node, outside_program, &proposal);
    assert_true(notes_hold(&proposal, "{\"mounts\": [{\"source\": \"/home/a/.nvm/versions/node/v20\", "
                                      "\"target\": \"/home/a/.nvm/versions/node/v20\"}]}"));
    assert_false(notes_hold(&proposal, "Your npm"));
    init_proposal_fini(&proposal);
    tree_propose(&python, outside_program, &proposal);
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
    const struct tree both = {.files = {{"meson.build", "executable('jo')"}, {"configure", ""}}};
    struct init_proposal proposal = {0};
    tree_propose(&both, no_meson, &proposal);
    assert_string_equal(proposal.notes[0], "Found autotools.");
    assert_string_equal(proposal.notes[1], "There is Meson too; the proposal uses autotools.");
    init_proposal_fini(&proposal);
    tree_propose(&both, NULL, &proposal);
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
    struct init_input input = {.read = tree_read};
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
