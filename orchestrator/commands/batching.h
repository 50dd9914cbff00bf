/* What the parts of `cupel batch` share. Nobody else includes this. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_BATCHING_H
#define CUPEL_ORCHESTRATOR_COMMANDS_BATCHING_H

#include "orchestrator/batch/order.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/commands/batch_progress.h"
#include "orchestrator/commands/engine.h"

struct batching {
    const struct cli_arguments *arguments; /* borrowed */
    struct session session;
    struct engine engine;
    struct order order;
    struct roster roster;
    struct ledger *ledger; /* a connection of its own, to read */
    struct lock lock;      /* of the batch */
    char *keep;            /* folder of what its evaluations leave; owned */
    struct batch *batch;   /* under way */
    struct batch_progress progress;
    size_t family;  /* distinct trees; 0: not known yet */
    bool recorded;  /* the ledger knows that already */
    bool sifting;   /* proposals are being read */
    bool begun;     /* the ledger knows of the batch */
    bool evaluated; /* the ledger knows that its evaluations are over */
    bool closed;    /* the ledger knows of its end */
    uint64_t began_ns;
    struct err outcome;
};

/* Opens the repository and what was asked for:
 * a new batch, or with --resume one that an earlier process began. */
WARN_UNUSED int batching_open(struct batching *batching, struct err *err);
void batching_close(struct batching *batching);

/* Behind the last evaluation: decides, writes the reports, closes the batch in the ledger.
 * The exit status, or negative with *err. */
WARN_UNUSED int batching_settle(struct batching *batching, struct err *err);
/* Prints the ranked report of a closed batch. */
WARN_UNUSED int batching_show(struct batching *batching, struct err *err);

#endif
