/* The clock as text: RFC 3339, UTC, milliseconds; "2026-03-01T10:00:00.123Z". */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_STAMP_H
#define CUPEL_ORCHESTRATOR_LEDGER_STAMP_H

#define STAMP_MAX 32 /* bytes, the terminating NUL included */

void stamp_now(char text[static STAMP_MAX]);

#endif
