/* The judgement in words: one sentence a person can act on. Pure; foreign text is escaped. */
#ifndef CUPEL_POLICIES_REASON_H
#define CUPEL_POLICIES_REASON_H

#include "base/text.h"
#include "policies/judge.h"

void reason_append(struct text *out, const struct judgement *judgement, const struct evidence *evidence,
                   const struct policy *policy);

#endif
