#include "orchestrator/report/markdown.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#define MARKDOWN_ROWS_MAX 20

/* Foreign text in a code element: forges look for no mention or reference inside one. */
void markdown_code(struct text *out, const char *foreign, size_t limit)
{
    text_append_string(out, "<code>");
    report_escape_markdown(out, foreign, limit);
    text_append_string(out, "</code>");
}

void markdown_code_member(struct text *out, const cJSON *object, const char *key)
{
    markdown_code(out, member_string(object, key), CARD_NAME_MAX);
}

void markdown_rows(struct text *out, const cJSON *object, const char *key,
                   void (*each)(struct text *out, const cJSON *row))
{
    size_t shown = 0;
    const cJSON *row = member_first(object, key);
    for (; row && shown < MARKDOWN_ROWS_MAX; row = row->next, shown++)
        each(out, row);
    if (row)
        text_printf(out, "- and %zu more in the report\n", member_count(object, key) - shown);
}

void markdown_open(struct text *out, const char *summary, bool open)
{
    text_printf(out, "<details%s><summary>%s</summary>\n\n", open ? " open" : "", summary);
}

void markdown_close(struct text *out)
{
    text_append_string(out, "\n</details>\n\n");
}
