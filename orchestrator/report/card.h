/* The parts of the text card: each writes its lines from
 * a candidate of a view, or nothing when it has none. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_CARD_H
#define CUPEL_ORCHESTRATOR_REPORT_CARD_H

#include "orchestrator/report/layout.h"

#include <cjson/cJSON.h>

#define CARD_NAME_MAX  120 /* bytes shown of a name */
#define CARD_VALUE_MAX 300 /* bytes shown of a value, before or after */
#define CARD_ROWS_MAX  8   /* findings, excuses, refusals shown; the rest is counted */
#define CARD_LOG_LINES 12  /* lines of a failed stage's log */

/* Metrics with gain and interval per workload, and the strata of its primary. */
void card_figures(struct layout *layout, const cJSON *candidate);
/* The sentences and sizes of a measurement's curve, where it has one. */
void card_curve(struct layout *layout, const cJSON *row);
/* How the contract held, findings with before and after, excuses, rules that matched nothing. */
void card_contract(struct layout *layout, const cJSON *candidate);
/* What the screen refused or remarked, with file, line and rule; signs of gaming. */
void card_screen(struct layout *layout, const cJSON *candidate);
/* One compact line of stages, and the log of the one that failed. */
void card_stages(struct layout *layout, const cJSON *candidate);

/*
 * What a person does about a decision, by its state: words and the command that an id follows ("To decide",
 * "cupel sign"). False where there is nothing to do: not recommended and not decided, or a state not ours.
 */
struct card_decision {
    const char *words;
    const char *command;
};
bool card_find_decision(const cJSON *candidate, struct card_decision *decision);
/* What the parts carry, where that was asked for. */
void card_parts(struct layout *layout, const cJSON *candidate);

#define CARD_SIDE_COLUMN 23 /* behind "before" and "after" */

/* A line of its own below a finding, up to CARD_SIDE_COLUMN: "before", "input". */
void card_side_label(struct layout *layout, const char *words);
/* That, and the value behind it, foreign text; NULL: absent. */
void card_side(struct layout *layout, const char *words, const char *value, size_t limit);

/* Foreign text, escaped, cut and wrapped. */
void card_foreign(struct layout *layout, enum layout_style style, const char *foreign, size_t limit);
/* "CPU time" for "cpu"; a metric that is not ours is foreign text. */
void card_append_metric(struct text *out, const char *name);
/*
 * "5 % and 1.0 MiB more are tolerated", of a guardrail that held although its loss is beyond the share alone;
 * false and nothing for every other row.
 */
bool card_append_slack(struct text *out, const cJSON *row);
/* "2 files", "1 file" */
void card_append_counted(struct text *out, double count, const char *one, const char *many);

#endif
