/* Writing, reading back, and what a calibration is still good for. */
#include "orchestrator/calibrate/candidates.h"
#include "orchestrator/calibrate/shelf.h"
#include "orchestrator/calibrate/show.h"
#include "tests/calibrate/sample.h"

#include "base/folder.h"
#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOON ((time_t)1772366400) /* 2026-03-01T12:00:00Z */

static const double quiet[3] = {0.01, 0.02, 0.02};

static void document_make(struct calibration *calibration, struct text *bytes)
{
    struct err err = {0};
    sample_fill(calibration, quiet, 12);
    sample_assess(calibration);
    assert_int_equal(calibration_write(calibration, bytes, &err), 0);
}

static void test_it_is_read_back_to_the_same_bytes(void **state)
{
    (void)state;
    struct err err = {0};
    struct calibration written, read;
    struct text bytes cleanup_text = {0};
    struct text again cleanup_text = {0};
    document_make(&written, &bytes);
    assert_int_equal(calibration_read(&read, "c.json", bytes.data, bytes.length, &err), 0);
    assert_int_equal(calibration_write(&read, &again, &err), 0);
    assert_string_equal(text_string(&again), text_string(&bytes));
    assert_int_equal(read.best, written.best);
    assert_true(calibration_set_noise(&read.sets[1], METRIC_CPU) ==
                calibration_set_noise(&written.sets[1], METRIC_CPU));
    assert_true(calibration_set_noise(&read.sets[1], METRIC_CPU) > 0.01);
    calibration_fini(&read);
    calibration_fini(&written);
}

struct damage {
    const char *from, *to; /* in the document */
    const char *message;
};

static const struct damage damages[] = {
    {"\"cupel_calibration\":1", "\"cupel_calibration\":2",
     "/cupel_calibration: must be a number from 1 to 1"},
    {"\"best\":", "\"extra\":1,\"best\":", "is not as cupel wrote it"},
    {"\"name\":\"memory\"", "\"name\":\"mem\"", "is not as cupel wrote it"},
    {"\"noise\":0.", "\"noise\":1.", "is not as cupel wrote it"},
    {"\"gain\":0.", "\"gain\":0.1", "is not as cupel wrote it"},
    {"\"best\":0", "\"best\":3", "/best: must be an integer from 0 to 2"},
    {"\"cpus\":[3]", "\"cpus\":[]", "/sets/0/cpus: must hold a CPU"},
    {"\"cpus\":[0,1,2,3]", "\"cpus\":[0,2,1,3]", "cpus/2: must be an integer from 3 to 4096"},
    {"\"cpus\":[3]", "\"cpus\":[-1]", "/sets/0/cpus/0: must be an integer from 0 to 4096"},
    {"\"runs\":{\"cpu\":[", "\"runs\":{\"cpu\":[1,", "must hold two runs a pair"},
    {"\"governor\":\"performance\"", "\"governor\":7", "/conditions/governor: must be a string"},
    {"\"aslr\":2", "\"aslr\":-2", "/conditions/aslr: must be a number"},
    {"\"method\":\"sha256:", "\"method\":\"sha256:zz", "/method"},
    {"\"created\":\"2026", "\"created\":null,\"x\":\"2026", "doesn't say when"},
    {"}]}", "}]", "c.json:1:"},
};

static char *damage_apply(const char *bytes, const struct damage *damage)
{
    const char *at = strstr(bytes, damage->from);
    if (!at)
        fail_msg("nowhere: %s", damage->from);
    return memory_format("%.*s%s%s", (int)(at - bytes), bytes, damage->to, at + strlen(damage->from));
}

static void test_a_changed_document_is_refused(void **state)
{
    (void)state;
    struct calibration written, read;
    struct text bytes cleanup_text = {0};
    document_make(&written, &bytes);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct err err = {0};
        char *changed = damage_apply(text_string(&bytes), &damages[i]);
        assert_int_equal(calibration_read(&read, "c.json", changed, strlen(changed), &err), ERR_INVALID);
        if (!strstr(err.message, damages[i].message))
            fail_msg("\"%s\" for %s", err.message, damages[i].to);
        free(changed);
    }
    for (size_t length = 0; length < bytes.length; length += 97) {
        struct err err = {0};
        assert_int_equal(calibration_read(&read, "c.json", bytes.data, length, &err), ERR_INVALID);
    }
    calibration_fini(&written);
}

static void test_a_metric_without_figures_has_none(void **state)
{
    (void)state;
    struct err err = {0};
    struct calibration written, read;
    struct text bytes cleanup_text = {0};
    sample_fill(&written, quiet, 12);
    for (size_t i = 0; i < 3; i++)
        for (int p = 0; p < CALIBRATION_PROGRAMS; p++)
            for (size_t k = 0; k < written.sets[i].series[p].run_count; k++)
                written.sets[i].series[p].runs[METRIC_CPU][k] = -1;
    sample_assess(&written);
    assert_int_equal(calibration_primary(&written), METRIC_WALL);
    assert_true(calibration_set_noise(&written.sets[0], METRIC_CPU) < 0);
    assert_true(calibration_set_excess(&written.sets[0], METRIC_CPU, CALIBRATION_MINUTE) < 0);
    assert_true(calibration_set_excess(&written.sets[0], METRIC_WALL, CALIBRATION_MINUTE) > 0);
    assert_int_equal(calibration_write(&written, &bytes, &err), 0);
    assert_int_equal(calibration_read(&read, "c.json", bytes.data, bytes.length, &err), 0);
    calibration_fini(&read);
    text_clear(&bytes);
    show_text(&written, "/p", "/o", &bytes);
    assert_non_null(strstr(text_string(&bytes), "CPU time     no figure here"));
    calibration_fini(&written);
}

