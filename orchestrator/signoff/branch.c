#include "orchestrator/signoff/branch.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/repository/store.h"
#include "policies/foreign.h"

#include <git2.h>
#include <string.h>
#include <strings.h>

#define BRANCH_LINE_MAX  1000 /* bytes of a line of the message */
#define BRANCH_LINES_MAX 500
#define BRANCH_DEPTH_MAX 512 /* folders within folders */

/*
 * A line that begins as ours do is quoted, and so is one that ends the message for git-interpret-trailers(1),
 * which would not see ours behind it.
 */
static void branch_append_line(struct text *out, const char *line, size_t length)
{
    cleanup_free char *copy = memory_copy_bytes(line, length);
    if (strncasecmp(copy + strspn(copy, " \t"), "cupel-", 6) == 0 || strncmp(copy, "---", 3) == 0)
        text_append_string(out, "| ");
    foreign_append(out, copy, BRANCH_LINE_MAX);
    text_append_char(out, '\n');
}

static void branch_append_body(struct text *out, const char *body)
{
    size_t lines = 0;
    body += strspn(body, "\r\n");
    if (!*body)
        return;
    text_append_char(out, '\n');
    for (const char *at = body; *at && lines++ < BRANCH_LINES_MAX;) {
        size_t length = strcspn(at, "\n");
        branch_append_line(out, at, length - (length > 0 && at[length - 1] == '\r'));
        at += length + (at[length] == '\n');
    }
}

void branch_write_message(const struct review *review, const cJSON *document, struct text *out)
{
    const cJSON *patch = member_get(member_first(document, "candidates"), "patch");
    const char *subject = member_string(patch, "subject");
    cleanup_free char *otherwise = memory_format("Apply candidate %s", review->subject.id);
    branch_append_line(out, *subject ? subject : otherwise, strlen(*subject ? subject : otherwise));
    branch_append_body(out, member_string(patch, "message"));
    text_printf(out, "\nCupel-Report: %s\n", review->subject.report);
    for (size_t i = 0; i < review->ruling.count; i++) {
        text_append_string(out, "Cupel-Approved-By: ");
        foreign_append(out, review->votes[review->ruling.counted[i]].statement->signer, BRANCH_LINE_MAX);
        text_append_char(out, '\n');
    }
}

static int branch_fail(struct err *err, const char *words, const char *name)
{
    const git_error *last = git_error_last();
    return err_set(err, ERR_SYSTEM, "%s %s: %s", words, name,
                   last && last->message ? last->message : "no reason given");
}

static int branch_copy_object(git_odb *from, git_odb *to, const git_oid *oid, struct err *err)
{
    cleanup_git_odb_object git_odb_object *object = NULL;
    git_oid same;
    int code = git_odb_read(&object, from, oid);
    if (code == 0)
        code = git_odb_write(&same, to, git_odb_object_data(object), git_odb_object_size(object),
                             git_odb_object_type(object));
    return code < 0 ? branch_fail(err, "write an object of", "the branch") : 0;
}

/* Children first, so that a tree is never there without what it names. Bounded by `depth`. */
static int branch_copy_tree(struct repository *repository, git_odb *to, const git_oid *oid, unsigned depth,
                            struct err *err)
{
    cleanup_git_tree git_tree *tree = NULL;
    if (git_odb_exists(to, oid))
        return 0;
    if (depth > BRANCH_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "the tree has more than %d folders within folders", BRANCH_DEPTH_MAX);
    if (git_tree_lookup(&tree, repository->git, oid) < 0)
        return branch_fail(err, "read a folder of", "the candidate");
    for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        const git_oid *child = git_tree_entry_id(entry);
        git_object_t type = git_tree_entry_type(entry);
        int code = 0;
        if (type == GIT_OBJECT_TREE)
            code = branch_copy_tree(repository, to, child, depth + 1, err);
        else if (type == GIT_OBJECT_BLOB && !git_odb_exists(to, child))
            code = branch_copy_object(repository->odb, to, child, err);
        if (code < 0)
            return code;
    }
    return branch_copy_object(repository->odb, to, oid, err);
}

/* A name or address as a commit's header takes it: one line, no angle brackets. Owned. */
static char *branch_plain(const char *foreign, size_t length)
{
    struct text plain = {0};
    cleanup_free char *copy = memory_copy_bytes(foreign, length);
    foreign_append(&plain, copy, BRANCH_LINE_MAX);
    char *out = text_take(&plain), *to = out;
    for (const char *from = out; *from; from++)
        if (*from != '<' && *from != '>')
            *to++ = *from;
    *to = '\0';
    return out;
}

