/* The rows of the seccomp profiles: the shipped ones are sound, and mistakes are named with their place. */
#include "sandbox/filters.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/cupel-filters-XXXXXX";

static void filters_write(const char *name, const char *bytes)
{
    struct err err = {0};
    cleanup_free char *path = memory_format("%s/%s.json", folder, name);
    assert_int_equal(folder_replace_file(path, bytes, strlen(bytes), &err), 0);
}

static const struct wire_row *filters_find(const struct wire_profile *profile, const char *call)
{
    for (size_t i = 0; i < profile->row_count; i++)
        if (strcmp(profile->rows[i].call, call) == 0)
            return &profile->rows[i];
    return NULL;
}

static void test_shipped_profiles_are_read(void **state)
{
    struct filters filters;
    struct err err = {0};
    (void)state;
    assert_int_equal(filters_load(&filters, CUPEL_SOURCE "/policies/seccomp", &err), 0);
    assert_int_equal(filters.count, 3);
    for (size_t i = 0; i < filters.count; i++) {
        const struct wire_profile *profile = &filters.profiles[i];
        assert_int_equal(profile->default_error, ENOSYS);
        assert_int_equal(filters_find(profile, "read")->action, WIRE_ALLOW);
        assert_int_equal(filters_find(profile, "read")->conditions, 0);
        assert_int_equal(filters_find(profile, "ptrace")->error, EPERM);
        assert_int_equal(filters_find(profile, "socket")->conditions, 1);
        assert_null(filters_find(profile, "io_uring_setup"));
        assert_null(filters_find(profile, "clone3"));
    }
    filters_fini(&filters);
}

static void test_mistakes_are_named(void **state)
{
    static const char *const cases[][2] = {
        {"{\"version\": 1, \"default\": \"ENOSYS\"}", "/build.json:1: must have version, default and rows"},
        {"{\"version\": 2, \"default\": \"ENOSYS\", \"rows\": []}", "/version: "},
        {"{\"version\": 1, \"default\": \"EWHAT\", \"rows\": []}", "/default: must be one of EPERM"},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"allow\": [\"read\"]}]}",
         "/rows/0: must say why"},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"why\": \"x\", \"refuse\": [\"read\"]}]}",
         "/rows/0: must have allow, ignore, or refuse with errno"},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"why\": \"x\", \"ignore\": [\"read\"], "
         "\"errno\": \"EPERM\"}]}",
         "/rows/0: must have allow, ignore, or refuse with errno"},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"why\": \"x\", \"allow\": [\"ioctl\"], "
         "\"if\": "
         "[{\"argument\": 1}]}]}",
         "/rows/0/if/0: must have argument and equals"},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"why\": \"x\", \"allow\": [\"ioctl\"], "
         "\"if\": "
         "[{\"argument\": 6, \"equals\": 1}]}]}",
         "/rows/0/if/0/argument: "},
        {"{\"version\": 1, \"default\": \"EPERM\", \"rows\": [{\"why\": \"x\", \"allow\": [\"ioctl\"], "
         "\"if\": "
         "[{\"argument\": 1, \"equals\": \"0xzz\"}]}]}",
         "must be a number or a string such as \"0x7f\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filters filters;
        struct err err = {0};
        filters_write("build", cases[i][0]);
        assert_int_equal(filters_load(&filters, folder, &err), ERR_INVALID);
        if (!strstr(err.message, cases[i][1]))
            fail_msg("%s lacks %s", err.message, cases[i][1]);
    }
}

static void test_missing_folder_is_named(void **state)
{
    struct filters filters;
    struct err err = {0};
    (void)state;
    assert_true(filters_load(&filters, "/no/such", &err) < 0);
    assert_non_null(strstr(err.message, "seccomp rows: /no/such/build.json"));
}

static int filters_set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int filters_tear_down(void **state)
{
    struct err err = {0};
    (void)state;
    return folder_remove(folder, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_profiles_are_read),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_missing_folder_is_named),
    };
    return cmocka_run_group_tests(tests, filters_set_up, filters_tear_down);
}
