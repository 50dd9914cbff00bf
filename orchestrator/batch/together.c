#include "orchestrator/batch/together.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/source.h"
#include "orchestrator/report/member.h"
#include "orchestrator/repository/combine.h"

#include <string.h>

/* The recommended candidates of one base, in the order of the roster. */
struct together_set {
    size_t indexes[COMBINE_MAX_CANDIDATES]; /* in the roster */
    git_oid trees[COMBINE_MAX_CANDIDATES];
    size_t count;
};

static void together_choose(const struct together_input *input, struct together_set *set)
{
    const struct roster_entry *first = NULL;
    for (size_t i = 0; i < input->settled_count && set->count < COMBINE_MAX_CANDIDATES; i++) {
        const struct roster_entry *entry = &input->roster->entries[input->settled[i].index];
        if (input->settled[i].verdict != VERDICT_RECOMMENDED)
            continue;
        first = first ? first : entry;
        if (!git_oid_equal(&first->base_tree, &entry->base_tree))
            continue;
        set->indexes[set->count] = input->settled[i].index;
        set->trees[set->count++] = entry->tree;
    }
}

/* The trees of candidates live in memory alone: reads them into this handle. */
static int together_take_in(const struct together_input *input, struct repository *repository,
                            const struct together_set *set, struct err *err)
{
    struct batch_source *source;
    struct proposal proposal;
    if (batch_source_open(&source, repository, input->sources, input->source_count, input->base, err) < 0)
        return err->code;
    int result = 1;
    for (size_t index = 0, at = 0; at < set->count && result > 0; index++) {
        result = batch_source_next(source, &proposal, err);
        if (result <= 0)
            break;
        if (index == set->indexes[at]) {
            struct candidate candidate;
            bool applied = false;
            cleanup_free char *failure = NULL;
            proposal_pin_base(&proposal, input->pinned_base);
            if (repository_intake(repository, &proposal.request, &candidate, &applied, &failure, err) < 0)
                result = err->code;
            else
                candidate_fini(&candidate);
            at++;
        }
        proposal_fini(&proposal);
    }
    batch_source_close(source);
    return result < 0 ? result : 0;
}

static char *together_join(char *const *words, const char *between)
{
    cleanup_text struct text joined = {0};
    for (size_t i = 0; words && words[i]; i++)
        text_printf(&joined, "%s%s", i ? between : "", words[i]);
    return memory_copy_string(text_string(&joined));
}

static void together_add_conflict(cJSON *array, const struct together_input *input,
                                  const struct together_set *set, const struct combine_conflict *conflict)
{
    cJSON *row = member_append_object(array);
    cleanup_free char *paths = together_join(conflict->paths, ", ");
    cleanup_free char *why = memory_format("both change %s", paths);
    member_add_string(row, "first", input->roster->entries[set->indexes[conflict->first]].id);
    member_add_string(row, "second", input->roster->entries[set->indexes[conflict->second]].id);
    member_add_string(row, "why", why);
}

static void together_take(struct together *together, const struct together_input *input,
                          const struct together_set *set, struct combination *combination)
{
    cleanup_text struct text names = {0};
    for (size_t i = 0; i < combination->conflict_count; i++)
        together_add_conflict(together->conflicts, input, set, &combination->conflicts[i]);
    for (size_t i = 0; i < set->count; i++)
        if (combination->places[i] == COMBINE_TAKEN)
            text_printf(&names, "%s%s", names.length ? " + " : "",
                        input->roster->entries[set->indexes[i]].name);
    together->patch = STEAL(combination->bytes);
    together->length = combination->length;
    together->names = memory_copy_string(text_string(&names));
}

int together_find(const struct together_input *input, struct together *together, struct err *err)
{
    struct together_set set = {0};
    struct repository *repository;
    struct combination combination;
    *together = (struct together){.conflicts = cJSON_CreateArray()};
    together_choose(input, &set);
    if (set.count < 2)
        return 0;
    const struct roster_entry *first = &input->roster->entries[set.indexes[0]];
    together->base = first->base_commit;
    int result = repository_open(&repository, repository_path(input->repository), err);
    if (result == 0) {
        result = together_take_in(input, repository, &set, err);
        if (result == 0)
            result =
                combine_candidates(repository, &first->base_tree, set.trees, set.count, &combination, err);
        if (result == 0) {
            together_take(together, input, &set, &combination);
            combination_fini(&combination);
        }
        repository_close(repository);
    }
    if (result < 0)
        together_fini(together);
    return result;
}

void together_fini(struct together *together)
{
    cJSON_Delete(together->conflicts);
    free(together->patch);
    free(together->names);
    *together = (struct together){0};
}
