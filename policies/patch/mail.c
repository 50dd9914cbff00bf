#include "policies/patch/mail.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool mail_field(struct patch_span line, const char *field, struct patch_span *value)
{
    size_t length = strlen(field);
    if (line.length < length || strncasecmp(line.bytes, field, length) != 0)
        return false;
    *value = patch_span_trim_end((struct patch_span){line.bytes + length, line.length - length});
    while (value->length > 0 && (value->bytes[0] == ' ' || value->bytes[0] == '\t')) {
        value->bytes++;
        value->length--;
    }
    return true;
}

/* "commit 0123…", at the head of what `git show` prints. */
static bool mail_is_commit(struct patch_span line)
{
    size_t digits = 0;
    while (patch_span_starts(line, "commit ") && 7 + digits < line.length &&
           isxdigit((unsigned char)line.bytes[7 + digits]))
        digits++;
    return digits == 40;
}

bool patch_mail_starts(const struct patch_cursor *cursor, bool at_top)
{
    static const char *const fields[] = {"From: ", "Subject: ", "Date: ", "Message-Id: "};
    struct patch_span line, value;
    if (!patch_cursor_line(cursor, &line))
        return false;
    size_t digits = 0;
    if (patch_span_starts(line, "From "))
        while (digits < 40 && 5 + digits < line.length && isxdigit((unsigned char)line.bytes[5 + digits]))
            digits++;
    if ((digits == 40 && line.length > 45 && line.bytes[45] == ' ') || mail_is_commit(line))
        return true;
    for (size_t i = 0; at_top && i < sizeof fields / sizeof *fields; i++)
        if (mail_field(line, fields[i], &value))
            return true;
    return false;
}

/* Without "[PATCH 1/2] " and the like in front. */
static char *mail_subject(struct patch_span value)
{
    while (value.length > 0 && value.bytes[0] == '[') {
        const char *end = memchr(value.bytes, ']', value.length);
        if (!end)
            break;
        size_t skip = (size_t)(end - value.bytes) + 1;
        while (skip < value.length && value.bytes[skip] == ' ')
            skip++;
        value = (struct patch_span){value.bytes + skip, value.length - skip};
    }
    return memory_copy_bytes(value.bytes, value.length);
}

static int mail_take_field(const struct text *unfolded, const char *name, uint32_t line, struct patch *patch,
                           struct err *err)
{
    struct patch_span whole = {text_string(unfolded), unfolded->length}, value;
    if (mail_field(whole, "Subject:", &value) && !patch->subject)
        patch->subject = mail_subject(value);
    if (mail_field(whole, "From:", &value) || mail_field(whole, "Author:", &value)) {
        if (!patch->author)
            patch->author = memory_copy_bytes(value.bytes, value.length);
        patch_add_author(patch, value.bytes, value.length);
    }
    if (mail_field(whole, "Content-Transfer-Encoding:", &value) && value.length > 0 &&
        (strncasecmp(value.bytes, "base64", value.length) == 0 ||
         strncasecmp(value.bytes, "quoted-printable", value.length) == 0))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: the mail's text is encoded as %.*s; save the patch itself (git mailinfo decodes it)",
            name, line, (int)value.length, value.bytes);
    return 0;
}

int patch_mail_read(struct patch_cursor *cursor, const char *name, struct patch *patch, struct err *err)
{
    cleanup_text struct text field = {0};
    struct patch_span line;
    int code = 0;
    if (patch_cursor_line(cursor, &line) && (patch_span_starts(line, "From ") || mail_is_commit(line)))
        patch_cursor_next(cursor);
    while (code == 0 && patch_cursor_line(cursor, &line)) {
        struct patch_span trimmed = patch_span_trim_end(line);
        bool folded = line.bytes[0] == ' ' || line.bytes[0] == '\t';
        bool over = trimmed.length == 0 || (!folded && !memchr(trimmed.bytes, ':', trimmed.length));
        if (!folded || over) {
            code = mail_take_field(&field, name, cursor->line, patch, err);
            text_clear(&field);
        }
        if (over)
            return code;
        text_append(&field, trimmed.bytes, trimmed.length);
        patch_cursor_next(cursor);
    }
    return code < 0 ? code : mail_take_field(&field, name, cursor->line, patch, err);
}

void patch_mail_read_trailer(struct patch_span line, struct patch *patch)
{
    struct patch_span value;
    if ((mail_field(line, "Co-authored-by:", &value) || mail_field(line, "From:", &value)) &&
        value.length > 0)
        patch_add_author(patch, value.bytes, value.length);
}
