#include "tests/measure/same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void same_rows(const struct measurement *one, const struct measurement *other)
{
    assert_int_equal(one->metric_count, other->metric_count);
    for (size_t i = 0; i < one->metric_count; i++) {
        const struct metric_result *a = &one->metrics[i], *b = &other->metrics[i];
        const double left[] = {a->e_value,  a->e_real,    a->e_worse, a->gain.point,
                               a->gain.low, a->gain.high, a->before,  a->after};
        const double right[] = {b->e_value,  b->e_real,    b->e_worse, b->gain.point,
                                b->gain.low, b->gain.high, b->before,  b->after};
        assert_memory_equal(left, right, sizeof left);
        assert_int_equal(a->outcome, b->outcome);
        assert_int_equal(a->pairs_to_verdict, b->pairs_to_verdict);
        assert_int_equal(a->size_pairs, b->size_pairs);
    }
}
