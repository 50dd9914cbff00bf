/* How a held-out sample is known wherever there is only its id. */
#ifndef CUPEL_WORKLOADS_HELD_OUT_ID_H
#define CUPEL_WORKLOADS_HELD_OUT_ID_H

#include <stdbool.h>
#include <string.h>

#define SAMPLES_HELD_OUT "held out: " /* what the id of a held-out sample begins with, and of no other */

/* The sample of that id was held out: its request and its answers are shown to nobody. */
static inline bool samples_is_held_out(const char *id)
{
    return strncmp(id, SAMPLES_HELD_OUT, strlen(SAMPLES_HELD_OUT)) == 0;
}

#endif
