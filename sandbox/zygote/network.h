/* An empty network namespace with its loopback up (network_namespaces(7)). */
#ifndef CUPEL_SANDBOX_NETWORK_H
#define CUPEL_SANDBOX_NETWORK_H

#include "sandbox/zygote/failure.h"

WARN_UNUSED int network_isolate(struct wire_failed *failed);

#endif
