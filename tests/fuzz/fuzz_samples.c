/* Sample sets come from captures of foreign traffic.
 * Whatever is accepted must hold what the header promises. */
#include "workloads/coverage/variation.h"
#include "workloads/measure/block.h"
#include "workloads/samples.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sample_set set;
    struct err err = {0};
    if (samples_parse(&set, "fuzz.jsonl", (const char *)data, size, &err) < 0) {
        fuzz_require(err.code < 0 && err.message[0]);
        return 0;
    }
    fuzz_require(set.count > 0);
    for (size_t i = 0; i < set.count; i++) {
        const struct sample *sample = &set.items[i];
        fuzz_require(sample->id && sample->args && sample->environment && sample->stratum);
        fuzz_require(sample->weight >= 0);
    }
    struct variation variation;
    variation_of_samples(&variation, &set);
    size_t fixed = 0;
    while (variation.fixed[fixed])
        fixed++;
    fuzz_require(fixed <= VARIATION_MOST && fixed + variation.dropped <= variation.parameters);
    variation_fini(&variation);
    struct block_plan plan;
    struct block block;
    block_plan_init(&plan, &set);
    block_draw(&plan, 7, WORKLOAD_CACHE_COLD, true, size, &block);
    for (size_t k = 0; k < block.count; k++)
        fuzz_require(block.indices[k] < set.count && set.items[block.indices[k]].weight > 0);
    block_fini(&block);
    block_plan_fini(&plan);
    samples_fini(&set);
    return 0;
}
