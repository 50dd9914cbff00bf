/* Where a report goes: the store, and stdout in the format that was asked for. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_OUTPUT_H
#define CUPEL_ORCHESTRATOR_COMMANDS_OUTPUT_H

#include "orchestrator/cli/cli.h"
#include "orchestrator/report/report.h"

/* Of the document's candidate: what every command takes. Borrowed. */
const char *output_id(const cJSON *document);

/* Keeps the canonical bytes below `state`. */
WARN_UNUSED int output_store(const char *state, const cJSON *document, const struct text *canonical,
                             struct err *err);
/* Prints a view of a kept document as --format or --json say,
 * with its attribution, which it takes over, or NULL. */
WARN_UNUSED int output_print(const cJSON *document, const struct digest *digest, cJSON *attribution,
                             const struct cli_arguments *arguments, struct err *err);

/* Prints a view in a format of the table: "text", "markdown" or "json"; NULL: text. */
void output_print_view(const cJSON *view, const char *format);

struct ranking_input;
/* The ranked report of a closed batch, with one candidate's report in memory at a time. */
WARN_UNUSED int output_print_batch(const struct ranking_input *input, const struct cli_arguments *arguments,
                                   struct err *err);

/* The verdict's exit status; with --fail-on, 8 for a listed verdict and 0 for any other but an error. */
int output_exit_status(enum verdict verdict, const struct cli_arguments *arguments);

/* Prints a command's result that is kept nowhere:
 * the document, taken over, as canonical JSON in a line; NULL: the text. */
WARN_UNUSED int output_result(cJSON *document, struct text *text, struct err *err);

/* Of stdout: columns for text, 40 to 120, and whether escape sequences mean anything there. */
int output_width(void);
bool output_has_color(void);

/* <state>/reports; free() it. */
char *output_reports_folder(const char *state);

#endif
