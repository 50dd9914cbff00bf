/* What this machine offers, layer by layer: the data behind `cupel doctor` and behind a refused start. */
#ifndef CUPEL_SANDBOX_PROBE_H
#define CUPEL_SANDBOX_PROBE_H

#include <stdbool.h>
#include <stddef.h>

enum probe_state { PROBE_PRESENT, PROBE_DEGRADED, PROBE_MISSING };

struct probe_layer {
    const char *name; /* "user namespaces", "cgroup: cpu accounting", … */
    bool required;    /* for isolation "full" */
    enum probe_state state;
    const char *cause; /* why it is not present, a stable name: "apparmor-userns"; "" when it is; static */
    char detail[256];  /* what was found */
    char remedy[512];  /* the command or setting that adds it; "" when present */
};

#define PROBE_LAYERS_MAX 24

/* Fills at most PROBE_LAYERS_MAX rows and returns how many. Starts short-lived children; changes nothing. */
size_t probe_machine(struct probe_layer layers[static PROBE_LAYERS_MAX], const char *executable,
                     const char *filters, const char *state);

#endif
