/*
 * The smallest inputs that show what broke the contract: as members of the document, in words on the cards,
 * and as files beside the report that hold one sample each.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_REPRODUCTIONS_H
#define CUPEL_ORCHESTRATOR_REPORT_REPRODUCTIONS_H

#include "base/error.h"
#include "base/text.h"
#include "workloads/contract/reproduction.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* Adds `reproduction` to a finding; NULL: none was looked for. */
void reproductions_build(cJSON *finding, const struct reproduction *reproduction);

/* A finding's number, from 1: its place in the report. */
size_t reproductions_number(const cJSON *finding);

/*
 * Whose `before` and `after` a card shows: the reproduction's, which belong to the input beside them and are
 * short, where it has an input; else the finding's own.
 */
const cJSON *reproductions_shown(const cJSON *finding);

/* How many bytes of how many, "in 14 steps", and why it is no smaller; nothing where there is no input. */
void reproductions_append_size(struct text *out, const cJSON *reproduction);

/* The first finding that `cupel reproduce` has an input for; NULL: there is none. */
const cJSON *reproductions_first(const cJSON *candidate);

/* Lines of a finding's item in Markdown:
 * its input and what it hangs on; nothing where none was looked for. */
void reproductions_format_markdown(struct text *out, const cJSON *finding);
/* The command that shows the first of them again. */
void reproductions_format_markdown_replay(struct text *out, const cJSON *candidate);

/*
 * Writes the inputs of a canonical document below the folder of stored reports, `<id>/<number>.jsonl`. The
 * same bytes again are fine.
 */
WARN_UNUSED int reproductions_keep(const char *reports, const cJSON *document, struct err *err);

#endif
