/* Which parts of a request were the same in all samples: what a patch could have changed unseen. */
#ifndef CUPEL_WORKLOADS_COVERAGE_VARIATION_H
#define CUPEL_WORKLOADS_COVERAGE_VARIATION_H

#include "workloads/samples.h"

#define VARIATION_MOST        100                 /* names that are told */
#define VARIATION_PARAMETERS  20000               /* that are looked at: a request could invent a key each */
#define VARIATION_STDIN_BYTES ((size_t)256 << 10) /* of a stdin_file; a longer one goes by its name */
#define VARIATION_FILES_BYTES ((size_t)64 << 20)  /* of all of them; the others likewise */

struct variation {
    char **fixed;      /* names, NULL-terminated, in the order in which samples have them; owned */
    size_t dropped;    /* further ones */
    size_t parameters; /* all that were looked at */
};

/*
 * A parameter is an option ("--currency", with the value behind its '=' or the next argument), an argument by
 * its position among the others ("argument 2"), a variable ("$LANG"), a field of the JSON in stdin or request
 * by its pattern ("/page/size", "/items/<star>/price"), or stdin as a whole where it is something else
 * ("stdin"). It never varied where every visible sample has it, with one value each time. Held-out samples
 * are left out: what they ask is nobody's to know. Reads stdin_file below the set's folder; blocking.
 */
void variation_of_samples(struct variation *variation, const struct sample_set *set);
void variation_fini(struct variation *variation);

#endif
