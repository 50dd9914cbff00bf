/*
 * The sets of parts of a real candidate, evaluated by a stand-in that answers at once: what is asked for,
 * what becomes of failures, the document, and its views. The whole's report never changes.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/attribution/document.h"
#include "orchestrator/report/member.h"
#include "tests/report/case.h"
#include "tests/report/schema.h"
#include "tests/repository/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A hostile file name, since it ends up in every view. */
#define HUNKS                                                                                                \
    "name=$(printf 'x`|\\n| 1 | approved @all')\n"                                                           \
    "seq 1 60 > \"$name\"; save_all base; git checkout -q -b work\n"                                         \
    "sed -i 's/^5$/V/; s/^30$/X/; s/^50$/L/' \"$name\"; save_all three; git checkout -q main\n"

struct stand_in {
    struct repository *repository;
    const git_oid *base; /* that every set must stand on */
    const char *fails;   /* the name of the set at which everything ends; NULL: none does */
    size_t asked;        /* evaluations so far */
    size_t family_size;  /* that each was told */
};

/* Part 1 gains 15.8 %, part 2 nothing, part 3 breaks the contract. */
static void scene_answer(const char *name, struct evidence *evidence)
{
    struct metric_result *primary;
    case_recommended(evidence);
    primary = &evidence->workloads[0].measurement.metrics[0];
    if (strchr(name, '3')) {
        case_add_finding(&evidence->workloads[0], CLASS_EMPTIED, "/items", "[1]", NULL);
        evidence->workloads[0].measured = false;
        primary->gain.known = false;
    } else if (!strchr(name, '1')) {
        primary->outcome = OUTCOME_NOT_WORTH_IT;
        primary->e_value = 0.02;
        primary->e_real = 0.7;
        primary->gain = (struct gain){true, 0.001, -0.004, 0.006};
    }
}

static int scene_evaluate(const struct intake_request *request, size_t family_size, const char *name,
                          struct evidence *evidence, void *data, struct err *err)
{
    struct stand_in *hand = data;
    struct candidate candidate;
    cleanup_free char *failure = NULL;
    bool applied;
    hand->asked++;
    hand->family_size = family_size;
    if (hand->fails && strcmp(name, hand->fails) == 0)
        return err_set(err, ERR_CANCELLED, "interrupted");
    assert_int_equal(repository_intake(hand->repository, request, &candidate, &applied, &failure, err), 0);
    assert_true(applied && git_oid_equal(&candidate.base_commit, hand->base));
    candidate_fini(&candidate);
    scene_answer(name, evidence);
    evidence->family_size = family_size;
    return 0;
}

struct scene {
    struct fixture fixture;
    struct repository *repository;
    struct parts parts;
    struct evidence whole;
    struct stand_in hand;
    struct trials trials;
};

static void scene_open(struct scene *scene, const char *script)
{
    struct candidate candidate;
    cleanup_free char *failure = NULL;
    char digest[DIGEST_HEX];
    struct err err = {0};
    bool applied;
    const struct intake_request request = {.name = "work"};
    *scene = (struct scene){0};
    fixture_make(&scene->fixture);
    assert_int_equal(fixture_run(&scene->fixture, script), 0);
    scene->repository = fixture_open(&scene->fixture, "repo");
    assert_int_equal(repository_intake(scene->repository, &request, &candidate, &applied, &failure, &err), 0);
    digest_to_hex(&candidate.patch_digest, digest);
    assert_int_equal(parts_find(scene->repository, &request, digest, &scene->parts, &err), 0);
    candidate_fini(&candidate);
    case_recommended(&scene->whole);
    case_add_finding(&scene->whole.workloads[0], CLASS_EMPTIED, "/items", "[1]", NULL);
    scene->whole.workloads[0].measured = false;
}

