/* Folders of foreign names: made, filled and removed, never through a link. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "tests/base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void makes_parents_and_accepts_what_is_there(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *path = scratch_path("a/b/c");
    assert_int_equal(folder_make(path, 0755, &err), 0);
    assert_int_equal(folder_make(path, 0755, &err), 0);
    assert_int_equal(access(path, F_OK), 0);
}

static void refuses_a_file_where_a_folder_should_be(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *path = scratch_path("file");
    assert_int_equal(folder_replace_file(path, "x", 1, &err), 0);
    assert_int_equal(folder_make(path, 0755, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "is there and is no folder"));
}

/* 3,000 levels are deeper than PATH_MAX and than any descriptor limit. */
static void removes_what_is_too_deep_to_name(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *deep = scratch_path("deep");
    assert_int_equal(folder_make(deep, 0755, &err), 0);
    int fd = open(deep, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int level = 0; level < 3000; level++) {
        assert_int_equal(mkdirat(fd, "level", 0755), 0);
        int next = openat(fd, "level", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(fd);
        fd = next;
    }
    close(fd);
    assert_int_equal(folder_remove(deep, &err), 0);
    assert_int_equal(access(deep, F_OK), -1);
}

static void removes_whatever_the_modes(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *locked = scratch_path("locked/inner");
    cleanup_free char *file = scratch_path("locked/inner/file");
    cleanup_free char *top = scratch_path("locked");
    assert_int_equal(folder_make(locked, 0755, &err), 0);
    assert_int_equal(folder_replace_file(file, "x", 1, &err), 0);
    assert_int_equal(chmod(locked, 0), 0);
    assert_int_equal(chmod(top, 0), 0);
    assert_int_equal(folder_remove(top, &err), 0);
    assert_int_equal(access(top, F_OK), -1);
}

static void removes_a_link_and_not_its_target(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *target = scratch_path("target");
    cleanup_free char *kept = scratch_path("target/kept");
    cleanup_free char *folder = scratch_path("folder");
    cleanup_free char *link = scratch_path("folder/link");
    assert_int_equal(folder_make(target, 0755, &err), 0);
    assert_int_equal(folder_replace_file(kept, "x", 1, &err), 0);
    assert_int_equal(folder_make(folder, 0755, &err), 0);
    assert_int_equal(symlink(target, link), 0);
    assert_int_equal(folder_remove(folder, &err), 0);
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_equal(symlink(target, folder), 0);
    assert_int_equal(folder_remove(folder, &err), 0);
    assert_int_equal(access(kept, F_OK), 0);
}

static void reads_up_to_the_limit(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *path = scratch_path("ten");
    cleanup_free char *bytes = NULL;
    cleanup_free char *unused = NULL;
    size_t length = 0;
    assert_int_equal(folder_replace_file(path, "0123456789", 10, &err), 0);
    assert_int_equal(folder_read_file(path, 10, &bytes, &length, &err), 0);
    assert_int_equal(length, 10);
    assert_string_equal(bytes, "0123456789");
    assert_int_equal(folder_read_file(path, 9, &unused, &length, &err), ERR_LIMIT);
    cleanup_free char *absent = scratch_path("absent");
    assert_int_equal(folder_read_file(absent, 9, &unused, &length, &err), ERR_NOT_FOUND);
    assert_int_equal(folder_read_file(scratch, 9, &unused, &length, &err), ERR_INVALID);
}

static const struct folder_stamp stamp = {.time = {.tv_sec = 1000000000}};

static void writes_entries_with_mode_and_time(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_fd int root = open(scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(folder_write_entry(root, "x/y/run", 0100755, "#!", 2, &stamp, &err), 0);
    assert_int_equal(folder_write_entry(root, "x/y/plain", 0100644, "p", 1, &stamp, &err), 0);
    assert_int_equal(folder_write_entry(root, "x/link", 0120000, "y/run", 5, &stamp, &err), 0);
    struct stat status;
    assert_int_equal(fstatat(root, "x/y/run", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
    assert_int_equal(status.st_mtime, 1000000000);
    assert_int_equal(fstatat(root, "x/y/plain", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(fstatat(root, "x/link", &status, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void never_writes_outside(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_free char *outside = scratch_path("outside");
    cleanup_free char *work = scratch_path("work");
    cleanup_free char *link = scratch_path("work/out");
    assert_int_equal(folder_make(outside, 0755, &err), 0);
    assert_int_equal(folder_make(work, 0755, &err), 0);
    assert_int_equal(symlink(outside, link), 0);
    cleanup_fd int root = open(work, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder_write_entry(root, "../outside/file", 0100644, "x", 1, &stamp, &err) < 0);
    assert_true(folder_write_entry(root, "out/file", 0100644, "x", 1, &stamp, &err) < 0);
    assert_true(folder_write_entry(root, "/tmp/cupel-absolute", 0100644, "x", 1, &stamp, &err) < 0);
    cleanup_free char *written = scratch_path("outside/file");
    assert_int_equal(access(written, F_OK), -1);
    assert_int_equal(access("/tmp/cupel-absolute", F_OK), -1);
}

static void refuses_to_write_twice(void **state)
{
    (void)state;
    struct err err = {0};
    cleanup_fd int root = open(scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(folder_write_entry(root, "once", 0100644, "x", 1, &stamp, &err), 0);
    assert_int_equal(folder_write_entry(root, "once", 0100644, "y", 1, &stamp, &err), ERR_SYSTEM);
    assert_string_equal(err.message, "write once: File exists");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_parents_and_accepts_what_is_there, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(refuses_a_file_where_a_folder_should_be, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(removes_what_is_too_deep_to_name, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(removes_whatever_the_modes, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(removes_a_link_and_not_its_target, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(reads_up_to_the_limit, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(writes_entries_with_mode_and_time, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(never_writes_outside, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(refuses_to_write_twice, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
