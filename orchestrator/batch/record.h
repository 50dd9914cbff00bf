/*
 * One record of a proposals file. Fields of our own: `diff` (required), `id`, `author`, `model`, `rationale`,
 * `claimed_gain` (a number or a text); or those of a predictions file: `instance_id`, `model_patch`
 * (required), `model_name_or_path`. The two may be mixed; the same thing said twice is a fault. Other fields
 * are ignored.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_RECORD_H
#define CUPEL_ORCHESTRATOR_BATCH_RECORD_H

#include "orchestrator/batch/source.h"

#define RECORD_MAX_BYTES ((size_t)16 << 20) /* of one record; longer ones are faults */
#define RECORD_MAX_NAME  ((size_t)256)      /* bytes of an id, author or model */

/*
 * Fills a zeroed proposal from the JSON text of one record; it never fails: what is wrong is the proposal's
 * `fault`, as `file:line: words`. `id` stays NULL where the record gives none that can be used.
 */
void record_read(struct proposal *proposal, const char *file, uint32_t line, const char *bytes,
                 size_t length);

#endif
