/* A comparison for a person at a terminal:
 * the conclusion, then the figures, then how they came about. Pure. */
#ifndef CUPEL_ORCHESTRATOR_CONTEST_SHEET_H
#define CUPEL_ORCHESTRATOR_CONTEST_SHEET_H

#include "base/text.h"
#include "orchestrator/contest/contest.h"

/* `color` for a terminal; `width` in columns, at least 40. */
void sheet_format(const struct contest *contest, bool color, int width, struct text *out);

#endif
