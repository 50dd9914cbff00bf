#include "workloads/reference.h"

#include "base/memory.h"

#include <stdlib.h>

void reference_init(struct reference *reference, size_t count)
{
    reference->count = count;
    reference->answers = memory_zeroed((count + 1) * sizeof *reference->answers);
    for (size_t pass = 0; pass < CHECK_BASE_PASSES - 1; pass++)
        reference->later[pass] = memory_zeroed((count + 1) * sizeof *reference->later[pass]);
}

void reference_fini(struct reference *reference)
{
    struct answer *const passes[] = {reference->answers, reference->later[0], reference->later[1]};
    for (size_t pass = 0; pass < CHECK_BASE_PASSES; pass++) {
        for (size_t i = 0; passes[pass] && i < reference->count; i++)
            answer_fini(&passes[pass][i]);
        free(passes[pass]);
    }
    *reference = (struct reference){0};
}

size_t reference_weigh(const struct reference *reference, size_t index)
{
    size_t bytes = answer_weigh(&reference->answers[index]);
    for (size_t pass = 0; pass < CHECK_BASE_PASSES - 1 && reference->later[pass]; pass++)
        bytes += answer_weigh(&reference->later[pass][index]);
    return bytes;
}

size_t reference_weigh_all(const struct reference *reference)
{
    size_t bytes = 0;
    for (size_t i = 0; i < reference->count; i++)
        bytes += reference_weigh(reference, i);
    return bytes;
}
