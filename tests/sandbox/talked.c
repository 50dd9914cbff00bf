#include "talked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void talked_on_exec(struct sandbox_run *run, uint64_t started_ns, void *data)
{
    struct talked *talked = data;
    talked->starts++;
    talked->started_ns = started_ns;
    if (talked->cancel_on_exec)
        sandbox_run_cancel(run);
}

static void talked_on_output(struct sandbox_run *run, const char *bytes, size_t length, void *data)
{
    struct talked *talked = data;
    talked->early |= talked->starts == 0;
    talked->ends += length == 0;
    text_append(&talked->heard, bytes, length);
    if (talked->cancel_on_output)
        sandbox_run_cancel(run);
}

struct sandbox_spec talked_spec(const char *const *argv)
{
    struct sandbox_spec spec = lab_spec(argv);
    spec.profile = "workload";
    spec.talks = true;
    spec.on_output = talked_on_output;
    spec.on_exec = talked_on_exec;
    spec.limits.wall_ms = 20000;
    return spec;
}

void talked_start_spec(const struct sandbox_spec *spec, struct talked *talked)
{
    *talked = (struct talked){0};
    lab_start(spec, &talked->answer);
    if (talked->answer.err.code)
        fail_msg("%s", talked->answer.err.message);
}

void talked_start(const char *script, struct talked *talked)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct sandbox_spec spec = talked_spec(argv);
    talked_start_spec(&spec, talked);
}

void talked_say(struct talked *talked, const char *words)
{
    struct err err = {0};
    if (sandbox_run_write(talked->answer.run, words, strlen(words), &err) < 0)
        fail_msg("%s", err.message);
}

void talked_hear(struct talked *talked, size_t length)
{
    while (talked->heard.length < length && !talked->answer.over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
}

void talked_expect(struct talked *talked, const char *words)
{
    talked_hear(talked, strlen(words));
    assert_string_equal(text_string(&talked->heard), words);
    text_clear(&talked->heard);
}

void talked_await_start(struct talked *talked)
{
    while (!talked->starts && !talked->answer.over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
}

void talked_wait_ms(uint64_t ms)
{
    const uint64_t end = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end)
        if (!uv_run(&lab_current()->loop, UV_RUN_NOWAIT))
            break;
}

static void talked_forget(struct talked *talked)
{
    assert_false(talked->early);
    text_fini(&talked->heard);
    lab_forget(&talked->answer);
}

void talked_end_with(struct talked *talked, const char *words)
{
    lab_wait(&talked->answer);
    assert_int_equal(talked->answer.err.code, 0);
    assert_memory_equal(talked->answer.words, words, strlen(words));
    assert_int_equal(talked->answer.result.out_length, 0); /* it was handed on */
    talked_forget(talked);
}
