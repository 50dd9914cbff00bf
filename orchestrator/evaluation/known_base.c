/* What the base answered, told from one evaluation to others in the same process. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <string.h>

struct known_case {
    char *workload;         /* its name; owned */
    struct digest samples;  /* of the sample set */
    struct digest held_out; /* of what was joined to it; zeros: nothing */
    struct reference reference;
};

struct known_base {
    git_oid base_tree, trust_tree;
    struct digest configuration; /* its bytes */
    struct known_case *cases;    /* a workload each; owned */
    size_t case_count;
    struct command_evidence *commands; /* of its build and its tests; owned */
    size_t command_count;
    struct base_layers layers;
};

/* The base alone may be answered by a folder of candidates at once: the reference moves over and is only
 * read. */
struct known_base *evaluation_take_base(struct evaluation *evaluation)
{
    struct known_base *known = MEMORY_NEW(struct known_base);
    known->base_tree = evaluation->base_tree;
    known->trust_tree = evaluation->trust_tree;
    known->configuration = evaluation->configuration->digest;
    known->commands = evaluation->evidence.commands;
    known->command_count = evaluation->evidence.command_count;
    evaluation->evidence.commands = NULL;
    evaluation->evidence.command_count = 0;
    known->cases = memory_zeroed((evaluation->case_count + 1) * sizeof *known->cases);
    for (size_t i = 0; i < evaluation->case_count; i++) {
        struct workload_case *workload_case = &evaluation->cases[i];
        if (workload_case->known != &workload_case->own)
            continue;
        known->cases[known->case_count++] =
            (struct known_case){.workload = memory_copy_string(workload_case->workload->name),
                                .samples = workload_case->samples.digest,
                                .held_out = workload_case->samples.held_out_digest,
                                .reference = workload_case->own};
        workload_case->own = (struct reference){0};
        workload_case->known = NULL;
    }
    if (evaluation->input.keep && evaluation_is_base_alone(evaluation)) {
        known->layers.prepare = STEAL(evaluation->prepare);
        known->layers.build = STEAL(evaluation->folders[ARM_BASE].build);
        known->layers.kept = evaluation->kept;
        known->layers.variants = MEMORY_NEW(struct variant_shelf);
        *known->layers.variants = (struct variant_shelf){.folder = memory_copy_string(evaluation->input.keep),
                                                         .digest = evaluation->kept.build,
                                                         .has_digest = evaluation->kept.has_build};
    }
    return known;
}

/* What is known of a base of the same bytes under the same configuration, or NULL. */
static const struct known_base *known_base_of(const struct evaluation *evaluation)
{
    const struct known_base *known = evaluation->input.known_base;
    bool fits =
        known && !evaluation_is_base_alone(evaluation) &&
        git_oid_equal(&known->base_tree, &evaluation->base_tree) &&
        git_oid_equal(&known->trust_tree, &evaluation->trust_tree) &&
        memcmp(&known->configuration, &evaluation->configuration->digest, sizeof known->configuration) == 0;
    return fits ? known : NULL;
}

const struct base_layers *known_base_layers(const struct evaluation *evaluation)
{
    const struct configuration *configuration = evaluation->configuration;
    const struct known_base *known = known_base_of(evaluation);
    if (!known)
        return NULL;
    const struct base_layers *layers = &known->layers;
    bool whole = layers->kept.has_prepare == (configuration->prepare.count > 0) &&
                 layers->kept.has_build == (configuration->build.count > 0);
    return whole ? layers : NULL;
}

const struct reference *known_base_find(const struct evaluation *evaluation,
                                        const struct workload_case *workload_case)
{
    const struct known_base *known = known_base_of(evaluation);
    for (size_t i = 0; known && i < known->case_count; i++)
        if (strcmp(known->cases[i].workload, workload_case->workload->name) == 0 &&
            memcmp(&known->cases[i].samples, &workload_case->samples.digest, sizeof(struct digest)) == 0 &&
            memcmp(&known->cases[i].held_out, &workload_case->samples.held_out_digest,
                   sizeof(struct digest)) == 0)
            return &known->cases[i].reference;
    return NULL;
}

void known_base_add_counts(const struct evaluation *evaluation, struct command_evidence *row)
{
    const struct known_base *known = known_base_of(evaluation);
    for (size_t i = 0; known && i < known->command_count; i++) {
        const struct command_evidence *before = &known->commands[i];
        if (before->stage != row->stage || strcmp(before->command, row->command) != 0)
            continue;
        counts_merge(&row->counts[ARM_BASE], &before->counts[ARM_BASE]);
        row->ran[ARM_BASE] |= before->ran[ARM_BASE];
    }
}

void known_base_free(struct known_base *known)
{
    for (size_t i = 0; i < known->case_count; i++) {
        free(known->cases[i].workload);
        reference_fini(&known->cases[i].reference);
    }
    free(known->cases);
    command_evidence_free(known->commands, known->command_count);
    free(known->layers.prepare);
    free(known->layers.build);
    if (known->layers.variants)
        variant_shelf_fini(known->layers.variants);
    free(known->layers.variants);
    free(known);
}
