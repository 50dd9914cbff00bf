#include "orchestrator/report/continued_words.h"

#include "orchestrator/report/member.h"

#include <stdio.h>

#define CONTINUED_DATE  10  /* bytes of an RFC 3339 time that are its date */
#define CONTINUED_WORDS 200 /* of a foreign string */

static void continued_append_foreign(struct text *out, const char *foreign, size_t most,
                                     ranked_escape *escape)
{
    if (escape)
        escape(out, foreign, most);
    else
        text_append_string(out, foreign);
}

static void continued_append_parts(struct text *out, double pairs, const char *evaluation, const char *at,
                                   const char *environment, ranked_escape *escape)
{
    char date[CONTINUED_DATE + 1];
    (void)snprintf(date, sizeof date, "%s", at);
    text_printf(out, "continues the %.0f pair%s of evaluation ", pairs, pairs == 1 ? "" : "s");
    continued_append_foreign(out, evaluation, CONTINUED_WORDS, escape);
    text_append_string(out, " of ");
    continued_append_foreign(out, date, CONTINUED_DATE, escape);
    if (!*environment)
        return;
    text_append_string(out, ", some from another environment (");
    continued_append_foreign(out, environment, CONTINUED_WORDS, escape);
    text_append_char(out, ')');
}

void continued_append(struct text *out, const struct continued *continues, size_t all, ranked_escape *escape)
{
    continued_append_parts(out, (double)continues->pairs, continues->evaluation ? continues->evaluation : "",
                           continues->at ? continues->at : "",
                           continues->environment ? continues->environment : "", escape);
    if (continues->pairs == all)
        text_append_string(out, "; nothing was measured again");
}

bool continued_append_row(struct text *out, const cJSON *row, ranked_escape *escape)
{
    const cJSON *continues = member_get(row, "continues");
    double pairs = member_number(continues, "pairs");
    if (!(pairs > 0))
        return false;
    continued_append_parts(out, pairs, member_string(continues, "evaluation"), member_string(continues, "at"),
                           member_string(continues, "environment"), escape);
    if (pairs == (double)member_count(row, "pairs"))
        text_append_string(out, "; nothing was measured again");
    return true;
}
