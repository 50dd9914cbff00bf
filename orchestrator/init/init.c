#include "orchestrator/init/init.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/init/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WORKLOAD_NAME_MAX 48 /* bytes of the workload's name, which also names its samples */

/* The first that fits is proposed; what else is there is named. */
static const struct {
    bool (*detect)(const struct init_input *input, struct init_plan *plan);
} detectors[] = {
    {init_detect_cmake}, {init_detect_meson}, {init_detect_autotools},
    {init_detect_make},  {init_detect_npm},   {init_detect_python},
};

#define DETECTOR_COUNT (sizeof detectors / sizeof *detectors)

/* Worth a word: it would build or run something, and isn't what the chosen one writes for itself. */
static bool init_is_alternative(const struct init_plan *other, const struct init_plan *chosen)
{
    if (!other->system || (!other->run && other->build.count == 0))
        return false;
    return strcmp(other->system, "make") != 0 || strcmp(chosen->system, "autotools") != 0;
}

/* npm and Python files in one tree: the language with more files is the product. */
static bool init_prefers_python(const struct init_input *input)
{
    return init_count_suffix(input, ".py") >
           init_count_suffix(input, ".js") + init_count_suffix(input, ".mjs") +
               init_count_suffix(input, ".cjs") + init_count_suffix(input, ".ts");
}

/* Everything that the plan's commands start is in the caller's PATH. */
static bool init_is_equipped(const struct init_input *input, const struct init_plan *plan)
{
    for (size_t i = 0; input->find_program && i < plan->programs.count; i++) {
        cleanup_free char *path = input->find_program(plan->programs.items[i], input->data);
        if (!path)
            return false;
    }
    return true;
}

/* Of two build systems in one tree, one whose programs are there goes first. */
static size_t init_best(const struct init_input *input, const struct init_plan plans[static DETECTOR_COUNT])
{
    size_t best = DETECTOR_COUNT;
    for (size_t i = DETECTOR_COUNT; i-- > 0;) {
        bool skip = detectors[i].detect == init_detect_npm && init_prefers_python(input);
        if (!plans[i].system || (skip && best < DETECTOR_COUNT))
            continue;
        if (best == DETECTOR_COUNT || init_is_equipped(input, &plans[i]) ||
            !init_is_equipped(input, &plans[best]))
            best = i;
    }
    return best;
}

static void init_choose(const struct init_input *input, struct init_plan *plan)
{
    struct init_plan plans[DETECTOR_COUNT] = {{.system = NULL}};
    for (size_t i = 0; i < DETECTOR_COUNT; i++)
        detectors[i].detect(input, &plans[i]);
    size_t best = init_best(input, plans);
    if (best < DETECTOR_COUNT) {
        *plan = plans[best];
        plans[best] = (struct init_plan){.system = NULL};
    }
    for (size_t i = 0; i < DETECTOR_COUNT; i++) {
        if (init_is_alternative(&plans[i], plan))
            init_list_add(&plan->notes, "There is %s too; the proposal uses %s.", plans[i].system,
                          plan->system);
        init_plan_fini(&plans[i]);
    }
}

/* Letters, digits, '-' and '_' of the program's name without folders and suffix. */
static char *init_workload_name(const struct init_plan *plan)
{
    const char *name = plan->run_name ? plan->run_name : "main";
    const char *slash = strrchr(name, '/');
    struct text out = {0};
    for (name = slash ? slash + 1 : name; *name && *name != '.' && out.length < WORKLOAD_NAME_MAX; name++)
        text_append_char(&out, isalnum((unsigned char)*name) ? *name : '-');
    if (out.length == 0)
        text_append_string(&out, "main");
    return text_take(&out);
}

static void init_write_commands(struct text *text, const char *key, const char *comment,
                                const struct init_list *list)
{
    text_printf(text, "\n  // %s\n  \"%s\": [", comment, key);
    for (size_t i = 0; i < list->count; i++)
        text_printf(text, "%s\n    %s", i ? "," : "", list->items[i]);
    text_printf(text, "%s],\n", list->count ? "\n  " : "");
}

