/*
 * Decisions in git: refs/cupel/decisions/<report digest>/<signer>, a commit whose tree holds decision.json
 * and whose parent is the same person's decision before it, so that taking one back adds and never rewrites.
 * Written with a handle of its own, since repository.h never writes.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_REFS_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_REFS_H

#include "base/error.h"
#include "orchestrator/signoff/envelope.h"

#define REFS_PREFIX    "refs/cupel/decisions/"
#define REFS_CHAIN_MAX 100 /* decisions of one person on one report that are read */

/* The ref of a person's decisions on a report ("sha256:…"); owned. Any address becomes one safe name. */
char *refs_name(const char *report, const char *signer);

/* Adds a commit. `repository` is a path. ERR_SYSTEM where the ref moves faster than we can follow. */
WARN_UNUSED int refs_write(const char *repository, const struct statement *statement,
                           const struct text *envelope, struct err *err);

/* Bytes of a decision as found; 0 to go on. `name` says where from. */
typedef int (*refs_visit)(const char *name, const char *bytes, size_t length, void *data, struct err *err);

/*
 * Every decision on a report. What is no decision's commit is skipped, since anybody may have pushed it; what
 * can't be read, or never ends, is an error, since a rejection may lie behind it.
 */
WARN_UNUSED int refs_each(const char *repository, const char *report, refs_visit visit, void *data,
                          struct err *err);

/* `git push REMOTE REF:REF`: exactly this ref, nothing forced. The remote's words are in the message. */
WARN_UNUSED int refs_push(const char *repository, const char *remote, const char *ref, struct err *err);
/* The remote that HEAD's branch follows, else "origin"; owned. */
char *refs_remote(const char *repository);

#endif
