/*
 * The mail around a patch, as `git format-patch` writes it (RFC 5322 headers, mbox "From " lines), or the
 * head that `git show` prints. What stands between it and the first diff is prose, whatever it looks like.
 */
#ifndef CUPEL_POLICIES_PATCH_MAIL_H
#define CUPEL_POLICIES_PATCH_MAIL_H

#include "policies/patch.h"
#include "policies/patch/cursor.h"

/* Does a mail start here: "From <40 digits> ", "commit <40 digits>",
 * or, at the text's top, a header that mails have? */
bool patch_mail_starts(const struct patch_cursor *cursor, bool at_top);

/* Reads the headers (subject and authors into `patch`) and leaves the cursor at the body. */
WARN_UNUSED int patch_mail_read(struct patch_cursor *cursor, const char *name, struct patch *patch,
                                struct err *err);

/* A line of the body that names a person: From:, Co-authored-by:. */
void patch_mail_read_trailer(struct patch_span line, struct patch *patch);

#endif
