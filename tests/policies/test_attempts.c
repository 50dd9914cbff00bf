/* Which refused calls make a candidate suspicious, which are only told, and which say nothing. */
#include "base/memory.h"
#include "policies/attempts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BUNDLED CUPEL_SOURCE "/policies"
#define NOTHING "nothing"

struct attempts_case {
    const char *base;      /* call that the base tries, in the other workload; NULL: none */
    const char *candidate; /* call that the candidate tries */
    uint64_t first;        /* times in the first pass */
    uint64_t second;       /* in the second */
    bool strict;           /* policy */
    const char *suspicion; /* sentence, or NULL */
    const char *observation;
};

static const struct attempts_case cases[] = {
    {NULL, "socket(AF_INET)", 12, 12, false,
     "sum: the candidate tried socket(AF_INET) 12 times; the base never did", NULL},
    {NULL, "ptrace", 1, 1, false, "sum: the candidate tried ptrace() once; the base never did", NULL},
    {NULL, "ptrace", 2, 5, false, "sum: the candidate tried ptrace() up to 5 times; the base never did",
     NULL},
    {NULL, "ptrace", 2, 0, false, "sum: the candidate tried ptrace() up to 2 times; the base never did",
     NULL},
    {NULL, "clone", 1, 1, false, "sum: the candidate tried clone() once; the base never did", NULL},
    {NULL, SANDBOX_FOREIGN_CALL, 1, 1, false,
     "sum: the candidate tried call of another architecture once; the base never did", NULL},
    {NULL, "clone3", 3, 3, false, NULL, "sum: the candidate tried clone3() 3 times; the base never did"},
    {NULL, "io_uring_setup", 1, 1, false, NULL,
     "sum: the candidate tried io_uring_setup() once; the base never did"},
    {NULL, "io_uring_setup", 1, 1, true, "sum: the candidate tried io_uring_setup() once; the base never did",
     NULL},
    {NULL, "socket(AF_NETLINK)", 1, 1, false, NULL,
     "sum: the candidate tried socket(AF_NETLINK) once; the base never did"},
    {"ptrace", "ptrace", 12, 12, false, NULL, NULL},
    {"socket(AF_INET)", "socket(AF_INET6)", 2, 2, false, NULL,
     "sum: the candidate tried socket(AF_INET6) 2 times; the base never did"},
    {"clone3", "rseq_slice_yield", 1, 1, false, NULL,
     "sum: the candidate tried rseq_slice_yield() once; the base never did"},
    {"ptrace", "mount", 1, 1, false, "sum: the candidate tried mount() once; the base never did", NULL},
};

static void add(struct counts *counts, const char *call, uint64_t count)
{
    const struct sandbox_call_row refusal = {.call = call, .count = count};
    const struct sandbox_result result = {.call_rows = &refusal, .call_row_count = count ? 1 : 0};
    counts_add(counts, &result);
}

static struct policy policy_of(bool strict)
{
    static const char text[] = "{\"policy\": \"strict\"}";
    struct json_file file = {0};
    const struct json_options options = {.comments = true};
    struct policy policy;
    struct err err = {0};
    assert_int_equal(json_file_read(&file, "cupel.json", text, sizeof text - 1, &options, &err), 0);
    const struct json_value *value = strict ? json_find(json_root(file.document), "policy") : NULL;
    assert_int_equal(policy_read(&policy, &file, value, BUNDLED, &err), 0);
    json_file_fini(&file);
    return policy;
}

static void check_case(const struct attempts_case *row)
{
    struct policy policy = policy_of(row->strict);
    struct evidence evidence = {.workload_count = 2};
    struct counts again = {0};
    evidence.workloads = memory_zeroed(2 * sizeof *evidence.workloads);
    evidence.workloads[0].name = memory_copy_string("sum");
    evidence.workloads[1].name = memory_copy_string("other");
    add(&evidence.workloads[0].counts[ARM_CANDIDATE], row->candidate, row->first);
    add(&again, row->candidate, row->second);
    counts_merge(&evidence.workloads[0].counts[ARM_CANDIDATE], &again);
    if (row->base)
        add(&evidence.workloads[1].counts[ARM_BASE], row->base, 1);
    attempts_judge(&evidence, &policy);
    assert_string_equal(evidence.suspicions ? evidence.suspicions[0] : NOTHING,
                        row->suspicion ? row->suspicion : NOTHING);
    assert_string_equal(evidence.observations ? evidence.observations[0] : NOTHING,
                        row->observation ? row->observation : NOTHING);
    counts_fini(&again);
    evidence_fini(&evidence);
    policy_fini(&policy);
}

static void test_attempts_are_weighed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

struct commands_case {
    enum stage judged;    /* stage of the candidate's attempt */
    enum stage known;     /* stage in which another command of the base tries it; STAGE_COUNT: a workload */
    const char *base;     /* call that the base tries there; NULL: none */
    const char *suspects; /* sentence, or NULL */
    const char *observes;
};

