#include "policies/attribution_sets.h"

uint32_t sets_bit(size_t part)
{
    return UINT32_C(1) << part;
}

uint32_t sets_all(const struct attribution_input *input)
{
    return sets_bit(input->count) - 1;
}

const struct attribution_trial *sets_find(const struct attribution_input *input, uint32_t parts)
{
    if (parts == sets_all(input))
        return &input->whole;
    for (size_t i = 0; i < input->trial_count; i++)
        if (input->trials[i].parts == parts)
            return &input->trials[i];
    return NULL;
}

bool sets_break(const struct attribution_trial *trial)
{
    return trial->verdict == VERDICT_CONTRACT_BROKEN || trial->verdict == VERDICT_TESTS_FAILED ||
           trial->verdict == VERDICT_SUSPICIOUS || trial->verdict == VERDICT_REFUSED;
}

bool sets_harm(const struct attribution_trial *trial)
{
    return trial->verdict == VERDICT_REGRESSION || trial->verdict == VERDICT_GUARDRAIL_BROKEN;
}

bool sets_stand(const struct attribution_trial *trial)
{
    return trial->verdict != VERDICT_DOES_NOT_APPLY && trial->verdict != VERDICT_DOES_NOT_BUILD &&
           trial->verdict != VERDICT_DOES_NOT_START && trial->verdict != VERDICT_ERROR;
}

bool sets_need(const struct attribution_input *input, size_t part)
{
    for (size_t i = 0; i < input->count; i++)
        if (i != part && input->parts[i].needs & sets_bit(part))
            return true;
    for (size_t i = 0; i < input->trial_count; i++) {
        const struct attribution_trial *without = &input->trials[i];
        const struct attribution_trial *with = sets_find(input, without->parts | sets_bit(part));
        if (!(without->parts & sets_bit(part)) && !sets_stand(without) && without->verdict != VERDICT_ERROR &&
            with && sets_stand(with))
            return true;
    }
    return false;
}

uint32_t sets_close(const struct attribution_input *input, uint32_t parts)
{
    for (uint32_t before = 0; before != parts;) {
        before = parts;
        for (size_t i = 0; i < input->count; i++)
            if (before & sets_bit(i))
                parts |= input->parts[i].needs;
    }
    return parts;
}

/* Left out from here on: what fails for good. A part that only misses others may find them further on. */
static bool sets_leave_out(const struct attribution_input *input, const struct attribution_trial *trial)
{
    return sets_break(trial) || sets_harm(trial) || (!sets_stand(trial) && !sets_stand(&input->whole));
}

bool sets_stand_alone(const struct attribution_input *input, size_t part)
{
    const struct attribution_trial *alone = sets_find(input, sets_bit(part));
    return !input->parts[part].needs && alone && sets_stand(alone);
}

/* Can it be added now: what it needs is there, and it breaks nothing alone? */
static bool sets_may_take(const struct attribution_input *input, size_t part, uint32_t joined,
                          uint32_t left_out)
{
    const struct attribution_trial *alone = sets_find(input, sets_bit(part));
    if ((joined | left_out) & sets_bit(part) || input->parts[part].needs & ~joined)
        return false;
    return !alone || !(sets_break(alone) || sets_harm(alone));
}

/* The set stands, with the part and those that waited for it. */
static void sets_note(struct sets_growth *growth, size_t count, uint32_t parts, uint32_t before,
                      uint32_t with)
{
    for (size_t i = 0; i < count; i++)
        if (parts & sets_bit(i)) {
            growth->before[i] = before;
            growth->with[i] = with;
        }
}

void sets_grow(const struct attribution_input *input, struct sets_growth *growth)
{
    uint32_t joined = 0, stood = 0, waiting = 0, left_out = 0;
    *growth = (struct sets_growth){0};
    for (size_t i = 0; i < input->count; i++) {
        size_t part = 0;
        while (part < input->count && !sets_may_take(input, part, joined, left_out))
            part++;
        if (part == input->count)
            return;
        uint32_t bit = sets_bit(part), with = joined | bit;
        const struct attribution_trial *trial = sets_find(input, with);
        if (!trial) {
            growth->wanted = with;
            return;
        }
        bool out = sets_leave_out(input, trial);
        growth->grown[part] = with;
        if (sets_stand(trial)) {
            sets_note(growth, input->count, out ? bit : waiting | bit, stood, with);
            waiting = out ? waiting : 0;
            stood = out ? stood : with;
        } else if (!sets_stand_alone(input, part)) {
            waiting |= bit;
        }
        left_out |= out ? bit : 0;
        joined = out ? joined : with;
    }
}
