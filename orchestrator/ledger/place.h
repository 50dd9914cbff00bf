/* Where a ledger lies: on a local disk, whole, and put there at once. */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_PLACE_H
#define CUPEL_ORCHESTRATOR_LEDGER_PLACE_H

#include "base/error.h"

#include <stdint.h>

/* ERR_SYSTEM for the magic (statfs(2)) of a file system whose locks or maps other machines don't see. */
WARN_UNUSED int place_check_file_system(const char *folder, int64_t magic, struct err *err);

/*
 * What is at `path`: 1 a file to open, 0 nothing. ERR_SYSTEM for what can only be the rest of a ledger: an
 * empty file, or a log without its ledger.
 */
WARN_UNUSED int place_look(const char *path, struct err *err);

/*
 * Puts a new file at `path`, mode 0600, filled by `fill` under another name first: whoever sees the file sees
 * it whole. Somebody else's who was quicker is fine. Leftovers of a killed attempt are removed.
 */
WARN_UNUSED int place_create(const char *folder, const char *path,
                             int (*fill)(const char *path, struct err *err), struct err *err);

#endif
