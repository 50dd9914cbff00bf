/* What one SOURCE argument of a batch means, and the proposals behind it. */
#ifndef CUPEL_ORCHESTRATOR_BATCH_STREAM_H
#define CUPEL_ORCHESTRATOR_BATCH_STREAM_H

#include "orchestrator/batch/records.h"
#include "orchestrator/repository/revisions.h"

enum stream_kind { STREAM_PATCHES, STREAM_REVISIONS, STREAM_RECORDS };

struct stream {
    enum stream_kind kind;
    char *argument;             /* as the user gave it; "standard input" for "-" */
    char **paths;               /* STREAM_PATCHES: the files, sorted; owned */
    struct revisions revisions; /* STREAM_REVISIONS */
    size_t count;               /* proposals in it */
    FILE *file;                 /* STREAM_RECORDS: open while they are read, or a copy of a pipe; owned */
    struct records records;     /* where we are in `file` */
};

/* Looks at the argument, and reads records once to count them. */
WARN_UNUSED int stream_open(struct stream *stream, struct repository *repository, const char *argument,
                            struct err *err);
/* Back to the first record: opens the file unless it is open. */
WARN_UNUSED int stream_rewind(struct stream *stream, struct err *err);
/* The file is not needed any more. */
void stream_release(struct stream *stream);
void stream_fini(struct stream *stream);

#endif