static void init_write_workload(struct text *text, const struct init_plan *plan, const char *name,
                                const char *samples_path)
{
    text_append_string(text,
                       "\n  // What is asked before and after, and measured.\n  \"workloads\": [\n    {\n");
    text_printf(text, "      \"name\": \"%s\",\n", name);
    text_append_string(
        text, plan->worker ? "      // One process answers all samples, a line of JSON for a line of JSON.\n"
                             "      \"kind\": \"worker\",\n"
                           : "      // One process a sample; it starts in the repository's root, /work.\n"
                             "      \"kind\": \"command\",\n");
    text_printf(text, "      // %s%s\n      \"run\": %s,\n",
                !plan->run               ? "EDIT: no program was found."
                : plan->run_is_ambiguous ? "EDIT: a guess among several programs."
                                         : "A guess; see that it is the program that matters.",
                plan->worker ? "" : " A sample's \"args\" are added.",
                plan->run ? plan->run : "[\"./program\"]");
    text_append_string(
        text, "      // JSON lines of production requests. Looked up below \"samples_root\" of your\n"
              "      // operator.json first, then in the repository. Keep production data out of the\n"
              "      // repository: commit only the manifest, whose sha256 must match the samples.\n");
    text_printf(text, "      \"samples\": \"%s\",\n", samples_path);
    if (!plan->worker)
        text_append_string(text,
                           "      // How standard output is compared: auto, json, jsonl, text or bytes.\n"
                           "      \"stdout\": \"auto\",\n");
    text_append_string(text,
                       "      // What must improve: cpu for work that computes, wall for work that waits");
    text_append_string(
        text, plan->worker ? ",\n      // latency.p50, latency.p95 or latency.p99 for requests.\n" : ".\n");
    text_append_string(text, "      \"primary\": \"cpu\",\n"
                             "      // Seconds that one sample may take.\n"
                             "      \"timeout_s\": 10\n"
                             "    }\n  ],\n");
}

static char *init_write(const struct init_plan *plan, const char *name, const char *samples_path)
{
    struct text text = {0};
    text_append_string(
        &text, "// How cupel builds this repository, asks it, and decides whether a patch is worth merging.\n"
               "// Written by `cupel init`: read it, edit it, try it with `cupel check`, commit it.\n"
               "{\n  \"version\": 1,\n");
    init_write_commands(&text, "prepare",
                        "Once, on the base alone, before any build; its result is read-only for both arms.",
                        &plan->prepare);
    init_write_commands(&text, "build", "Before and after alike, in a sandbox without a network.",
                        &plan->build);
    init_write_commands(
        &text, "tests",
        "Must pass before and after, ahead of any measurement, so every verdict waits for them twice.\n"
        "  // `cupel check` says how long; where the whole suite is slow, name a quick part of it, or [].",
        &plan->tests);
    if (plan->environment)
        text_printf(
            &text,
            "\n  // Added to the small environment that every command gets.\n  \"environment\": { %s },\n",
            plan->environment);
    init_write_workload(&text, plan, name, samples_path);
    text_append_string(&text,
                       "\n  // What in an answer may change. Example for a field that holds the time:\n"
                       "  //   { \"path\": \"/created\", \"noisy\": true, \"format\": \"rfc3339\" }\n"
                       "  \"contract\": { \"rules\": [] },\n"
                       "\n  // default: at least 10 % less, no other metric worse by more than 5 %.\n"
                       "  // Also: strict, exploratory, or { \"extends\": \"default\", … }.\n"
                       "  \"policy\": \"default\"\n}\n");
    return text_take(&text);
}

static void init_note_next(struct init_plan *plan, const char *samples_path)
{
    if (!plan->system)
        init_list_add(&plan->notes,
                      "No CMake, Meson, autotools, make, npm or Python was found: fill in \"build\".");
    if (!plan->run)
        init_list_add(&plan->notes, "No program to run was found: fill in \"run\" of the workload.");
    else if (plan->run_is_ambiguous)
        init_list_add(&plan->notes, "Several programs could be meant; \"run\" is %s.", plan->run);
    if (plan->system && !plan->tests.count)
        init_list_add(&plan->notes,
                      "No tests are proposed: the contract on the samples is the only check then.");
    init_list_add(
        &plan->notes,
        "%s needs one JSON object a line: \"id\", %s, \"stratum\" (a kind "
        "of request, such as small or large) and \"weight\" (its share in production). Replace the three "
        "starter lines by what production really asks, the rare and the large included.",
        samples_path,
        plan->worker ? "\"request\" (the JSON value that the worker is asked)"
                     : "\"args\" (or \"stdin\", a string, or \"stdin_file\")");
}

int init_propose(const struct init_input *input, struct init_proposal *out, struct err *err)
{
    if (input->count == 0)
        return err_set(err, ERR_INVALID, "the tree has no files to look at; commit something first");
    struct init_plan plan = {.system = NULL};
    init_choose(input, &plan);
    init_detect_worker(input, &plan);
    init_note_repository(input, &plan);
    init_note_toolchains(input, &plan);
    cleanup_free char *name = init_workload_name(&plan);
    out->samples_path = memory_format("samples/%s.jsonl", name);
    out->samples_text = init_write_samples(input, &plan);
    init_note_next(&plan, out->samples_path);
    out->text = init_write(&plan, name, out->samples_path);
    MEMORY_GROW(plan.notes.items, plan.notes.count, plan.notes.capacity);
    plan.notes.items[plan.notes.count] = NULL;
    out->notes = plan.notes.items;
    plan.notes = (struct init_list){0};
    init_plan_fini(&plan);
    return 0;
}

void init_proposal_fini(struct init_proposal *proposal)
{
    for (char **note = proposal->notes; note && *note; note++)
        free(*note);
    free(proposal->notes);
    free(proposal->text);
    free(proposal->samples_path);
    free(proposal->samples_text);
    *proposal = (struct init_proposal){0};
}
