/* Logs, working folders and the identity of what was built. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/build_log.h"
#include "orchestrator/arms/identity.h"
#include "orchestrator/arms/workroom.h"
#include "tests/base/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static void put(const char *name, const char *bytes)
{
    struct err err = {0};
    cleanup_free char *path = scratch_path(name);
    cleanup_free char *parent = memory_copy_string(path);
    *strrchr(parent, '/') = '\0';
    assert_int_equal(folder_make(parent, 0755, &err), 0);
    assert_int_equal(folder_replace_file(path, bytes, strlen(bytes), &err), 0);
}

static bool same(const char *a, const char *b)
{
    struct err err = {0};
    struct digest digests[2];
    cleanup_free char *left = scratch_path(a);
    cleanup_free char *right = scratch_path(b);
    assert_int_equal(identity_digest_folder(left, NULL, &digests[0], &err), 0);
    assert_int_equal(identity_digest_folder(right, NULL, &digests[1], &err), 0);
    return memcmp(&digests[0], &digests[1], sizeof digests[0]) == 0;
}

static void equal_builds_are_equal_wherever_they_stand(void **state)
{
    (void)state;
    put("a/bin/tool", "x");
    put("a/lib", "y");
    put("longer-name/lib", "y");
    put("longer-name/bin/tool", "x");
    assert_true(same("a", "longer-name"));
}

static void any_difference_counts(void **state)
{
    (void)state;
    static const char *const edits[][2] = {{"b/tool", "xx"}, {"b/other", "x"}, {"b/tool/inner", "x"}};
    put("a/tool", "x");
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct err err = {0};
        cleanup_free char *path = memory_format("%s/b", scratch);
        assert_int_equal(folder_remove(path, &err), 0);
        put(edits[i][0], edits[i][1]);
        assert_false(same("a", "b"));
    }
}

static void modes_and_links_count(void **state)
{
    (void)state;
    put("a/tool", "x");
    put("b/tool", "x");
    cleanup_free char *tool = memory_format("%s/b/tool", scratch);
    assert_true(same("a", "b"));
    assert_int_equal(chmod(tool, 0755), 0);
    assert_false(same("a", "b"));
    assert_int_equal(unlink(tool), 0);
    assert_int_equal(symlink("x", tool), 0);
    assert_false(same("a", "b"));
}

static void put_sparse(const char *name, off_t size, off_t place)
{
    cleanup_free char *path = scratch_path(name);
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(pwrite(fd, "x", 1, place), 1);
}

/* A terabyte of holes is compared at once, by size and by what is written where. */
static void holes_cost_nothing(void **state)
{
    (void)state;
    const off_t huge = (off_t)1 << 40;
    cleanup_free char *zeros = memory_zeroed(1 << 20);
    put("a/x", "x");
    put("b/x", "x");
    put_sparse("a/sparse", huge, huge / 2);
    put_sparse("b/sparse", huge, huge / 2);
    assert_true(same("a", "b"));
    put_sparse("b/sparse", huge + 1, huge / 2);
    assert_false(same("a", "b"));
    put_sparse("b/sparse", huge, huge / 2 + (1 << 20));
    assert_false(same("a", "b"));
    /* Zeros are zeros, written or not. */
    put_sparse("a/sparse", 1 << 20, 7);
    zeros[7] = 'x';
    cleanup_free char *path = memory_format("%s/b/sparse", scratch);
    struct err err = {0};
    assert_int_equal(folder_replace_file(path, zeros, 1 << 20, &err), 0);
    assert_true(same("a", "b"));
}

static void make_numbered(int number)
{
    struct err err = {0};
    cleanup_free char *path = memory_format("%s/tree/%d", scratch, number);
    assert_int_equal(folder_make(path, 0755, &err), 0);
}

struct patience {
    size_t asked; /* so far */
    size_t most;  /* yes from then on */
};

static bool patience_is_over(const void *data)
{
    struct patience *patience = *(struct patience *const *)data;
    return patience->asked++ >= patience->most;
}

/* 20 folders of 20 files, and one file of 40 blocks: whenever it says yes, nothing more is asked. */
static void a_comparison_can_be_cancelled_anywhere(void **state)
{
    (void)state;
    struct err err = {0};
    struct digest digest;
    struct patience patience = {.most = SIZE_MAX};
    struct patience *asked = &patience;
    const struct identity_watch watch = {patience_is_over, &asked};
    cleanup_free char *large = memory_zeroed(40 * 65536);
    cleanup_free char *tree = memory_format("%s/tree", scratch);
    memset(large, 'x', 40 * 65536 - 1);
    put("tree/10/large", large);
    for (int i = 0; i < 400; i++) {
        char name[32];
        if (i % 20 == 0)
            make_numbered(i / 20);
        snprintf(name, sizeof name, "tree/%d/%d", i / 20, i % 20);
        put_sparse(name, 1, 0);
    }
    assert_int_equal(identity_digest_folder(tree, &watch, &digest, &err), 0);
    const size_t all = patience.asked;
    assert_true(all > 400 + 40);
    for (size_t most = all - 1; most < all; most -= 7) { /* past 0 it wraps round */
        patience = (struct patience){.most = most};
        err = (struct err){0};
        assert_int_equal(identity_digest_folder(tree, &watch, &digest, &err), ERR_CANCELLED);
        assert_string_equal(err.message, "cancelled");
        assert_int_equal(patience.asked, most + 1);
    }
}

