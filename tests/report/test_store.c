/* Reports on the disk: whole or not at all, immutable, found by the beginning of their id. */
#include "orchestrator/report/store.h"

#include "base/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char root[64];   /* temporary folder */
    char folder[96]; /* where the reports go: does not exist yet */
};

static int place_make(void **state)
{
    struct place *place = MEMORY_NEW(struct place);
    strcpy(place->root, "/tmp/cupel-store-XXXXXX");
    if (!mkdtemp(place->root))
        return -1;
    snprintf(place->folder, sizeof place->folder, "%s/state/reports", place->root);
    *state = place;
    return 0;
}

static int place_remove(void **state)
{
    struct place *place = *state;
    char *command = memory_format("rm -rf '%s'", place->root);
    int status = system(command);
    free(command);
    free(place);
    return status;
}

static void assert_error(int code, const char *message, int status, const struct err *err)
{
    assert_string_equal(message, err->message);
    assert_int_equal(code, status);
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

static void store_keeps_and_finds(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct stat status;
    char *id = NULL;
    char *bytes = NULL;
    size_t length = 0;
    assert_int_equal(0, store_write(place->folder, "abcd00112233", "{\"a\":1}", 7, &err));
    assert_int_equal(0, store_write(place->folder, "abcd00112233", "{\"a\":1}", 7, &err));
    assert_int_equal(0, stat(place->folder, &status));
    assert_int_equal(0700, status.st_mode & 0777);
    assert_int_equal(0, store_find(place->folder, "abcd", &id, &bytes, &length, &err));
    assert_string_equal("abcd00112233", id);
    assert_string_equal("{\"a\":1}", bytes);
    assert_int_equal(7, length);
    free(id);
    free(bytes);
    assert_int_equal(1, files_in(place->folder));
}

static void store_never_changes_a_report(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    char *id = NULL;
    char *bytes = NULL;
    size_t length = 0;
    assert_int_equal(0, store_write(place->folder, "abcd00112233", "old", 3, &err));
    assert_error(ERR_INVALID, "report abcd00112233.json is there already with other content",
                 store_write(place->folder, "abcd00112233", "new", 3, &err), &err);
    assert_int_equal(0, store_find(place->folder, "abcd00112233", &id, &bytes, &length, &err));
    assert_string_equal("old", bytes);
    free(id);
    free(bytes);
    assert_int_equal(1, files_in(place->folder));
}

static void store_refuses_ids_that_are_paths(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    static const char *const ids[] = {"../../etc/x", "ABCD", "", "abcd/ef", "abcd.json"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char *message = memory_format("\"%s\" is no report id", ids[i]);
        assert_error(ERR_INVALID, message, store_write(place->folder, ids[i], "x", 1, &err), &err);
        free(message);
    }
}

static void store_names_what_is_ambiguous(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    char *id = NULL;
    char *bytes = NULL;
    size_t length = 0;
    assert_error(ERR_NOT_FOUND, "there is no report abcd; cupel list shows those that are",
                 store_find(place->folder, "abcd", &id, &bytes, &length, &err), &err);
    assert_int_equal(0, store_write(place->folder, "abcd01", "1", 1, &err));
    assert_int_equal(0, store_write(place->folder, "abcd02", "2", 1, &err));
    assert_int_equal(ERR_INVALID, store_find(place->folder, "abcd", &id, &bytes, &length, &err));
    assert_non_null(strstr(err.message, "2 reports begin with abcd: "));
    assert_non_null(strstr(err.message, "abcd01"));
    assert_non_null(strstr(err.message, "abcd02"));
    assert_error(ERR_INVALID, "\"abc\" is no report id: at least four of its hexadecimal digits",
                 store_find(place->folder, "abc", &id, &bytes, &length, &err), &err);
    assert_null(bytes);
}

static void store_lists_newest_first_and_only_reports(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store_entry *entries = NULL;
    size_t count = 1;
    char path[160];
    assert_int_equal(0, store_list(place->folder, &entries, &count, &err));
    assert_int_equal(0, count);
    static const char *const ids[] = {"aaaa01", "aaaa02", "aaaa03"};
    for (size_t i = 0; i < 3; i++) {
        struct timespec times[2] = {{.tv_sec = 1000 + (time_t)i}, {.tv_sec = 1000 + (time_t)i}};
        assert_int_equal(0, store_write(place->folder, ids[i], "xx", 2, &err));
        snprintf(path, sizeof path, "%s/%s.json", place->folder, ids[i]);
        assert_int_equal(0, utimensat(AT_FDCWD, path, times, 0));
    }
    snprintf(path, sizeof path, "%s/aaaa04.json", place->folder);
    assert_int_equal(0, symlink("/etc/passwd", path));
    snprintf(path, sizeof path, "%s/README.json", place->folder);
    assert_int_equal(0, mkdir(path, 0700));
    assert_int_equal(0, store_list(place->folder, &entries, &count, &err));
    assert_int_equal(3, count);
    assert_string_equal("aaaa03", entries[0].id);
    assert_string_equal("aaaa01", entries[2].id);
    assert_int_equal(1000000000000, entries[2].written_ns);
    assert_int_equal(2, entries[2].length);
    free(entries);
}

static void store_says_which_folder_it_cannot_make(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    char path[160];
    char message[256];
    snprintf(path, sizeof path, "%s/file", place->root);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    snprintf(path, sizeof path, "%s/file/reports", place->root);
    snprintf(message, sizeof message, "make folder %s: Not a directory", path);
    assert_error(ERR_SYSTEM, message, store_write(path, "abcd01", "x", 1, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_keeps_and_finds, place_make, place_remove),
        cmocka_unit_test_setup_teardown(store_never_changes_a_report, place_make, place_remove),
        cmocka_unit_test_setup_teardown(store_refuses_ids_that_are_paths, place_make, place_remove),
        cmocka_unit_test_setup_teardown(store_names_what_is_ambiguous, place_make, place_remove),
        cmocka_unit_test_setup_teardown(store_lists_newest_first_and_only_reports, place_make, place_remove),
        cmocka_unit_test_setup_teardown(store_says_which_folder_it_cannot_make, place_make, place_remove),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
