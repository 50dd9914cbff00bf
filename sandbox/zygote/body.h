/* Large records, which arrive in a memfd beside the datagram. */
#ifndef CUPEL_SANDBOX_BODY_H
#define CUPEL_SANDBOX_BODY_H

#include "sandbox/wire.h"

/* 0 or -1; `*bytes` is the caller's and must live as long as the record. */
WARN_UNUSED int body_read_run(int fd, char **bytes, struct wire_run *out);
WARN_UNUSED int body_read_setup(int fd, char **bytes, struct wire_setup *out);

#endif