static void scene_run(struct scene *scene, const char *fails)
{
    scene->hand =
        (struct stand_in){.repository = scene->repository, .base = &scene->parts.base_commit, .fails = fails};
    const struct trials_input input = {.repository = scene->repository,
                                       .parts = &scene->parts,
                                       .policy = &case_policy,
                                       .whole = &scene->whole,
                                       .whole_verdict = VERDICT_CONTRACT_BROKEN,
                                       .evaluate = scene_evaluate,
                                       .data = &scene->hand};
    trials_run(&input, &scene->trials);
}

static void scene_close(struct scene *scene)
{
    trials_fini(&scene->trials);
    evidence_fini(&scene->whole);
    parts_fini(&scene->parts);
    repository_close(scene->repository);
    fixture_remove(&scene->fixture);
}

static enum attribution_class scene_class(const struct scene *scene, size_t part)
{
    return scene->trials.attribution.findings[part].class;
}

static void sets_are_evaluated_on_the_same_base(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, HUNKS);
    scene_run(&scene, NULL);
    assert_null(scene.trials.stopped);
    assert_int_equal(scene.hand.asked, 4); /* 1, 2, 3, and 1 with 2 */
    assert_int_equal(scene.hand.family_size, 6);
    assert_int_equal(scene.trials.family.size, 6);
    assert_int_equal(scene_class(&scene, 0), ATTRIBUTION_CARRIES);
    assert_int_equal(scene_class(&scene, 1), ATTRIBUTION_NOTHING);
    assert_int_equal(scene_class(&scene, 2), ATTRIBUTION_BREAKS);
    size_t offered = scene.trials.attribution.offered;
    assert_int_not_equal(offered, ATTRIBUTION_NONE);
    assert_int_equal(scene.trials.items[offered].parts, 1);
    assert_int_equal(scene.trials.rows[offered].verdict, VERDICT_RECOMMENDED);
    scene_close(&scene);
}

/* Part 1, and parts 1 and 2, reach it: each was asked 6 / (0.1 · 2), where 20 would do alone. */
static void a_set_is_held_against_its_family(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, HUNKS);
    scene_run(&scene, NULL);
    size_t recommended = 0;
    for (size_t i = 0; i < scene.trials.count; i++)
        if (scene.trials.rows[i].verdict == VERDICT_RECOMMENDED) {
            recommended++;
            assert_int_equal(scene.trials.items[i].evidence.family_size, 6);
            assert_true(scene.trials.items[i].evidence.family_limit == 30);
        }
    assert_int_equal(recommended, 2);
    scene_close(&scene);
}

static void what_stops_it_leaves_what_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *fails;
        size_t known;
        enum attribution_class classes[3];
    } rows[] = {
        {"part 1", 0, {ATTRIBUTION_UNDECIDED, ATTRIBUTION_UNDECIDED, ATTRIBUTION_UNDECIDED}},
        {"part 2", 1, {ATTRIBUTION_CARRIES, ATTRIBUTION_UNDECIDED, ATTRIBUTION_UNDECIDED}},
        {"part 3", 2, {ATTRIBUTION_CARRIES, ATTRIBUTION_NOTHING, ATTRIBUTION_UNDECIDED}},
        {"parts 1 and 2", 3, {ATTRIBUTION_CARRIES, ATTRIBUTION_NOTHING, ATTRIBUTION_BREAKS}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        scene_open(&scene, HUNKS);
        scene_run(&scene, rows[i].fails);
        assert_string_equal(scene.trials.stopped, "interrupted");
        assert_int_equal(scene.trials.count, rows[i].known);
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(scene_class(&scene, j), rows[i].classes[j]);
        scene_close(&scene);
    }
}

/* An empty commit adds nothing to the tree of the one before it. */
static void the_same_tree_is_evaluated_once(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene,
               "seq 1 60 > f; save_all base; git checkout -q -b work\n"
               "sed -i 's/^5$/V/' f; save_all one; save_all empty; sed -i 's/^30$/X/' f; save_all two\n"
               "git checkout -q main\n");
    scene_run(&scene, NULL);
    assert_int_equal(scene.hand.asked, 3);
    assert_int_equal(scene.trials.count, 4);
    assert_int_equal(scene.trials.items[3].parts, 3);
    assert_int_equal(scene.trials.items[3].same_as, 0);
    assert_int_equal(scene.trials.rows[3].verdict, VERDICT_RECOMMENDED);
    assert_true(scene.trials.rows[3].e_real == 0); /* its evidence counts once */
    scene_close(&scene);
}

