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

/* Digest of everything below a folder; deeper than 256 levels or unreadable is an error. */
WARN_UNUSED int identity_digest_folder(const char *path, struct digest *digest, struct err *err);

/* Every path that the patch changes has a suffix that the policy declares as read by the build only. */
bool identity_is_compile_only(const struct candidate *candidate, const struct policy *policy);

#endif
