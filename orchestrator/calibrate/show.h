/* A calibration as a person, or another program, reads it. */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_SHOW_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_SHOW_H

#include "orchestrator/calibrate/calibration.h"

/* `path` is where it is stored, `operator_file` where measure_cpus would go. */
void show_text(const struct calibration *calibration, const char *path, const char *operator_file,
               struct text *out);
/* The stored document with `advice`, `digest` and `path` added, canonical, and a newline. */
WARN_UNUSED int show_json(const struct calibration *calibration, const struct text *stored, const char *path,
                          struct text *out, struct err *err);

#endif
