/* What an earlier evaluation saw the base try serves a later one of the same base, and no other. */
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void refuse(struct counts *counts, const char *call, uint64_t times)
{
    const struct sandbox_call_row refusal = {.call = call, .count = times};
    const struct sandbox_result result = {.call_rows = &refusal, .call_row_count = 1};
    counts_add(counts, &result);
}

/* The base alone, whose `make` asked for a socket. */
static struct known_base *known_base_with_socket(const struct configuration *configuration)
{
    struct evaluation alone = {.configuration = configuration};
    alone.evidence.command_count = 1;
    alone.evidence.commands = MEMORY_NEW(struct command_evidence);
    alone.evidence.commands[0] = (struct command_evidence){
        .stage = STAGE_BUILD, .command = memory_copy_string("make"), .ran = {[ARM_BASE] = true}};
    refuse(&alone.evidence.commands[0].counts[ARM_BASE], "socket(AF_INET)", 3);
    struct known_base *known = evaluation_take_base(&alone);
    assert_null(alone.evidence.commands); /* they are the known base's now */
    assert_int_equal(alone.evidence.command_count, 0);
    return known;
}

struct known_case_row {
    enum stage stage;
    const char *command;
    uint8_t tree;          /* first byte of the base's */
    uint8_t configuration; /* likewise of its digest */
    bool alone;            /* no candidate */
    uint64_t sockets;      /* that the row tells in the end */
};

static const struct known_case_row rows[] = {
    {STAGE_BUILD, "make", 0, 0, false, 3}, {STAGE_BUILD, "make all", 0, 0, false, 0},
    {STAGE_TESTS, "make", 0, 0, false, 0}, {STAGE_BUILD, "make", 1, 0, false, 0},
    {STAGE_BUILD, "make", 0, 1, false, 0}, {STAGE_BUILD, "make", 0, 0, true, 0},
};

static void only_the_same_base_is_known(void **state)
{
    (void)state;
    const struct configuration configuration = {0};
    struct known_base *known = known_base_with_socket(&configuration);
    const struct intake_request request = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct configuration other = {0};
        struct evaluation evaluation = {.configuration = &other};
        struct command_evidence row = {.stage = rows[i].stage,
                                       .command = memory_copy_string(rows[i].command)};
        other.digest.bytes[0] = rows[i].configuration;
        evaluation.base_tree.id[0] = rows[i].tree;
        evaluation.input.known_base = known;
        evaluation.input.request = rows[i].alone ? NULL : &request;
        known_base_add_counts(&evaluation, &row);
        assert_true(counts_of(&row.counts[ARM_BASE], "socket(AF_INET)") == rows[i].sockets);
        assert_true(row.ran[ARM_BASE] == (rows[i].sockets > 0));
        assert_false(row.ran[ARM_CANDIDATE]);
        counts_fini(&row.counts[ARM_BASE]);
        free(row.command);
    }
    known_base_free(known);
}

/* Its own build tried something else, or the same more often: both are known. */
static void known_and_own_counts_add_up(void **state)
{
    (void)state;
    const struct configuration configuration = {0};
    struct known_base *known = known_base_with_socket(&configuration);
    const struct intake_request request = {0};
    struct evaluation evaluation = {.configuration = &configuration};
    struct command_evidence row = {
        .stage = STAGE_BUILD, .command = memory_copy_string("make"), .ran = {[ARM_BASE] = true}};
    evaluation.input.known_base = known;
    evaluation.input.request = &request;
    refuse(&row.counts[ARM_BASE], "clone3", 2);
    refuse(&row.counts[ARM_BASE], "socket(AF_INET)", 5);
    known_base_add_counts(&evaluation, &row);
    assert_true(counts_of(&row.counts[ARM_BASE], "clone3") == 2);
    assert_true(counts_of(&row.counts[ARM_BASE], "socket(AF_INET)") == 5);
    counts_fini(&row.counts[ARM_BASE]);
    free(row.command);
    known_base_free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_same_base_is_known),
        cmocka_unit_test(known_and_own_counts_add_up),
    };
    return cmocka_run_group_tests_name("known base", tests, NULL, NULL);
}
