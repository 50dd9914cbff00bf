/* Who we are and whose files the layers are: the same answer for the client and for the zygote. */
#ifndef CUPEL_SANDBOX_PRIVILEGE_H
#define CUPEL_SANDBOX_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Ids between 60578 and 61183 are given out by nobody (systemd's "Users, Groups, UIDs and GIDs"), and they
 * fit into a container's 65536 ids: one owns the layers, the following ones are the slots'.
 */
#define PRIVILEGE_LAYER_ID 60600
#define PRIVILEGE_SLOTS    500

#define PRIVILEGE_INSIDE_ID 1000 /* what a run sees itself as; PostgreSQL refuses 0 */

/* Root of the machine, with the capabilities that mounting and mapping ids take (capabilities(7)). */
bool privilege_is_root(void);

#endif
