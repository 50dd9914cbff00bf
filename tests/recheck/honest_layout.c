#include "base/memory.h"
#include "tests/recheck/honest.h"

void honest_add_layout(struct evidence *evidence, struct policy *policy)
{
    static const char *const names[] = {"aligned", "sorted", "reversed"};
    static const double ratios[] = {1.001, 1.13, 0};
    (void)policy;
    struct variants *variants = evidence->workloads[0].layout = variants_new();
    for (size_t i = 0; i < 3; i++) {
        struct variant *variant = &variants->items[variants->count++];
        variant->name = memory_copy_string(names[i]);
        if (!(ratios[i] > 0))
            variant_drop(variant, memory_copy_string("it does not build: `make` ended with exit status 2"));
        for (; ratios[i] > 0 && variant->pair_count < VARIANTS_PAIRS; variant->pair_count++) {
            double ripple = 1 + 0.002 * (double)(variant->pair_count * 3 % 5);
            variant->pairs[variant->pair_count] = (struct variant_pair){
                .variant_first = variant->pair_count % 3 == 0,
                .seed = 4711 + variant->pair_count,
                .base = {{0.0441, 0.0463, 3250000, -1, -1, -1, -1, -1}},
                .variant = {{0.0441 * ratios[i] * ripple, 0.0463 * ratios[i] * ripple, 3250000, -1, -1, -1,
                             -1, -1}},
            };
        }
    }
    variants_judge(variants);
}
