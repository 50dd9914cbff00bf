/*
 * What bench_batch evaluates: a small repository that builds, and proposals as batches of models have them.
 * Of 20, nine don't apply, three touch what the policy protects, two change nothing, one is no diff, and five
 * give one of few distinct trees.
 */
#ifndef CUPEL_TESTS_BENCH_BATCH_SCENE_H
#define CUPEL_TESTS_BENCH_BATCH_SCENE_H

#include <stddef.h>

/* The numbers of a row of proposals. */
struct batch_scene {
    size_t proposals;
    size_t trees; /* distinct trees that apply and pass the screen; at least 1 */
    size_t built; /* of these, so many build and are measured; the others don't build */
};

/* Makes and commits it in the folder, which is there and empty. Ends the process where that fails. */
void batch_scene_make_repository(const char *folder);

/* Writes JSON lines; with `patches`, each diff as <patches>/<number>.patch, too. */
void batch_scene_write_proposals(const struct batch_scene *scene, const char *path, const char *patches);

#endif
