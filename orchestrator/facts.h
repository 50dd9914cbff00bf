/* Facts about this machine and moment that a report names. */
#ifndef CUPEL_ORCHESTRATOR_FACTS_H
#define CUPEL_ORCHESTRATOR_FACTS_H

#include "orchestrator/calibrate/shelf.h"
#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/report/report.h"

struct facts {
    char created[32]; /* RFC 3339, UTC */
    char cpu_model[128];
    char kernel[256];
    char policy_digest[DIGEST_HEX];
    char configuration_digest[DIGEST_HEX];
    char runner_digest[DIGEST_HEX];        /* of the running executable; "": can't be read */
    struct shelf_note note;                /* of the machine's calibration */
    struct report_calibration calibration; /* the same, as a report says it; borrows from `note` */
};

/* Of now and here: everything but the digests of policy and configuration. */
void facts_collect(struct facts *facts);

/* Adds what is known of this machine's calibration; `state` is the folder of all of cupel's state. */
void facts_find_calibration(struct facts *facts, const char *state, const struct operator_settings *settings);

/* Where the figures come from: "cgroup v2", "task clock", … */
const char *facts_cpu_source(const struct sandbox_isolation *isolation);
const char *facts_peak_source(const struct sandbox_isolation *isolation);

/* Adds those, and fills a context that borrows from `facts`, `isolation` and `configuration`. */
void facts_describe(struct facts *facts, const struct sandbox_isolation *isolation,
                    const struct configuration *configuration, struct report_context *context);

/* CPU, kernel and where the figures come from, as one phrase; the caller's. */
char *facts_environment(const struct facts *facts, const struct sandbox_isolation *isolation);

#endif
