/* What doctor sees: all layers here, and each missing piece with its remedy. */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/landlock.h"
#include "sandbox/probe.h"
#include "sandbox/remedy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

static const struct probe_layer *probe_find(const struct probe_layer *layers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(layers[i].name, name) == 0)
            return &layers[i];
    fail_msg("no row %s", name);
    return NULL;
}

static void test_present_layers(void **state)
{
    struct probe_layer layers[PROBE_LAYERS_MAX];
    const struct sandbox_options *options = &lab_current()->options;
    (void)state;
    size_t count = probe_machine(layers, options->executable, options->filters, options->state);
    assert_true(count <= PROBE_LAYERS_MAX);
    for (size_t i = 0; i < count; i++) {
        /* The lab's sandbox is open, so nothing that it needs can be missing; a remedy goes with all else. */
        if (strcmp(layers[i].name, "CPU accounting") != 0)
            assert_true(!layers[i].required || layers[i].state == PROBE_PRESENT);
        assert_int_equal(layers[i].state == PROBE_PRESENT, layers[i].remedy[0] == '\0');
        assert_int_equal(layers[i].state == PROBE_PRESENT, layers[i].cause[0] == '\0');
        assert_true(layers[i].detail[0] != '\0');
    }
    assert_int_equal(probe_find(layers, count, "overlay workspace")->state, PROBE_PRESENT);
    assert_int_equal(probe_find(layers, count, "Landlock")->state,
                     landlock_version() >= LANDLOCK_SCOPE_VERSION ? PROBE_PRESENT : PROBE_DEGRADED);
}

static void test_missing_executable(void **state)
{
    struct probe_layer layers[PROBE_LAYERS_MAX];
    const struct sandbox_options *options = &lab_current()->options;
    (void)state;
    size_t count = probe_machine(layers, "/no/such/cupel-sandbox", options->filters, options->state);
    const struct probe_layer *layer = probe_find(layers, count, "cupel-sandbox");
    assert_int_equal(layer->state, PROBE_MISSING);
    assert_true(layer->required);
    assert_string_equal(layer->detail, "start /no/such/cupel-sandbox: No such file or directory");
    assert_string_equal(layer->remedy, "install cupel-sandbox and its filters with cupel");
}

static void test_missing_executable_refuses_to_open(void **state)
{
    struct sandbox_options options = lab_current()->options;
    struct sandbox *sandbox;
    struct err err = {0};
    (void)state;
    options.executable = "/no/such/cupel-sandbox";
    assert_int_equal(sandbox_open(&sandbox, &lab_current()->loop, &options, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.message, "start /no/such/cupel-sandbox: No such file or directory");
}

static void test_refusals_name_step_and_remedy(void **state)
{
    static const struct wire_failed failed = {
        .layer = WIRE_LAYER_OVERLAY, .error = ENODEV, .words = "try an overlay on a tmpfs"};
    static const struct wire_failed internal = {
        .layer = WIRE_LAYER_INTERNAL, .error = EIO, .words = "read the run"};
    struct err err = {0};
    (void)state;
    assert_int_equal(remedy_explain(&failed, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.message,
                        "sandbox: try an overlay on a tmpfs: No such device; the kernel has no overlay "
                        "file system: `sudo modprobe overlay`");
    assert_int_equal(remedy_explain(&internal, &err), ERR_SYSTEM);
    assert_string_equal(err.message, "sandbox: read the run: Input/output error");
    for (int layer = WIRE_LAYER_INTERNAL + 1; layer < WIRE_LAYERS; layer++)
        assert_non_null(remedy_for((enum wire_layer)layer, EPERM));
}

static int probe_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_present_layers),
        cmocka_unit_test(test_missing_executable),
        cmocka_unit_test(test_missing_executable_refuses_to_open),
        cmocka_unit_test(test_refusals_name_step_and_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(probe_tests);
}