/* The whole assessment once, of two sets with few runs: the noisier one shows less, and isn't chosen. */
static void test_an_assessment(void **state)
{
    (void)state;
    static const double second[3] = {0.05, 0.005, 0.05};
    struct calibration calibration;
    sample_fill(&calibration, second, 6);
    calibration_assess(&calibration);
    double noisy = calibration_set_excess(&calibration.sets[0], METRIC_CPU, CALIBRATION_MINUTE);
    double still = calibration_set_excess(&calibration.sets[1], METRIC_CPU, CALIBRATION_MINUTE);
    assert_true(still > 0 && noisy > 3 * still);
    assert_int_equal(calibration.best, 1);
    /* More time never shows less. */
    for (size_t b = 1; b < CALIBRATION_BUDGETS; b++)
        assert_true(calibration_set_excess(&calibration.sets[1], METRIC_WALL, b) <=
                    calibration_set_excess(&calibration.sets[1], METRIC_WALL, b - 1));
    calibration_fini(&calibration);
}

static void test_it_is_foreign_where_anything_differs(void **state)
{
    (void)state;
    struct calibration calibration;
    sample_fill(&calibration, quiet, 2);
    int three[] = {0, 1, 2};
    char cpu[] = "Another";
    char kernel[] = "Linux 6.2.0 x86_64";
    struct calibration_machine machine = calibration.machine;
    assert_null(shelf_foreign(&calibration, &machine));
    machine.cpu = cpu;
    assert_string_equal(shelf_foreign(&calibration, &machine), "is of another processor");
    machine = calibration.machine;
    machine.kernel = kernel;
    assert_string_equal(shelf_foreign(&calibration, &machine), "is of another kernel");
    machine = calibration.machine;
    machine.cpus = three;
    machine.cpu_count = 3;
    assert_string_equal(shelf_foreign(&calibration, &machine), "is of other CPUs than cupel may use now");
    machine = calibration.machine;
    machine.method.bytes[0] ^= 1;
    assert_string_equal(shelf_foreign(&calibration, &machine), "was made by another method");
    calibration_fini(&calibration);
}

static void test_its_age(void **state)
{
    (void)state;
    struct calibration calibration;
    sample_fill(&calibration, quiet, 2);
    assert_int_equal(shelf_age_days(&calibration, NOON), 0);
    assert_int_equal(shelf_age_days(&calibration, NOON + 31 * 86400), 31);
    assert_int_equal(shelf_age_days(&calibration, NOON - 86400), 0);
    calibration_fini(&calibration);
}

static const char *told(const struct shelf_place *place, bool known, struct shelf_note *note)
{
    shelf_describe(place, note);
    assert_true(note->known == known);
    return note->sentence;
}

/* What a report is told, from none to one of this very machine, and its damaged twin. */
static void test_what_reports_are_told(void **state)
{
    (void)state;
    static const int unmeasured[] = {77};
    char folder[] = "/tmp/cupel-shelf-XXXXXX";
    struct err err = {0};
    struct shelf_note note;
    struct calibration calibration;
    struct calibration_machine here;
    struct text bytes cleanup_text = {0};
    assert_non_null(mkdtemp(folder));
    struct shelf_place place = {
        .state = folder, .cpu = "A processor", .kernel = "Linux 6.1.0 x86_64", .now = NOON};
    assert_string_equal(told(&place, false, &note),
                        "The machine was not calibrated: `cupel calibrate` shows what gain it can show.");
    assert_int_equal(shelf_machine("A processor", "Linux 6.1.0 x86_64", &here, &err), 0);
    sample_fill(&calibration, quiet, 12);
    free(calibration.machine.cpus);
    calibration.machine.cpus = (void *)memory_copy_bytes(here.cpus, here.cpu_count * sizeof *here.cpus);
    calibration.machine.cpu_count = here.cpu_count;
    calibration.sets[0].cpus[0] = here.cpus[here.cpu_count - 1];
    sample_assess(&calibration);
    assert_int_equal(shelf_save(folder, &calibration, &bytes, &err), 0);
    assert_string_equal(told(&place, true, &note), "");
    assert_string_equal(note.created, "2026-03-01T10:00:00.000000Z");
    assert_true(note.noise[METRIC_CPU] == calibration_set_noise(&calibration.sets[0], METRIC_CPU));
    place.now += 31 * 86400;
    assert_string_equal(told(&place, true, &note),
                        "The machine's calibration is 31 days old; `cupel calibrate` makes a new one.");
    place.cpus = unmeasured;
    place.cpu_count = 1;
    assert_string_equal(told(&place, false, &note),
                        "The machine's calibration of 2026-03-01 is not of the CPUs that were measured on; "
                        "`cupel calibrate` makes a new one.");
    place.kernel = "Linux 6.2.0 x86_64";
    assert_string_equal(told(&place, false, &note), "The machine's calibration of 2026-03-01 is of another "
                                                    "kernel; `cupel calibrate` makes a new one.");
    char *path = shelf_path(folder);
    assert_int_equal(folder_replace_file(path, bytes.data, bytes.length / 2, &err), 0);
    assert_string_equal(
        told(&place, false, &note),
        "The machine's calibration is damaged, or of another cupel; `cupel calibrate` makes a new one.");
    free(path);
    calibration_fini(&calibration);
    calibration_machine_fini(&here);
    assert_int_equal(folder_remove(folder, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read_back_to_the_same_bytes),
        cmocka_unit_test(test_a_changed_document_is_refused),
        cmocka_unit_test(test_a_metric_without_figures_has_none),
        cmocka_unit_test(test_an_assessment),
        cmocka_unit_test(test_it_is_foreign_where_anything_differs),
        cmocka_unit_test(test_its_age),
        cmocka_unit_test(test_what_reports_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
