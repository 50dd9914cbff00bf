#include "policies/screen/finding.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/screen/imports.h"
#include "policies/screen/names.h"

#include <string.h>

/* One file whose imports are being held against the base. */
struct import_check {
    struct screen *screen;
    const struct screen_file *file;
    const char *language;
    struct name_set before;   /* imported by the file's old content */
    struct name_set declared; /* modules that the new content makes itself */
    struct name_set seen;     /* new ones that were looked at */
};

static void check_on_before(const struct import *import, void *data)
{
    struct import_check *check = data;
    names_add(&check->before, import->module, strlen(import->module), import->line);
}

static void check_on_declared(const struct import *import, void *data)
{
    struct import_check *check = data;
    if (import->declared)
        names_add(&check->declared, import->module, strlen(import->module), import->line);
}

static bool check_asks(const struct import_check *check, const char *language, const char *module)
{
    const struct screen_input *input = check->screen->input;
    return input->base_uses_module && input->base_uses_module(language, module, input->data);
}

static bool check_ends_in(const char *path, const char *name)
{
    size_t length = strlen(path), end = strlen(name);
    return length >= end && strcmp(path + length - end, name) == 0 &&
           (length == end || path[length - end - 1] == '/');
}

/* A file of that path in the base, or one that the patch brings. */
static bool check_has_path(const struct import_check *check, const char *path)
{
    while (strncmp(path, "./", 2) == 0 || strncmp(path, "../", 3) == 0)
        path += path[1] == '.' ? 3 : 2;
    const struct screen_input *input = check->screen->input;
    for (size_t i = 0; i < input->count; i++)
        if (input->files[i].new_path && check_ends_in(input->files[i].new_path, path))
            return true;
    return check_asks(check, "path", path);
}

static bool check_has_folder(const struct import_check *check, const char *folder)
{
    cleanup_free char *inside = memory_format("%s/", folder);
    const struct screen_input *input = check->screen->input;
    for (size_t i = 0; i < input->count; i++) {
        const char *path = input->files[i].new_path;
        const char *found = path ? strstr(path, inside) : NULL;
        if (found && (found == path || found[-1] == '/'))
            return true;
    }
    return check_asks(check, "folder", folder);
}

static bool check_is_own_python(const struct import_check *check, const char *module)
{
    cleanup_free char *top = memory_copy_bytes(module, strcspn(module, "."));
    cleanup_free char *file = memory_format("%s.py", top);
    return check_has_path(check, file) || check_has_folder(check, top);
}

static bool check_is_own_rust(const struct import_check *check, const char *module)
{
    cleanup_free char *file = memory_format("%s.rs", module), *folder = memory_format("%s/mod.rs", module);
    return names_have(&check->declared, module, strlen(module)) || check_has_path(check, file) ||
           check_has_path(check, folder);
}

/* Below the name that the repository's go.mod gives it. */
static bool check_is_own_go(const struct import_check *check, const char *module)
{
    cleanup_free char *prefix = memory_copy_string(module);
    for (char *end = prefix + strlen(prefix); end; end = strrchr(prefix, '/')) {
        *end = '\0';
        if (check_asks(check, "go-module", prefix))
            return true;
    }
    return false;
}

static bool check_is_own_java(const struct import_check *check, const char *module)
{
    cleanup_free char *folder = memory_copy_string(module);
    for (char *dot = strchr(folder, '.'); dot; dot = strchr(dot, '.'))
        *dot = '/';
    return check_has_folder(check, folder);
}

static bool check_is_own(const struct import_check *check, const struct import *import)
{
    if (strcmp(check->language, "c") == 0)
        return check_has_path(check, import->module);
    if (strcmp(check->language, "python") == 0)
        return check_is_own_python(check, import->module);
    if (strcmp(check->language, "rust") == 0)
        return check_is_own_rust(check, import->module);
    if (strcmp(check->language, "go") == 0)
        return check_is_own_go(check, import->module);
    if (strcmp(check->language, "java") == 0)
        return check_is_own_java(check, import->module);
    return false;
}

static bool check_is_known(const struct import_check *check, const struct import *import)
{
    if (check_asks(check, check->language, import->module))
        return true;
    cleanup_free char *supplier = imports_supplier(check->language, import->module);
    return supplier && check_asks(check, check->language, supplier);
}

static void check_on_import(const struct import *import, void *data)
{
    struct import_check *check = data;
    const struct policy_touch *touch = &check->screen->policy->touch;
    size_t length = strlen(import->module);
    bool harmless = imports_is_harmless(check->language, import->module);
    if (import->declared || names_have(&check->before, import->module, length) ||
        !names_add(&check->seen, import->module, length, import->line))
        return;
    /* Asked in the order of what an answer costs: file names are read sooner than contents. */
    if ((harmless && touch->allow_standard_imports) || check_is_own(check, import) ||
        check_is_known(check, import))
        return;
    screen_find(check->screen, check->file->new_path, import->line, false,
                harmless ? "touch.allow_standard_imports" : "touch.allow_new_imports",
                "imports `%.200s`, which the base nowhere uses; the policy takes modules %s", import->module,
                touch->allow_standard_imports ? "that it uses, and the computing part of the standard library"
                                              : "that it uses");
}

void screen_check_imports(struct screen *screen, const struct screen_file *file)
{
    const char *language = file->new_path ? imports_language(file->new_path) : NULL;
    if (screen->policy->touch.allow_new_imports || !language || !file->new_bytes)
        return;
    struct import_check check = {.screen = screen, .file = file, .language = language};
    if (file->old_bytes)
        imports_scan(language, file->old_bytes, file->old_length, check_on_before, &check);
    imports_scan(language, file->new_bytes, file->new_length, check_on_declared, &check);
    imports_scan(language, file->new_bytes, file->new_length, check_on_import, &check);
    names_fini(&check.before);
    names_fini(&check.declared);
    names_fini(&check.seen);
}
