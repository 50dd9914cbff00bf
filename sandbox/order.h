/* What the lane is told about a run: the spec checked, and turned into a record and what goes with it. */
#ifndef CUPEL_SANDBOX_ORDER_H
#define CUPEL_SANDBOX_ORDER_H

#include "sandbox/client.h"

/* ERR_INVALID: a mistake of the caller's; ERR_CANCELLED: the sandbox is closing. */
WARN_UNUSED int order_check(const struct sandbox *sandbox, const struct sandbox_spec *spec, struct err *err);
/* Files that the workspace may have, the default filled in. */
uint64_t order_files(const struct sandbox_spec *spec);
/*
 * Where a tmpfs makes no full upper, a run that asked for one gets a folder below the state's: run->scratch,
 * removed with the run. `paths` are upper and work, the caller's to free; `spec` is changed to name them.
 */
WARN_UNUSED int order_make_scratch(struct sandbox_run *run, struct sandbox_spec *spec, char *paths[static 2],
                                   struct err *err);
/* The record of WIRE_RUN; `warm`: of a place alone, without what is started there. */
void order_encode(const struct sandbox_spec *spec, bool warm, struct text *body);
/* The record of WIRE_REPEAT: what is started. */
void order_encode_program(const struct sandbox_spec *spec, struct text *body);
/* A command with its record and descriptors, which stay the caller's. ERR_LIMIT: larger than WIRE_BODY_MAX.
 * An end that is gone is no error: the caller watches it, and learns why. */
WARN_UNUSED int order_send(int socket, uint32_t kind, uint64_t number, const struct text *body,
                           const int *fds, size_t fd_count, struct err *err);
/* Descriptor of stdin, the caller's; a file is opened by the lane, and gets /dev/null here. */
WARN_UNUSED int order_open_stdin(const struct sandbox_spec *spec, struct err *err);

#endif
