/* seccomp profiles as data: policies/seccomp/NAME.json → rows that the zygote compiles. */
#ifndef CUPEL_SANDBOX_FILTERS_H
#define CUPEL_SANDBOX_FILTERS_H

#include "base/json_access.h"
#include "sandbox/wire.h"

#define FILTERS_MAX 8

struct filters {
    struct json_file files[FILTERS_MAX];       /* own the strings of the rows */
    struct wire_profile profiles[FILTERS_MAX]; /* rows are owned */
    size_t count;                              /* of both */
};

/* Reads build.json and workload.json of the folder. Errors name file, line and JSON Pointer. */
WARN_UNUSED int filters_load(struct filters *filters, const char *folder, struct err *err);
void filters_fini(struct filters *filters);

#endif
