/* The commands: each takes parsed arguments and returns the exit status. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_COMMANDS_H
#define CUPEL_ORCHESTRATOR_COMMANDS_COMMANDS_H

#include "orchestrator/cli/cli.h"

int command_batch(const struct cli_arguments *arguments);
int command_run(const struct cli_arguments *arguments);
int command_check(const struct cli_arguments *arguments);
int command_compare(const struct cli_arguments *arguments);
int command_diff(const struct cli_arguments *arguments);
int command_init(const struct cli_arguments *arguments);
int command_list(const struct cli_arguments *arguments);
int command_show(const struct cli_arguments *arguments);
int command_recheck(const struct cli_arguments *arguments);
int command_reproduce(const struct cli_arguments *arguments);
int command_sign(const struct cli_arguments *arguments);
int command_gate(const struct cli_arguments *arguments);
int command_apply(const struct cli_arguments *arguments);
int command_calibrate(const struct cli_arguments *arguments);
int command_doctor(const struct cli_arguments *arguments);
int command_selftest(const struct cli_arguments *arguments);
int command_gc(const struct cli_arguments *arguments);

#endif
