/*
 * Work that a worker moved out of its answers: in front of the first one, where it counts for nothing, or
 * behind the last one, where nobody waits for it. Pure.
 */
#ifndef CUPEL_POLICIES_MOVED_H
#define CUPEL_POLICIES_MOVED_H

#include "policies/evidence.h"

/*
 * Adds a suspicion where the candidate's start-up takes more CPU time than a run of its requests saves (or
 * time, where time is the primary), or where at least half of what the answers save comes back behind the
 * last one: what looks faster was moved. What grows noticeably (by 5 ms and a tenth of the base's start-up;
 * by 5 ms and a twentieth of a run) and still saves more is an observation. Medians over all pairs of base
 * and candidate, of which there must be 6.
 */
void moved_judge(struct evidence *evidence, const struct workload_evidence *workload);

#endif
