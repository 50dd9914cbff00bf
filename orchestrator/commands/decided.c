#include "orchestrator/commands/decided.h"

#include "base/cleanup.h"
#include "orchestrator/commands/desk.h"
#include "orchestrator/report/report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void decided_note(struct decided *decided, const struct err *why)
{
    text_append_string(&decided->notes, "whether it is approved can't be told: ");
    report_escape_terminal(&decided->notes, why->message, ERR_MESSAGE_MAX);
    text_append_char(&decided->notes, '\n');
}

void decided_open(struct decided *decided, const struct session *session)
{
    struct err why = {0};
    *decided = (struct decided){0};
    const struct standing_source source = desk_standing_source(session);
    decided->can_tell = standing_open(&decided->standing, &source, &why) == 0;
    if (!decided->can_tell)
        decided_note(decided, &why);
}

void decided_close(struct decided *decided)
{
    standing_close(&decided->standing);
    text_fini(&decided->notes);
}

const char *decided_state(struct decided *decided, const cJSON *document, const struct digest *digest)
{
    struct review review;
    struct err why = {0};
    const char *state = "awaiting";
    const struct review_request request = {
        .document = document, .digest = digest, .now_s = (int64_t)time(NULL)};
    if (!decided->can_tell)
        return state;
    if (review_open(&review, &decided->standing, &request, &why) == 0) {
        state = ruling_view_state(&review.ruling);
        text_append_string(&decided->notes, text_string(&review.notes));
    } else
        decided_note(decided, &why);
    review_fini(&review);
    return state;
}

void decided_print_notes(struct decided *decided)
{
    desk_print_notes(text_string(&decided->notes));
    text_clear(&decided->notes);
}

const char *decided_state_of(const cJSON *document, const struct digest *digest, void *decided)
{
    return decided_state(decided, document, digest);
}
