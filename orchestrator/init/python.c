/* Python: packages that run by `python3 -m`, scripts named in pyproject.toml or setup.cfg, single files. */
#include "orchestrator/init/plan.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/init/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Dotted module of a path's folder below `root` ("src" or ""),
 * for pkg/__main__.py; false when it is elsewhere. */
static bool python_module_of(const char *path, const char *root, char module[INIT_NAME_MAX])
{
    size_t skip = *root ? strlen(root) + 1 : 0;
    const char *slash = strrchr(path, '/');
    if (!slash || (skip && (strncmp(path, root, skip - 1) != 0 || path[skip - 1] != '/')) ||
        (size_t)(slash - path) <= skip || (size_t)(slash - path) - skip >= INIT_NAME_MAX)
        return false;
    size_t length = (size_t)(slash - path) - skip;
    memcpy(module, path + skip, length);
    module[length] = '\0';
    if (!init_is_plain(module))
        return false;
    for (char *at = module; *at; at++)
        *at = *at == '/' ? '.' : *at;
    return true;
}

static bool python_is_named(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* `name = "pkg.mod:function"` of [project.scripts]: what the installed script would do. */
static void python_offer_script(struct init_plan *plan, const char *line)
{
    char name[INIT_NAME_MAX], target[INIT_NAME_MAX];
    const char *at = scan_word(line, "=", name, sizeof name);
    at += strspn(at, " \t");
    if (*at != '=')
        return;
    scan_word(at + 1, "[", target, sizeof target);
    char *colon = strchr(target, ':');
    if (!init_is_plain(name) || !colon)
        return;
    *colon = '\0';
    if (!init_is_plain(target) || !init_is_plain(colon + 1) || strchr(target, '-') || strchr(colon + 1, '/'))
        return;
    cleanup_free char *code =
        memory_format("import sys; from %s import %s; sys.exit(%s())", target, colon + 1, colon + 1);
    init_plan_run(plan, name, "python3", "-c", code, NULL);
}

/* Lines between [section] and the next one. */
static void python_read_scripts(struct init_plan *plan, const char *text, const char *section)
{
    const char *line = strstr(text, section);
    while (line && (line = strchr(line, '\n'))) {
        line++;
        if (*line == '[')
            return;
        python_offer_script(plan, line);
    }
}

static void python_read_modules(const struct init_input *input, struct init_plan *plan, const char *root)
{
    char module[INIT_NAME_MAX];
    for (size_t i = 0; i < input->count; i++)
        if (python_is_named(input->files[i], "__main__.py") && !init_is_side_program(input->files[i]) &&
            python_module_of(input->files[i], root, module))
            init_plan_run(plan, module, "python3", "-m", module, NULL);
}

/* A file in the root, and no test, that has one of these words. */
static void python_offer_files(const struct init_input *input, struct init_plan *plan,
                               const char *const *words)
{
    for (size_t i = 0; i < input->count; i++) {
        const char *path = input->files[i], *dot = strrchr(path, '.');
        if (strchr(path, '/') || !dot || strcmp(dot, ".py") != 0 || !init_is_plain(path) ||
            init_is_side_program(path) || strcmp(path, "setup.py") == 0)
            continue;
        cleanup_free char *text = init_read_text(input, path);
        for (const char *const *word = words; text && *word; word++)
            if (strstr(text, *word)) {
                init_plan_run(plan, path, "python3", path, NULL);
                break;
            }
    }
}

/* Files in the root that call themselves programs, else those that behave like one. */
static void python_read_files(const struct init_input *input, struct init_plan *plan)
{
    static const char *const named[] = {"__main__", NULL};
    static const char *const used[] = {"#!/", "sys.stdin", "sys.argv", "input()", NULL};
    python_offer_files(input, plan, named);
    if (!plan->run)
        python_offer_files(input, plan, used);
}

static bool python_has_side_folder(const struct init_input *input, const char *folder)
{
    for (size_t i = 0; i < input->count; i++) {
        const char *slash = strrchr(input->files[i], '/');
        const char *name = slash ? slash + 1 : input->files[i];
        if (init_has_folder(input, folder) && strncmp(name, "test", 4) == 0 && strstr(name, ".py"))
            return true;
    }
    return false;
}

static void python_read_tests(const struct init_input *input, struct init_plan *plan, const char *settings)
{
    const char *folder = python_has_side_folder(input, "tests")  ? "tests"
                         : python_has_side_folder(input, "test") ? "test"
                                                                 : NULL;
    cleanup_free char *conftest = folder ? memory_format("%s/conftest.py", folder) : NULL;
    if (!folder)
        return;
    if (strstr(settings, "pytest") || init_has_file(input, "pytest.ini") || init_has_file(input, conftest)) {
        init_plan_command(plan, &plan->tests, "python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          NULL);
        init_list_add(&plan->notes,
                      "The tests use pytest, which must be there in the sandbox: Debian's package "
                      "python3-pytest, or a mounted environment.");
    } else {
        init_plan_command(plan, &plan->tests, "python3", "-m", "unittest", "discover", "-s", folder, "-t",
                          ".", NULL);
    }
}

bool init_detect_python(const struct init_input *input, struct init_plan *plan)
{
    static const char *const files[] = {"pyproject.toml", "setup.cfg", "setup.py", "requirements.txt"};
    struct text settings = {0};
    bool found = init_count_suffix(input, ".py") > 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cleanup_free char *text = init_read_text(input, files[i]);
        if (text)
            scan_strip_comments(text);
        text_append_string(&settings, text ? text : "");
        text_append_char(&settings, '\n');
        found |= text != NULL;
    }
    if (found) {
        const char *root = init_has_folder(input, "src") && init_count_suffix(input, "/__init__.py") &&
                                   !init_has_file(input, "src/__init__.py")
                               ? "src"
                               : "";
        init_plan_found(plan, "Python");
        if (*root)
            plan->environment = memory_copy_string("\"PYTHONPATH\": \"/work/src\"");
        python_read_scripts(plan, text_string(&settings), "[project.scripts]");
        python_read_modules(input, plan, root);
        python_read_files(input, plan);
        python_read_tests(input, plan, text_string(&settings));
        if (strstr(text_string(&settings), "ext_modules") || init_count_suffix(input, ".pyx"))
            init_plan_command(plan, &plan->build, "python3", "setup.py", "build_ext", "--inplace", NULL);
        if (strstr(text_string(&settings), "dependencies") ||
            strstr(text_string(&settings), "install_requires") || init_has_file(input, "requirements.txt"))
            init_list_add(
                &plan->notes,
                "The package has dependencies and builds have no network: pip can't fetch them. Install "
                "Debian's packages, or mount a virtual environment by the operator's file and add its "
                "site-packages to PYTHONPATH under \"environment\".");
    }
    text_fini(&settings);
    return found;
}
