#include "workloads/measure/block.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char block_common[] = "common";
static char block_rare[] = "rare";

/* Forty common samples of weight 1, one rare of weight 2, one that is never timed. */
static struct sample block_items[42];

static struct sample_set block_set(void)
{
    for (size_t i = 0; i < 42; i++)
        block_items[i] = (struct sample){.stratum = block_common, .weight = 1};
    block_items[17].stratum = block_rare;
    block_items[17].weight = 2;
    block_items[23].weight = 0;
    return (struct sample_set){.items = block_items, .count = 42};
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(block_size(0, 0.01), 1);
    assert_int_equal(block_size(0.5, 0.01), 50);
    assert_int_equal(block_size(0.5, 3), 1);
    assert_int_equal(block_size(0.5, 0), 1);
    assert_int_equal(block_size(1e9, 1e-9), measure_method.block_most);
}

static void test_same_seed_same_block(void **state)
{
    (void)state;
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    struct block a, b, c;
    block_draw(&plan, 20, WORKLOAD_CACHE_COLD, false, 7, &a);
    block_draw(&plan, 20, WORKLOAD_CACHE_COLD, false, 7, &b);
    block_draw(&plan, 20, WORKLOAD_CACHE_COLD, false, 8, &c);
    assert_int_equal(a.count, 20);
    assert_memory_equal(a.indices, b.indices, 20 * sizeof *a.indices);
    assert_memory_not_equal(a.indices, c.indices, 20 * sizeof *a.indices);
    block_fini(&a);
    block_fini(&b);
    block_fini(&c);
    block_plan_fini(&plan);
}

/* Over many draws each sample comes as often as its weight says, and weight 0 never. */
static void test_draws_follow_the_weights(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 5, 20, 84, 200};
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    assert_int_equal(plan.stratum_count, 2);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double seen[42] = {0};
        size_t draws = 40000 / sizes[s];
        for (size_t seed = 0; seed < draws; seed++) {
            struct block block;
            block_draw(&plan, sizes[s], WORKLOAD_CACHE_COLD, false, seed, &block);
            for (size_t k = 0; k < block.count; k++)
                seen[block.indices[k]]++;
            block_fini(&block);
        }
        for (size_t i = 0; i < 42; i++) {
            double expected = (double)(draws * sizes[s]) * block_items[i].weight / plan.weight;
            assert_true(fabs(seen[i] - expected) <= 5 * sqrt(expected) + 1e-9);
        }
    }
    block_plan_fini(&plan);
}

static void test_strata_get_their_share_in_every_block(void **state)
{
    (void)state;
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct block block;
        size_t rare = 0;
        block_draw(&plan, 42, WORKLOAD_CACHE_COLD, false, seed, &block);
        for (size_t k = 0; k < block.count; k++)
            rare += block.indices[k] == 17;
        assert_true(rare >= 1 && rare <= 3); /* 2 of 42 in the mean */
        block_fini(&block);
    }
    block_plan_fini(&plan);
}

static void test_size_blocks_cover_every_stratum(void **state)
{
    (void)state;
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    size_t extras = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct block block;
        bool rare = false;
        block_draw(&plan, 3, WORKLOAD_CACHE_COLD, true, seed, &block);
        for (size_t k = 0; k < block.count; k++) {
            rare = rare || block.indices[k] == 17;
            extras += block.extra[k];
            assert_true(!block.extra[k] || k >= 3); /* only what was added is left out of the total */
        }
        assert_true(rare);
        block_fini(&block);
    }
    assert_true(extras > 50 && extras < 100);
    block_plan_fini(&plan);
}

static void test_replay_is_a_window_in_order(void **state)
{
    (void)state;
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct block block;
        block_draw(&plan, 10, WORKLOAD_CACHE_REPLAY, true, seed, &block);
        assert_int_equal(block.count, 10);
        for (size_t k = 1; k < block.count; k++) {
            size_t step = block.indices[k] - block.indices[k - 1];
            assert_true(step == 1 || (step == 2 && block.indices[k] == 24));
        }
        block_fini(&block);
        block_draw(&plan, 1000, WORKLOAD_CACHE_REPLAY, false, seed, &block);
        assert_int_equal(block.count, 41);
        block_fini(&block);
    }
    block_plan_fini(&plan);
}

