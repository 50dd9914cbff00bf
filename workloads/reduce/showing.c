#include "workloads/reduce/showing.h"

#include <assert.h>
#include <string.h>

enum arm_side showing_next(const struct showing *showing)
{
    return showing->count == SHOWING_CANDIDATE ? ARM_CANDIDATE : ARM_BASE;
}

void showing_take(struct showing *showing, struct answer *answer)
{
    assert(showing->count < SHOWING_ANSWERS);
    showing->answers[showing->count++] = *answer;
    *answer = (struct answer){0};
}

/* How it ended, without the words in brackets that say at which request. */
static bool showing_ends_alike(const char *one, const char *other)
{
    const char *rest = strstr(one, " (");
    size_t length = rest ? (size_t)(rest - one) : strlen(one);
    return strncmp(one, other, length) == 0 &&
           (other[length] == '\0' || strncmp(other + length, " (", 2) == 0);
}

static const struct finding *showing_find(const struct showing *showing,
                                          const struct contract_summary *summary)
{
    const struct finding *wanted = showing->finding;
    for (size_t i = 0; i < summary->finding_count; i++) {
        const struct finding *finding = &summary->findings[i];
        if (finding->class != wanted->class || strcmp(finding->part, wanted->part) != 0 ||
            strcmp(finding->pattern, wanted->pattern) != 0)
            continue;
        bool ending = wanted->class == CLASS_STATUS && wanted->after && finding->after;
        if (!ending || showing_ends_alike(wanted->after, finding->after))
            return finding;
    }
    return NULL;
}

/* Held against each other, the base's first answer and the candidate's show the finding. */
static bool showing_differs(struct showing *showing)
{
    contract_summary_fini(&showing->seen);
    contract_inspect(showing->contract, showing->own_noise ? showing->sample : NULL,
                     &showing->answers[SHOWING_BASE], &showing->answers[SHOWING_CANDIDATE], &showing->seen);
    return showing_find(showing, &showing->seen) != NULL;
}

/* Of the sample as it is: what was learned elsewhere may excuse what never flickers here. */
static bool showing_differs_first(struct showing *showing)
{
    if (showing_differs(showing))
        return true;
    showing->own_noise = true;
    if (showing_differs(showing))
        return true;
    showing->own_noise = false;
    return false;
}

/* The base is steady here and not merely excused: an input that makes it flicker proves nothing. */
static bool showing_base_repeats(struct showing *showing)
{
    const struct answer *first = &showing->answers[SHOWING_BASE];
    const struct answer *again = &showing->answers[SHOWING_BASE_AGAIN];
    if (answer_is_identical(first, again, showing->workload->compare_stderr))
        return true;
    return contract_compare(showing->contract, first, again) != CONTRACT_DIFFERENT;
}

static bool showing_base_holds(struct showing *showing)
{
    const struct answer *answer = &showing->answers[SHOWING_BASE];
    if (!showing->status_known) {
        showing->status_known = true;
        showing->status = answer->status;
    }
    return answer->ended && answer->status == showing->status;
}

enum showing_state showing_look(struct showing *showing)
{
    switch (showing->count - 1) {
    case SHOWING_BASE:
        return showing_base_holds(showing) ? SHOWING_OPEN : SHOWING_NOTHING;
    case SHOWING_CANDIDATE:
        return (showing->shown ? showing_differs(showing) : showing_differs_first(showing)) ? SHOWING_OPEN
                                                                                            : SHOWING_HIDDEN;
    default:
        return showing_base_repeats(showing) ? SHOWING_SHOWN : SHOWING_NOTHING;
    }
}

void showing_leave(struct showing *showing, bool keep)
{
    if (keep) {
        contract_summary_fini(&showing->kept);
        showing->kept = showing->seen;
        showing->seen = (struct contract_summary){0};
        showing->shown = true;
    }
    for (int i = 0; i < showing->count; i++)
        answer_fini(&showing->answers[i]);
    showing->count = 0;
}

const struct finding *showing_kept(const struct showing *showing)
{
    return showing_find(showing, &showing->kept);
}

size_t showing_weigh(const struct showing *showing)
{
    size_t bytes = 0;
    for (int i = 0; i < showing->count; i++)
        bytes += answer_weigh(&showing->answers[i]);
    return bytes;
}

void showing_fini(struct showing *showing)
{
    showing_leave(showing, false);
    contract_summary_fini(&showing->seen);
    contract_summary_fini(&showing->kept);
}
