/*
 * What a build, and an answer, depends on besides tree and configuration: this machine's programs and
 * libraries. Blocks for moments.
 */
#ifndef CUPEL_ORCHESTRATOR_ARMS_SYSTEM_H
#define CUPEL_ORCHESTRATOR_ARMS_SYSTEM_H

#include "base/digest.h"
#include "orchestrator/settings/configuration.h"

/*
 * Changes when packages are installed or removed, programs or libraries replaced, mounts or the operator's
 * file changed, or the kernel or cupel (`runner`, hexadecimal) is another one. Looks at times of folders and
 * package databases, not at every file: somebody who edits a file in place below a mount is not noticed.
 */
struct digest system_fingerprint(const struct operator_settings *settings, const char *kernel,
                                 const char *runner);

#endif
