/* `cupel selftest`: the attack corpus against this cupel on this machine, as a table by layer. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/settings/paths.h"
#include "sandbox/corpus/isolate.h"
#include "sandbox/corpus/trial.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct selftest_tally {
    size_t states[TRIAL_STATES];                 /* trials by state */
    size_t layers[ATTEMPT_LAYERS][TRIAL_STATES]; /* the same by layer */
};

static const char *const selftest_states[TRIAL_STATES] = {
    [TRIAL_HELD] = "held",
    [TRIAL_NOT_HELD] = "not-held",
    [TRIAL_OPEN] = "open",
    [TRIAL_NOT_APPLICABLE] = "not-applicable",
};

/* stdout gets a line for each trial that did not simply hold; all of them stand in the JSON. */
static void selftest_print_trial(const struct attempt *attempt, const char *profile,
                                 const struct trial *trial)
{
    if (trial->state == TRIAL_HELD)
        return;
    printf("%-14s  %2u  %s (%s): %s\n", selftest_states[trial->state], attempt->number, attempt->what,
           profile, trial->said);
    if (trial->state == TRIAL_OPEN)
        printf("%20s%s\n", "", attempt->open);
    if (trial->state == TRIAL_NOT_HELD)
        printf("%20sexpected %s; its twin %s said \"%s\"; left behind: %s\n", "", attempt->refusal,
               attempt->twin, trial->twin, trial->left[0] ? trial->left : "nothing");
}

static void selftest_add_json(cJSON *rows, const struct attempt *attempt, const char *profile,
                              const struct trial *trial)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddNumberToObject(row, "number", attempt->number);
    cJSON_AddStringToObject(row, "group", attempt_group_name(attempt->group));
    cJSON_AddStringToObject(row, "name", attempt->name);
    cJSON_AddStringToObject(row, "what", attempt->what);
    cJSON_AddStringToObject(row, "profile", profile);
    cJSON_AddStringToObject(row, "state", selftest_states[trial->state]);
    cJSON_AddStringToObject(row, "said", trial->said);
    cJSON_AddStringToObject(row, "twin", trial->twin);
    cJSON_AddStringToObject(row, "left", trial->left);
    cJSON_AddStringToObject(row, "layer", attempt_layer_name(attempt->layer));
    cJSON_AddStringToObject(row, "behind", attempt_layer_name(attempt->behind));
    cJSON_AddStringToObject(row, "open", trial->state == TRIAL_OPEN ? attempt->open : "");
    cJSON_AddItemToArray(rows, row);
}

static int selftest_make(struct range *range, struct selftest_tally *tally, cJSON *rows, struct err *err)
{
    for (int group = 0; group < ATTEMPT_GROUPS; group++) {
        const struct attempt_table *table = attempt_table((enum attempt_group)group);
        for (size_t i = 0; i < table->count * ATTEMPT_PROFILES; i++) {
            const struct attempt *attempt = &table->rows[i / ATTEMPT_PROFILES];
            const char *profile = attempt_profile_name(i % ATTEMPT_PROFILES);
            struct trial trial;
            if (!attempt_is_for(attempt, i % ATTEMPT_PROFILES))
                continue;
            if (trial_make(range, attempt, profile, &trial, err) < 0)
                return err_wrap(err, "%s", attempt->name);
            tally->states[trial.state]++;
            tally->layers[attempt->layer][trial.state]++;
            if (rows)
                selftest_add_json(rows, attempt, profile, &trial);
            else
                selftest_print_trial(attempt, profile, &trial);
        }
    }
    return 0;
}

static void selftest_print_tally(const struct selftest_tally *tally)
{
    printf("\n%-22s  %6s  %8s  %4s  %14s\n", "layer", "held", "not held", "open", "not applicable");
    for (int layer = 1; layer < ATTEMPT_LAYERS; layer++) {
        const size_t *states = tally->layers[layer];
        if (states[TRIAL_HELD] + states[TRIAL_NOT_HELD] + states[TRIAL_OPEN] + states[TRIAL_NOT_APPLICABLE])
            printf("%-22s  %6zu  %8zu  %4zu  %14zu\n", attempt_layer_name((enum attempt_layer)layer),
                   states[TRIAL_HELD], states[TRIAL_NOT_HELD], states[TRIAL_OPEN],
                   states[TRIAL_NOT_APPLICABLE]);
    }
    printf("\n%zu held, %zu not held, %zu open, %zu not applicable here\n", tally->states[TRIAL_HELD],
           tally->states[TRIAL_NOT_HELD], tally->states[TRIAL_OPEN], tally->states[TRIAL_NOT_APPLICABLE]);
}

static void selftest_print_json(cJSON *rows, const struct selftest_tally *tally)
{
    cJSON *document = cJSON_CreateObject();
    for (int state = 0; state < TRIAL_STATES; state++)
        cJSON_AddNumberToObject(document, selftest_states[state], (double)tally->states[state]);
    cJSON_AddItemToObject(document, "attempts", rows);
    char *text = cJSON_Print(document);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(document);
}

static int selftest_run(const struct paths *paths, bool json, struct err *err)
{
    struct sandbox_options options = {.executable = paths->sandbox, .filters = paths->filters};
    struct selftest_tally tally = {0};
    struct range range;
    if (access(paths->attacker, X_OK) < 0)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: not there; the installation is incomplete, install cupel again", paths->attacker);
    if (folder_make(paths->state, 0700, err) < 0 || isolate_mounts(err) < 0)
        return err->code;
    cJSON *rows = json ? cJSON_CreateArray() : NULL;
    int code = range_open(&range, &options, paths->attacker, paths->state, err);
    if (code == 0)
        code = selftest_make(&range, &tally, rows, err);
    size_t left = range_close(&range);
    if (code < 0) {
        cJSON_Delete(rows);
        return code;
    }
    if (left)
        fprintf(stderr, "cupel: %zu folders of the sandbox are left behind\n", left);
    if (json)
        selftest_print_json(rows, &tally);
    else
        selftest_print_tally(&tally);
    return tally.states[TRIAL_NOT_HELD] || left ? 1 : 0;
}

int command_selftest(const struct cli_arguments *arguments)
{
    struct paths paths;
    struct err err = {0};
    int code = paths_init(&paths, &err);
    if (code == 0)
        code = selftest_run(&paths, cli_flag(arguments, CLI_OPTION_JSON), &err);
    paths_fini(&paths);
    if (code < 0)
        fprintf(stderr, "cupel: %s\n", err.message);
    if (code < 0 && err.code != ERR_UNAVAILABLE)
        return 1;
    return code ? 7 : 0;
}
