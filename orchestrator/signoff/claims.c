#include "orchestrator/signoff/claims.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/repository/candidate.h"
#include "orchestrator/repository/store.h"

#include <string.h>

/* By its id alone: a branch may have forty digits for a name. False where it isn't here. */
static bool claims_find_commit(struct repository *repository, const char *hex, git_oid *commit, git_oid *tree)
{
    cleanup_git_commit git_commit *found = NULL;
    if (git_oid_fromstr(commit, hex) < 0 || git_commit_lookup(&found, repository->git, commit) < 0)
        return false;
    *tree = *git_commit_tree_id(found);
    return true;
}

static int claims_compare(const char *name, const git_oid *tree, const char *claimed, struct err *err)
{
    char hex[GIT_OID_HEXSZ + 1];
    git_oid_tostr(hex, sizeof hex, tree);
    if (claimed && strcmp(hex, claimed) == 0)
        return 0;
    return err_set(
        err, ERR_INVALID,
        "report: its %s has the tree %.12s, not %.12s as it says: it was forged, or the repository is "
        "damaged",
        name, hex, claimed ? claimed : "none");
}

static void claims_add_person(struct claims *claims, const char *person)
{
    size_t count = 0;
    while (claims->people[count])
        count++;
    claims->people = memory_resize(claims->people, count + 2, sizeof *claims->people);
    claims->people[count] = memory_copy_string(person);
    claims->people[count + 1] = NULL;
}

static int claims_read_commits(struct claims *claims, struct repository *repository, const git_oid *base,
                               const git_oid *tip, struct err *err)
{
    struct patch people = {0};
    const struct candidate_span span = {
        .base = *base, .tip = *tip, .base_tree = claims->base_tree, .tip_tree = claims->tree};
    int code = candidate_read_people(repository, &span, &people, err);
    for (size_t i = 0; code == 0 && i < people.author_count; i++)
        claims_add_person(claims, people.authors[i]);
    patch_fini(&people);
    return code;
}

static void claims_read_document(struct claims *claims, const cJSON *document)
{
    const cJSON *patch = member_get(member_first(document, "candidates"), "patch");
    claims->people = memory_zeroed(sizeof *claims->people);
    for (const cJSON *person = member_first(patch, "people"); person; person = person->next)
        if (cJSON_IsString(person))
            claims_add_person(claims, person->valuestring);
    if (*member_string(patch, "author"))
        claims_add_person(claims, member_string(patch, "author"));
}

int claims_check(struct claims *claims, struct repository *repository, const struct subject *subject,
                 const cJSON *document, struct err *err)
{
    git_oid base, tip, tip_tree;
    *claims = (struct claims){0};
    claims_read_document(claims, document);
    if (subject->candidate_tree && git_oid_fromstr(&claims->tree, subject->candidate_tree) < 0)
        return err_set(err, ERR_INVALID, "report: \"patch.tree\" is no git object");
    claims->has_base = claims_find_commit(repository, subject->base_commit, &base, &claims->base_tree);
    if (!claims->has_base)
        return 0;
    if (claims_compare("base", &claims->base_tree, subject->base_tree, err) < 0)
        return err->code;
    if (!subject->candidate_commit ||
        !claims_find_commit(repository, subject->candidate_commit, &tip, &tip_tree))
        return 0;
    if (claims_compare("candidate", &tip_tree, subject->candidate_tree, err) < 0)
        return err->code;
    return claims_read_commits(claims, repository, &base, &tip, err);
}

void claims_fini(struct claims *claims)
{
    json_free_strings(claims->people);
    *claims = (struct claims){0};
}
