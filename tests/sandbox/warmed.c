#include "warmed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

struct sandbox_warm *warmed;

struct sandbox_spec warmed_spec(const char *const *argv)
{
    struct sandbox_spec spec = lab_spec(argv);
    spec.limits.memory_bytes = WARMED_MEMORY;
    return spec;
}

void warmed_start(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    *answer = (struct lab_answer){.result.workspace_fd = -1};
    if (sandbox_warm_run(warmed, spec, lab_on_end, answer, &answer->run, &answer->err) < 0)
        answer->over = true;
}

void warmed_run(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    warmed_start(spec, answer);
    lab_wait(answer);
}

void warmed_run_well(const struct sandbox_spec *spec, struct lab_answer *answer)
{
    warmed_run(spec, answer);
    if (answer->err.code)
        fail_msg("%d %s", answer->err.code, answer->err.message);
}

void warmed_shell(const char *script, struct lab_answer *answer)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct sandbox_spec spec = warmed_spec(argv);
    warmed_run_well(&spec, answer);
}

int warmed_ask_number(void)
{
    struct lab_answer answer;
    warmed_shell("echo $$", &answer);
    assert_int_equal(answer.err.code, 0);
    assert_string_equal(answer.words, "exit status 0");
    int number = atoi(answer.result.out);
    lab_forget(&answer);
    return number;
}

void warmed_on_closed(void *data)
{
    *(bool *)data = true;
}

int warmed_open(void **state)
{
    (void)state;
    warmed = sandbox_warm_open(lab_current()->sandbox);
    return 0;
}

int warmed_close(void **state)
{
    bool closed = false;
    (void)state;
    sandbox_warm_close(warmed, warmed_on_closed, &closed);
    assert_false(closed); /* never from inside */
    while (!closed)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
    return 0;
}
