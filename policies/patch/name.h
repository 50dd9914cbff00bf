/* File names as diffs write them: quoted by git,
 * followed by a tab and a time stamp, prefixed with a/ and b/. */
#ifndef CUPEL_POLICIES_PATCH_NAME_H
#define CUPEL_POLICIES_PATCH_NAME_H

#include "policies/patch/cursor.h"

/*
 * One name at the start of `span`: quoted C-style, or up to a tab or the end. Owned; NULL when the quoting is
 * broken or hides a NUL. *rest, where wanted, is what follows.
 */
char *patch_name_read(struct patch_span span, struct patch_span *rest);

/* The two names of `diff --git`, still with their prefixes. False when they can't be told apart. */
bool patch_name_read_pair(struct patch_span span, char **old_name, char **new_name);

/*
 * Takes off the end of a name of `---` or `+++` what is no part of it: a time stamp that blanks instead of a
 * tab separate, as git's own reader does. Whether it did; *stamp is where it stood, up to the name's old end.
 */
bool patch_name_cut_stamp(char *name, const char **stamp);

/*
 * Takes the prefixes off a pair in place (NULL stands for /dev/null): a/ and b/, the mnemonic ones of git
 * (i/ w/ c/ o/), and first folders that differ where all else is the same. *unusual says what else than the
 * first of these it was, NULL for nothing. A prefix on one side alone is taken off when that makes the two
 * equal, and so are `./` and remarks in parentheses ("(original)").
 */
void patch_name_strip_pair(char *old_name, char *new_name, const char **unusual);

#endif