/* The candidate asks for an internet socket. */
static const struct commands_case commands_cases[] = {
    {STAGE_BUILD, STAGE_BUILD, NULL,
     "build (`make -j2`): the candidate tried socket(AF_INET) 4 times; the base never did", NULL},
    {STAGE_TESTS, STAGE_TESTS, NULL,
     "tests (`make -j2`): the candidate tried socket(AF_INET) 4 times; the base never did", NULL},
    {STAGE_BUILD, STAGE_BUILD, "socket(AF_INET)", NULL, NULL},
    {STAGE_BUILD, STAGE_BUILD, "connect", NULL,
     "build (`make -j2`): the candidate tried socket(AF_INET) 4 times; the base never did"},
    {STAGE_BUILD, STAGE_TESTS, "socket(AF_INET)",
     "build (`make -j2`): the candidate tried socket(AF_INET) 4 times; the base never did", NULL},
    {STAGE_TESTS, STAGE_COUNT, "socket(AF_INET)",
     "tests (`make -j2`): the candidate tried socket(AF_INET) 4 times; the base never did", NULL},
};

static void check_commands_case(const struct commands_case *row)
{
    struct policy policy = policy_of(false);
    struct evidence evidence = {.command_count = 2, .workload_count = 1};
    evidence.commands = memory_zeroed(2 * sizeof *evidence.commands);
    evidence.workloads = memory_zeroed(sizeof *evidence.workloads);
    evidence.workloads[0].name = memory_copy_string("sum");
    evidence.commands[0] =
        (struct command_evidence){.stage = row->judged, .command = memory_copy_string("make -j2")};
    evidence.commands[1] =
        (struct command_evidence){.stage = row->known, .command = memory_copy_string("true")};
    add(&evidence.commands[0].counts[ARM_CANDIDATE], "socket(AF_INET)", 4);
    if (row->base)
        add(row->known == STAGE_COUNT ? &evidence.workloads[0].counts[ARM_BASE]
                                      : &evidence.commands[1].counts[ARM_BASE],
            row->base, 1);
    attempts_judge_commands(&evidence, &policy, row->judged == STAGE_BUILD ? STAGE_TESTS : STAGE_BUILD);
    assert_null(evidence.suspicions); /* the other stage's commands are its own affair */
    attempts_judge_commands(&evidence, &policy, row->judged);
    assert_string_equal(evidence.suspicions ? evidence.suspicions[0] : NOTHING,
                        row->suspects ? row->suspects : NOTHING);
    assert_string_equal(evidence.observations ? evidence.observations[0] : NOTHING,
                        row->observes ? row->observes : NOTHING);
    evidence_fini(&evidence);
    policy_fini(&policy);
}

static void test_commands_are_held_against_their_stage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands_cases / sizeof commands_cases[0]; i++)
        check_commands_case(&commands_cases[i]);
}

/* The other way round too: what the base's build tries excuses no workload. */
static void test_builds_excuse_no_workload(void **state)
{
    struct policy policy = policy_of(false);
    struct evidence evidence = {.command_count = 1, .workload_count = 1};
    (void)state;
    evidence.commands = memory_zeroed(sizeof *evidence.commands);
    evidence.workloads = memory_zeroed(sizeof *evidence.workloads);
    evidence.workloads[0].name = memory_copy_string("sum");
    evidence.commands[0] =
        (struct command_evidence){.stage = STAGE_BUILD, .command = memory_copy_string("npm ci")};
    add(&evidence.commands[0].counts[ARM_BASE], "socket(AF_INET)", 1);
    add(&evidence.workloads[0].counts[ARM_CANDIDATE], "socket(AF_INET)", 1);
    attempts_judge(&evidence, &policy);
    assert_non_null(evidence.suspicions);
    assert_string_equal(evidence.suspicions[0],
                        "sum: the candidate tried socket(AF_INET) once; the base never did");
    evidence_fini(&evidence);
    policy_fini(&policy);
}

static void test_calls_have_classes(void **state)
{
    (void)state;
    assert_string_equal(attempts_class("socket(AF_VSOCK)"), "network");
    assert_string_equal(attempts_class("socket"), "other");
    assert_true(attempts_is_known("network"));
    assert_true(attempts_is_known("ptrace"));
    assert_true(attempts_is_known("other"));
    assert_false(attempts_is_known("netwrok"));
    struct text classes = {0};
    attempts_append_classes(&classes);
    assert_string_equal(
        text_string(&classes),
        "architecture, bpf, filters, io_uring, kernel, keyrings, mounts, namespaces, netlink, "
        "network, perf, terminal, tracing, other");
    text_fini(&classes);
}

static void test_unknown_names_are_refused(void **state)
{
    static const char text[] = "{\"policy\": {\"suspicious_calls\": [\"ptrace\", \"netwrok\"]}}";
    struct json_file file = {0};
    const struct json_options options = {.comments = true};
    struct policy policy;
    struct err err = {0};
    (void)state;
    assert_int_equal(json_file_read(&file, "cupel.json", text, sizeof text - 1, &options, &err), 0);
    assert_int_equal(
        policy_read(&policy, &file, json_find(json_root(file.document), "policy"), BUNDLED, &err),
        ERR_INVALID);
    assert_non_null(strstr(err.message, "must be a class (architecture, bpf, "));
    json_file_fini(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts_are_weighed),
        cmocka_unit_test(test_commands_are_held_against_their_stage),
        cmocka_unit_test(test_builds_excuse_no_workload),
        cmocka_unit_test(test_calls_have_classes),
        cmocka_unit_test(test_unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
