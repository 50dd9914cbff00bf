/* User namespaces: the id maps of the zygote itself and of each slot (user_namespaces(7)). */
#ifndef CUPEL_SANDBOX_IDENTITY_H
#define CUPEL_SANDBOX_IDENTITY_H

#include "sandbox/zygote/failure.h"

#include <sys/types.h>

/* An ordinary user's way to mounts: this process becomes 0 in a user namespace of its own. */
WARN_UNUSED int identity_enter_own(struct wire_failed *failed);

/*
 * A new user namespace with one id, `inside` there and `outside` here, for users and groups alike; `*out` is
 * its descriptor. Used for runs to live in, and as the map of idmapped mounts.
 */
WARN_UNUSED int identity_make(uid_t inside, uid_t outside_uid, gid_t outside_gid, int *out,
                              struct wire_failed *failed);

#endif
