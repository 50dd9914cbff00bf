/* What lies around the build: submodules, large files elsewhere,
 * and toolchains outside the system's folders. */
#include "orchestrator/init/plan.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void init_note_repository(const struct init_input *input, struct init_plan *plan)
{
    cleanup_free char *attributes = init_read_text(input, ".gitattributes");
    if (init_has_file(input, ".gitmodules"))
        init_list_add(&plan->notes,
                      "The repository has submodules (.gitmodules), and only the tree itself is exported: "
                      "a build that needs them must find them elsewhere, such as a mounted folder.");
    if (attributes && strstr(attributes, "filter=lfs"))
        init_list_add(&plan->notes,
                      "The repository keeps files in Git LFS (.gitattributes): the sandbox sees the "
                      "pointers, not the files.");
    if (init_has_file(input, "go.mod") && !init_has_folder(input, "vendor"))
        init_list_add(&plan->notes,
                      "go.mod names modules that `go mod download` would fetch, and builds have no "
                      "network: run `go mod vendor` and commit vendor/, or mount a module cache.");
    if (init_has_file(input, "Cargo.toml") && !init_has_folder(input, "vendor"))
        init_list_add(&plan->notes,
                      "Cargo would fetch crates, and builds have no network: run `cargo vendor` and "
                      "commit it, or mount a filled CARGO_HOME and build with --offline.");
}

/* The sandbox has these folders already. */
static bool init_is_system_path(const char *path)
{
    static const char *const folders[] = {"/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

void init_note_toolchains(const struct init_input *input, struct init_plan *plan)
{
    for (size_t i = 0; input->find_program && i < plan->programs.count; i++) {
        const char *program = plan->programs.items[i];
        cleanup_free char *path = input->find_program(program, input->data);
        if (!path) {
            init_list_add(&plan->notes, "%s is not in your PATH: install it before `cupel check`.", program);
            continue;
        }
        if (init_is_system_path(path))
            continue;
        /* <prefix>/bin/<program>: the prefix is what the program needs of itself. */
        char *bin = strstr(path, "/bin/");
        cleanup_free char *prefix = memory_copy_bytes(path, bin ? (size_t)(bin - path) : strlen(path));
        init_list_add(
            &plan->notes,
            "Your %s is %s, outside the system's folders that a sandbox has. To use it, declare it in your "
            "own ~/.config/cupel/operator.json: {\"mounts\": [{\"source\": \"%s\", \"target\": \"%s\"}]}; "
            "otherwise the system's %s is taken, if there is one.",
            program, path, prefix, prefix, program);
    }
}

/* The version that pyenv and rbenv run for a shim:
 * the first line of <root>/version; NULL if it isn't there. */
static char *init_follow_shim(const char *path, const char *program)
{
    const char *shims = strstr(path, "/shims/");
    if (!shims)
        return NULL;
    cleanup_free char *root = memory_copy_bytes(path, (size_t)(shims - path));
    cleanup_free char *version_path = memory_format("%s/version", root);
    cleanup_file FILE *file = fopen(version_path, "re");
    char version[128];
    if (!file || !fgets(version, sizeof version, file))
        return NULL;
    version[strcspn(version, " \r\n")] = '\0';
    if (!init_is_plain(version))
        return NULL;
    cleanup_free char *real = memory_format("%s/versions/%s/bin/%s", root, version, program);
    return access(real, X_OK) == 0 ? STEAL(real) : NULL;
}

char *init_find_program(const char *program, void *data)
{
    (void)data;
    const char *path = getenv("PATH");
    for (const char *entry = path ? path : ""; *entry; entry += *entry == ':') {
        size_t length = strcspn(entry, ":");
        cleanup_free char *candidate = memory_format("%.*s/%s", (int)length, entry, program);
        entry += length;
        if (length == 0 || length > PATH_MAX || access(candidate, X_OK) != 0)
            continue;
        char *real = init_follow_shim(candidate, program);
        return real ? real : STEAL(candidate);
    }
    return NULL;
}
