/* Members of a policy that give a figure to each metric they name. */
#ifndef CUPEL_POLICIES_POLICY_METRICS_H
#define CUPEL_POLICIES_POLICY_METRICS_H

#include "policies/policy.h"

/* {"wall": 0.05, "peak_memory": null}:
 * figures up to `high`, null for none (-1). A NULL object says nothing. */
WARN_UNUSED int policy_metrics_read(double figures[METRIC_COUNT], double high, const struct json_file *file,
                                    const struct json_value *object, struct err *err);

#endif