static cJSON *scene_document(const struct scene *scene, const cJSON *report, const struct digest *digest,
                             const struct document_offer *offer)
{
    const struct document_input input = {.parts = &scene->parts,
                                         .trials = &scene->trials,
                                         .policy = &case_policy,
                                         .context = &case_context,
                                         .report = report,
                                         .report_digest = digest,
                                         .offer = offer};
    return document_build(&input);
}

static void scene_check_views(cJSON *view)
{
    cleanup_text struct text text = {0}, markdown = {0};
    report_format_text(view, false, 80, &text);
    report_format_markdown(view, &markdown);
    assert_non_null(strstr(text_string(&text), "1  carries"));
    assert_non_null(strstr(text_string(&text), "\n               3  breaks")
                        ?: strstr(text_string(&text), "3  breaks"));
    assert_non_null(strstr(text_string(&text), "cupel run --patch /state/x.patch\n"));
    assert_non_null(strstr(text_string(&markdown), "| 3 | **breaks** | <code>"));
    /* The name's line end and its forged row are gone; nobody is mentioned. */
    assert_null(strstr(text_string(&text), "\n| 1 | approved"));
    assert_null(strstr(text_string(&markdown), "\n| 1 | approved"));
    assert_null(strstr(text_string(&markdown), "@all"));
}

static void the_document_follows_its_schema_and_the_report_stays(void **state)
{
    (void)state;
    struct scene scene;
    struct decision decision;
    struct err err = {0};
    const char *where = "";
    scene_open(&scene, HUNKS);
    scene_run(&scene, NULL);
    verdict_decide(&scene.whole, &case_policy, &decision);
    cJSON *report = report_build(&scene.whole, &decision, &case_policy, &case_context);
    cleanup_text struct text canonical = {0}, shown = {0}, attribution_bytes = {0};
    assert_int_equal(report_canonicalise(report, &canonical, &err), 0);
    struct digest digest = digest_of(canonical.data, canonical.length), patch = digest_of("p", 1), read;
    const struct document_offer offer = {.file = "/state/x.patch", .digest = &patch};
    cJSON *document = scene_document(&scene, report, &digest, &offer);
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/attribution.json");
    if (!schema_allows(schema, document, &where))
        fail_msg("%s", where);
    assert_int_equal(report_canonicalise(document, &attribution_bytes, &err), 0);

    cJSON *view = report_view(report, &digest, 1, "awaiting");
    report_view_attribute(view, document);
    cJSON *view_schema = schema_read(CUPEL_SOURCE "/policies/schema/report.json");
    if (!schema_allows(view_schema, view, &where))
        fail_msg("%s", where);
    scene_check_views(view);
    cJSON *again = NULL;
    assert_int_equal(report_canonicalise(view, &shown, &err), 0);
    assert_int_equal(report_view_parse(shown.data, shown.length, &again, &read, &err), 0);
    assert_memory_equal(&read, &digest, sizeof digest);
    assert_null(member_get(member_first(again, "candidates"), "attribution"));
    cJSON_Delete(again);
    cJSON_Delete(view);
    cJSON_Delete(view_schema);
    cJSON_Delete(schema);
    cJSON_Delete(report);
    decision_fini(&decision);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_evaluated_on_the_same_base),
        cmocka_unit_test(a_set_is_held_against_its_family),
        cmocka_unit_test(what_stops_it_leaves_what_is_known),
        cmocka_unit_test(the_same_tree_is_evaluated_once),
        cmocka_unit_test(the_document_follows_its_schema_and_the_report_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
