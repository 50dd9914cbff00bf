/* What to do about a missing layer: one place for the words of `cupel doctor` and of a refused start. */
#ifndef CUPEL_SANDBOX_REMEDY_H
#define CUPEL_SANDBOX_REMEDY_H

#include "sandbox/wire.h"

/* ERR_UNAVAILABLE: the step, the kernel's word for it, and the remedy; ERR_SYSTEM for internal trouble. */
int remedy_explain(const struct wire_failed *failed, struct err *err);

/* The sentence for a layer on this machine, looking at its settings; "" when we know none. Static storage. */
const char *remedy_for(enum wire_layer layer, int error);

/* First number of a file below /proc/sys, or `absent` when there is none. */
long remedy_read_setting(const char *path, long absent);

#endif
