/*
 * Patches as they were evaluated, beside the reports: what `apply` commits, whatever became of the file or
 * branch that the candidate came from. `<state>/patches/<digest>.diff`.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_KEPT_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_KEPT_H

#include "base/error.h"

#include <stddef.h>

/* `digest`: hexadecimal, of the normalised patch. One that is there already stays. */
WARN_UNUSED int kept_write(const char *state, const char *digest, const char *bytes, size_t length,
                           struct err *err);
/* Free *bytes. ERR_NOT_FOUND where it was never kept; ERR_SYSTEM where it is no longer what was kept. */
WARN_UNUSED int kept_read(const char *state, const char *digest, char **bytes, size_t *length,
                          struct err *err);

/* Where it is kept, for a person who wants to read what they decide on; owned, NULL where it isn't. */
char *kept_path(const char *state, const char *digest);

#endif
