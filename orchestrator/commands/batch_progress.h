/* Progress of many evaluations on stderr: on a terminal a line for each that is under way and one for all of
 * them, otherwise a plain line for what begins and ends. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_BATCH_PROGRESS_H
#define CUPEL_ORCHESTRATOR_COMMANDS_BATCH_PROGRESS_H

#include "orchestrator/batch/batch.h"
#include "orchestrator/commands/progress.h"

#define BATCH_PROGRESS_LINES 8 /* evaluations shown at once */

struct batch_line {
    bool used;
    size_t index;   /* of the candidate, or BATCH_BASE */
    char text[160]; /* what it does */
    char stage[16]; /* last one told in a plain line */
    uint64_t began_ns;
};

struct batch_progress {
    struct progress plain; /* quiet or live, and since when */
    const struct roster *roster;
    struct batch_line lines[BATCH_PROGRESS_LINES];
    size_t drawn;                 /* live lines that stand on the terminal */
    size_t read;                  /* proposals sifted */
    size_t total;                 /* evaluations of candidates; 0: not known yet */
    size_t ended;                 /* of these */
    uint64_t evaluation_began_ns; /* of the first of them */
};

/* `roster` is borrowed. */
void batch_progress_init(struct batch_progress *progress, bool quiet, const struct roster *roster);
void batch_progress_step(struct batch_progress *progress, size_t index,
                         const struct evaluation_progress *step);
/* `total` evaluations are to come. */
void batch_progress_sifted(struct batch_progress *progress, size_t family, size_t total);
/* `word`: how it ended, "contract-broken". */
void batch_progress_ended(struct batch_progress *progress, size_t index, bool sift, const char *word);
/* Takes the live lines away, before something else is printed. */
void batch_progress_clear(struct batch_progress *progress);

#endif
