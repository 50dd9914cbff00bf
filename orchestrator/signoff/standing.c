#include "orchestrator/signoff/standing.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/repository/store.h"
#include "policies/foreign.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define STANDING_NAME_MAX 200 /* bytes shown of a path or ref */

bool standing_find_ref(struct repository *repository, const char *name, git_reference **reference)
{
    static const char *const folders[] = {"refs/heads/", "refs/remotes/"};
    bool whole = strncmp(name, "refs/", 5) == 0;
    for (size_t i = 0; i < (whole ? 1 : sizeof folders / sizeof *folders); i++) {
        cleanup_free char *full = memory_format("%s%s", whole ? "" : folders[i], name);
        if (git_reference_lookup(reference, repository->git, full) == 0)
            return true;
    }
    return false;
}

/* The operator's word, else HEAD's branch. */
static int standing_find_tip(struct standing *standing, struct err *err)
{
    struct repository *repository = standing->source.repository;
    const char *named = standing->source.settings->trust_ref;
    cleanup_git_reference git_reference *reference = NULL;
    if (named && !standing_find_ref(repository, named, &reference))
        return err_set(err, ERR_INVALID, "%s: /trust_ref: %s has no branch \"%s\"",
                       standing->source.settings->source, repository->path, named);
    int code = named ? 0 : git_repository_head(&reference, repository->git);
    if (code < 0)
        return store_fail(repository, code, err, "read HEAD of %s", repository->path);
    standing->trust_ref = memory_copy_string(git_reference_name(reference));
    if (repository_resolve_commit(repository, standing->trust_ref, &standing->tip, &standing->tip_tree, err) <
        0)
        return err->code;
    git_oid_tostr(standing->tip_hex, sizeof standing->tip_hex, &standing->tip);
    return 0;
}

/* Clones and forks share it; other repositories don't. */
static int standing_find_root(struct standing *standing, struct err *err)
{
    struct repository *repository = standing->source.repository;
    git_revwalk *walk = NULL;
    git_oid oid = standing->tip;
    if (git_repository_is_shallow(repository->git) == 1)
        return err_set(err, ERR_INVALID,
                       "this is a shallow clone, whose first commit is not here to tell it from other "
                       "repositories: git fetch --unshallow");
    int code = git_revwalk_new(&walk, repository->git);
    if (code == 0)
        code = git_revwalk_simplify_first_parent(walk);
    if (code == 0)
        code = git_revwalk_push(walk, &standing->tip);
    while (code == 0 && (code = git_revwalk_next(&oid, walk)) == 0)
        continue;
    git_revwalk_free(walk);
    if (code != GIT_ITEROVER)
        return store_fail(repository, code, err, "read the history of %s", standing->trust_ref);
    git_oid_tostr(standing->root, sizeof standing->root, &oid);
    return 0;
}

/* Is there such a file at the tip? Not whether it can be read: a partial clone may lack it. */
static int standing_has_list(const struct standing *standing, const char *name, bool *has, struct err *err)
{
    struct repository *repository = standing->source.repository;
    cleanup_git_tree git_tree *tip = NULL, *folder = NULL;
    *has = false;
    int code = git_tree_lookup(&tip, repository->git, &standing->tip_tree);
    const git_tree_entry *entry = code == 0 ? git_tree_entry_byname(tip, STANDING_FOLDER) : NULL;
    if (entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE)
        code = git_tree_lookup(&folder, repository->git, git_tree_entry_id(entry));
    if (code < 0)
        return store_fail(repository, code, err, "read %s of %s", STANDING_FOLDER, standing->trust_ref);
    *has = folder && git_tree_entry_byname(folder, name);
    return 0;
}

/* A list from the operator's file, else from the tip. *bytes NULL: there is none. */
static int standing_read_list(struct standing *standing, const char *file, const char *list, char **bytes,
                              size_t *length, char **name, struct err *err)
{
    bool has;
    if (file) {
        *name = memory_copy_string(file);
        return folder_read_file(file, SIGNERS_BYTES_MAX, bytes, length, err);
    }
    cleanup_free char *path = memory_format("%s/%s", STANDING_FOLDER, list);
    *name = memory_format("%s of %s", path, standing->trust_ref);
    if (standing_has_list(standing, list, &has, err) < 0)
        return err->code;
    return has ? repository_file(standing->source.repository, &standing->tip_tree, path, bytes, length, err)
               : 0;
}

/* Why nobody may sign, where that is so. */
static void standing_tell_lack(struct standing *standing, const char *name, bool is_there)
{
    struct text words = {0};
    if (is_there) {
        foreign_append(&words, name, STANDING_NAME_MAX);
        text_append_string(&words, " lists no one");
    } else {
        text_append_string(&words, "commit " STANDING_FOLDER "/" STANDING_SIGNERS " to ");
        foreign_append(&words, standing->trust_ref, STANDING_NAME_MAX);
        text_append_string(&words, " and evaluate the candidate on top of that, or name a list as "
                                   "allowed_signers in the operator's file (~/.config/cupel/operator.json)");
    }
    standing->signers_why = text_take(&words);
}

