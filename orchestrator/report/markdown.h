/* What the files of the Markdown card share; report.h is what others include. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_MARKDOWN_H
#define CUPEL_ORCHESTRATOR_REPORT_MARKDOWN_H

#include "base/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Foreign text as code, cut at `limit` bytes; and a member of an object likewise. */
void markdown_code(struct text *out, const char *foreign, size_t limit);
void markdown_code_member(struct text *out, const cJSON *object, const char *key);
/* The first rows of a list, and how many there are besides. */
void markdown_rows(struct text *out, const cJSON *object, const char *key,
                   void (*each)(struct text *out, const cJSON *row));
/* A part that a reader opens; `summary` is ours, or escaped. */
void markdown_open(struct text *out, const char *summary, bool open);
void markdown_close(struct text *out);

/* How the contract held, findings with before and after, excuses, unused rules, coverage. */
void markdown_contract(struct text *out, const cJSON *candidate);

#endif