static int branch_sign_as(git_signature **signature, const char *name, size_t name_length, const char *mail,
                          const struct branch_request *request)
{
    cleanup_free char *plain_name = branch_plain(name, name_length);
    cleanup_free char *plain_mail = branch_plain(mail, strlen(mail));
    return git_signature_new(signature, plain_name, plain_mail, (git_time_t)request->review->now.now_s, 0);
}

/* The author as the report names them; the committer where it names nobody that git takes. */
static int branch_sign(const struct branch_request *request, git_signature **author,
                       git_signature **committer, struct err *err)
{
    const struct person *person = request->person;
    const cJSON *patch = member_get(member_first(request->document, "candidates"), "patch");
    const char *named = member_string(patch, "author");
    const char *open = strrchr(named, '<');
    cleanup_free char *mail = ruling_mail(named);
    if (branch_sign_as(committer, person->name, strlen(person->name), person->mail, request) < 0)
        return branch_fail(err, "commit as", person->mail);
    if (branch_sign_as(author, named, open ? (size_t)(open - named) : strlen(named), mail, request) < 0 &&
        git_signature_dup(author, *committer) < 0)
        return branch_fail(err, "commit as", person->mail);
    return 0;
}

static int branch_commit(git_repository *git, const struct branch_request *request, const char *ref,
                         git_oid *commit, struct err *err)
{
    cleanup_git_tree git_tree *tree = NULL;
    cleanup_git_commit git_commit *parent = NULL;
    cleanup_git_reference git_reference *made = NULL;
    cleanup_text struct text message = {0};
    git_signature *author = NULL, *committer = NULL;
    branch_write_message(request->review, request->document, &message);
    int code = branch_sign(request, &author, &committer, err);
    if (code == 0 && (git_tree_lookup(&tree, git, &request->review->claims.tree) < 0 ||
                      git_commit_lookup(&parent, git, &request->standing->tip) < 0))
        code = branch_fail(err, "read what to commit on", ref);
    const git_commit *parents[] = {parent};
    if (code == 0 && (git_commit_create(commit, git, NULL, author, committer, NULL, text_string(&message),
                                        tree, 1, parents) < 0 ||
                      git_reference_create(&made, git, ref, commit, 0, "cupel apply") < 0))
        code = branch_fail(err, "make", ref);
    git_signature_free(author);
    git_signature_free(committer);
    return code;
}

static int branch_check(git_repository *git, const struct branch_request *request, const char *ref,
                        struct err *err)
{
    cleanup_git_reference git_reference *there = NULL;
    int valid = 0;
    if (git_branch_name_is_valid(&valid, request->name) < 0 || !valid)
        return err_set(err, ERR_INVALID, "\"%.100s\" is no name for a branch", request->name);
    if (git_reference_lookup(&there, git, ref) == 0)
        return err_set(err, ERR_INVALID, "the branch %s is there already; name another with --branch",
                       request->name);
    if (git_oid_equal(&request->review->claims.tree, &request->standing->tip_tree))
        return err_set(err, ERR_INVALID, "%s holds the candidate's tree already: there is nothing to apply",
                       request->standing->trust_ref);
    return 0;
}

int branch_make(const struct branch_request *request, git_oid *commit, struct err *err)
{
    struct repository *repository = request->standing->source.repository;
    git_repository *git = NULL;
    git_odb *odb = NULL;
    cleanup_free char *ref = memory_format("refs/heads/%s", request->name);
    /* A handle of its own: the other one keeps what it writes in memory. */
    if (git_repository_open_ext(&git, repository_path(repository), GIT_REPOSITORY_OPEN_CROSS_FS, NULL) < 0)
        return branch_fail(err, "open", repository_path(repository));
    int code = branch_check(git, request, ref, err);
    if (code == 0 && git_repository_odb(&odb, git) < 0)
        code = branch_fail(err, "open the objects of", repository_path(repository));
    if (code == 0)
        code = branch_copy_tree(repository, odb, &request->review->claims.tree, 0, err);
    if (code == 0)
        code = branch_commit(git, request, ref, commit, err);
    git_odb_free(odb);
    git_repository_free(git);
    return code;
}
