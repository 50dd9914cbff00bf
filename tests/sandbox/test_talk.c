/* Conversations: everything said arrives, in both directions, and nothing that a program does blocks us. */
#include "talked.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void test_a_thousand_lines(void **state)
{
    const uint64_t before = uv_hrtime();
    struct talked talked;
    (void)state;
    talked_start("while read line; do echo \"so $line\"; echo aside >&2; done; echo bye", &talked);
    for (int i = 0; i < 1000; i++) {
        char said[32];
        char heard[32];
        snprintf(said, sizeof said, "line %d\n", i);
        snprintf(heard, sizeof heard, "so line %d\n", i);
        talked_say(&talked, said);
        talked_expect(&talked, heard);
    }
    assert_int_equal(talked.starts, 1);
    assert_true(talked.started_ns > before && talked.started_ns < uv_hrtime());
    sandbox_run_end_input(talked.answer.run);
    sandbox_run_end_input(talked.answer.run);
    talked_expect(&talked, "bye\n");
    lab_wait(&talked.answer);
    assert_int_equal(talked.answer.result.error_length, 6000);
    assert_true(talked.answer.result.wall_ns > 0);
    talked_end_with(&talked, "exit status 0");
}

/* Said before there is a program, and ended at once: all of it arrives. */
static void test_said_at_once(void **state)
{
    struct talked talked;
    (void)state;
    talked_start("cat", &talked);
    for (int i = 0; i < 10; i++)
        talked_say(&talked, "early\n");
    sandbox_run_end_input(talked.answer.run);
    lab_wait(&talked.answer);
    assert_int_equal(talked.heard.length, 60);
    assert_int_equal(talked.starts, 1);
    talked_end_with(&talked, "exit status 0");
}

