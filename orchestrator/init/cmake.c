/* CMake and Meson: builds in a folder of their own, programs by name in a list of calls. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/init/program.h"
#include "orchestrator/init/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where to build: not in a folder that the repository uses itself. */
static const char *init_build_folder(const struct init_input *input)
{
    return init_has_folder(input, "build") || init_has_file(input, "build") ? "cupel-build" : "build";
}

/* `word` itself, or what `set()` gives it in the same file when it is one variable; "" if nothing does. */
static void init_expand_cmake(const char *text, const char *word, char name[INIT_NAME_MAX])
{
    char variable[INIT_NAME_MAX], wanted[INIT_NAME_MAX];
    size_t length = strlen(word);
    if (strncmp(word, "${", 2) != 0) {
        strcpy(name, word);
        return;
    }
    *name = '\0';
    if (word[length - 1] != '}')
        return;
    memcpy(wanted, word + 2, length - 3);
    wanted[length - 3] = '\0';
    for (const char *at = text; scan_next_call(&at, "set", variable, sizeof variable);)
        if (strcmp(variable, wanted) == 0)
            scan_word(at, ")", name, INIT_NAME_MAX);
}

static void init_scan_cmake(const struct init_input *input, struct init_plan *plan, const char *path,
                            const char *folder, struct init_program *program, bool *tests)
{
    static const char *const fetchers[] = {"FetchContent_Declare", "ExternalProject_Add", "CPMAddPackage",
                                           "file(DOWNLOAD"};
    cleanup_free char *text = init_read_text(input, path);
    char name[INIT_NAME_MAX], expanded[INIT_NAME_MAX], project[INIT_NAME_MAX] = "";
    if (!text)
        return;
    scan_strip_comments(text);
    const char *at = text;
    if (scan_next_call(&at, "project", name, sizeof name) && !*folder)
        strcpy(project, name);
    for (at = text; scan_next_call(&at, "add_executable", name, sizeof name);) {
        char next[INIT_NAME_MAX];
        scan_word(at, ")", next, sizeof next);
        if (strcmp(next, "IMPORTED") == 0 || strcmp(next, "ALIAS") == 0)
            continue;
        bool is_project = strcmp(name, "${PROJECT_NAME}") == 0 || strcmp(name, "${CMAKE_PROJECT_NAME}") == 0;
        init_expand_cmake(text, name, expanded);
        init_program_offer(program, folder, is_project ? project : expanded, input->name);
    }
    *tests = *tests || strcasestr(text, "enable_testing") || scan_find_word(text, "CTest", false);
    for (size_t i = 0; i < sizeof fetchers / sizeof *fetchers; i++)
        if (strcasestr(text, fetchers[i]))
            init_list_add(
                &plan->notes,
                "%s downloads sources (%s), and builds have no network: use the system's package, keep the "
                "sources in the repository, or set FETCHCONTENT_SOURCE_DIR_<NAME> to a mounted copy.",
                path, fetchers[i]);
    if (strstr(text, "CMAKE_RUNTIME_OUTPUT_DIRECTORY"))
        init_list_add(
            &plan->notes,
            "%s sets CMAKE_RUNTIME_OUTPUT_DIRECTORY: the program may lie elsewhere in the build folder "
            "than \"run\" guesses.",
            path);
}

bool init_detect_cmake(const struct init_input *input, struct init_plan *plan)
{
    struct init_program program = {.rank = 0};
    bool tests = false;
    char folder[INIT_NAME_MAX];
    if (!init_has_file(input, "CMakeLists.txt"))
        return false;
    const char *build = init_build_folder(input);
    init_plan_found(plan, "CMake");
    init_scan_cmake(input, plan, "CMakeLists.txt", "", &program, &tests);
    for (size_t i = 0; i < input->count; i++)
        if (init_folder_of(input->files[i], "CMakeLists.txt", folder) && *folder)
            init_scan_cmake(input, plan, input->files[i], folder, &program, &tests);
    init_plan_command(plan, &plan->build, "cmake", "-S", ".", "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                      NULL);
    init_plan_command(plan, &plan->build, "cmake", "--build", build, "--parallel", "2", NULL);
    if (tests)
        init_plan_command(plan, &plan->tests, "ctest", "--test-dir", build, "--output-on-failure", NULL);
    init_program_run(&program, plan, build);
    return true;
}

static void init_scan_meson(const struct init_input *input, const char *path, const char *folder,
                            struct init_program *program, bool *tests)
{
    cleanup_free char *text = init_read_text(input, path);
    char name[INIT_NAME_MAX], project[INIT_NAME_MAX] = "";
    if (!text)
        return;
    scan_strip_comments(text);
    const char *at = text;
    if (scan_next_call(&at, "project", name, sizeof name))
        strcpy(project, name);
    for (at = text; scan_next_call(&at, "executable", name, sizeof name);)
        init_program_offer(program, folder, strcmp(name, "meson.project_name") == 0 ? project : name,
                           input->name);
    at = text;
    *tests = *tests || scan_next_call(&at, "test", name, sizeof name);
}

bool init_detect_meson(const struct init_input *input, struct init_plan *plan)
{
    struct init_program program = {.rank = 0};
    bool tests = false;
    char folder[INIT_NAME_MAX];
    if (!init_has_file(input, "meson.build"))
        return false;
    const char *build = init_build_folder(input);
    init_plan_found(plan, "Meson");
    for (size_t i = 0; i < input->count; i++)
        if (init_folder_of(input->files[i], "meson.build", folder))
            init_scan_meson(input, input->files[i], folder, &program, &tests);
    init_plan_command(plan, &plan->build, "meson", "setup", build, "--buildtype=release",
                      "--wrap-mode=nodownload", NULL);
    init_plan_command(plan, &plan->build, "ninja", "-C", build, "-j", "2", NULL);
    if (tests)
        init_plan_command(plan, &plan->tests, "meson", "test", "-C", build, "--print-errorlogs", NULL);
    if (init_count_suffix(input, ".wrap"))
        init_list_add(&plan->notes,
                      "subprojects/*.wrap may download sources, and builds have no network: install "
                      "the system's packages or keep the subprojects in the repository.");
    init_program_run(&program, plan, build);
    return true;
}
