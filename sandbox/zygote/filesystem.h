/* The file system of one run: a copy of the template,
 * the overlay at /work, fresh /proc, /tmp and /dev/shm. */
#ifndef CUPEL_SANDBOX_FILESYSTEM_H
#define CUPEL_SANDBOX_FILESYSTEM_H

#include "sandbox/zygote/plan.h"

/* Leaves the lane's mount namespace for one of the run's own. */
WARN_UNUSED int filesystem_enter(struct plan *plan, struct wire_failed *failed);

#endif
