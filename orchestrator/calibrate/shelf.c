#include "orchestrator/calibrate/shelf.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/calibrate/candidates.h"

#include <stdio.h>
#include <string.h>

#define SHELF_NAME  "calibration.json"
#define SHELF_BYTES ((size_t)4 << 20)

char *shelf_path(const char *state)
{
    return memory_format("%s/" SHELF_NAME, state);
}

int shelf_save(const char *state, const struct calibration *calibration, struct text *bytes, struct err *err)
{
    cleanup_free char *path = shelf_path(state);
    if (calibration_write(calibration, bytes, err) < 0)
        return err->code;
    return folder_replace_file(path, bytes->data, bytes->length, err);
}

int shelf_load(const char *state, struct calibration *calibration, struct digest *digest, struct err *err)
{
    cleanup_free char *path = shelf_path(state);
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    int code = folder_read_file(path, SHELF_BYTES, &bytes, &length, err);
    if (code < 0)
        return code;
    *digest = digest_of(bytes, length);
    return calibration_read(calibration, path, bytes, length, err);
}

int shelf_machine(const char *cpu, const char *kernel, struct calibration_machine *machine, struct err *err)
{
    *machine = (struct calibration_machine){.method = calibration_method()};
    if (candidates_allowed(&machine->cpus, &machine->cpu_count, err) < 0)
        return err->code;
    machine->cpu = memory_copy_string(cpu);
    machine->kernel = memory_copy_string(kernel);
    return 0;
}

const char *shelf_foreign(const struct calibration *calibration, const struct calibration_machine *machine)
{
    const struct calibration_machine *was = &calibration->machine;
    if (strcmp(was->cpu, machine->cpu) != 0)
        return "is of another processor";
    if (strcmp(was->kernel, machine->kernel) != 0)
        return "is of another kernel";
    if (was->cpu_count != machine->cpu_count ||
        memcmp(was->cpus, machine->cpus, was->cpu_count * sizeof *was->cpus) != 0)
        return "is of other CPUs than cupel may use now";
    if (memcmp(&was->method, &machine->method, sizeof was->method) != 0)
        return "was made by another method";
    return NULL;
}

long shelf_age_days(const struct calibration *calibration, time_t now)
{
    struct tm utc = {0};
    if (!strptime(calibration->created, "%Y-%m-%dT%H:%M:%S", &utc))
        return 0;
    time_t then = timegm(&utc);
    return then > now ? 0 : (long)((now - then) / 86400);
}

static void shelf_fill(const struct calibration *calibration, const struct digest *digest,
                       const struct calibration_set *set, time_t now, struct shelf_note *note)
{
    long days = shelf_age_days(calibration, now);
    note->known = true;
    snprintf(note->created, sizeof note->created, "%s", calibration->created);
    digest_to_hex(digest, note->digest);
    for (int m = 0; m < CALIBRATION_METRICS; m++)
        note->noise[m] = calibration_set_noise(set, (enum metric)m);
    if (days > SHELF_DAYS)
        snprintf(note->sentence, sizeof note->sentence,
                 "The machine's calibration is %ld days old; `cupel calibrate` makes a new one.", days);
}

/* The set that runs are measured on, as the workloads choose it. */
static const struct calibration_set *shelf_find(const struct calibration *calibration,
                                                const struct shelf_place *place)
{
    const struct calibration_machine *machine = &calibration->machine;
    struct calibration wanted = {0};
    candidates_fill(&wanted, machine->cpus, machine->cpu_count, place->cpus, place->cpu_count);
    const struct calibration_set *set = &wanted.sets[wanted.usual];
    const struct calibration_set *found = calibration_find(calibration, set->cpus, set->cpu_count);
    calibration_fini(&wanted);
    return found;
}

/* NULL, or why it says nothing about that place. */
static const char *shelf_mismatch(const struct calibration *calibration, const struct shelf_place *place)
{
    struct err ignored = {0};
    struct calibration_machine machine;
    const char *why = "is of other CPUs than cupel may use now";
    if (shelf_machine(place->cpu, place->kernel, &machine, &ignored) == 0)
        why = shelf_foreign(calibration, &machine);
    calibration_machine_fini(&machine);
    return why || shelf_find(calibration, place) ? why : "is not of the CPUs that were measured on";
}

void shelf_describe(const struct shelf_place *place, struct shelf_note *note)
{
    struct err err = {0};
    struct calibration calibration;
    struct digest digest;
    *note = (struct shelf_note){0};
    int code = shelf_load(place->state, &calibration, &digest, &err);
    if (code < 0) {
        snprintf(note->sentence, sizeof note->sentence, "%s",
                 code == ERR_NOT_FOUND
                     ? "The machine was not calibrated: `cupel calibrate` shows what gain it can show."
                     : "The machine's calibration is damaged, or of another cupel; `cupel calibrate` makes a "
                       "new one.");
        return;
    }
    const char *mismatch = shelf_mismatch(&calibration, place);
    if (mismatch)
        snprintf(note->sentence, sizeof note->sentence,
                 "The machine's calibration of %.10s %s; `cupel calibrate` makes a new one.",
                 calibration.created, mismatch);
    else
        shelf_fill(&calibration, &digest, shelf_find(&calibration, place), place->now, note);
    calibration_fini(&calibration);
}
