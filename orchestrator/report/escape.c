#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void report_escape_terminal(struct text *out, const char *foreign, size_t limit)
{
    foreign_append(out, foreign, limit);
}

/* Bytes that never begin or end a construct of Markdown, wherever they stand in a line that we began. */
static bool escape_is_inert(unsigned char byte)
{
    return byte >= 0x80 || isalnum(byte) || strchr(" ,.;%'()/=+-?\"", byte) != NULL;
}

/*
 * Forges look for mentions, references, labels, emoji and addresses in the rendered text, where an entity is
 * a plain character again; only a character without width in between takes the word apart. Bytes until one is
 * wanted, or 0.
 */
static size_t escape_autolink(const char *at)
{
    bool word_follows = isalnum((unsigned char)at[1]) || at[1] == '"' || at[1] == '_';
    if (strchr("@#!~$&%", *at) && word_follows)
        return 1;
    if (*at == ':' && (isalpha((unsigned char)at[1]) || strchr("+-_/", at[1])))
        return 1;
    if (strncasecmp(at, "www.", 4) == 0 || strncasecmp(at, "gh-", 3) == 0)
        return 2;
    return 0;
}

/* What would begin a list, a heading's underline or a quick action, were it first in its line. */
static bool escape_leads(const char *string)
{
    size_t digits = strspn(string, "0123456789");
    if (digits > 0)
        return strncmp(string + digits, ". ", 2) == 0 || strncmp(string + digits, ") ", 2) == 0;
    return *string && strchr("-+=/ ", *string);
}

void report_escape_markdown(struct text *out, const char *foreign, size_t limit)
{
    struct text plain cleanup_text = {0};
    foreign_append(&plain, foreign, limit);
    const char *string = text_string(&plain);
    bool leads = escape_leads(string);
    size_t breaks_in = 0;
    for (const char *at = string; *at; at++) {
        if (breaks_in == 0)
            breaks_in = escape_autolink(at);
        if (escape_is_inert((unsigned char)*at) && !(leads && at == string))
            text_append_char(out, *at);
        else
            text_printf(out, "&#%d;", (unsigned char)*at);
        if (breaks_in > 0 && --breaks_in == 0)
            text_append_string(out, "&#8203;");
    }
}
