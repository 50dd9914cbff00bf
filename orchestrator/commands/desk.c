#include "orchestrator/commands/desk.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/report/report.h"
#include "orchestrator/report/store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DESK_REPORT_MAX ((size_t)256 << 20)

static int desk_load(struct desk *desk, struct err *err)
{
    const char *file = cli_option(desk->arguments, CLI_OPTION_REPORT);
    const char *prefix = desk->arguments->positional_count ? desk->arguments->positional[0] : NULL;
    cleanup_free char *folder = output_reports_folder(desk->session.state);
    cleanup_free char *id = NULL;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    if (!file == !prefix)
        return err_set(err, ERR_INVALID, "name one report: its ID, or --report FILE");
    if (file ? folder_read_file(file, DESK_REPORT_MAX, &bytes, &length, err) < 0
             : store_find(folder, prefix, &id, &bytes, &length, err) < 0)
        return err->code;
    if (report_view_parse(bytes, length, &desk->document, &desk->digest, err) < 0)
        return err_wrap(err, "%s", file ? file : id);
    desk->is_ours = id != NULL;
    return 0;
}

int desk_review(struct desk *desk, struct err *err)
{
    const struct review_request request = {
        .document = desk->document,
        .digest = &desk->digest,
        .files = cli_options(desk->arguments, CLI_OPTION_DECISION),
        .head = cli_option(desk->arguments, CLI_OPTION_HEAD),
        .patch = cli_option(desk->arguments, CLI_OPTION_PATCH),
        .now_s = (int64_t)time(NULL),
        .decides = true,
    };
    review_fini(&desk->review);
    return review_open(&desk->review, &desk->standing, &request, err);
}

struct standing_source desk_standing_source(const struct session *session)
{
    return (struct standing_source){
        .repository = session->repository,
        .settings = &session->settings,
        .outside = session->has_outside ? &session->outside : NULL,
        .policies = session->paths.policies,
        .state = session->state,
    };
}

int desk_open(struct desk *desk, const struct cli_arguments *arguments, struct err *err)
{
    *desk = (struct desk){.arguments = arguments};
    if (session_open(&desk->session, cli_option(arguments, CLI_OPTION_REPO),
                     cli_option(arguments, CLI_OPTION_CONFIG), true, err) < 0 ||
        desk_load(desk, err) < 0)
        return err->code;
    const struct standing_source source = desk_standing_source(&desk->session);
    if (standing_open(&desk->standing, &source, err) < 0)
        return err->code;
    return desk_review(desk, err);
}

void desk_close(struct desk *desk)
{
    review_fini(&desk->review);
    standing_close(&desk->standing);
    cJSON_Delete(desk->document);
    session_close(&desk->session);
}

int desk_record(const struct desk *desk, enum ledger_kind kind, const char *body, struct ledger_head *head,
                struct err *err)
{
    struct ledger *ledger = NULL;
    const struct ledger_entry entry = {.kind = kind,
                                       .candidate = desk->review.subject.id,
                                       .subject = desk->review.subject.report,
                                       .body = body};
    if (!desk->is_ours)
        return 0;
    int code = ledger_open(&ledger, desk->session.state, NULL, err);
    if (code == 0)
        code = ledger_append(ledger, &entry, 1, head, err);
    ledger_close(ledger);
    return code;
}

void desk_print_notes(const char *notes)
{
    for (const char *at = notes; *at;) {
        size_t length = strcspn(at, "\n");
        fprintf(stderr, "cupel: note: %.*s\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

int desk_run(const struct cli_arguments *arguments, int (*command)(struct desk *, struct err *))
{
    struct desk desk;
    struct err err = {0};
    int status = desk_open(&desk, arguments, &err);
    if (status == 0) {
        desk_print_notes(text_string(&desk.review.notes));
        status = command(&desk, &err);
    }
    if (status < 0)
        status = session_fail(&desk.session, &err);
    desk_close(&desk);
    return status;
}
