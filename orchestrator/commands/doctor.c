/* `cupel doctor`: each layer of isolation, present or how to get it;
 * and whether the machine is calibrated. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/facts.h"
#include "orchestrator/settings/paths.h"
#include "sandbox/probe.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const char *const doctor_states[] = {
    [PROBE_PRESENT] = "present", [PROBE_DEGRADED] = "degraded", [PROBE_MISSING] = "missing"};

/* The operator's file may be what is wrong with this machine: the CPU that nobody chose stands for all. */
static void doctor_calibration(const struct paths *paths, char *words, size_t size)
{
    static const struct operator_settings nobody = {0};
    struct facts facts;
    facts_collect(&facts);
    facts_find_calibration(&facts, paths->state, &nobody);
    const struct shelf_note *note = &facts.note;
    if (!note->known || *note->sentence)
        snprintf(words, size, "%s", note->sentence);
    else
        snprintf(words, size,
                 "The machine was calibrated on %.10s: noise of CPU time %.1f %%, wall time %.1f %%.",
                 note->created, 100 * note->noise[METRIC_CPU], 100 * note->noise[METRIC_WALL]);
}

static void doctor_print_json(const struct probe_layer *layers, size_t count, bool full,
                              const char *calibration)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "isolation", full ? "full" : "reduced");
    cJSON_AddStringToObject(document, "calibration", calibration);
    cJSON *rows = cJSON_AddArrayToObject(document, "layers");
    for (size_t i = 0; i < count; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", layers[i].name);
        cJSON_AddBoolToObject(row, "required", layers[i].required);
        cJSON_AddStringToObject(row, "state", doctor_states[layers[i].state]);
        cJSON_AddStringToObject(row, "cause", layers[i].cause);
        cJSON_AddStringToObject(row, "detail", layers[i].detail);
        cJSON_AddStringToObject(row, "remedy", layers[i].remedy);
        cJSON_AddItemToArray(rows, row);
    }
    char *text = cJSON_Print(document);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(document);
}

static void doctor_print_text(const struct probe_layer *layers, size_t count, bool full,
                              const char *calibration)
{
    int width = 0;
    for (size_t i = 0; i < count; i++)
        if ((int)strlen(layers[i].name) > width)
            width = (int)strlen(layers[i].name);
    for (size_t i = 0; i < count; i++) {
        printf("%-*s  %-8s  %s\n", width, layers[i].name, doctor_states[layers[i].state], layers[i].detail);
        if (layers[i].state != PROBE_PRESENT && layers[i].remedy[0])
            printf("%*s  %8s  → %s\n", width, "", "", layers[i].remedy);
    }
    puts(full ? "\nIsolation is full: candidates can be evaluated here."
              : "\nA required layer is missing: nothing is evaluated until it is there.");
    puts(calibration);
}

int command_doctor(const struct cli_arguments *arguments)
{
    struct paths paths;
    struct err err = {0};
    if (paths_init(&paths, &err) < 0) {
        fprintf(stderr, "cupel: %s\n", err.message);
        paths_fini(&paths);
        return 1;
    }
    struct probe_layer layers[PROBE_LAYERS_MAX];
    cleanup_free char *state = memory_format("%s/sandbox", paths.state);
    if (folder_make(state, 0700, &err) < 0) {
        fprintf(stderr, "cupel: %s\n", err.message);
        paths_fini(&paths);
        return 1;
    }
    char calibration[256];
    doctor_calibration(&paths, calibration, sizeof calibration);
    size_t count = probe_machine(layers, paths.sandbox, paths.filters, state);
    bool full = true;
    for (size_t i = 0; i < count; i++)
        full &= !layers[i].required || layers[i].state != PROBE_MISSING;
    if (cli_flag(arguments, CLI_OPTION_JSON))
        doctor_print_json(layers, count, full, calibration);
    else
        doctor_print_text(layers, count, full, calibration);
    paths_fini(&paths);
    return full ? 0 : 7;
}
