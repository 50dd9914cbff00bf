/* Which sets of CPUs are worth trying: what the machine lets us use, thinned out. Pure. */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_CANDIDATES_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_CANDIDATES_H

#include "orchestrator/calibrate/calibration.h"

#define CANDIDATES_SINGLE_MOST 4 /* CPUs that are tried alone */

/*
 * Fills the calibration's sets: the operator's (`chosen`, in any order; NULL: none), single CPUs of
 * `allowed` (ascending) from the last one downwards, evenly spread, and all of them together. `usual` becomes
 * the operator's, or else the last CPU, which is measured on when nobody says which.
 */
void candidates_fill(struct calibration *calibration, const int *allowed, size_t count, const int *chosen,
                     size_t chosen_count);

/* The CPUs that this process may use, ascending; *cpus is the caller's. */
WARN_UNUSED int candidates_allowed(int **cpus, size_t *count, struct err *err);

#endif
