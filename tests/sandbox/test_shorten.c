/* A shortened filter gives the same answers as the library's program,
 * for every call and the arguments that matter. */
#include "sandbox/filters.h"
#include "sandbox/zygote/filter.h"
#include "sandbox/zygote/shorten.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

/* As the kernel runs it; of the instructions, what libseccomp makes. */
static uint32_t shorten_run(const struct sock_fprog *program, const struct seccomp_data *call)
{
    uint32_t value = 0;
    for (size_t i = 0; i < program->len; i++) {
        const struct sock_filter *at = &program->filter[i];
        if (at->code == (BPF_RET | BPF_K))
            return at->k;
        if (at->code == (BPF_LD | BPF_W | BPF_ABS))
            memcpy(&value, (const char *)call + at->k, sizeof value);
        else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
            value &= at->k;
        else if (at->code == (BPF_JMP | BPF_JA))
            i += at->k;
        else if (at->code == (BPF_JMP | BPF_JEQ | BPF_K))
            i += value == at->k ? at->jt : at->jf;
        else if (at->code == (BPF_JMP | BPF_JGT | BPF_K))
            i += value > at->k ? at->jt : at->jf;
        else if (at->code == (BPF_JMP | BPF_JGE | BPF_K))
            i += value >= at->k ? at->jt : at->jf;
        else
            fail_msg("instruction %zu: code %#x", i, at->code);
    }
    fail_msg("ran off the end");
    return 0;
}

static struct sock_fprog shorten_copy(const struct sock_fprog *from)
{
    struct sock_fprog copy = {.len = from->len, .filter = memory_zeroed(from->len * sizeof *from->filter)};
    memcpy(copy.filter, from->filter, from->len * sizeof *from->filter);
    return copy;
}

/* One argument after the other takes each constant of the program, its neighbours, and high bits besides. */
static void shorten_compare_arguments(const struct sock_fprog *before, const struct sock_fprog *after,
                                      struct seccomp_data *call)
{
    for (size_t i = 0; i < before->len; i++)
        for (size_t argument = 0; argument < 3; argument++)
            for (uint64_t high = 0; high < 2; high++)
                for (int64_t step = -1; step < 2; step++) {
                    call->args[argument] = (before->filter[i].k + (uint64_t)step) | high << 40;
                    assert_int_equal(shorten_run(before, call), shorten_run(after, call));
                    call->args[argument] = 0;
                }
}

static void shorten_compare_programs(const struct sock_fprog *before, const struct sock_fprog *after)
{
    static const uint32_t starts[] = {0, 0x40000000u, 0x7fffff00u, 0xfffffe00u};
    const uint32_t arches[] = {before->filter[1].k, AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0};
    for (size_t arch = 0; arch < 4; arch++)
        for (size_t start = 0; start < 4; start++)
            for (uint32_t i = 0; i < 512; i++) {
                struct seccomp_data call = {.arch = arches[arch], .nr = (int)(starts[start] + i)};
                assert_int_equal(shorten_run(before, &call), shorten_run(after, &call));
                call.args[0] = call.args[1] = call.args[2] = UINT64_MAX;
                assert_int_equal(shorten_run(before, &call), shorten_run(after, &call));
            }
    for (int number = 0; number < 470; number++) {
        struct seccomp_data call = {.arch = arches[0], .nr = number};
        uint32_t none = shorten_run(before, &call);
        call.args[0] = call.args[1] = call.args[2] = 0x7fffffffu;
        bool looks = shorten_run(before, &call) != none;
        memset(call.args, 0, sizeof call.args);
        if (looks)
            shorten_compare_arguments(before, after, &call);
    }
}

static void test_shipped_filters_answer_the_same(void **state)
{
    struct filters filters;
    struct err err = {0};
    (void)state;
    assert_int_equal(filters_load(&filters, CUPEL_SOURCE "/policies/seccomp", &err), 0);
    for (size_t i = 0; i < filters.count; i++) {
        struct filter filter;
        struct wire_failed failed;
        assert_int_equal(filter_compile(&filters.profiles[i], &filter, &failed), 0);
        struct sock_fprog before = shorten_copy(&filter.program);
        shorten_program(&filter.program);
        assert_true(filter.program.len < before.len * 3 / 4);
        shorten_compare_programs(&before, &filter.program);
        free(before.filter);
        free(filter.program.filter);
    }
    filters_fini(&filters);
}

static void test_other_shapes_stay(void **state)
{
    static const struct sock_filter shapes[][4] = {
        /* no look at the architecture */
        {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 0}, {0}, {0}},
        /* a jump out of the program */
        {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 4},
         {BPF_JMP | BPF_JEQ | BPF_K, 9, 0, AUDIT_ARCH_X86_64},
         {BPF_RET | BPF_K, 0, 0, 0},
         {BPF_RET | BPF_K, 0, 0, 1}},
        /* arithmetic on the number */
        {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 4},
         {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, AUDIT_ARCH_X86_64},
         {BPF_ALU | BPF_AND | BPF_K, 0, 0, 1},
         {BPF_RET | BPF_K, 0, 0, 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct sock_fprog program = {.len = 4, .filter = memory_zeroed(sizeof shapes[i])};
        memcpy(program.filter, shapes[i], sizeof shapes[i]);
        shorten_program(&program);
        assert_int_equal(program.len, 4);
        assert_memory_equal(program.filter, shapes[i], sizeof shapes[i]);
        free(program.filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_filters_answer_the_same),
        cmocka_unit_test(test_other_shapes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
