/* User namespaces: the id maps of the zygote itself and of each slot (user_namespaces(7)). */
#ifndef CUPEL_SANDBOX_IDENTITY_H
#define CUPEL_SANDBOX_IDENTITY_H

#include "sandbox/zygote/failure.h"

#include <stdbool.h>
#include <sys/types.h>

/* An ordinary user's way to mounts: this process becomes 0 in a user namespace of its own. */
WARN_UNUSED int identity_enter_own(struct wire_failed *failed);

struct identity_map {
    uid_t inside;   /* the id in the namespace, of user and group alike */
    uid_t uid;      /* the user that it is outside */
    gid_t gid;      /* and the group */
    bool keep_root; /* 0 stays 0 besides: only for mapping mounts, where overlays create their own folders */
};

/* A new user namespace; `*out` is its descriptor. For runs to live in, and as the map of idmapped mounts. */
WARN_UNUSED int identity_make(const struct identity_map *ids, int *out, struct wire_failed *failed);

#endif
