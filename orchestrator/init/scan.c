#include "orchestrator/init/scan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SCAN_VARIABLE_MAX 128 /* bytes of a variable's name or value */
#define SCAN_LEVELS       4   /* variables that name variables */

static bool scan_is_name(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

void scan_strip_comments(char *text)
{
    for (char *hash = text; (hash = strchr(hash, '#'));)
        while (*hash && *hash != '\n')
            *hash++ = ' ';
}

const char *scan_find_word(const char *text, const char *word, bool any_case)
{
    size_t length = strlen(word);
    for (const char *at = text;; at++) {
        at = any_case ? strcasestr(at, word) : strstr(at, word);
        if (!at)
            return NULL;
        if ((at == text || !scan_is_name(at[-1])) && !scan_is_name(at[length]))
            return at;
    }
}

bool scan_next_call(const char **at, const char *name, char *argument, size_t size)
{
    for (const char *call = *at; (call = scan_find_word(call, name, true)); call++) {
        const char *open = call + strlen(name);
        open += strspn(open, " \t");
        if (*open != '(')
            continue;
        *at = scan_word(open + 1, "(),", argument, size);
        if (*argument)
            return true;
        call = open;
    }
    return false;
}

const char *scan_word(const char *text, const char *ends, char *word, size_t size)
{
    size_t length = 0;
    while (isspace((unsigned char)*text))
        text++;
    for (; *text && !isspace((unsigned char)*text) && !strchr(ends, *text); text++)
        if (*text != '"' && *text != '\'' && ++length < size)
            word[length - 1] = *text;
    word[length < size ? length : 0] = '\0';
    return text;
}

/* Behind the operator of an assignment to `name` that starts at `line`, or NULL. */
static const char *scan_assigned(const char *line, const char *name)
{
    line += strspn(line, " ");
    if (strncmp(line, name, strlen(name)) != 0)
        return NULL;
    line += strlen(name);
    line += strspn(line, " \t");
    line += strspn(line, ":?");
    return *line == '=' ? line + 1 : NULL;
}

bool scan_assignment(const char *text, const char *name, char *value, size_t size)
{
    bool found = false;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *start = scan_assigned(line, name);
        if (!start)
            continue;
        start += strspn(start, " \t");
        size_t length = strcspn(start, "\n");
        while (length > 0 && isspace((unsigned char)start[length - 1]))
            length--;
        if (length >= size)
            continue;
        memcpy(value, start, length);
        value[length] = '\0';
        found = true;
    }
    return found;
}

/* One level: every $(NAME) of `word` by its value. */
static bool scan_expand_once(const char *text, const char *word, char *out, size_t size)
{
    size_t used = 0;
    while (*word) {
        char name[SCAN_VARIABLE_MAX], value[SCAN_VARIABLE_MAX] = {*word, '\0'};
        if (*word == '$') {
            size_t length = strcspn(word, ")}");
            if (!strchr("({", word[1]) || length < 3 || length >= sizeof name || !word[length])
                return false;
            memcpy(name, word + 2, length - 2);
            name[length - 2] = '\0';
            if (!scan_assignment(text, name, value, sizeof value))
                return false;
            word += length;
        }
        word++;
        size_t length = strlen(value);
        if (used + length >= size)
            return false;
        memcpy(out + used, value, length);
        used += length;
    }
    out[used] = '\0';
    return true;
}

bool scan_expand(const char *text, const char *word, char *out, size_t size)
{
    char current[SCAN_VARIABLE_MAX];
    if (strlen(word) >= sizeof current || strlen(word) >= size)
        return false;
    strcpy(out, word);
    for (int level = 0; level < SCAN_LEVELS && strchr(out, '$'); level++) {
        if (strlen(out) >= sizeof current)
            return false;
        strcpy(current, out);
        if (!scan_expand_once(text, current, out, size))
            return false;
    }
    return !strchr(out, '$');
}
