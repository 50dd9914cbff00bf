/* autotools and plain make: builds in the tree. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/init/program.h"
#include "orchestrator/init/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of bin_PROGRAMS in a Makefile.am. */
static void init_scan_automake(const struct init_input *input, const char *path, const char *folder,
                               struct init_program *program)
{
    cleanup_free char *text = init_read_text(input, path);
    char value[1024], name[INIT_NAME_MAX];
    if (!text || !scan_assignment(text, "bin_PROGRAMS", value, sizeof value))
        return;
    for (const char *at = scan_word(value, "\\", name, sizeof name); *name;
         at = scan_word(at, "\\", name, sizeof name))
        init_program_offer(program, folder, name, input->name);
}

bool init_detect_autotools(const struct init_input *input, struct init_plan *plan)
{
    struct init_program program = {.rank = 0};
    char folder[INIT_NAME_MAX];
    bool made = init_has_file(input, "configure");
    if (!made && !init_has_file(input, "configure.ac") && !init_has_file(input, "configure.in"))
        return false;
    init_plan_found(plan, "autotools");
    for (size_t i = 0; i < input->count; i++)
        if (init_folder_of(input->files[i], "Makefile.am", folder))
            init_scan_automake(input, input->files[i], folder, &program);
    if (!made) {
        init_plan_command(plan, &plan->build, "autoreconf", "-fi", NULL);
        if (init_has_file(input, "autogen.sh") || init_has_file(input, "bootstrap"))
            init_list_add(&plan->notes,
                          "The repository has its own %s; use it instead of autoreconf if that fails, "
                          "unless it downloads something (gnulib, submodules).",
                          init_has_file(input, "autogen.sh") ? "autogen.sh" : "bootstrap");
    }
    init_plan_command(plan, &plan->build, "./configure", NULL);
    init_plan_command(plan, &plan->build, "make", "-j2", NULL);
    init_plan_command(plan, &plan->tests, "make", "check", NULL);
    if (!program.rank && input->name)
        init_program_offer(&program, "", input->name, NULL);
    init_program_run(&program, plan, ".");
    return true;
}

/* What a recipe line links: the word behind -o, the target for $@; nothing for compilations. */
static void init_scan_recipe(const char *text, const char *line, const char *target,
                             struct init_program *program, const char *repository)
{
    char word[INIT_NAME_MAX], output[INIT_NAME_MAX] = "", expanded[INIT_NAME_MAX];
    size_t length = strcspn(line, "\n");
    cleanup_free char *recipe = memory_copy_bytes(line, length);
    for (const char *at = recipe; *at;) {
        at = scan_word(at, "", word, sizeof word);
        if (strcmp(word, "-c") == 0 || strcmp(word, "-shared") == 0 || strcmp(word, "-E") == 0)
            return;
        if (strcmp(word, "-o") == 0)
            at = scan_word(at, "", output, sizeof output);
    }
    if (strchr(output, '%') || !*output)
        return;
    if (!scan_expand(text, strcmp(output, "$@") == 0 ? target : output, expanded, sizeof expanded))
        return;
    const char *name = strncmp(expanded, "./", 2) == 0 ? expanded + 2 : expanded;
    const char *dot = strrchr(name, '.');
    if (strchr(name, '%') || strchr(name, ' ') ||
        (dot && (strcmp(dot, ".o") == 0 || strcmp(dot, ".so") == 0)))
        return;
    init_program_offer(program, "", name, repository);
}

static void init_scan_makefile(const char *text, struct init_program *program, const char *repository)
{
    char target[INIT_NAME_MAX] = "";
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '\t') {
            init_scan_recipe(text, line, target, program, repository);
            continue;
        }
        const char *colon = strpbrk(line, ":=\n");
        if (colon && *colon == ':' && colon[1] != '=')
            scan_word(line, ":", target, sizeof target);
    }
}

/* A rule of that name, which may be one of several names before the colon. */
static bool init_makefile_has_target(const char *text, const char *name)
{
    char word[INIT_NAME_MAX];
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t length = strcspn(line, ":=\n");
        if (*line == '\t' || line[length] != ':' || line[length + 1] == '=')
            continue;
        cleanup_free char *targets = memory_copy_bytes(line, length);
        for (const char *at = scan_word(targets, "", word, sizeof word); *word;
             at = scan_word(at, "", word, sizeof word))
            if (strcmp(word, name) == 0)
                return true;
    }
    return false;
}

bool init_detect_make(const struct init_input *input, struct init_plan *plan)
{
    static const char *const names[] = {"GNUmakefile", "makefile", "Makefile"};
    static const char *const sources[] = {".c", ".cc", ".cpp", ".cxx", ".s", ".S", ".f90"};
    cleanup_free char *text = NULL;
    size_t compiled = 0;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        compiled += init_count_suffix(input, sources[i]);
    for (size_t i = 0; !text && i < sizeof names / sizeof *names; i++)
        text = init_read_text(input, names[i]);
    /* Beside scripts alone, a Makefile is a list of chores. */
    if (!text || (compiled == 0 && (init_count_suffix(input, ".py") || init_has_file(input, "package.json"))))
        return false;
    struct init_program program = {.rank = 0};
    init_plan_found(plan, "make");
    scan_strip_comments(text);
    init_plan_command(plan, &plan->build, "make", "-j2", NULL);
    if (init_makefile_has_target(text, "test") || init_makefile_has_target(text, "check"))
        init_plan_command(plan, &plan->tests, "make",
                          init_makefile_has_target(text, "test") ? "test" : "check", NULL);
    init_scan_makefile(text, &program, input->name);
    /* A Makefile that hands on to folders names what it gathers. */
    if (program.rank < INIT_RANK_PROGRAM && input->name && init_makefile_has_target(text, input->name))
        init_program_offer(&program, "", input->name, input->name);
    init_program_run(&program, plan, strchr(program.name, '/') ? "" : ".");
    return true;
}
