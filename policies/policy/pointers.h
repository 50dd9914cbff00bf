/* Members of a policy that name places in answers. */
#ifndef CUPEL_POLICIES_POLICY_POINTERS_H
#define CUPEL_POLICIES_POLICY_POINTERS_H

#include "base/json_access.h"

/* Every string of the array is a JSON Pointer (RFC 6901); what is no string is for others to refuse. */
WARN_UNUSED int policy_pointers_check(const struct json_file *file, const struct json_value *array,
                                      struct err *err);

#endif