static int standing_read_signers(struct standing *standing, struct err *err)
{
    const struct operator_settings *settings = standing->source.settings;
    cleanup_free char *allowed = NULL, *revoked = NULL, *name = NULL, *revoked_name = NULL;
    size_t allowed_length = 0, revoked_length = 0;
    if (standing_read_list(standing, settings->allowed_signers, STANDING_SIGNERS, &allowed, &allowed_length,
                           &name, err) < 0 ||
        standing_read_list(standing, settings->revoked_keys, STANDING_REVOKED, &revoked, &revoked_length,
                           &revoked_name, err) < 0)
        return err->code;
    if (signers_read(&standing->signers, name, allowed ? allowed : "", allowed_length, err) < 0)
        return err->code;
    if (standing->signers.count == 0)
        standing_tell_lack(standing, name, allowed != NULL);
    return keygen_open(&standing->keygen, &standing->signers, revoked, revoked_length, err);
}

static int standing_read_trusted(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    struct standing *standing = data;
    return repository_file(standing->source.repository, &standing->tip_tree, path, bytes, length, err);
}

/* One that can't be read any more is no error here: the report is stale then. */
static void standing_read_configuration(struct standing *standing)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err why = {0};
    standing->configuration = standing->source.outside;
    const struct configuration_origin origin = {
        .policies = standing->source.policies, .read = standing_read_trusted, .data = standing};
    cleanup_free char *name = memory_format("%s of %.12s", CONFIGURATION_NAME, standing->tip_hex);
    if (!standing->configuration &&
        standing_read_trusted(CONFIGURATION_NAME, &bytes, &length, standing, &why) == 0 &&
        configuration_read(&standing->own, name, bytes, length, &origin, &why) == 0) {
        standing->owns = true;
        standing->configuration = &standing->own;
    }
    if (!standing->configuration) {
        standing->unread_why = memory_copy_string(why.message);
        return;
    }
    char hex[DIGEST_HEX];
    digest_to_hex(&standing->configuration->digest, hex);
    snprintf(standing->configuration_digest, sizeof standing->configuration_digest, "sha256:%s", hex);
    digest_to_hex(&standing->configuration->policy.digest, hex);
    snprintf(standing->policy, sizeof standing->policy, "sha256:%s", hex);
}

int standing_open(struct standing *standing, const struct standing_source *source, struct err *err)
{
    *standing = (struct standing){.source = *source};
    if (standing_find_tip(standing, err) < 0 || standing_find_root(standing, err) < 0)
        return err->code;
    if (standing_read_signers(standing, err) < 0)
        return err_wrap(err, "who may sign");
    standing_read_configuration(standing);
    return 0;
}

int standing_ledger(struct standing *standing, struct ledger **ledger, struct err *err)
{
    struct err local = {0};
    const struct ledger_options options = {.read_only = true};
    int code =
        standing->ledger ? 0 : ledger_open(&standing->ledger, standing->source.state, &options, &local);
    *ledger = code == 0 ? standing->ledger : NULL;
    if (code == 0 || code == ERR_NOT_FOUND)
        return 0;
    *err = local;
    return code;
}

void standing_close(struct standing *standing)
{
    ledger_close(standing->ledger);
    if (standing->owns)
        configuration_fini(&standing->own);
    keygen_close(&standing->keygen);
    signers_fini(&standing->signers);
    free(standing->unread_why);
    free(standing->signers_why);
    free(standing->trust_ref);
    *standing = (struct standing){0};
}

static char *standing_hex(const struct digest *digest)
{
    char hex[DIGEST_HEX];
    digest_to_hex(digest, hex);
    return memory_format("sha256:%s", hex);
}

static char *standing_samples_file(const char *folder, const char *path)
{
    struct err ignored = {0};
    struct digest digest;
    cleanup_free char *whole = *path == '/' ? memory_copy_string(path) : memory_format("%s/%s", folder, path);
    cleanup_fd int fd = open(whole, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && digest_of_fd(fd, &digest, &ignored) == 0 ? standing_hex(&digest) : NULL;
}

/* "sha256" of the manifest beside the samples: hexadecimal digits, as samples_load() checks them. */
static char *standing_samples_manifest(const struct standing *standing, const char *path)
{
    cleanup_free char *name = memory_format("%s.manifest.json", path);
    cleanup_free char *bytes = NULL;
    char *found = NULL;
    size_t length = 0;
    struct err ignored = {0};
    struct json_file file = {0};
    const char *digest;
    if (repository_file(standing->source.repository, &standing->tip_tree, name, &bytes, &length, &ignored) <
        0)
        return NULL;
    const struct json_options options = {.max_depth = 16};
    if (json_file_read(&file, name, bytes, length, &options, &ignored) == 0 &&
        json_type(json_root(file.document)) == JSON_OBJECT) {
        const struct json_value *value = json_find(json_root(file.document), "sha256");
        if (value && json_want_string(&file, value, &digest, &ignored) == 0)
            found = memory_format("%s%s", strncmp(digest, "sha256:", 7) == 0 ? "" : "sha256:", digest);
    }
    json_file_fini(&file);
    return found;
}

char *standing_samples(const struct standing *standing, const char *workload)
{
    const struct configuration *configuration = standing->configuration;
    const char *path = NULL;
    for (size_t i = 0; configuration && i < configuration->workload_count; i++)
        if (strcmp(configuration->workloads[i].name, workload) == 0)
            path = configuration->workloads[i].samples_path;
    if (!path)
        return NULL;
    const char *folders[] = {configuration->folder, standing->source.settings->samples_root};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *found = folders[i] ? standing_samples_file(folders[i], path) : NULL;
        if (found)
            return found;
    }
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err ignored = {0};
    if (repository_file(standing->source.repository, &standing->tip_tree, path, &bytes, &length, &ignored) <
        0)
        return standing_samples_manifest(standing, path);
    struct digest digest = digest_of(bytes, length);
    return standing_hex(&digest);
}
