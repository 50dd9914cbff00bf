#include "knocked.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void knocked_copy_program(void)
{
    cleanup_free char *path = memory_format("%s/knocker", lab_current()->layer);
    cleanup_free char *bytes = NULL;
    size_t length;
    struct err err = {0};
    if (folder_read_file(KNOCKER, 64u << 20, &bytes, &length, &err) < 0 ||
        folder_replace_file(path, bytes, length, &err) < 0 || chmod(path, 0755) < 0) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

static void knocked_take_rows(struct knocked *knocked, const struct sandbox_result *result)
{
    knocked->ordered = true;
    for (size_t i = 0; i < result->call_row_count; i++) {
        const struct sandbox_call_row *row = &result->call_rows[i];
        text_printf(&knocked->rows, "%s%s×%" PRIu64, i ? " " : "", row->call, row->count);
        knocked->sum += row->count;
        knocked->ordered &= i == 0 || row->count <= row[-1].count;
        if (strcmp(row->call, "getppid") == 0)
            knocked->getppid = row->count;
        if (strcmp(row->call, "ptrace") == 0)
            knocked->ptrace = row->count;
        if (strcmp(row->call, "execve") == 0)
            knocked->execve = row->count;
    }
}

static void knocked_on_end(struct sandbox_run *run, const struct sandbox_result *result,
                           const struct err *err, void *data)
{
    struct knocked *knocked = data;
    char *error;
    (void)run;
    knocked->over = true;
    if (err->code) {
        snprintf(knocked->ending, sizeof knocked->ending, "%.120s", err->message);
        return;
    }
    knocked_take_rows(knocked, result);
    knocked->calls = result->calls;
    knocked->usage = result->usage;
    sandbox_describe_end(result, knocked->ending, sizeof knocked->ending);
    sandbox_result_take(result, &knocked->out, &error);
    free(error);
}

void knocked_run(const struct sandbox_spec *spec, struct knocked *knocked)
{
    struct sandbox_run *run;
    struct err err = {0};
    *knocked = (struct knocked){0};
    assert_int_equal(sandbox_run_start(lab_current()->sandbox, spec, knocked_on_end, knocked, &run, &err), 0);
    while (!knocked->over)
        uv_run(&lab_current()->loop, UV_RUN_ONCE);
}

void knocked_forget(struct knocked *knocked)
{
    free(knocked->out);
    knocked->out = NULL;
    text_fini(&knocked->rows);
}
