/*
 * The SOURCE arguments of `cupel batch` as a sequence of proposals, read one at a time: memory does not grow
 * with their number, but for a name, or an object id, of each.
 *
 * A source is one of
 *   - a folder: its *.patch, *.diff and *.mbox files in the order of their names, without its sub-folders;
 *   - a patch file;
 *   - a JSONL file (*.jsonl, *.ndjson, *.json, or whatever starts with `{`), or a JSON array of the same
 * objects: see record.h for the fields;
 *   - "-": JSONL from standard input;
 *   - a branch, or a pattern of branches such as `ai-*` (fnmatch(3); the star matches slashes too);
 *   - a range A..B: each of its commits, oldest first, against its own first parent.
 *
 * What can't be read at all is an error of batch_source_open(), before anything runs. What is wrong with one
 * proposal is its `fault`: it is handed out like any other, and its intake ends as `does-not-apply`.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_SOURCE_H
#define CUPEL_ORCHESTRATOR_BATCH_SOURCE_H

#include "orchestrator/repository/repository.h"

#include <stdint.h>

struct batch_source;

/* One proposed change. Owns everything that `request` borrows. */
struct proposal {
    char *id;      /* unique in the batch: as given, or made from file and line; foreign text */
    char *source;  /* the file, or the source argument, for messages */
    uint32_t line; /* of a record in `source`, 1-based; 0: the source is no JSONL */
    struct intake_request request; /* for repository_intake(); borrows from this proposal */
    char *bytes;                   /* the diff of a record; NULL: request names a file or revision */
    char *author;                  /* as declared; NULL: not said. Foreign text, as the next three */
    char *model;                   /* NULL: not said */
    char *rationale;               /* cut at PROPOSAL_TEXT_MAX; NULL: not said */
    char *claim;                   /* claimed_gain as it was written, for show alone; NULL: not said */
    double claimed_gain;           /* the same where it was a JSON number, otherwise NaN */
    char *fault; /* why it can only be does-not-apply, with file and line; NULL: nothing known */
    char *note;  /* what a reader should know of its identity (a duplicate id); NULL: nothing */
};

#define PROPOSAL_TEXT_MAX ((size_t)8192) /* bytes kept of a rationale */

/*
 * Looks at every argument. ERR_INVALID and ERR_NOT_FOUND name the one that is no source; ERR_SYSTEM one that
 * can't be read. `base` (borrowed, may be NULL) goes into the requests of patches and branches; the commits
 * of a range stand against their parents. `repository` is borrowed.
 */
WARN_UNUSED int batch_source_open(struct batch_source **out, struct repository *repository,
                                  const char *const *arguments, size_t count, const char *base,
                                  struct err *err);
void batch_source_close(struct batch_source *source);

/* How many proposals there are, bad ones included. */
size_t batch_source_count(const struct batch_source *source);

/*
 * The next proposal: 1 with *proposal filled (proposal_fini() it), 0 at the end, negative when a file that
 * could be read when it was opened no longer can. The order is the same in every run over the same sources.
 */
WARN_UNUSED int batch_source_next(struct batch_source *source, struct proposal *proposal, struct err *err);
/* A patch names no base of its own: it stands on `base` (borrowed), HEAD as it was when the batch began. */
void proposal_pin_base(struct proposal *proposal, const char *base);
void proposal_fini(struct proposal *proposal);

#endif
