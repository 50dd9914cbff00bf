/* What a person would do now, for each judgement. Pure. */
#ifndef CUPEL_POLICIES_NEXT_STEP_H
#define CUPEL_POLICIES_NEXT_STEP_H

#include "base/text.h"
#include "policies/judge.h"

void next_step_append(struct text *out, const struct judgement *judgement, const struct policy *policy);

#endif
