/* The minimal /etc of a run: generated accounts, and the few system files that programs need to start. */
#ifndef CUPEL_SANDBOX_ETC_H
#define CUPEL_SANDBOX_ETC_H

#include "sandbox/zygote/failure.h"

#include <stdbool.h>

/* Fills the folder `root`/etc, which is on the template's tmpfs. `empty`, `shared`: as in system_show(). */
WARN_UNUSED int etc_fill(const char *root, const char *empty, bool *shared, struct wire_failed *failed);

#endif