static void only_declared_suffixes_are_compile_only(void **state)
{
    (void)state;
    char c[] = ".c";
    char h[] = ".h";
    char source[] = "a.c";
    char header[] = "b.h";
    char query[] = "queries.sql";
    char *suffixes[] = {c, h, NULL};
    const struct policy policy = {.compile_only_suffixes = suffixes};
    struct candidate_change changes[] = {{.old_path = source, .new_path = source}, {.new_path = header}};
    struct candidate candidate = {.changes = changes, .change_count = 2};
    assert_true(identity_is_compile_only(&candidate, &policy));
    changes[1].old_path = query;
    assert_false(identity_is_compile_only(&candidate, &policy));
    changes[1].old_path = h;
    assert_false(identity_is_compile_only(&candidate, &policy));
}

static void a_held_room_is_kept_and_a_left_one_swept(void **state)
{
    (void)state;
    struct err err = {0};
    struct workroom room;
    assert_int_equal(workroom_open(&room, scratch, &err), 0);
    pid_t child = fork();
    if (child == 0) {
        struct workroom left;
        _exit(workroom_open(&left, scratch, &err) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(workroom_sweep(scratch, &err), 0);
    assert_int_equal(access(room.path, F_OK), 0);
    cleanup_free char *parent = memory_format("%s/work", scratch);
    struct stat folder;
    assert_int_equal(stat(parent, &folder), 0);
    assert_int_equal(folder.st_nlink, 3); /* itself, its name, and the one room that is held */
    assert_int_equal(workroom_close(&room, &err), 0);
    assert_int_equal(stat(parent, &folder), 0);
    assert_int_equal(folder.st_nlink, 2);
}

static void the_first_error_is_shown_and_not_the_tail(void **state)
{
    (void)state;
    cleanup_free char *log = memory_zeroed(200000);
    char *end = stpcpy(log, "cc -c a.c\na.c:3:5: error: expected ';'\n  3 | x\n");
    for (int i = 0; i < 500; i++)
        end = stpcpy(end, "make: waits for another job\n");
    stpcpy(end, "make: *** [all] Error 1\n");
    cleanup_free char *excerpt = build_log_excerpt(log, strlen(log));
    assert_int_equal(strncmp(excerpt, "cc -c a.c\na.c:3:5: error: expected ';'\n", 39), 0);
    assert_null(strstr(excerpt, "***"));
}

static void without_an_error_the_tail_is_shown(void **state)
{
    (void)state;
    cleanup_free char *log = memory_zeroed(20000);
    char *end = log;
    for (int i = 0; i < 100; i++)
        end += sprintf(end, "line %d\n", i);
    cleanup_free char *excerpt = build_log_excerpt(log, strlen(log));
    assert_int_equal(strncmp(excerpt, "line 80\n", 8), 0);
    assert_non_null(strstr(excerpt, "line 99"));
    cleanup_free char *empty = build_log_excerpt("\n\n", 2);
    assert_string_equal(empty, "");
}

static void an_endless_line_is_cut(void **state)
{
    (void)state;
    cleanup_free char *log = memory_zeroed(100001);
    memset(log, 'y', 100000);
    cleanup_free char *tail = build_log_excerpt(log, 100000);
    assert_int_equal(strlen(tail), 4096);
    memcpy(log + 50000, " error: ", 8);
    cleanup_free char *excerpt = build_log_excerpt(log, 100000);
    assert_int_equal(strlen(excerpt), 4096);
    assert_non_null(strstr(excerpt, " error: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_builds_are_equal_wherever_they_stand, scratch_make,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(any_difference_counts, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(modes_and_links_count, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(holes_cost_nothing, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_comparison_can_be_cancelled_anywhere, scratch_make, scratch_remove),
        cmocka_unit_test(only_declared_suffixes_are_compile_only),
        cmocka_unit_test_setup_teardown(a_held_room_is_kept_and_a_left_one_swept, scratch_make,
                                        scratch_remove),
        cmocka_unit_test(the_first_error_is_shown_and_not_the_tail),
        cmocka_unit_test(without_an_error_the_tail_is_shown),
        cmocka_unit_test(an_endless_line_is_cut),
    };
    return cmocka_run_group_tests_name("arms", tests, NULL, NULL);
}
