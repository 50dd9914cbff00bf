/* Why a step of the zygote did not work: filled in by whoever saw it, sent to the client as it is. */
#ifndef CUPEL_SANDBOX_FAILURE_H
#define CUPEL_SANDBOX_FAILURE_H

#include "sandbox/wire.h"

/* Keeps layer, errno and the formatted step; returns -1. */
int failure_set(struct wire_failed *failed, enum wire_layer layer, int error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
