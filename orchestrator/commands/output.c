#include "orchestrator/commands/output.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/ranking.h"
#include "orchestrator/report/reproductions.h"
#include "orchestrator/report/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

char *output_reports_folder(const char *state)
{
    return memory_format("%s/reports", state);
}

int output_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < 40 ? 40 : size.ws_col > 120 ? 120 : size.ws_col;
}

bool output_has_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

void output_print_view(const cJSON *view, const char *format)
{
    cleanup_text struct text text = {0};
    struct err err = {0};
    /* cJSON's own printer rounds numbers, and the digest would no longer be that of what is printed. */
    if (format && strcmp(format, "json") == 0) {
        int failed = report_canonicalise(view, &text, &err);
        assert(failed == 0);
        (void)failed;
        text_append_char(&text, '\n');
    } else if (format && strcmp(format, "markdown") == 0)
        report_format_markdown(view, &text);
    else
        report_format_text(view, output_has_color(), output_width(), &text);
    fwrite(text_string(&text), 1, text.length, stdout);
}

const char *output_id(const cJSON *document)
{
    const cJSON *candidates = cJSON_GetObjectItemCaseSensitive(document, "candidates");
    const cJSON *candidate = cJSON_GetArrayItem(candidates, 0);
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(candidate, "id"));
}

int output_store(const char *state, const cJSON *document, const struct text *canonical, struct err *err)
{
    cleanup_free char *folder = output_reports_folder(state);
    if (store_write(folder, output_id(document), canonical->data, canonical->length, err) < 0)
        return err_wrap(err, "keep the report");
    return reproductions_keep(folder, document, err);
}

int output_print(const cJSON *document, const struct digest *digest, cJSON *attribution,
                 const struct cli_arguments *arguments, struct err *err)
{
    cJSON *view = report_view(document, digest, 1, "awaiting");
    const char *format = cli_option(arguments, CLI_OPTION_FORMAT);
    report_view_attribute(view, attribution);
    output_print_view(view, cli_flag(arguments, CLI_OPTION_JSON) ? "json" : format);
    cJSON_Delete(view);
    if (fflush(stdout) != 0)
        return err_set(err, ERR_SYSTEM, "the report is kept as %s but could not be printed",
                       output_id(document));
    return 0;
}

static int output_write(const char *bytes, size_t length, void *data, struct err *err)
{
    (void)data;
    return fwrite(bytes, 1, length, stdout) == length ? 0 : err_set_errno(err, errno, "print the report");
}

int output_print_batch(const struct ranking_input *input, const struct cli_arguments *arguments,
                       struct err *err)
{
    cJSON *view = NULL;
    bool json = cli_flag(arguments, CLI_OPTION_JSON);
    const char *format = json ? "json" : cli_option(arguments, CLI_OPTION_FORMAT);
    int result = 0;
    if (format && strcmp(format, "json") == 0)
        result = ranking_write_json(input, output_write, NULL, err);
    else
        result = ranking_view(input, &view, err);
    if (result < 0)
        return result;
    if (view)
        output_print_view(view, format);
    else
        putchar('\n');
    cJSON_Delete(view);
    return fflush(stdout) == 0 ? 0 : err_set(err, ERR_SYSTEM, "the report is kept but could not be printed");
}

static bool output_is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

int output_exit_status(enum verdict verdict, const struct cli_arguments *arguments)
{
    const char *list = cli_option(arguments, CLI_OPTION_FAIL_ON);
    if (!list || verdict == VERDICT_ERROR)
        return verdict_exit_status(verdict);
    return output_is_listed(list, verdict_name(verdict)) ? verdict_exit_status(VERDICT_CONTRACT_BROKEN) : 0;
}

int output_result(cJSON *document, struct text *text, struct err *err)
{
    int code = document ? report_canonicalise(document, text, err) : 0;
    if (code == 0 && document)
        text_append_char(text, '\n');
    cJSON_Delete(document);
    if (code < 0)
        return code;
    fwrite(text_string(text), 1, text->length, stdout);
    return fflush(stdout) == 0 ? 0 : err_set(err, ERR_SYSTEM, "the result could not be printed");
}
