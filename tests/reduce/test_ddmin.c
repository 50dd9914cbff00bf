#include "workloads/reduce/ddmin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST 64

/* Items that must stay for a row to be enough, as a bit set; `also`: likewise enough. */
struct row {
    const char *name;
    size_t total;
    uint64_t needed;
    uint64_t also; /* 0: nothing else */
    size_t tries_most;
};

static const struct row rows[] = {
    {"no items", 0, 0, 0, 0},
    {"one that can go", 1, 0, 0, 1},
    {"one that must stay", 1, 1, 0, 1},
    {"all can go", MOST, 0, 0, 1},
    {"all must stay", 8, 0xff, 0, 1 + 2 + 4 + 8},
    {"the first alone", 16, 1, 0, 10},
    {"the last alone", 16, 1 << 15, 0, 10},
    {"one of twenty", 20, 1 << 13, 0, 12},
    {"two far apart", 32, UINT64_C(1) << 31 | 1, 0, 40},
    {"three", MOST, UINT64_C(1) << 63 | UINT64_C(1) << 31 | 1, 0, 120},
    {"one way or another", 16, 3, 3 << 8, 40},
    {"neighbours", MOST, UINT64_C(7) << 30, 0, 90},
};

static uint64_t bits_of(const bool *keep, size_t total)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < total; i++)
        bits |= (uint64_t)keep[i] << i;
    return bits;
}

static bool row_is_enough(const struct row *row, uint64_t bits)
{
    return (bits & row->needed) == row->needed || (row->also && (bits & row->also) == row->also);
}

static void test_result_is_minimal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct ddmin ddmin;
        bool keep[MOST + 1];
        size_t tries = 0;
        ddmin_init(&ddmin, row->total);
        while (ddmin_next(&ddmin, keep)) {
            ddmin_tell(&ddmin, row_is_enough(row, bits_of(keep, row->total)));
            tries++;
        }
        ddmin_result(&ddmin, keep);
        uint64_t left = bits_of(keep, row->total);
        if (left != row->needed && left != row->also)
            fail_msg("%s: %#lx is left", row->name, (unsigned long)left);
        if (tries > row->tries_most)
            fail_msg("%s: %zu tries", row->name, tries);
        ddmin_fini(&ddmin);
    }
}

/* Whatever the answers are, it comes to an end, and what was told last holds. */
static void test_ends_whatever_is_told(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 2000; seed++) {
        struct ddmin ddmin;
        bool keep[MOST + 1], result[MOST + 1];
        uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
        size_t total = seed % (MOST + 1);
        size_t tries = 0;
        ddmin_init(&ddmin, total);
        for (; ddmin_next(&ddmin, keep); tries++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            bool enough = random % 4 == 0;
            ddmin_tell(&ddmin, enough);
            ddmin_result(&ddmin, result);
            if (enough)
                assert_memory_equal(result, keep, total * sizeof *keep);
            assert_true(tries < 4 * MOST * MOST);
        }
        ddmin_fini(&ddmin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_is_minimal),
        cmocka_unit_test(test_ends_whatever_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
