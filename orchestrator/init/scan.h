/* Reads build files by eye: enough to find names in them, without running them. */
#ifndef CUPEL_ORCHESTRATOR_INIT_SCAN_H
#define CUPEL_ORCHESTRATOR_INIT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Blanks comments from '#' to the end of the line, in place. */
void scan_strip_comments(char *text);

/* `word` stands in the text with no name character on either side; case is ignored where asked. */
const char *scan_find_word(const char *text, const char *word, bool any_case);

/*
 * The next call `name(` from *at on: copies its first argument, unquoted, and moves *at behind it.
 * False when there is none. An argument longer than `size` is skipped.
 */
bool scan_next_call(const char **at, const char *name, char *argument, size_t size);

/* Copies the next word up to white space or one of `ends`, quotes stripped; returns what follows. */
const char *scan_word(const char *text, const char *ends, char *word, size_t size);

/* The value of `NAME =`, `NAME :=`, `NAME ?=` at the start
 * of a line (last one), trimmed; false when there is none. */
bool scan_assignment(const char *text, const char *name, char *value, size_t size);

/* Replaces $(NAME) and ${NAME} by their assignments in `text`,
 * a few levels deep; false if one stays unknown. */
bool scan_expand(const char *text, const char *word, char *out, size_t size);

#endif
