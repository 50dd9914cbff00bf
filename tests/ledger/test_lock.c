/* Locks between processes, and waiting for them: taken once, never stuck. */
#include "base/memory.h"
#include "orchestrator/ledger/lock.h"
#include "tests/ledger/holder.h"
#include "tests/ledger/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *lock_path(void **state)
{
    return memory_format("%s/" LOCK_NAME, ((struct place *)*state)->folder);
}

static void dies_with_its_process_and_says_whose_it_is(void **state)
{
    struct err err = {0};
    struct lock lock = LOCK_NONE;
    struct lock_owner holder;
    struct stat status;
    int end = -1;
    char *path = lock_path(state);
    pid_t child = holder_start(path, "cupel batch a\033[2Jb\nhost evil", &end);
    assert_int_equal(1, lock_try(&lock, path, "cupel run", &holder, &err));
    assert_int_equal(-1, lock.fd);
    assert_int_equal(child, holder.pid);
    assert_string_equal("cupel batch a?[2Jb?host evil", holder.command);
    assert_int_equal(24, strlen(holder.since));
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    assert_string_equal(host, holder.host);
    char said[512];
    lock_describe(&holder, said, sizeof said);
    char *expected = memory_format("pid %d on %s (cupel batch a?[2Jb?host evil), since %s", (int)child, host,
                                   holder.since);
    assert_string_equal(expected, said);
    free(expected);
    holder_end(child, end, true);
    assert_int_equal(0, lock_try(&lock, path, "cupel run", &holder, &err));
    assert_int_equal(0, stat(path, &status));
    assert_int_equal(0600, status.st_mode & 0777);
    struct lock second = LOCK_NONE;
    assert_int_equal(1, lock_try(&second, path, "cupel run", &holder, &err));
    assert_int_equal(getpid(), holder.pid);
    lock_release(&lock);
    assert_int_equal(0, lock_try(&second, path, "cupel run", &holder, &err));
    lock_release(&second);
    lock_release(&second);
    free(path);
    assert_int_equal(ERR_SYSTEM, lock_try(&lock, "/nowhere/lock", "cupel run", &holder, &err));
    assert_string_equal("make lock /nowhere/lock: No such file or directory", err.message);
}

static void reads_any_bytes_as_an_owner(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *said;
    } cases[] = {
        {"", "a process that has not said who it is"},
        {"pid 12\nhost h\nsince s\ncommand c\n", "pid 12 on h (c), since s"},
        {"pid 12\nhost h\nsince s\ncommand c", "pid 12 on h (c), since s"},
        {"command c\npid 12", "pid 12 on  (c), since "},
        {"pid -4\nhost h", "a process that has not said who it is"},
        {"pid 99999999999999999999\n", "pid 9223372036854775807 on  (), since "},
        {"pid\nhost\n\n\n \npid x", "a process that has not said who it is"},
        {"pid 1\ncommand \xff\x1b[0m", "pid 1 on  (??[0m), since "},
    };
    struct lock_owner owner;
    char said[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lock_parse_owner(cases[i].bytes, strlen(cases[i].bytes), &owner);
        lock_describe(&owner, said, sizeof said);
        assert_string_equal(cases[i].said, said);
    }
}

struct waiting {
    struct lock_wait wait;
    struct lock lock; /* taken over */
    struct err err;   /* as told */
    int done, held;   /* callbacks */
    int64_t holder;   /* pid told last */
    int end;          /* of the holder; closed when it was told of, where ≥ 0 */
    bool cancel;      /* from inside `held` */
};

static void waiting_on_held(void *data, const struct lock_owner *holder)
{
    struct waiting *waiting = data;
    waiting->held++;
    waiting->holder = holder->pid;
    if (waiting->end >= 0)
        close(waiting->end);
    waiting->end = -1;
    if (waiting->cancel)
        lock_wait_cancel(&waiting->wait);
}

static void waiting_on_done(void *data, struct lock *lock, const struct err *err)
{
    struct waiting *waiting = data;
    waiting->done++;
    waiting->err = *err;
    waiting->lock = lock_steal(lock);
}

static void waiting_start(struct waiting *waiting, uv_loop_t *loop, const char *path, uint64_t timeout_ms)
{
    const struct lock_request request = {.path = path,
                                         .command = "cupel run x",
                                         .timeout_ms = timeout_ms,
                                         .held = waiting_on_held,
                                         .done = waiting_on_done,
                                         .data = waiting};
    lock_wait_start(&waiting->wait, loop, &request);
    assert_int_equal(0, waiting->done);
}

static void waits_gives_up_and_is_cancelled(void **state)
{
    struct lock_owner holder;
    struct err err = {0};
    int end = -1;
    uv_loop_t loop;
    uv_loop_init(&loop);
    char *path = lock_path(state);

    struct waiting free_at_once = {.end = -1};
    waiting_start(&free_at_once, &loop, path, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(0, free_at_once.err.code);
    assert_int_equal(0, free_at_once.held);
    lock_release(&free_at_once.lock);

    pid_t child = holder_start(path, "cupel batch a", &end);
    struct waiting too_long = {.end = -1};
    waiting_start(&too_long, &loop, path, 120);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(1, too_long.done);
    assert_int_equal(1, too_long.held); /* told once, not at every try */
    assert_int_equal(child, too_long.holder);
    assert_int_equal(ERR_SYSTEM, too_long.err.code);
    assert_int_equal(1, lock_try(&too_long.lock, path, "", &holder, &err));
    char *line = memory_format("%s is held by pid %d on %s (cupel batch a), since %s; waited 0.1 s", path,
                               (int)child, holder.host, holder.since);
    assert_string_equal(line, too_long.err.message);
    free(line);

    struct waiting cancelled = {.end = -1, .cancel = true};
    waiting_start(&cancelled, &loop, path, LOCK_FOREVER);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(1, cancelled.done);
    assert_int_equal(ERR_CANCELLED, cancelled.err.code);
    assert_int_equal(-1, cancelled.lock.fd);
    struct waiting early = {.end = -1};
    waiting_start(&early, &loop, path, LOCK_FOREVER);
    lock_wait_cancel(&early.wait);
    lock_wait_cancel(&early.wait);
    assert_int_equal(0, early.done);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(1, early.done);
    assert_int_equal(ERR_CANCELLED, early.err.code);

    struct waiting in_the_end = {.end = end};
    waiting_start(&in_the_end, &loop, path, LOCK_FOREVER);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(child, waitpid(child, NULL, 0));
    assert_int_equal(0, in_the_end.err.code);
    assert_int_equal(1, lock_try(&too_long.lock, path, "", &holder, &err));
    assert_int_equal(getpid(), holder.pid);
    lock_release(&in_the_end.lock);
    assert_int_equal(0, uv_loop_close(&loop));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dies_with_its_process_and_says_whose_it_is, place_make, place_remove),
        cmocka_unit_test(reads_any_bytes_as_an_owner),
        cmocka_unit_test_setup_teardown(waits_gives_up_and_is_cancelled, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
