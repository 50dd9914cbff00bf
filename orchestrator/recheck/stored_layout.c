/* "layout" of a measurement: the raw pairs of base and variants;
 * gains and caution are found again from them. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"

#include <string.h>

static void layout_read_coin(struct field_reader *reader, const struct json_value *object,
                             struct variant_pair *pair)
{
    static const char *const arms[] = {"base", "variant", NULL};
    pair->variant_first = field_choice(reader, object, "first", arms) == 1;
    pair->seed = stored_read_seed(reader, object);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        pair->base.value[metric] = pair->variant.value[metric] = -1;
}

static void layout_read_pairs(struct field_reader *reader, const struct json_value *object,
                              enum metric metric, bool first, struct variant *variant)
{
    const struct json_value *array = field_array(reader, object, "pairs", VARIANTS_PAIRS);
    size_t length = field_length(reader, array);
    if (first)
        variant->pair_count = length;
    if (!reader->failed && length != variant->pair_count)
        field_refuse(reader, array, "must hold as many pairs as in the workload's other metrics");
    if (!reader->failed && variant->problem && length > 0)
        field_refuse(reader, array, "must be empty: the variant was not measured");
    for (size_t i = 0; i < length && !reader->failed; i++) {
        struct variant_pair *pair = &variant->pairs[i];
        const struct json_value *row = json_element(array, i);
        if (first)
            layout_read_coin(reader, row, pair);
        pair->base.value[metric] = field_figure(reader, row, "base");
        pair->variant.value[metric] = field_figure(reader, row, "variant");
    }
}

static void layout_read_variant(struct field_reader *reader, const struct json_value *object,
                                enum metric metric, bool first, struct variant *variant)
{
    const char *name = field_string(reader, object, "variant");
    if (first && name) {
        variant->name = memory_copy_string(name);
        variant->problem = field_text(reader, object, "problem");
    }
    if (name && strcmp(name, variant->name) != 0)
        field_refuse(reader, object, "must be the variant that the workload's first row has there");
    layout_read_pairs(reader, object, metric, first, variant);
}

void stored_read_layout(struct field_reader *reader, const struct json_value *row, enum metric metric,
                        bool first, struct workload_evidence *workload)
{
    const struct json_value *array = field_array(reader, row, "layout", VARIANTS_MOST);
    size_t length = field_length(reader, array);
    if (reader->failed)
        return;
    if (first && length > 0) {
        workload->layout = variants_new();
        workload->layout->count = length;
    }
    if (length != (workload->layout ? workload->layout->count : 0)) {
        field_refuse(reader, array, "must hold the variants of the workload's first row");
        return;
    }
    for (size_t i = 0; i < length && !reader->failed; i++)
        layout_read_variant(reader, json_element(array, i), metric, first, &workload->layout->items[i]);
    if (workload->layout && !reader->failed)
        variants_judge(workload->layout);
}
