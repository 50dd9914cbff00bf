#include "orchestrator/repository/store.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/screen/imports.h"
#include "policies/screen/names.h"

#include <string.h>
#include <sys/stat.h>

#define MODULES_MAX_SOURCE ((size_t)4 << 20) /* larger sources are generated and not read */

/*
 * Names of everything that the base uses, read when first asked for: file names cost one walk, imports of a
 * language the contents of its files. Keys are "language\nname".
 */
struct module_index {
    struct repository *repository; /* borrowed */
    git_oid tree;
    struct name_set names;
    struct name_set languages; /* read so far; "path" for the walk of names */
    const char *language;      /* being read */
};

static void modules_add(struct module_index *index, const char *language, const char *name, size_t length)
{
    cleanup_free char *key = memory_format("%s\n%.*s", language, (int)length, name);
    names_add(&index->names, key, strlen(key), 0);
}

/* Each path by all of its ends at a slash, and likewise the folders above it. */
static int modules_on_path(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    struct module_index *index = data;
    (void)mode;
    (void)blob;
    for (const char *end = path; end; end = strchr(end, '/')) {
        end += *end == '/';
        modules_add(index, "path", end, strlen(end));
        for (const char *slash = strchr(end, '/'); slash; slash = strchr(slash + 1, '/'))
            modules_add(index, "folder", end, (size_t)(slash - end));
    }
    return 0;
}

static void modules_on_import(const struct import *import, void *data)
{
    struct module_index *index = data;
    if (import->declared)
        return;
    modules_add(index, index->language, import->module, strlen(import->module));
    cleanup_free char *supplier = imports_supplier(index->language, import->module);
    if (supplier)
        modules_add(index, index->language, supplier, strlen(supplier));
}

static void modules_read_go_module(struct module_index *index, const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "module ", 7) != 0)
            continue;
        const char *name = line + 7 + strspn(line + 7, " \t\"");
        modules_add(index, "go-module", name, strcspn(name, " \t\r\n\""));
    }
}

static int modules_on_source(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    struct module_index *index = data;
    const char *slash = strrchr(path, '/');
    bool go_module = strcmp(index->language, "go") == 0 && strcmp(slash ? slash + 1 : path, "go.mod") == 0;
    const char *language = imports_language(path);
    if (!S_ISREG(mode) || (!go_module && (!language || strcmp(language, index->language) != 0)))
        return 0;
    cleanup_free char *bytes = NULL;
    size_t length;
    struct err ignored = {0}; /* what can't be read is not known to be used: the safe side */
    if (repository_blob(index->repository, blob, &bytes, &length, &ignored) < 0 ||
        length > MODULES_MAX_SOURCE)
        return 0;
    if (go_module)
        modules_read_go_module(index, bytes);
    else
        imports_scan(language, bytes, length, modules_on_import, index);
    return 0;
}

struct module_index *module_index_new(struct repository *repository, const git_oid *tree)
{
    struct module_index *index = MEMORY_NEW(struct module_index);
    index->repository = repository;
    index->tree = *tree;
    return index;
}

bool module_index_uses(const char *language, const char *module, void *data)
{
    struct module_index *index = data;
    struct err ignored = {0};
    bool about_paths = strcmp(language, "path") == 0 || strcmp(language, "folder") == 0;
    index->language = about_paths ? "path" : strcmp(language, "go-module") == 0 ? "go" : language;
    if (names_add(&index->languages, index->language, strlen(index->language), 0) &&
        repository_walk(index->repository, &index->tree, about_paths ? modules_on_path : modules_on_source,
                        index, &ignored) < 0)
        return false;
    cleanup_free char *key = memory_format("%s\n%s", language, module);
    return names_have(&index->names, key, strlen(key));
}

void module_index_free(struct module_index *index)
{
    if (!index)
        return;
    names_fini(&index->names);
    names_fini(&index->languages);
    free(index);
}
