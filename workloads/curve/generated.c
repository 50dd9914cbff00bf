/* What a generator printed, read as samples and joined to one set. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/curve/generate.h"

#include <stdlib.h>

static void generated_name(struct sample *sample, double n, size_t index, size_t count)
{
    free(sample->id);
    free(sample->stratum);
    sample->id = count == 1 ? memory_format("n = %.0f", n)
                            : memory_format("n = %.0f, %zu of %zu", n, index + 1, count);
    sample->stratum = memory_format("n = %.0f", n);
    sample->weight = 0;
}

/* A file would have to lie beside the samples already: it can't be one that was just made. */
static int generated_check(const struct sample_set *set, const char *name, struct err *err)
{
    if (set->count > GENERATE_SAMPLES)
        return err_set(err, ERR_INVALID, "%s: %zu samples of one size; the most are %d", name, set->count,
                       GENERATE_SAMPLES);
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].stdin_file)
            return err_set(err, ERR_INVALID, "%s: \"stdin_file\" can't be used in a generated sample", name);
    return 0;
}

int generated_add(struct generated *generated, double n, const char *bytes, size_t length, struct err *err)
{
    cleanup_free char *name = memory_format("samples of size %.0f", n);
    struct sample_set more;
    if (samples_parse(&more, name, bytes, length, err) < 0)
        return err->code;
    int code = generated_check(&more, name, err);
    struct sample_set *set = &generated->set;
    for (size_t i = 0; i < more.count && code == 0; i++) {
        set->items = memory_resize(set->items, set->count + 1, sizeof *set->items);
        generated_name(&more.items[i], n, i, more.count);
        set->items[set->count++] = more.items[i];
        more.items[i] = (struct sample){0};
    }
    if (code == 0) {
        generated->values[generated->count] = n;
        generated->first[++generated->count] = set->count;
    }
    samples_fini(&more);
    return code;
}

void generated_fini(struct generated *generated)
{
    samples_fini(&generated->set);
    *generated = (struct generated){0};
}
