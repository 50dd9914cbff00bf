/* Rows of a profile, compiled once by libseccomp into the program that each run loads (seccomp(2)). */
#ifndef CUPEL_SANDBOX_FILTER_H
#define CUPEL_SANDBOX_FILTER_H

#include "sandbox/zygote/failure.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>

struct filter {
    const char *name;          /* of the profile; borrowed from the set-up */
    struct sock_fprog program; /* its instructions; owned */
};

/* Unknown call names are skipped: an architecture without `open` has nothing to allow. */
WARN_UNUSED int filter_compile(const struct wire_profile *profile, struct filter *out,
                               struct wire_failed *failed);
/* Puts the calling thread behind the filter for good; needs no_new_privs. -1 and errno. */
WARN_UNUSED int filter_load(const struct filter *filter);
/*
 * The same, but calls that are refused by an errno wait for an answer at the listener that is returned
 * (close-on-exec; seccomp_unotify(2)).
 */
WARN_UNUSED int filter_load_counting(const struct filter *filter);
/* What the filter answers to a call, from its registers alone: an errno, or 0 where it refuses by none. */
int filter_answer(const struct filter *filter, const struct seccomp_data *call);
/* Whether a program behind the filter can make a TCP socket. */
bool filter_allows_tcp(const struct filter *filter);

#endif
