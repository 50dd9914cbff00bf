/* What the contract of each workload saw and did not see; bounds are not read, since they follow. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"

#define COVERAGE_STRATA (2 * (size_t)SAMPLES_STRATA_MOST) /* of samples and of the manifest */

static void coverage_read_missed(struct field_reader *reader, const struct json_value *row,
                                 struct contract_summary *summary)
{
    const struct json_value *missed = field_object(reader, row, "not_compared");
    size_t sum = 0;
    for (int why = 0; why < MISSED_COUNT; why++) {
        summary->missed[why] = field_count(reader, missed, contract_missed_names[why], FIELD_COUNT_MAX);
        sum += summary->missed[why];
    }
    if (!reader->failed && sum != summary->not_compared)
        field_refuse(reader, missed, "does not add up to the workload's not_compared");
}

static void coverage_read_stratum(struct field_reader *reader, const struct json_value *object,
                                  struct coverage *coverage)
{
    const char *name = field_string(reader, object, "name");
    struct coverage_stratum stratum = {
        .share = field_figure(reader, object, "share"),
        .samples = field_count(reader, object, "samples", FIELD_COUNT_MAX),
        .compared = field_count(reader, object, "compared", FIELD_COUNT_MAX),
    };
    if (!name)
        return;
    if (stratum.compared > stratum.samples)
        field_refuse(reader, json_find(object, "compared"), "is more than the samples");
    stratum.name = memory_copy_string(name);
    coverage->strata = memory_resize(coverage->strata, coverage->stratum_count + 1, sizeof *coverage->strata);
    coverage->strata[coverage->stratum_count++] = stratum;
}

static void coverage_read_row(struct field_reader *reader, const struct json_value *row,
                              struct workload_evidence *workload)
{
    struct contract_summary *summary = &workload->contract;
    struct coverage *coverage = &workload->coverage;
    if (coverage->fixed) {
        field_refuse(reader, row, "is the second row of that workload");
        return;
    }
    summary->kinds = field_count(reader, row, "kinds", FIELD_COUNT_MAX);
    summary->more_kinds = field_bool(reader, row, "more_kinds");
    coverage_read_missed(reader, row, summary);
    summary->unwritten = field_strings(reader, row, "unwritten");
    coverage->parameters = field_count(reader, row, "parameters", FIELD_COUNT_MAX);
    coverage->fixed = field_strings(reader, row, "never_varied");
    coverage->fixed_dropped = field_count(reader, row, "never_varied_more", FIELD_COUNT_MAX);
    const struct json_value *strata = field_array(reader, row, "strata", COVERAGE_STRATA);
    for (size_t i = 0; i < field_length(reader, strata); i++)
        coverage_read_stratum(reader, json_element(strata, i), coverage);
}

void stored_read_coverage(struct field_reader *reader, const struct json_value *contract,
                          struct evidence *evidence)
{
    const struct json_value *array = field_array(reader, contract, "coverage", evidence->workload_count);
    for (size_t i = 0; i < field_length(reader, array); i++) {
        const struct json_value *row = json_element(array, i);
        struct workload_evidence *workload = stored_find_workload(reader, row, evidence);
        if (workload)
            coverage_read_row(reader, row, workload);
    }
}
