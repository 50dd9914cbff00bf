#include "orchestrator/repository/parts.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/repository/apply.h"
#include "orchestrator/repository/combine.h"
#include "orchestrator/repository/difference.h"
#include "orchestrator/repository/parts_steps.h"
#include "policies/foreign.h"
#include "policies/patch/write.h"

#include <stdlib.h>
#include <string.h>

static const char *const parts_kind_names[] = {
    [PARTS_HUNKS] = "hunks", [PARTS_MAILS] = "mails", [PARTS_COMMITS] = "commits"};

const char *parts_kind_name(enum parts_kind kind)
{
    return parts_kind_names[kind];
}

void parts_fini(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        free(parts->items[i].name);
    free(parts->remark);
    free(parts->steps);
    patch_parts_fini(&parts->split);
    patch_fini(&parts->patch);
    *parts = (struct parts){0};
}

static uint32_t parts_bit(size_t part)
{
    return UINT32_C(1) << part;
}

static int parts_apply_hunks(struct repository *repository, const struct parts *parts, uint32_t take,
                             git_oid *tree, char **failure, struct err *err)
{
    cleanup_text struct text text = {0};
    struct patch patch;
    patch_write_parts(&parts->patch, &parts->split, take, &text);
    int code = patch_parse(&patch, "parts", text_string(&text), text.length, err);
    if (code < 0)
        return code;
    code = apply_patch(repository, &parts->base_tree, &patch, tree, failure, err);
    patch_fini(&patch);
    return code;
}

/* Each step is merged in from the tree that it was made on. */
static int parts_pick_steps(struct repository *repository, const struct parts *parts, uint32_t take,
                            git_oid *tree, char **failure, struct err *err)
{
    *tree = parts->base_tree;
    for (size_t i = 0; i < parts->count; i++) {
        char **paths = NULL;
        git_oid merged;
        if (!(take & parts_bit(i)))
            continue;
        int code =
            combine_trees(repository, &parts->steps[i], tree, &parts->steps[i + 1], &merged, &paths, err);
        if (code < 0)
            return code;
        if (paths) {
            cleanup_text struct text path = {0};
            foreign_append_quoted(&path, paths[0], 120);
            *failure = memory_format("part %zu collides in %s with what is left out before it", i + 1,
                                     text_string(&path));
            combine_paths_free(paths);
            return 0;
        }
        *tree = merged;
    }
    return 0;
}

static int parts_make_tree(struct repository *repository, const struct parts *parts, uint32_t take,
                           git_oid *tree, char **failure, struct err *err)
{
    *failure = NULL;
    return parts->kind == PARTS_HUNKS ? parts_apply_hunks(repository, parts, take, tree, failure, err)
                                      : parts_pick_steps(repository, parts, take, tree, failure, err);
}

int parts_compose(struct repository *repository, const struct parts *parts, uint32_t take,
                  struct parts_set *set, char **failure, struct err *err)
{
    static const char person[] = "cupel <cupel@localhost> 0 +0000";
    char tree[GIT_OID_HEXSZ + 1], parent[GIT_OID_HEXSZ + 1];
    *set = (struct parts_set){0};
    int code = parts_make_tree(repository, parts, take, &set->tree, failure, err);
    if (code < 0 || *failure)
        return code;
    cleanup_free char *commit =
        memory_format("tree %s\nparent %s\nauthor %s\ncommitter %s\n\nparts of a candidate\n",
                      git_oid_tostr(tree, sizeof tree, &set->tree),
                      git_oid_tostr(parent, sizeof parent, &parts->base_commit), person, person);
    return store_add(repository, GIT_OBJECT_COMMIT, commit, strlen(commit), &set->commit, err);
}

int parts_write(struct repository *repository, const struct parts *parts, const struct parts_set *set,
                char **bytes, size_t *length, struct digest *digest, struct err *err)
{
    struct candidate whole = {.base_tree = parts->base_tree, .tree = set->tree};
    bool binary = false;
    int code = difference_fill(repository, &whole, err);
    for (size_t i = 0; code == 0 && i < whole.change_count; i++)
        binary = binary || whole.changes[i].binary;
    *bytes = code == 0 && !binary ? STEAL(whole.normalised) : NULL;
    *length = whole.normalised_length;
    *digest = whole.patch_digest;
    candidate_fini(&whole);
    return code;
}

