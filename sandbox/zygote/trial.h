/* What cannot be read off a version number is tried once: overlays, and overlays over idmapped layers. */
#ifndef CUPEL_SANDBOX_TRIAL_H
#define CUPEL_SANDBOX_TRIAL_H

#include "sandbox/zygote/failure.h"
#include "sandbox/zygote/template.h"

WARN_UNUSED int trial_run(const struct wire_setup *setup, const struct template *template,
                          struct wire_hello *hello, bool *detached, struct wire_failed *failed);

#endif
