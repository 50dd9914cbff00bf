/* An empty network namespace with its loopback up (network_namespaces(7)). */
#ifndef CUPEL_SANDBOX_NETWORK_H
#define CUPEL_SANDBOX_NETWORK_H

#include "sandbox/zygote/failure.h"

/* In place of the one before, which ends with its last process and socket. */
WARN_UNUSED int network_isolate(struct wire_failed *failed);
/* A close-on-exec internet stream or datagram socket of this namespace. -1 and errno. */
WARN_UNUSED int network_make_socket(int domain, int type);

#endif
