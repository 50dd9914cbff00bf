#include "workloads/edge/words.h"

#include "workloads/contract/hash.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WORDS_LETTERS 64      /* of a name; a longer one is none */
#define WORDS_MOST    1000000 /* names of a patch */

/* 0 where nothing is left of it. */
static uint64_t words_key(const char *name, size_t length)
{
    char letters[WORDS_LETTERS];
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '_' || name[i] == '-')
            continue;
        if (count == sizeof letters)
            return 0;
        letters[count++] = (char)tolower((unsigned char)name[i]);
    }
    return count > 0 ? hash_bytes(hash_seed(), letters, count) : 0;
}

static void words_add(struct edge_words *words, const char *name, size_t length)
{
    uint64_t key = words_key(name, length);
    if (key != 0 && words->names.used < WORDS_MOST && table_find(&words->names, key) < 0)
        table_add(&words->names, key, 0);
}

static bool words_is_letter(char byte, bool dashes)
{
    return isalnum((unsigned char)byte) || byte == '_' || (dashes && byte == '-');
}

/* Both as an identifier ends in most languages, and as an option is spelled. */
static void words_add_line(struct edge_words *words, const char *line, size_t length, bool dashes)
{
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && words_is_letter(line[end], dashes))
            end++;
        if (end > at)
            words_add(words, line + at, end - at);
        at = end + 1;
    }
}

void edge_words_of_patch(struct edge_words *words, const char *diff, size_t length)
{
    bool hunk = false;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(diff + at, '\n', length - at);
        size_t next = end ? (size_t)(end - diff) + 1 : length;
        const char *line = diff + at;
        size_t bytes = next - at;
        if (bytes >= 2 && memcmp(line, "@@", 2) == 0)
            hunk = true;
        else if (bytes >= 5 && memcmp(line, "diff ", 5) == 0)
            hunk = false;
        else if (hunk && (*line == '+' || *line == '-')) {
            words_add_line(words, line + 1, bytes - 1, false);
            words_add_line(words, line + 1, bytes - 1, true);
        }
        at = next;
    }
}

bool edge_words_have(const struct edge_words *words, const char *name)
{
    uint64_t key = words_key(name, strlen(name));
    return key != 0 && table_find(&words->names, key) >= 0;
}

void edge_words_fini(struct edge_words *words)
{
    table_fini(&words->names);
}

/* Where a part of a name begins: behind what is no letter, and at a capital behind a small one. */
static bool words_begins(const char *name, size_t at)
{
    return at == 0 || !isalnum((unsigned char)name[at - 1]) ||
           (isupper((unsigned char)name[at]) && islower((unsigned char)name[at - 1]));
}

bool edge_words_part(char *const *words, const char *name)
{
    size_t length = strlen(name);
    for (; words && *words; words++) {
        size_t word = strlen(*words);
        for (size_t at = 0; word > 0 && at + word <= length; at++)
            if (words_begins(name, at) && strncasecmp(name + at, *words, word) == 0 &&
                (at + word == length || words_begins(name, at + word) ||
                 !isalnum((unsigned char)name[at + word])))
                return true;
    }
    return false;
}
