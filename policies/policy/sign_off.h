/* The "sign_off" section of a policy: who must decide, and for how long a decision holds. */
#ifndef CUPEL_POLICIES_POLICY_SIGN_OFF_H
#define CUPEL_POLICIES_POLICY_SIGN_OFF_H

#include "policies/policy.h"

/* What `object` says, over what is there already; NULL says nothing. */
WARN_UNUSED int policy_read_sign_off(struct policy_sign_off *sign_off, const struct json_file *file,
                                     const struct json_value *object, struct err *err);
void policy_sign_off_fini(struct policy_sign_off *sign_off);

#endif
