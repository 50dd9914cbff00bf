/*
 * Why a layer is missing and what to do: one place for the words of `cupel doctor` and of a refused start.
 *
 * The kernel says EPERM for half a dozen reasons; the machine's settings tell them apart.
 */
#ifndef CUPEL_SANDBOX_REMEDY_H
#define CUPEL_SANDBOX_REMEDY_H

#include "sandbox/groups.h"
#include "sandbox/wire.h"

struct remedy {
    const char *cause; /* stable name for programs: "apparmor-userns"; "" when nothing is missing */
    const char *words; /* for people, with the command that mends it */
};

/* ERR_UNAVAILABLE: the step, the kernel's word for it, and the remedy; ERR_SYSTEM for internal trouble. */
int remedy_explain(const struct wire_failed *failed, struct err *err);

/* Of a layer that the zygote could not set up, on this machine; NULL when we know none. */
const struct remedy *remedy_for(enum wire_layer layer, int error);
/* Of control groups that can't be made, or that lack controllers. */
const struct remedy *remedy_for_groups(const struct groups *groups);
/* Of a Landlock of this version (landlock_version()), with the errno of asking for it. */
const struct remedy *remedy_for_landlock(int version, int error);
/* Of CPU time that nothing counts. */
const struct remedy *remedy_for_cpu(void);
/* Of dumps that leave the sandbox whatever the limit is (core(5)); NULL where none do. */
const struct remedy *remedy_for_core(void);

/* First number of a file below /proc/sys, or `absent` when there is none. */
long remedy_read_setting(const char *path, long absent);

#endif