/* Do these parts apply without the others? */
static int parts_try(struct repository *repository, const struct parts *parts, uint32_t take, bool *applies,
                     struct err *err)
{
    cleanup_free char *failure = NULL;
    git_oid tree;
    int code = parts_make_tree(repository, parts, take, &tree, &failure, err);
    *applies = code == 0 && !failure;
    return code;
}

/* One other part that suffices, or else as few of all others as taking them away one by one leaves. */
static int parts_find_needs(struct repository *repository, struct parts *parts, size_t part, struct err *err)
{
    uint32_t bit = parts_bit(part), needs = parts_bit(parts->count) - 1;
    bool applies;
    int code = parts_try(repository, parts, bit, &applies, err);
    if (code < 0 || applies)
        return code;
    for (size_t i = 0; code == 0 && i < parts->count; i++) {
        if (i != part)
            code = parts_try(repository, parts, bit | parts_bit(i), &applies, err);
        if (i != part && code == 0 && applies) {
            parts->items[part].needs = parts_bit(i);
            return 0;
        }
    }
    if (code == 0)
        code = parts_try(repository, parts, needs, &applies, err);
    for (size_t i = parts->count; code == 0 && applies && i > 0; i--) {
        uint32_t without = needs & ~parts_bit(i - 1);
        bool still = false;
        if (i - 1 != part)
            code = parts_try(repository, parts, without, &still, err);
        needs = still ? without : needs;
    }
    parts->items[part].needs = code == 0 && applies ? needs & ~bit : bit;
    return code;
}

static int parts_split_hunks(struct parts *parts, const struct candidate *candidate, struct err *err)
{
    if (candidate->normalised_length == 0)
        return 0;
    int code =
        patch_parse(&parts->patch, candidate->name, candidate->normalised, candidate->normalised_length, err);
    if (code == 0)
        code = patch_parts_split(&parts->patch, PARTS_MOST, &parts->split, err);
    if (code < 0)
        return code;
    parts->count = parts->split.count;
    parts->pieces = parts->split.piece_count;
    for (size_t i = 0; i < parts->count; i++) {
        const struct patch_part *part = &parts->split.parts[i];
        const struct patch_piece *pieces = &parts->split.pieces[part->first];
        parts->items[i] = (struct part){.name = patch_part_name(&parts->patch, &parts->split, i),
                                        .files = pieces[part->count - 1].file - pieces[0].file + 1,
                                        .added = part->added,
                                        .removed = part->removed};
    }
    return 0;
}

static int parts_measure_step(struct repository *repository, const git_oid *before, const git_oid *after,
                              struct part *part, struct err *err)
{
    struct candidate step = {.base_tree = *before, .tree = *after};
    int code = difference_fill(repository, &step, err);
    part->files = step.change_count;
    for (size_t i = 0; code == 0 && i < step.change_count; i++) {
        part->added += step.changes[i].added;
        part->removed += step.changes[i].removed;
    }
    candidate_fini(&step);
    return code;
}

/* Steps while neighbours are put together. */
struct parts_joining {
    struct part *items; /* names borrowed from the steps; owned */
    size_t *pieces;     /* steps in each; owned */
    git_oid *trees;     /* one more than items; borrowed */
    size_t count;       /* of items */
};

/* The first of the neighbours that have the fewest lines together. */
static size_t parts_find_smallest(const struct parts_joining *joining)
{
    size_t best = 0, least = SIZE_MAX;
    for (size_t i = 0; i + 1 < joining->count; i++) {
        const struct part *pair = &joining->items[i];
        size_t lines = pair[0].added + pair[0].removed + pair[1].added + pair[1].removed;
        best = lines < least ? i : best;
        least = lines < least ? lines : least;
    }
    return best;
}

