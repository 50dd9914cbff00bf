/* File names as diffs write them: quoted by git, followed by a tab and a time stamp, prefixed with a/ and b/.
 */
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
 * Takes the prefixes off a pair in place (NULL stands for /dev/null): a/ and b/, the mnemonic ones of git
 * (i/ w/ c/ o/), and first folders that differ where all else is the same. *unusual says that it was not the
 * first of these.
 */
void patch_name_strip_pair(char *old_name, char *new_name, bool *unusual);

#endif
