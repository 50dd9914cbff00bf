/* The tables, made and migrated step by step; the file's user_version is the number of steps it has had. */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_SCHEMA_H
#define CUPEL_ORCHESTRATOR_LEDGER_SCHEMA_H

#include "orchestrator/ledger/ledger.h"

#define SCHEMA_VERSION     3
#define SCHEMA_APPLICATION 0x4375704c /* "CupL": SQLite's application_id of a ledger */

/* The SQL that leads from version `from` to the next; 0 makes an empty file a ledger. */
const char *schema_step(int from);

/* ERR_SYSTEM for a file that is no ledger or one of a newer cupel. Only reads. */
WARN_UNUSED int schema_identify(struct ledger *ledger, struct err *err);

/* Brings the file to SCHEMA_VERSION, each step in a transaction of its own. */
WARN_UNUSED int schema_migrate(struct ledger *ledger, struct err *err);

/* Makes sure that what guards the table is there; ERR_SYSTEM names what is missing. */
WARN_UNUSED int schema_check(struct ledger *ledger, struct err *err);

#endif
