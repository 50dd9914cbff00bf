/* `cupel init`: looks at the repository's tracked files and writes a commented cupel.json. */
#include "orchestrator/init/init.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/commands/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The base tree's files, read through git: what isn't committed is no part of it. */
struct init_tree {
    struct repository *repository;
    git_oid tree;
    char **files; /* paths; owned */
    size_t count;
    size_t capacity;
};

static int init_on_entry(const char *path, uint32_t mode, const git_oid *blob, void *data)
{
    struct init_tree *tree = data;
    (void)mode;
    (void)blob;
    MEMORY_GROW(tree->files, tree->count + 1, tree->capacity);
    tree->files[tree->count++] = memory_copy_string(path);
    return 0;
}

static char *init_on_read(const char *path, size_t *length, void *data)
{
    struct init_tree *tree = data;
    char *bytes = NULL;
    struct err ignored = {0}; /* a file that can't be read says nothing */
    if (repository_file(tree->repository, &tree->tree, path, &bytes, length, &ignored) < 0)
        return NULL;
    return bytes;
}

static void init_tree_fini(struct init_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        free(tree->files[i]);
    free(tree->files);
}

/* Creates a file that must not be there yet, unless `force`. */
static int init_write(const char *path, const char *text, bool force, struct err *err)
{
    if (!force && access(path, F_OK) == 0)
        return err_set(err, ERR_INVALID, "%s is already there; look at it, or write it anew with --force",
                       path);
    return folder_replace_file(path, text, strlen(text), err);
}

static int init_propose_for(struct session *session, struct init_proposal *proposal, struct err *err)
{
    git_oid commit;
    struct init_tree tree = {.repository = session->repository};
    const char *path = repository_path(session->repository);
    cleanup_free char *trimmed = memory_copy_string(path);
    size_t length = strlen(trimmed);
    while (length > 1 && trimmed[length - 1] == '/')
        trimmed[--length] = '\0';
    /* "store.git" is how a bare repository of store is called. */
    if (length > 5 && strcmp(trimmed + length - 4, ".git") == 0 && trimmed[length - 5] != '/')
        trimmed[length - 4] = '\0';
    const char *slash = strrchr(trimmed, '/');
    int result = repository_resolve_commit(session->repository, NULL, &commit, &tree.tree, err);
    if (result == 0)
        result = repository_walk(session->repository, &tree.tree, init_on_entry, &tree, err);
    if (result == 0) {
        const struct init_input input = {
            .name = slash ? slash + 1 : trimmed,
            .files = (const char *const *)tree.files,
            .count = tree.count,
            .read = init_on_read,
            .find_program = init_find_program,
            .data = &tree,
        };
        result = init_propose(&input, proposal, err);
    }
    init_tree_fini(&tree);
    return result;
}

static int init_deliver(struct session *session, const struct cli_arguments *arguments,
                        const struct init_proposal *proposal, struct err *err)
{
    cleanup_free char *path =
        memory_format("%s/%s", repository_path(session->repository), CONFIGURATION_NAME);
    for (char **note = proposal->notes; *note; note++)
        fprintf(stderr, "- %s\n", *note);
    if (cli_flag(arguments, CLI_OPTION_STDOUT)) {
        fputs(proposal->text, stdout);
        return 0;
    }
    cleanup_free char *git = memory_format("%s/.git", repository_path(session->repository));
    if (access(git, F_OK) < 0)
        return err_set(
            err, ERR_INVALID,
            "a bare repository has no checkout to write into: put what `cupel init --stdout` prints "
            "into a folder outside, samples beside it, and give it with --config");
    if (init_write(path, proposal->text, cli_flag(arguments, CLI_OPTION_FORCE), err) < 0)
        return err->code;
    printf("Wrote %s. Next: put samples where it says (%s; three lines to start from are below), then `cupel "
           "check`.\n"
           "\n%s",
           path, proposal->samples_path, proposal->samples_text);
    return 0;
}

int command_init(const struct cli_arguments *arguments)
{
    struct session session;
    struct err err = {0};
    struct init_proposal proposal = {0};
    int status = 0;
    if (session_open(&session, cli_option(arguments, CLI_OPTION_REPO), NULL, true, &err) < 0 ||
        init_propose_for(&session, &proposal, &err) < 0 ||
        init_deliver(&session, arguments, &proposal, &err) < 0) {
        status = session_fail(&session, &err);
    }
    init_proposal_fini(&proposal);
    session_close(&session);
    return status;
}
