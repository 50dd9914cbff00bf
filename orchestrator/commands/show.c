/* `cupel list` and `cupel show ID`: stored reports, as views over their canonical bytes. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/attribution/shelf.h"
#include "orchestrator/batch/ranking.h"
#include "orchestrator/commands/chain.h"
#include "orchestrator/commands/decided.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/commands/session.h"
#include "orchestrator/report/store.h"

#include <stdio.h>
#include <string.h>

#define SHOW_PREFIX_LEAST 4 /* digits of a batch's id, as of a report's */

/* A stored report, parsed and given the members of a view; cJSON_Delete() it. */
static int show_load(const char *folder, const char *prefix, struct decided *decided, cJSON **view,
                     struct err *err)
{
    cleanup_free char *id = NULL;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    cJSON *document = NULL;
    struct digest digest;
    if (store_find(folder, prefix, &id, &bytes, &length, err) < 0)
        return err->code;
    if (report_view_parse(bytes, length, &document, &digest, err) < 0)
        return err_wrap(err, "stored report %s", id);
    *view = report_view(document, &digest, 1, decided_state(decided, document, &digest));
    cJSON_Delete(document);
    return 0;
}

static const char *show_member(const cJSON *object, const char *key)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return value ? value : "";
}

static void list_print_row(const cJSON *view)
{
    const cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(view, "candidates"), 0);
    cleanup_text struct text name = {0};
    const char *state = show_member(cJSON_GetObjectItemCaseSensitive(candidate, "sign_off"), "state");
    const char *verdict = show_member(candidate, "verdict");
    /* Nobody waits for a decision on what can't be approved. */
    bool waits = strcmp(verdict, verdict_name(VERDICT_RECOMMENDED)) == 0;
    report_escape_terminal(&name, show_member(candidate, "name"), 60);
    printf("%-12s  %.16s  %-18s  %-8s  %s\n", show_member(candidate, "id"), show_member(view, "created"),
           verdict, waits || strcmp(state, "awaiting") != 0 ? state : "", text_string(&name));
}

static int list_print_batch(struct past_batch *batch, void *data, struct err *err)
{
    const char *created = show_member(batch->body, "created");
    (void)data, (void)err;
    if (batch->closed)
        printf("%-12s  %.16s  batch: cupel show %s\n", batch->id, created, batch->id);
    else
        printf("%-12s  %.16s  batch, unfinished: cupel batch --resume %s\n", batch->id, created, batch->id);
    return 0;
}

/* What the ledger knows of batches; a repository where nothing was evaluated has none. */
static int list_batches(struct session *session, struct err *err)
{
    struct ledger *ledger;
    const struct ledger_options options = {.read_only = true};
    int result = ledger_open(&ledger, session->state, &options, err);
    if (result < 0)
        return result == ERR_NOT_FOUND ? 0 : result;
    result = past_each(ledger, list_print_batch, NULL, err);
    ledger_close(ledger);
    return result < 0 ? result : 0;
}

static int list_reports(struct session *session, const struct cli_arguments *arguments, struct err *err)
{
    struct store_entry *entries = NULL;
    size_t count = 0;
    cleanup_free char *folder = output_reports_folder(session->state);
    if (store_list(folder, &entries, &count, err) < 0)
        return err->code;
    struct decided decided;
    decided_open(&decided, session);
    decided_print_notes(&decided);
    cJSON *all = cJSON_CreateArray();
    int result = cli_flag(arguments, CLI_OPTION_JSON) ? 0 : list_batches(session, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        cJSON *view = NULL;
        result = show_load(folder, entries[i].id, &decided, &view, err);
        if (view && !cli_flag(arguments, CLI_OPTION_JSON))
            list_print_row(view);
        if (view)
            cJSON_AddItemToArray(all, view);
    }
    if (result == 0 && cli_flag(arguments, CLI_OPTION_JSON))
        output_print_view(all, "json");
    else if (result == 0 && count == 0)
        puts("No evaluations of this repository yet: cupel run CANDIDATE");
    decided_close(&decided);
    cJSON_Delete(all);
    free(entries);
    return result;
}

/* What is known of the candidate's parts. */
static void show_attribution(const struct session *session, cJSON *view)
{
    const cJSON *candidate = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(view, "candidates"), 0);
    report_view_attribute(
        view, shelf_read(session->state, show_member(candidate, "id"), show_member(candidate, "digest")));
}

static int list_in_session(struct session *session, const struct cli_arguments *arguments, struct err *err)
{
    const char *against = cli_option(arguments, CLI_OPTION_AGAINST);
    if (against)
        return chain_check(session->state, against, err);
    if (cli_flag(arguments, CLI_OPTION_CHECKPOINT))
        return chain_print_checkpoint(session->state, err);
    return list_reports(session, arguments, err);
}

/* The ranked report of a batch, where the ID is one's; ERR_NOT_FOUND where it is none's. */
static int show_batch(struct session *session, const struct cli_arguments *arguments, const char *folder,
                      struct decided *decided, struct err *err)
{
    struct ledger *ledger;
    struct past_batch past;
    const struct ledger_options options = {.read_only = true};
    if (ledger_open(&ledger, session->state, &options, err) < 0)
        return err->code;
    int result = past_find(ledger, arguments->positional[0], &past, err);
    if (result == 0) {
        const struct ranking_input input = {.ledger = ledger,
                                            .reports = folder,
                                            .batch = &past,
                                            .state_of = decided_state_of,
                                            .data = decided};
        result = output_print_batch(&input, arguments, err);
        past_batch_fini(&past);
    }
    ledger_close(ledger);
    return result;
}

static void show_print(const struct session *session, const struct cli_arguments *arguments, cJSON *view)
{
    show_attribution(session, view);
    output_print_view(view, cli_flag(arguments, CLI_OPTION_JSON) ? "json"
                                                                 : cli_option(arguments, CLI_OPTION_FORMAT));
    cJSON_Delete(view);
}

static int show_report(struct session *session, const struct cli_arguments *arguments, struct err *err)
{
    cJSON *view = NULL;
    const char *id = arguments->positional[0];
    cleanup_free char *folder = output_reports_folder(session->state);
    struct decided decided;
    struct err no_batch = {0};
    decided_open(&decided, session);
    int result = show_load(folder, id, &decided, &view, err);
    if (result == ERR_NOT_FOUND && strlen(id) >= SHOW_PREFIX_LEAST) {
        int found = show_batch(session, arguments, folder, &decided, &no_batch);
        if (found < 0 && found != ERR_NOT_FOUND)
            *err = no_batch;
        result = found == ERR_NOT_FOUND ? result : found;
    }
    if (result == 0)
        decided_print_notes(&decided);
    decided_close(&decided);
    if (result == 0 && view)
        show_print(session, arguments, view);
    return result;
}

static int show_in_session(const struct cli_arguments *arguments,
                           int (*command)(struct session *, const struct cli_arguments *, struct err *))
{
    struct session session;
    struct err err = {0};
    int status = 0;
    if (session_open(&session, cli_option(arguments, CLI_OPTION_REPO),
                     cli_option(arguments, CLI_OPTION_CONFIG), true, &err) < 0 ||
        command(&session, arguments, &err) < 0) {
        status = session_fail(&session, &err);
    }
    session_close(&session);
    return status;
}

int command_list(const struct cli_arguments *arguments)
{
    return show_in_session(arguments, list_in_session);
}

int command_show(const struct cli_arguments *arguments)
{
    return show_in_session(arguments, show_report);
}
