/* What was asked of a batch, as its first entry in the ledger says it, so that it can be taken up again. */
#ifndef CUPEL_ORCHESTRATOR_BATCH_ORDER_H
#define CUPEL_ORCHESTRATOR_BATCH_ORDER_H

#include "orchestrator/journal.h"

#include <stdbool.h>

struct order {
    struct journal_identity identity;
    char **sources;   /* as batch_source_open() takes them, relative to `folder`; NULL-terminated; owned */
    char *folder;     /* absolute; owned */
    char *base;       /* commit of --base; NULL: not given. Owned, as what follows */
    char *head;       /* commit that patches stand on */
    char *config;     /* absolute path of --config; NULL: the base's own */
    char **workloads; /* of --workload; NULL-terminated */
    double timeout_s; /* of each evaluation; 0: none */
    bool combine;
    struct digest system; /* system.h: what builds and answers depend on besides */
};

cJSON *order_write(const struct order *order);
/* ERR_INVALID for what isn't such an entry. order_fini() in either case. `identity.facts` gets the time of
 * the batch and is of here and now otherwise. */
WARN_UNUSED int order_read(struct order *order, const char *batch, const cJSON *body, struct err *err);
size_t order_source_count(const struct order *order);
void order_fini(struct order *order);

#endif
