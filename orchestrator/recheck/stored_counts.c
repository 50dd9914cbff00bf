/* What the sandbox refused: in builds and tests, and in the counting runs with what those used besides. */
#include "base/memory.h"
#include "orchestrator/recheck/stored_parts.h"

#include <stdlib.h>

/* What is refused is judged call by call against all others, so a forged report must not hold millions. */
#define COUNTS_CALLS    512
#define COUNTS_COMMANDS 256

/* "refused"; steady where no row says so: commands run once. */
static void counts_read_refused(struct field_reader *reader, const struct json_value *object, bool has_steady,
                                struct counts *counts)
{
    const struct json_value *array = field_array(reader, object, "refused", COUNTS_CALLS);
    size_t length = field_length(reader, array);
    counts->rows = length > 0 ? memory_zeroed(length * sizeof *counts->rows) : NULL;
    counts->row_capacity = length;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *row = json_element(array, i);
        const char *call = field_string(reader, row, "call");
        counts->rows[counts->row_count++] = (struct counts_row){
            .call = call ? memory_copy_string(call) : NULL,
            .count = field_count(reader, row, "count", FIELD_COUNT_MAX),
            .steady = has_steady ? field_bool(reader, row, "steady") : true,
        };
    }
}

static void counts_read_calls(struct field_reader *reader, const struct json_value *counted,
                              struct calls *calls)
{
    if (field_is_null(reader, counted, "calls"))
        return;
    const struct json_value *object = field_object(reader, counted, "calls");
    const struct json_value *array = field_array(reader, object, "by_name", COUNTS_CALLS);
    size_t length = field_length(reader, array);
    calls->known = true;
    calls->total = field_count(reader, object, "total", FIELD_COUNT_MAX);
    calls->more = field_bool(reader, object, "more");
    calls->steady = field_bool(reader, object, "steady");
    calls->rows = length > 0 ? memory_zeroed(length * sizeof *calls->rows) : NULL;
    calls->row_capacity = length;
    for (size_t i = 0; i < length && !reader->failed; i++) {
        const struct json_value *row = json_element(array, i);
        const char *call = field_string(reader, row, "call");
        calls->rows[calls->row_count++] = (struct calls_row){
            .call = call ? memory_copy_string(call) : NULL,
            .count = field_count(reader, row, "count", FIELD_COUNT_MAX),
            .steady = field_bool(reader, row, "steady"),
        };
    }
}

static void counts_read_simulated(struct field_reader *reader, const struct json_value *counted,
                                  struct counts *counts)
{
    if (field_is_null(reader, counted, "valgrind_instructions"))
        return;
    const struct json_value *object = field_object(reader, counted, "valgrind_instructions");
    counts->simulated.value = field_is_null(reader, object, "value")
                                  ? SANDBOX_UNKNOWN
                                  : field_count(reader, object, "value", FIELD_COUNT_MAX);
    counts->simulated.steady = field_bool(reader, object, "steady");
    counts->simulated_samples = field_count(reader, object, "samples", FIELD_COUNT_MAX);
}

static void counts_read_arm(struct field_reader *reader, const struct json_value *object, const char *arm,
                            struct counts *counts)
{
    const struct json_value *counted = field_object(reader, object, arm);
    counts_read_refused(reader, counted, true, counts);
    counts_read_calls(reader, counted, &counts->calls);
    counts_read_simulated(reader, counted, counts);
    for (int figure = 0; figure < COUNTS_FIGURES; figure++) {
        const struct json_value *used =
            field_object(reader, counted, counts_figure_name((enum counts_figure)figure));
        counts->totals[figure] = (struct counts_total){
            .value = field_is_null(reader, used, "value")
                         ? SANDBOX_UNKNOWN
                         : field_count(reader, used, "value", FIELD_COUNT_MAX),
            .steady = field_bool(reader, used, "steady"),
        };
    }
}

void stored_read_counts(struct field_reader *reader, const struct json_value *object,
                        struct workload_evidence *workload)
{
    if (field_is_null(reader, object, "counts"))
        return;
    const struct json_value *counts = field_object(reader, object, "counts");
    workload->counted = true;
    workload->counts[ARM_BASE].samples = field_count(reader, counts, "samples", FIELD_COUNT_MAX);
    workload->counts[ARM_CANDIDATE].samples = workload->counts[ARM_BASE].samples;
    counts_read_arm(reader, counts, "base", &workload->counts[ARM_BASE]);
    counts_read_arm(reader, counts, "candidate", &workload->counts[ARM_CANDIDATE]);
}

static void counts_read_command(struct field_reader *reader, const struct json_value *object,
                                struct command_evidence *command)
{
    static const char *const arms[2] = {[ARM_BASE] = "base", [ARM_CANDIDATE] = "candidate"};
    const char *const stages[] = {stage_name(STAGE_BUILD), stage_name(STAGE_TESTS), NULL};
    const char *words = field_string(reader, object, "command");
    command->stage = field_choice(reader, object, "stage", stages) == 0 ? STAGE_BUILD : STAGE_TESTS;
    command->command = words ? memory_copy_string(words) : NULL;
    for (int arm = 0; arm < 2; arm++) {
        command->ran[arm] = !field_is_null(reader, object, arms[arm]);
        if (command->ran[arm])
            counts_read_refused(reader, field_object(reader, object, arms[arm]), false,
                                &command->counts[arm]);
    }
}

void stored_read_commands(struct field_reader *reader, const struct json_value *candidate,
                          struct evidence *evidence)
{
    const struct json_value *array = field_array(reader, candidate, "commands", COUNTS_COMMANDS);
    size_t length = field_length(reader, array);
    evidence->commands = length > 0 ? memory_zeroed(length * sizeof *evidence->commands) : NULL;
    for (size_t i = 0; i < length && !reader->failed; i++)
        counts_read_command(reader, json_element(array, i), &evidence->commands[evidence->command_count++]);
}
