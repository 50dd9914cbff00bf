/* Files that name folders to remove after their writer,
 * who keeps the file locked while it lives (flock(2)). */
#ifndef CUPEL_SANDBOX_LEASE_H
#define CUPEL_SANDBOX_LEASE_H

#include "base/error.h"

/* A new locked lease; its descriptor, or -1 and errno. */
WARN_UNUSED int lease_take(const char *path);
/* Names one more folder, before it is made. 0, or -1 and errno. */
WARN_UNUSED int lease_add(int lease, const char *folder);
/* Removes the folders of a lease whose lock is free, then the lease; keeps it when a folder is still busy. */
void lease_release(const char *path);
/* The same for all leases of a folder. */
void lease_sweep(const char *folder);

#endif
