/* The `price` member of a policy: what computing costs. */
#ifndef CUPEL_POLICIES_POLICY_PRICE_H
#define CUPEL_POLICIES_POLICY_PRICE_H

#include "policies/policy.h"

/* No price. */
void policy_price_init(struct policy_price *price);
void policy_price_fini(struct policy_price *price);

/* What `object` says, over what is there already; null takes a figure away. NULL: nothing is said. */
WARN_UNUSED int policy_price_read(struct policy_price *price, const struct json_file *file,
                                  const struct json_value *object, struct err *err);

/* Adds it to the policy's digest; nothing where there is no price. */
void policy_price_digest(const struct policy_price *price, struct digest_stream *stream);

#endif