static void test_a_huge_line_both_ways(void **state)
{
    static const char *const argv[] = {"cat", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    cleanup_free char *line = memory_zeroed(TALKED_LONG);
    struct talked talked;
    struct err err = {0};
    (void)state;
    spec.limits.output_bytes = TALKED_LONG;
    for (size_t i = 0; i < TALKED_LONG; i++)
        line[i] = (char)('a' + i * 7 % 23 + i / 4096 % 3);
    line[TALKED_LONG - 1] = '\n';
    talked_start_spec(&spec, &talked);
    for (int i = 0; i < 3; i++) {
        /* In two pieces, the second behind a queue. */
        assert_int_equal(sandbox_run_write(talked.answer.run, line, TALKED_LONG / 2, &err), 0);
        assert_int_equal(
            sandbox_run_write(talked.answer.run, line + TALKED_LONG / 2, TALKED_LONG - TALKED_LONG / 2, &err),
            0);
        assert_true(sandbox_run_unsent(talked.answer.run) > 0);
        talked_hear(&talked, TALKED_LONG);
        assert_int_equal(talked.heard.length, TALKED_LONG);
        assert_memory_equal(talked.heard.data, line, TALKED_LONG);
        assert_int_equal(sandbox_run_unsent(talked.answer.run), 0);
        text_clear(&talked.heard);
        sandbox_run_allow_output(talked.answer.run, TALKED_LONG);
    }
    assert_int_equal(sandbox_run_write(talked.answer.run, line, TALKED_LONG, &err), 0);
    sandbox_run_end_input(talked.answer.run); /* behind what is queued */
    lab_wait(&talked.answer);
    assert_int_equal(talked.heard.length, TALKED_LONG);
    assert_memory_equal(talked.heard.data, line, TALKED_LONG);
    talked_end_with(&talked, "exit status 0");
}

/* As an owner does who says the next thing as soon as it hears the last. */
static void talk_on_ball(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    struct talked *talked = data;
    struct err err = {0};
    text_append(&talked->heard, bytes, length);
    sandbox_run_allow_output(run, 5);
    if (talked->heard.length == 5000)
        sandbox_run_end_input(run);
    else if (length && talked->heard.length % 5 == 0)
        assert_int_equal(sandbox_run_write(run, "ball\n", 5, &err), 0);
}

static void test_said_from_inside(void **state)
{
    static const char *const argv[] = {"cat", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    struct talked talked;
    (void)state;
    spec.on_output = talk_on_ball;
    spec.on_exec = NULL;
    talked_start_spec(&spec, &talked);
    talked_say(&talked, "ball\n");
    lab_wait(&talked.answer);
    assert_int_equal(talked.heard.length, 5000);
    talked_end_with(&talked, "exit status 0");
}

/* Opened anew by their names in /dev. */
static void test_streams_by_name(void **state)
{
    struct talked talked;
    (void)state;
    talked_start("cat /dev/stdin >/dev/stdout; echo aside >/dev/stderr", &talked);
    talked_say(&talked, "by name\n");
    talked_expect(&talked, "by name\n");
    sandbox_run_end_input(talked.answer.run);
    lab_wait(&talked.answer);
    assert_string_equal(talked.answer.result.error, "aside\n");
    talked_end_with(&talked, "exit status 0");
}

static void test_nobody_reads(void **state)
{
    static const char *const argv[] = {"sleep", "20", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    cleanup_free char *bytes = memory_zeroed(TALKED_LONG);
    struct talked talked;
    struct err err = {0};
    (void)state;
    spec.limits.wall_ms = 300;
    talked_start_spec(&spec, &talked);
    assert_int_equal(sandbox_run_write(talked.answer.run, bytes, TALKED_LONG, &err), 0);
    assert_int_equal(sandbox_run_write(talked.answer.run, bytes, 1, &err), 0);
    sandbox_run_end_input(talked.answer.run);
    talked_await_start(&talked);
    assert_true(sandbox_run_unsent(talked.answer.run) >= TALKED_LONG / 2);
    assert_int_equal(sandbox_run_write(talked.answer.run, bytes, 1, &err), ERR_INVALID);
    assert_string_equal(err.message, "write to a run: its input was ended");
    talked_end_with(&talked, "timed out");
}

/* A signal for a broken pipe would end us, or be left for later. */
static void test_nobody_can_read(void **state)
{
    cleanup_free char *bytes = memory_zeroed(TALKED_LONG);
    struct talked talked;
    struct err err = {0};
    sigset_t pending;
    (void)state;
    for (int i = 0; i < 2; i++) {
        talked_start("read line; exec 0<&-; echo closed; sleep 0.2; exit 9", &talked);
        talked_say(&talked, "go\n");
        if (i) /* or what is queued breaks */
            assert_int_equal(sandbox_run_write(talked.answer.run, bytes, TALKED_LONG, &err), 0);
        talked_expect(&talked, "closed\n");
        talked_wait_ms(50); /* process 1 has had a copy */
        assert_int_equal(sandbox_run_write(talked.answer.run, bytes, TALKED_LONG, &err), 0);
        assert_int_equal(sandbox_run_unsent(talked.answer.run), 0);
        assert_int_equal(sandbox_run_write(talked.answer.run, bytes, 1, &err), 0);
        sigpending(&pending);
        assert_false(sigismember(&pending, SIGPIPE));
        talked_end_with(&talked, "exit status 9");
    }
}

static void test_stdout_is_closed(void **state)
{
    struct talked talked;
    (void)state;
    talked_start("echo last; exec >&-; read line; exit 7", &talked);
    talked_expect(&talked, "last\n");
    while (!talked.ends && !talked.answer.over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    assert_false(talked.answer.over);
    talked_say(&talked, "and yet\n");
    lab_wait(&talked.answer);
    assert_int_equal(talked.ends, 1);
    talked_end_with(&talked, "exit status 7");
}

static void test_death_in_a_line(void **state)
{
    struct talked talked;
    (void)state;
    talked_start("read line; printf 'half a li'; kill -KILL $$", &talked);
    talked_say(&talked, "go\n");
    talked_expect(&talked, "half a li");
    lab_wait(&talked.answer);
    talked_end_with(&talked, "killed by SIGKILL");
}

static void test_flood(void **state)
{
    static const char *const argv[] = {"sh", "-c", "read line; yes flood", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    struct talked talked;
    (void)state;
    spec.limits.output_bytes = 100000;
    for (int i = 0; i < 2; i++) {
        talked_start_spec(&spec, &talked);
        if (i)
            sandbox_run_allow_output(talked.answer.run, 33);
        talked_say(&talked, "go\n");
        lab_wait(&talked.answer);
        assert_int_equal(talked.heard.length, i ? 33 : 100000);
        assert_true(talked.answer.result.out_cut);
        assert_memory_equal(talked.heard.data, "flood\nflood\n", 12);
        talked_end_with(&talked, "killed for too much output");
    }
}

/* Its benign twin says more in all, but never too much at once. */
static void test_much_is_said_in_all(void **state)
{
    static const char *const argv[] = {"cat", NULL};
    struct sandbox_spec spec = talked_spec(argv);
    struct talked talked;
    (void)state;
    spec.limits.output_bytes = 5;
    talked_start_spec(&spec, &talked);
    for (int i = 0; i < 100; i++) {
        talked_say(&talked, "five\n");
        talked_expect(&talked, "five\n");
        sandbox_run_allow_output(talked.answer.run, 5);
    }
    sandbox_run_end_input(talked.answer.run);
    talked_end_with(&talked, "exit status 0");
}

static void test_children_keep_the_pipes(void **state)
{
    struct talked talked;
    (void)state;
    talked_start("read line; sleep 20 & (setsid sleep 20 &) ; echo forked", &talked);
    talked_say(&talked, "go\n");
    talked_expect(&talked, "forked\n");
    lab_wait(&talked.answer);
    assert_int_equal(talked.answer.result.leftovers, 2);
    talked_end_with(&talked, "exit status 0");
}

static void test_program_that_is_not_there(void **state)
{
    static const char *const argv[] = {"/no/such/program", NULL};
    const struct sandbox_spec spec = talked_spec(argv);
    struct talked talked;
    (void)state;
    talked_start_spec(&spec, &talked);
    talked_say(&talked, "anybody?\n");
    lab_wait(&talked.answer);
    assert_int_equal(talked.starts, 0);
    assert_int_equal(talked.heard.length, 0);
    talked_end_with(&talked, "could not be started: No such file");
}

static void test_two_at_once(void **state)
{
    static const char *const argv[] = {"cat", NULL};
    struct talked talked[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct sandbox_spec spec = talked_spec(argv);
        spec.slot = i;
        talked_start_spec(&spec, &talked[i]);
    }
    for (int i = 0; i < 50; i++) {
        talked_say(&talked[0], "left\n");
        talked_say(&talked[1], "right\n");
        talked_expect(&talked[1], "right\n");
        talked_expect(&talked[0], "left\n");
    }
    for (unsigned i = 0; i < 2; i++) {
        sandbox_run_end_input(talked[i].answer.run);
        talked_end_with(&talked[i], "exit status 0");
    }
}

static void talk_refuse(const struct sandbox_spec *spec)
{
    struct lab_answer answer;
    lab_start(spec, &answer);
    assert_int_equal(answer.err.code, ERR_INVALID);
    assert_string_equal(answer.err.message,
                        "a conversation, and only that, has its input written and its output called");
}

static void test_mistakes(void **state)
{
    static const char *const argv[] = {"cat", NULL};
    struct sandbox_spec specs[5];
    struct lab_answer answer;
    struct err err = {0};
    uint64_t figure;
    (void)state;
    for (size_t i = 0; i < 4; i++)
        specs[i] = talked_spec(argv);
    specs[0].on_output = NULL;
    specs[1].stdin_file = "/dev/null";
    specs[2].stdin_bytes = "x";
    specs[2].stdin_length = 1;
    specs[3].talks = false;
    for (size_t i = 0; i < 4; i++)
        talk_refuse(&specs[i]);
    const struct sandbox_spec plain = lab_spec(argv);
    lab_start(&plain, &answer);
    assert_int_equal(sandbox_run_write(answer.run, "x", 1, &err), ERR_INVALID);
    assert_string_equal(err.message, "write to a run: it is no conversation");
    assert_int_equal(sandbox_run_usage(answer.run, &figure, &err), ERR_INVALID);
    assert_string_equal(err.message, "read the CPU time of a run: it is no conversation");
    assert_int_equal(sandbox_run_peak(answer.run, &figure, &err), ERR_INVALID);
    lab_wait(&answer);
    lab_forget(&answer);
}

static int talk_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_lines),
        cmocka_unit_test(test_said_at_once),
        cmocka_unit_test(test_a_huge_line_both_ways),
        cmocka_unit_test(test_said_from_inside),
        cmocka_unit_test(test_streams_by_name),
        cmocka_unit_test(test_nobody_reads),
        cmocka_unit_test(test_nobody_can_read),
        cmocka_unit_test(test_stdout_is_closed),
        cmocka_unit_test(test_death_in_a_line),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_much_is_said_in_all),
        cmocka_unit_test(test_children_keep_the_pipes),
        cmocka_unit_test(test_program_that_is_not_there),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(talk_tests);
}
