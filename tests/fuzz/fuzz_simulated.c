/* Whatever ends a profile: a number is taken from a last
 * line of its own only, and is one that doubles hold. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/count/simulated.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its own size, so that a read past the end is seen. */
    cleanup_free char *tail = memory_copy_bytes(data, size);
    uint64_t instructions;
    if (simulated_parse(tail, size, &instructions) && (instructions >> 53 || tail[size - 1] != '\n'))
        abort();
    return 0;
}