static void test_strata_rows(void **state)
{
    (void)state;
    struct sample_set set = block_set();
    struct block_plan plan;
    block_plan_init(&plan, &set);
    struct strata_totals totals;
    strata_totals_init(&totals, plan.stratum_count);
    for (size_t i = 0; i < 12; i++) {
        strata_totals_add_pair(&totals);
        strata_totals_add(&totals, false, 0, 1);
        strata_totals_add(&totals, false, 0, 1);
        strata_totals_add(&totals, true, 0, 1.6 + 0.001 * (double)i);
        if (i < 6) {
            strata_totals_add(&totals, false, 1, 1);
            strata_totals_add(&totals, true, 1, 1.5);
        }
    }
    struct measurement measurement = {0};
    tally_fill_strata(&plan, &totals, 0.05, &measurement);
    assert_int_equal(measurement.stratum_count, 2);
    assert_string_equal(measurement.strata[0].name, "common");
    assert_int_equal(measurement.strata[0].samples, 40);
    assert_true(fabs(measurement.strata[0].gain.point - 0.197) < 0.002);
    assert_false(measurement.strata[0].harmful);
    assert_string_equal(measurement.strata[1].name, "rare");
    assert_true(fabs(measurement.strata[1].weight - 2.0 / 42) < 1e-12);
    assert_true(fabs(measurement.strata[1].gain.point + 0.5) < 1e-9);
    assert_true(measurement.strata[1].harmful);
    measurement_fini(&measurement);
    strata_totals_fini(&totals);
    block_plan_fini(&plan);
}

static char block_other[] = "other";

/* The last ten of the set are held out:
 * five common, four rare of small weight, one of a stratum of its own. */
static struct sample_set block_set_held_out(void)
{
    struct sample_set set = block_set();
    for (size_t i = 32; i < 42; i++)
        block_items[i].held_out = true;
    for (size_t i = 37; i < 41; i++)
        block_items[i] = (struct sample){.stratum = block_rare, .weight = 0.1, .held_out = true};
    block_items[41].stratum = block_other;
    set.held_out_count = 10;
    return set;
}

/* Held-out samples have the visible strata's shares, whatever their own weights are. */
static void test_held_out_plans_have_the_visible_shares(void **state)
{
    (void)state;
    struct sample_set set = block_set_held_out();
    struct block_plan visible;
    struct block_plan held_out;
    block_plan_init(&visible, &set);
    block_plan_init_held_out(&held_out, &visible);
    assert_int_equal(visible.timed_count, 31);
    assert_int_equal(held_out.timed_count, 9);
    assert_int_equal(held_out.stratum_count, 2);
    for (size_t s = 0; s < 2; s++) {
        assert_string_equal(held_out.strata[s].name, visible.strata[s].name);
        assert_true(fabs(held_out.strata[s].weight - visible.strata[s].weight) < 1e-9);
    }
    assert_true(fabs(held_out.weight - visible.weight) < 1e-9);
    block_plan_fini(&held_out);
    block_plan_fini(&visible);
}

/* Where the visible samples of a block lie among all, from 0 to 1: half way when both are mixed. */
static double mean_place(const struct block *block)
{
    double sum = 0;
    size_t visible = 0;
    for (size_t k = 0; k < block->count; k++) {
        if (block_items[block->indices[k]].held_out)
            continue;
        sum += (double)k / (double)(block->count - 1);
        visible++;
    }
    return sum / (double)visible;
}

static void test_both_sets_share_a_run(void **state)
{
    (void)state;
    struct sample_set set = block_set_held_out();
    struct block_plan visible;
    struct block_plan held_out;
    double place = 0;
    size_t first = 0;
    block_plan_init(&visible, &set);
    block_plan_init_held_out(&held_out, &visible);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct block block;
        size_t counts[2] = {0};
        block_draw_both(&visible, &held_out, 12, WORKLOAD_CACHE_COLD, seed, &block);
        for (size_t k = 0; k < block.count; k++) {
            const struct sample *sample = &block_items[block.indices[k]];
            assert_true(sample->weight > 0 && strcmp(sample->stratum, block_other) != 0);
            assert_true(block.extra[k] || !sample->held_out); /* none of them counts for the total */
            counts[sample->held_out] += !sample->held_out ? !block.extra[k] : 1;
        }
        assert_int_equal(counts[0], 12);
        assert_true(counts[1] == 12 || counts[1] == 13); /* one more covers the rare stratum */
        place += mean_place(&block) / 200;
        block_fini(&block);
        block_draw_both(&visible, &held_out, 5, WORKLOAD_CACHE_REPLAY, seed, &block);
        assert_int_equal(block.count, 10);
        bool held_out_first = block_items[block.indices[0]].held_out;
        for (size_t k = 0; k < 10; k++) {
            assert_int_equal(block_items[block.indices[k]].held_out, (k < 5) == held_out_first);
            if (k % 5 > 0)
                assert_true(block.indices[k] > block.indices[k - 1]); /* in the file's order */
        }
        first += held_out_first;
        block_fini(&block);
    }
    assert_true(fabs(place - 0.5) < 0.03);
    assert_true(first > 70 && first < 130);
    block_plan_fini(&held_out);
    block_plan_fini(&visible);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_same_seed_same_block),
        cmocka_unit_test(test_draws_follow_the_weights),
        cmocka_unit_test(test_strata_get_their_share_in_every_block),
        cmocka_unit_test(test_size_blocks_cover_every_stratum),
        cmocka_unit_test(test_replay_is_a_window_in_order),
        cmocka_unit_test(test_held_out_plans_have_the_visible_shares),
        cmocka_unit_test(test_both_sets_share_a_run),
        cmocka_unit_test(test_strata_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
