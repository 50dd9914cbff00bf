/*
 * Are two built trees the same thing? Compares what both builds wrote: paths, kinds, executable bits, link
 * targets and bytes. Blocks; run it on the pool.
 */
#ifndef CUPEL_ORCHESTRATOR_ARMS_IDENTITY_H
#define CUPEL_ORCHESTRATOR_ARMS_IDENTITY_H

#include "base/digest.h"
#include "base/error.h"
#include "orchestrator/repository/repository.h"
#include "policies/policy.h"

#include <stdbool.h>

/* Asked before each entry and each block of 64 KiB, on the thread that digests. */
struct identity_watch {
    bool (*is_cancelled)(const void *data);
    const void *data; /* borrowed */
};

/*
 * Digest of everything below a folder; deeper than 256 levels or unreadable is an error, and so is
 * ERR_CANCELLED, at the next entry or block. `watch` may be NULL: it can't be cancelled then.
 */
WARN_UNUSED int identity_digest_folder(const char *path, const struct identity_watch *watch,
                                       struct digest *digest, struct err *err);

/* Every path that the patch changes has a suffix that the policy declares as read by the build only. */
bool identity_is_compile_only(const struct candidate *candidate, const struct policy *policy);

#endif
