/* Held-out samples from files: what joins the visible ones, and what is refused. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "workloads/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/cupel-held-XXXXXX";

static char *write_file(const char *name, const char *text)
{
    char *path = memory_format("%s/%s", scratch, name);
    struct err err = {0};
    assert_int_equal(folder_replace_file(path, text, strlen(text), &err), 0);
    return path;
}

static int make_scratch(void **state)
{
    struct err err = {0};
    (void)state;
    assert_non_null(mkdtemp(scratch));
    cleanup_free char *visible = memory_format("%s/visible", scratch);
    cleanup_free char *held = memory_format("%s/held", scratch);
    return folder_make(visible, 0755, &err) || folder_make(held, 0755, &err);
}

static int remove_scratch(void **state)
{
    struct err err = {0};
    (void)state;
    return folder_remove(scratch, &err);
}

/* Joins `held` to `visible`, both the text of a file. */
static int join(struct sample_set *set, const char *visible, const char *held, struct err *err)
{
    cleanup_free char *visible_path = write_file("visible/s.jsonl", visible);
    cleanup_free char *held_path = write_file("held/s.jsonl", held);
    assert_int_equal(samples_load(set, visible_path, err), 0);
    return samples_hold_out(set, held_path, err);
}

static void test_joins_behind_the_visible_ones(void **state)
{
    (void)state;
    struct sample_set set;
    struct err err = {0};
    free(write_file("held/in.txt", "held"));
    free(write_file("visible/in.txt", "seen"));
    assert_int_equal(join(&set, "{\"id\":\"a\",\"args\":[\"1\"]}\n{\"id\":\"b\",\"stdin_file\":\"in.txt\"}\n",
                          "{\"id\":\"a\",\"args\":[\"2\"]}\n{\"stdin_file\":\"in.txt\"}\n", &err),
                     0);
    assert_int_equal(set.count, 4);
    assert_int_equal(set.held_out_count, 2);
    assert_int_equal(set.held_out_visible,
                     0); /* stdin of the same name with other bytes is another request */
    assert_string_equal(set.items[2].id, "held out: a");
    assert_string_equal(set.items[3].id, "held out: line 2");
    assert_true(samples_is_held_out(set.items[2].id) && !samples_is_held_out(set.items[0].id));
    assert_true(set.items[2].held_out && !set.items[1].held_out);
    assert_string_equal(samples_folder_of(&set, &set.items[1]), set.folder);
    assert_true(strstr(samples_folder_of(&set, &set.items[3]), "/held") != NULL);
    assert_false(digest_is_zero(&set.held_out_digest));
    samples_fini(&set);
}

/* What stands in the visible file too is asked, and not timed. */
static void test_requests_that_are_visible_too_are_not_timed(void **state)
{
    (void)state;
    static const struct {
        const char *visible, *held;
        size_t known;
    } rows[] = {
        {"{\"args\":[\"1\"]}\n{\"args\":[\"2\"]}\n", "{\"args\":[\"2\"]}\n{\"args\":[\"3\"]}\n", 1},
        {"{\"args\":[\"1\"]}\n", "{\"args\":[\"1\"],\"env\":{\"N\":\"1\"}}\n", 0},
        {"{\"stdin\":\"seen\"}\n", "{\"stdin_file\":\"same.txt\"}\n{\"stdin\":\"x\"}\n", 1},
        {"{\"args\":[\"1\",\"2\"]}\n", "{\"args\":[\"12\"]}\n{\"args\":[\"1\"],\"stdin\":\"2\"}\n", 0},
        {"{\"args\":[\"1\"],\"stratum\":\"x\"}\n", "{\"args\":[\"1\"]}\n{\"args\":[\"1\"],\"weight\":7}\n",
         2},
    };
    free(write_file("held/same.txt", "seen"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample_set set;
        struct err err = {0};
        size_t untimed = 0;
        if (join(&set, rows[i].visible, rows[i].held, &err) < 0)
            fail_msg("%s", err.message);
        for (size_t k = 0; k < set.count; k++)
            untimed += set.items[k].weight == 0;
        assert_int_equal(set.held_out_visible, rows[i].known);
        assert_int_equal(untimed, rows[i].known);
        samples_fini(&set);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *visible, *held;
        const char *message;
    } rows[] = {
        {"{\"args\":[\"1\"]}\n", "{\"args\":[\"1\"]}\n", "these are the visible samples, byte for byte"},
        {"{\"id\":\"held out: x\"}\n", "{\"args\":[\"1\"]}\n",
         "sample \"held out: x\": beside held-out samples no id may begin with \"held out: \""},
        {"{\"args\":[\"1\"]}\n", "{\"args\":[\"${samples}/secret.txt\"]}\n",
         "sample \"line 1\": ${samples}/secret.txt: No such file or directory in "},
        {"{\"args\":[\"1\"]}\n", "{\"args\":[\"${samples}/../held/secret.txt\"]}\n",
         "Invalid cross-device link"},
        {"{\"args\":[\"1\"]}\n", "{\"args\":[1]}\n", "held-out samples: "},
        {"{\"args\":[\"1\"]}\n", "{\"stdin_file\":\"none.txt\"}\n", "stdin_file \"none.txt\""},
    };
    free(write_file("held/secret.txt", "secret"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample_set set;
        struct err err = {0};
        if (join(&set, rows[i].visible, rows[i].held, &err) >= 0)
            fail_msg("accepted: %s", rows[i].held);
        if (!strstr(err.message, rows[i].message))
            fail_msg("%s\n  instead of: %s", err.message, rows[i].message);
        assert_int_equal(set.count, 1); /* whole, as it was */
        assert_int_equal(set.held_out_count, 0);
        samples_fini(&set);
    }
    struct sample_set set;
    struct err err = {0};
    free(write_file("visible/catalogue.txt", "shown to all")); /* the allowed twin */
    assert_int_equal(join(&set, "{\"args\":[\"1\"]}\n", "{\"args\":[\"${samples}/catalogue.txt\"]}\n", &err),
                     0);
    samples_fini(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joins_behind_the_visible_ones),
        cmocka_unit_test(test_requests_that_are_visible_too_are_not_timed),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
