/*
 * The machine's calibration on disk: one for all repositories, in the folder of cupel's state, and whether it
 * still speaks for the machine.
 */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_SHELF_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_SHELF_H

#include "orchestrator/calibrate/calibration.h"

#include <time.h>

#define SHELF_DAYS 30 /* after which a calibration is old */

/* Writes it atomically to <state>/calibration.json, and gives back its bytes and its digest. */
WARN_UNUSED int shelf_save(const char *state, const struct calibration *calibration, struct text *bytes,
                           struct err *err);
/* ERR_NOT_FOUND: there is none. ERR_INVALID: it is damaged. calibration_fini() it. */
WARN_UNUSED int shelf_load(const char *state, struct calibration *calibration, struct digest *digest,
                           struct err *err);
/* <state>/calibration.json; free() it. */
char *shelf_path(const char *state);

/* Of here and now; `cpu` and `kernel` as reports name them. */
WARN_UNUSED int shelf_machine(const char *cpu, const char *kernel, struct calibration_machine *machine,
                              struct err *err);

/* Why it doesn't speak for that machine,
 * as the end of a sentence that begins "The calibration of …"; NULL: it does. Static. */
const char *shelf_foreign(const struct calibration *calibration, const struct calibration_machine *machine);
/* Whole days since it was made; 0 for one from the future. */
long shelf_age_days(const struct calibration *calibration, time_t now);

/* What a report says of it. */
struct shelf_note {
    bool known;                        /* there is one, and it speaks for this machine and these CPUs */
    char created[32];                  /* RFC 3339, UTC */
    char digest[DIGEST_HEX];           /* of the document */
    double noise[CALIBRATION_METRICS]; /* on the CPUs that are measured on; negative: no figure */
    char sentence[256];                /* what a reader should know besides; "": nothing */
};
/* What of a machine a calibration has to be of. */
struct shelf_place {
    const char *state;        /* folder of all of cupel's state */
    const char *cpu, *kernel; /* as reports name them */
    const int *cpus;          /* measured on; NULL: the last one allowed */
    size_t cpu_count;
    time_t now;
};
/* Never fails: what can't be read is a sentence. */
void shelf_describe(const struct shelf_place *place, struct shelf_note *note);

#endif
