/* Progress on stderr: one live line on a terminal, plain lines otherwise. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_PROGRESS_H
#define CUPEL_ORCHESTRATOR_COMMANDS_PROGRESS_H

#include "orchestrator/evaluation/evaluation.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool quiet;        /* says nothing */
    bool live;         /* rewrites one line; needs a terminal */
    bool open;         /* a live line stands unfinished */
    char label[80];    /* which of several evaluations it is, told in front; "": there is one */
    char stage[32];    /* last stage told */
    char detail[128];  /* last detail told in a plain line */
    uint64_t began_ns; /* of the whole */
    uint64_t told_ns;  /* of the last line */
};

void progress_init(struct progress *progress, bool quiet);
void progress_show(struct progress *progress, const struct evaluation_progress *step);
/* Ends a live line before something else is printed. */
void progress_end(struct progress *progress);

#endif
