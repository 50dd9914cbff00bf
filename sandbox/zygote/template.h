/*
 * The template mount namespace: the read-only part of every run's file system, prepared once.
 *
 * A run copies it (setns, unshare) instead of building it: a few dozen bytes a mount instead of system calls.
 */
#ifndef CUPEL_SANDBOX_TEMPLATE_H
#define CUPEL_SANDBOX_TEMPLATE_H

#include "sandbox/zygote/failure.h"

#include <stdbool.h>

#define TEMPLATE_STAGE  "/.stage" /* a mount that holds what a run needs only while it is set up */
#define TEMPLATE_LAYERS 32        /* folders TEMPLATE_STAGE/0 … for lower layers */

struct template
{
    int namespace_fd; /* the mount namespace */
    bool shared;      /* some folder of the system could only be bound: see system.h */
    int root_fd;      /* its root folder by a writable mount, for mount points of later runs */
};

/* Needs a private mount namespace with /proc; `root`:
 * device nodes are made, otherwise the host's are bound. */
WARN_UNUSED int template_build(struct template *out, bool root, struct wire_failed *failed);

#endif
