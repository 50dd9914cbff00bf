#include "workloads/measure/method.h"

const struct measure_method measure_method = {
    .kappa = {0.3, 0.6, 0.9},
    .burn = 3,
    .least = 6,
    .cap = 60,
    .scale_floor = 0.004,
    .futility = 0.05,
    .win = 20.0,
    .proof = 20.0,
    .noise_pairs = 5,
    .size_pairs = 12,
    .hasty_size_pairs = 6,
    .regression_cap = 20,
    .order_least = 8,
    .resolution = {[METRIC_PEAK_MEMORY] = 1048576}, /* the kernel charges 64 pages at a time on each CPU */
    .feasible_multiple = 1.5,
    .interval = 0.95,
    .block_most = 4096,
    .cover_most = 32,
    .compared_most = 128,
    .splits = 2000,
    .split_level = 0.01,
    .doubt = 0.5,
    .early = 0.1,
};
