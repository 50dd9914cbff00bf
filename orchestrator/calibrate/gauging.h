/*
 * Runs cupel-gauge in real sandboxes until the time is over: pairs of the same program on every set of CPUs
 * of a calibration, taking turns, so that a drift of the machine favours none.
 */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_GAUGING_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_GAUGING_H

#include "orchestrator/calibrate/calibration.h"
#include "workloads/workload.h"

struct gauging;

struct gauging_input {
    const struct workload_context *context; /* borrowed until `done`, as all below */
    const char *program;                    /* host path of cupel-gauge */
    const char *empty;                      /* a folder that stays empty */
    struct calibration *calibration; /* its sets are there; gets runs, seconds, and what was meanwhile */
    double seconds;                  /* of measuring */
    void (*progress)(const char *detail, void *data);
    void (*done)(const struct err *err, void *data); /* once, never from start; NULL: well */
    void *data;                                      /* of both */
};

WARN_UNUSED int gauging_start(struct gauging **out, const struct gauging_input *input, struct err *err);
void gauging_cancel(struct gauging *gauging); /* `done` still comes, with ERR_CANCELLED */

#endif