static int parts_join_pair(struct repository *repository, struct parts_joining *joining, size_t first,
                           struct err *err)
{
    size_t behind = joining->count - first - 2;
    joining->pieces[first] += joining->pieces[first + 1];
    memmove(&joining->pieces[first + 1], &joining->pieces[first + 2], behind * sizeof *joining->pieces);
    memmove(&joining->items[first + 1], &joining->items[first + 2], behind * sizeof *joining->items);
    memmove(&joining->trees[first + 1], &joining->trees[first + 2], (behind + 1) * sizeof *joining->trees);
    joining->count--;
    joining->items[first] = (struct part){.name = joining->items[first].name};
    return parts_measure_step(repository, &joining->trees[first], &joining->trees[first + 1],
                              &joining->items[first], err);
}

static void parts_keep_steps(struct parts *parts, const struct parts_joining *joining)
{
    for (size_t i = 0; i < joining->count; i++) {
        size_t pieces = joining->pieces[i];
        const char *name = joining->items[i].name;
        parts->items[i] = joining->items[i];
        parts->items[i].name =
            pieces == 1 ? memory_copy_string(name)
                        : memory_format("%zu %s, from %s", pieces, parts_kind_name(parts->kind), name);
    }
    parts->count = joining->count;
}

static int parts_join_steps(struct repository *repository, struct parts_steps *steps, struct parts *parts,
                            struct err *err)
{
    struct parts_joining joining = {.items = memory_zeroed(steps->count * sizeof *joining.items),
                                    .pieces = memory_zeroed(steps->count * sizeof *joining.pieces),
                                    .trees = steps->trees,
                                    .count = steps->count};
    int code = 0;
    for (size_t i = 0; code == 0 && i < joining.count; i++) {
        joining.pieces[i] = 1;
        joining.items[i].name = steps->names[i];
        code = parts_measure_step(repository, &steps->trees[i], &steps->trees[i + 1], &joining.items[i], err);
    }
    while (code == 0 && joining.count > PARTS_MOST)
        code = parts_join_pair(repository, &joining, parts_find_smallest(&joining), err);
    if (code == 0)
        parts_keep_steps(parts, &joining);
    parts->pieces = steps->count;
    parts->steps = STEAL(steps->trees);
    free(joining.items);
    free(joining.pieces);
    return code;
}

/* By commits or mails where there are several; *parts stays empty otherwise. */
static int parts_split_steps(struct repository *repository, const struct candidate *candidate,
                             struct parts *parts, struct err *err)
{
    struct parts_steps steps = {0};
    bool commits = !git_oid_is_zero(&candidate->tip);
    int code = commits ? parts_steps_of_commits(repository, candidate, &steps, &parts->remark, err)
                       : parts_steps_of_mails(repository, candidate, &steps, err);
    if (code == 0 && steps.count > 1) {
        parts->kind = commits ? PARTS_COMMITS : PARTS_MAILS;
        code = parts_join_steps(repository, &steps, parts, err);
    }
    parts_steps_fini(&steps);
    return code;
}

static int parts_take_apart(struct repository *repository, const struct candidate *candidate,
                            struct parts *parts, struct err *err)
{
    parts->base_commit = candidate->base_commit;
    parts->base_tree = candidate->base_tree;
    int code = parts_split_steps(repository, candidate, parts, err);
    if (code == 0 && parts->count == 0)
        code = parts_split_hunks(parts, candidate, err);
    for (size_t i = 0; code == 0 && parts->count > 1 && i < parts->count; i++)
        code = parts_find_needs(repository, parts, i, err);
    return code;
}

int parts_find(struct repository *repository, const struct intake_request *request, const char *patch_digest,
               struct parts *parts, struct err *err)
{
    struct candidate candidate;
    cleanup_free char *failure = NULL;
    char hexadecimal[DIGEST_HEX];
    bool applied;
    *parts = (struct parts){0};
    int code = repository_intake(repository, request, &candidate, &applied, &failure, err);
    if (code < 0)
        return code;
    digest_to_hex(&candidate.patch_digest, hexadecimal);
    if (!applied)
        code = err_set(err, ERR_INVALID, "it does not apply: %s", failure);
    else if (strcmp(hexadecimal, patch_digest) != 0)
        code = err_set(err, ERR_INVALID, "the candidate was changed while it was evaluated");
    if (code == 0)
        code = parts_take_apart(repository, &candidate, parts, err);
    candidate_fini(&candidate);
    if (code < 0)
        parts_fini(parts);
    return code;
}
