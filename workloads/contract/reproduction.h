/* The smallest input that was found to show a finding, or why there is none. */
#ifndef CUPEL_WORKLOADS_CONTRACT_REPRODUCTION_H
#define CUPEL_WORKLOADS_CONTRACT_REPRODUCTION_H

#include <stdbool.h>
#include <stddef.h>

#define REPRODUCTION_BYTES_MOST ((size_t)64 << 10) /* of `request`; it is never cut */

/* All strings are owned. */
struct reproduction {
    char *request;           /* a line of a sample file, without its end; NULL: none */
    char *why_none;          /* a sentence; NULL: there is one */
    size_t bytes;            /* that it asks with: arguments, variables, standard input, request; 0: none */
    size_t from_bytes;       /* likewise of the sample that it was made of */
    size_t steps;            /* inputs that were tried */
    bool minimal;            /* nothing more can be left out: the search was not cut short */
    char *differs_only_when; /* "stdin /status is 0"; NULL: nothing can be said so */
    char *before;            /* as finding.before, for this input */
    char *after;
};

void reproduction_free(struct reproduction *reproduction); /* may be NULL */

#endif
