/* The minimal /etc of a run: generated accounts, and the few system files that programs need to start. */
#ifndef CUPEL_SANDBOX_ETC_H
#define CUPEL_SANDBOX_ETC_H

#include "sandbox/zygote/failure.h"

/* Fills the folder `root`/etc, which is on the template's tmpfs. */
WARN_UNUSED int etc_fill(const char *root, struct wire_failed *failed);

#endif
