#include "orchestrator/pairs/identity.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/method.h"

#include <stdlib.h>
#include <string.h>

const char *const pairs_families[PAIRS_FAMILIES + 1] = {
    [PAIRS_MAIN] = "main", [PAIRS_ATTRIBUTION] = "attribution", [PAIRS_COMBINATION] = "combination"};

static void identity_add(struct digest_stream *stream, const char *name, const char *value)
{
    digest_add_field(stream, name, strlen(name));
    digest_add_field(stream, value, strlen(value));
}

static void identity_add_number(struct digest_stream *stream, const char *name, double number)
{
    cleanup_free char *words = memory_format("%.17g", number);
    identity_add(stream, name, words);
}

static void identity_add_oid(struct digest_stream *stream, const char *name, const git_oid *oid)
{
    char hex[GIT_OID_HEXSZ + 1];
    identity_add(stream, name, git_oid_tostr(hex, sizeof hex, oid));
}

static void identity_add_words(struct digest_stream *stream, const char *name, char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    identity_add_number(stream, name, (double)count);
    for (size_t i = 0; i < count; i++)
        identity_add(stream, "word", words[i]);
}

static void identity_add_commands(struct digest_stream *stream, const char *name,
                                  const struct command_list *list)
{
    identity_add_number(stream, name, (double)list->count);
    for (size_t i = 0; i < list->count; i++)
        identity_add_words(stream, "command", list->commands[i]);
}

static int identity_compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In which order a configuration sets its variables means nothing. */
static void identity_add_environment(struct digest_stream *stream, char *const *environment)
{
    size_t count = 0;
    while (environment[count])
        count++;
    cleanup_free char **sorted = memory_zeroed((count + 1) * sizeof *sorted);
    memcpy(sorted, environment, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, identity_compare);
    identity_add_words(stream, "environment", sorted);
}

static struct digest identity_of_change(const struct pairs_question *question)
{
    struct digest_stream stream;
    digest_start(&stream);
    identity_add(&stream, "cupel-change-v1", "");
    identity_add_oid(&stream, "base", question->base_tree);
    identity_add_oid(&stream, "candidate", question->candidate_tree);
    return digest_finish(&stream);
}

/* A key of a workload that changes what is run, or what is timed of it, belongs here. */
static void identity_add_workload(struct digest_stream *stream, const struct workload *workload)
{
    identity_add(stream, "kind", workload->kind->name);
    identity_add_words(stream, "run", workload->run);
    identity_add_number(stream, "cache", workload->cache);
    identity_add_number(stream, "block_s", workload->block_s);
    identity_add(stream, "primary", metric_name(workload->primary));
}

struct pairs_key pairs_identify(const struct pairs_question *question)
{
    const struct configuration *configuration = question->configuration;
    struct pairs_key key = {.change = identity_of_change(question)};
    struct digest_stream stream;
    char samples[DIGEST_HEX];
    digest_to_hex(question->samples, samples);
    digest_start(&stream);
    identity_add(&stream, "cupel-process-v1", "");
    identity_add_number(&stream, "method", METHOD_VERSION);
    identity_add_oid(&stream, "base", question->base_tree);
    identity_add_oid(&stream, "candidate", question->candidate_tree);
    identity_add(&stream, "family", pairs_families[question->family]);
    identity_add_commands(&stream, "prepare", &configuration->prepare);
    identity_add_commands(&stream, "build", &configuration->build);
    identity_add_environment(&stream, configuration->environment);
    identity_add_workload(&stream, question->workload);
    identity_add(&stream, "samples", samples);
    key.process = digest_finish(&stream);
    return key;
}
