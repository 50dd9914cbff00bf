#include "policies/patch.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/patch/blocks.h"
#include "policies/patch/cursor.h"
#include "policies/patch/extent.h"
#include "policies/patch/header.h"
#include "policies/patch/hunk.h"
#include "policies/patch/hunk_header.h"
#include "policies/patch/mail.h"
#include "policies/patch/prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    struct patch *patch;        /* being filled */
    const char *name;           /* of the patch, for errors */
    struct patch_cursor cursor; /* where we are */
    size_t file_capacity;       /* of patch->files */
    size_t total_lines;         /* in hunks */
    uint32_t series;            /* number of the current mail */
    uint32_t block;             /* fence, or part between prose, that we are in */
    uint32_t fence;             /* line that opened the fence we are in; 0: none */
    uint32_t choice;            /* line behind a diff that offers what follows as another choice; 0: none */
    uint32_t indented, flush;   /* lines of the first diff that is indented, and that is not; 0: none */
    bool in_mail;               /* between a mail's headers and its first diff */
    bool behind_hunk;           /* no fence, signature or mail since the last hunk */
};

/* Adds an owned string to a NULL-terminated array that grows by powers of two. */
static void parse_add_string(char ***array, size_t *count, char *owned)
{
    size_t used = *count + 2;
    if ((used & (used - 1)) == 0 || *count == 0)
        *array = memory_resize(*array, used * 2, sizeof **array);
    (*array)[(*count)++] = owned;
    (*array)[*count] = NULL;
}

void patch_add_note(struct patch *patch, const char *format, ...)
{
    if (patch->note_count >= PATCH_MAX_NOTES) {
        patch->notes_dropped++;
        return;
    }
    char *note = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&note, format, arguments) < 0)
        abort();
    va_end(arguments);
    parse_add_string(&patch->notes, &patch->note_count, note);
}

void patch_add_author(struct patch *patch, const char *author, size_t length)
{
    for (size_t i = 0; i < patch->author_count; i++)
        if (strlen(patch->authors[i]) == length && memcmp(patch->authors[i], author, length) == 0)
            return;
    if (patch->author_count < PATCH_MAX_NOTES && length <= 1024)
        parse_add_string(&patch->authors, &patch->author_count, memory_copy_bytes(author, length));
}

const char *patch_file_name(const struct patch_file *file)
{
    const char *name = file->new_path ? file->new_path : file->old_path;
    return name ? name : "(no name)";
}

static void parse_free_strings(char **strings)
{
    for (size_t i = 0; strings && strings[i]; i++)
        free(strings[i]);
    free(strings);
}

void patch_fini(struct patch *patch)
{
    for (size_t i = 0; i < patch->file_count; i++)
        patch_blocks_free_file(&patch->files[i]);
    free(patch->files);
    parse_free_strings(patch->notes);
    parse_free_strings(patch->authors);
    free(patch->subject);
    free(patch->author);
    free(patch->message);
    free(patch->text);
    *patch = (struct patch){0};
}

/* Some editors and shells begin a text with it. */
static void parse_strip_byte_order_mark(struct patch *patch)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (patch->length < 3 || memcmp(patch->text, mark, 3) != 0)
        return;
    memmove(patch->text, patch->text + 3, patch->length - 2);
    patch->length -= 3;
    patch_add_note(patch, "the patch begins with a byte order mark; left out");
}

/*
 * When every line ends in CR LF, headers included, the whole text was converted on its way, so the returns
 * are no part of the change. With one plain LF they may be content, and stay.
 */
static void parse_strip_returns(struct patch *patch)
{
    size_t lines = 0, used = 0;
    for (size_t i = 0; i < patch->length; i++)
        if (patch->text[i] == '\n') {
            lines++;
            if (i == 0 || patch->text[i - 1] != '\r')
                return;
        }
    if (lines == 0)
        return;
    for (size_t i = 0; i < patch->length; i++)
        if (patch->text[i] != '\r' || i + 1 == patch->length || patch->text[i + 1] != '\n')
            patch->text[used++] = patch->text[i];
    patch->length = used;
    patch->text[used] = '\0';
    patch_add_note(patch, "every line of the patch ends in CR LF; read as LF");
}

/* Headers that promise a change of content which is not there: the text was cut, or half of it forgotten. */
static int parse_check_headers(struct parse *parse, const struct patch_file *file, bool hunks,
                               struct err *err)
{
    const char *path = patch_file_name(file);
    if (file->binary || hunks)
        return 0;
    bool moved = file->change == PATCH_RENAME || file->change == PATCH_COPY;
    if ((file->change == PATCH_ADD || moved) && file->filled)
        return err_set(err, ERR_INVALID, "%s:%u: %s is %s, and its new content is not in the patch",
                       parse->name, file->source, path, moved ? "moved or copied" : "added");
    if (file->change == PATCH_MODIFY && !file->new_mode)
        return err_set(err, ERR_INVALID, "%s:%u: %s has a header, and no change follows it", parse->name,
                       file->source, path);
    return 0;
}

/* A file whose hunks all change nothing is noise between the others; real ones are checked and kept. */
static int parse_keep_file(struct parse *parse, struct patch_file *file, bool hunks, struct err *err)
{
    const char *path = patch_file_name(file);
    bool mode = file->old_mode && file->new_mode && file->old_mode != file->new_mode;
    int code = parse_check_headers(parse, file, hunks, err);
    if (code < 0)
        return code;
    if (file->change == PATCH_MODIFY && file->hunk_count == 0 && !file->binary) {
        if (!mode && !(file->new_mode && !file->old_mode)) {
            patch_add_note(parse->patch, "patch line %u: %s has a header and no change; skipped",
                           file->source, path);
            return 0;
        }
        file->change = PATCH_MODE;
    }
    bool whole = file->change == PATCH_ADD || file->change == PATCH_DELETE;
    if (whole && file->hunk_count > 1)
        return err_set(err, ERR_INVALID, "%s:%u: %s is %s, which takes one hunk, and has %zu", parse->name,
                       file->source, path, file->change == PATCH_ADD ? "added" : "deleted", file->hunk_count);
    const struct patch_hunk *hunk = file->hunk_count ? &file->hunks[0] : NULL;
    if (hunk && file->change == PATCH_ADD && hunk->old_count > 0)
        return err_set(err, ERR_INVALID,
                       "%s:%u: hunk 1 of %s: a new file has no old lines, but the hunk has %u", parse->name,
                       hunk->source, path, hunk->old_count);
    if (hunk && file->change == PATCH_DELETE && hunk->new_count > 0)
        return err_set(err, ERR_INVALID,
                       "%s:%u: hunk 1 of %s: a deleted file has no new lines, but the hunk has %u",
                       parse->name, hunk->source, path, hunk->new_count);
    file->series = parse->series;
    file->block = parse->block;
    MEMORY_GROW(parse->patch->files, parse->patch->file_count, parse->file_capacity);
    parse->patch->files[parse->patch->file_count++] = *file;
    *file = (struct patch_file){0};
    return 0;
}

/* A choice is offered, or half of the diffs is indented: what of it is meant can't be known. */
static int parse_check_place(struct parse *parse, struct err *err)
{
    bool indented = parse->cursor.indent.length > 0;
    uint32_t *first = indented ? &parse->indented : &parse->flush;
    if (parse->choice)
        return err_set(err, ERR_INVALID,
                       "%s:%u: the diff below is offered as a choice beside the one above; give one of them",
                       parse->name, parse->choice);
    if (*first == 0 && indented)
        patch_add_note(parse->patch, "the diff from patch line %u on is indented; read without",
                       parse->cursor.line);
    if (*first == 0)
        *first = parse->cursor.line;
    if (parse->indented == 0 || parse->flush == 0)
        return 0;
    return err_set(
        err, ERR_INVALID,
        "%s:%u: this diff is %sindented and the one at line %u is%s, so which is meant is not clear; "
        "give one of them, or both alike",
        parse->name, parse->cursor.line, indented ? "" : "not ", indented ? parse->flush : parse->indented,
        indented ? " not" : "");
}

static int parse_read_file(struct parse *parse, bool git, struct err *err)
{
    struct patch_file file = {0};
    int place = parse_check_place(parse, err);
    if (place < 0)
        return place;
    int code = git ? patch_header_read_git(&parse->cursor, parse->name, parse->patch, &file, err)
                   : patch_header_read_plain(&parse->cursor, parse->name, parse->patch, &file, err);
    size_t lines = parse->total_lines;
    if (code == 0)
        code =
            patch_hunk_read_all(&parse->cursor, parse->name, parse->patch, &file, &parse->total_lines, err);
    if (code == 0)
        code = parse_keep_file(parse, &file, parse->total_lines > lines, err);
    patch_blocks_free_file(&file);
    parse->in_mail = false;
    parse->behind_hunk = true;
    return code;
}

static int parse_read_mail(struct parse *parse, struct err *err)
{
    if (parse->patch->file_count > 0)
        parse->series = parse->patch->files[parse->patch->file_count - 1].series + 1;
    parse->in_mail = true;
    parse->behind_hunk = false;
    return patch_mail_read(&parse->cursor, parse->name, parse->patch, err);
}

/* What plain diff -r says of files that it can't show. */
static bool parse_is_binary_notice(struct patch_span line)
{
    line = patch_span_trim_end(line);
    return patch_span_starts(line, "Binary files ") && memmem(line.bytes, line.length, " and ", 5) &&
           memcmp(line.bytes + line.length - 7, " differ", 7) == 0;
}

static int parse_refuse_prose(struct parse *parse, struct patch_span line, struct err *err)
{
    const char *foreign = patch_prose_foreign_format(&parse->cursor);
    struct patch_hunk stray = {0};
    bool damaged;
    if (foreign)
        return err_set(err, ERR_INVALID, "%s:%u: this is %s", parse->name, parse->cursor.line, foreign);
    if (parse_is_binary_notice(line))
        return err_set(err, ERR_INVALID, "%s:%u: a binary change without its content can't be applied",
                       parse->name, parse->cursor.line);
    if (patch_hunk_pair_follows(&parse->cursor))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: `---` and `+++` name a file, and no `@@` line follows that says what changes in it",
            parse->name, parse->cursor.line);
    if (patch_hunk_read_any_header(patch_span_trim_start(line), &stray, &damaged))
        return err_set(err, ERR_INVALID,
                       "%s:%u: a hunk without a file: expected `--- a/…` and `+++ b/…` above it", parse->name,
                       parse->cursor.line);
    if (parse->behind_hunk && line.length > 0 && strchr("+-", line.bytes[0]))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: a line that begins with `%c` stands behind the end of a hunk; it may be a part of the "
            "change, so correct the hunk's counts or take the line out",
            parse->name, parse->cursor.line, line.bytes[0]);
    return 0;
}

/*
 * Prose, which is skipped, unless it may be part of the change: a `+` or `-` line behind a hunk was cut off
 * from it by a damaged line or by wrong counts, and without it the patch would say something else.
 */
static int parse_read_prose(struct parse *parse, struct patch_span line, struct err *err)
{
    bool fence = patch_prose_is_fence(line);
    if (patch_extent_is_signature(&parse->cursor) || fence)
        parse->behind_hunk = false;
    int code = parse->in_mail ? 0 : parse_refuse_prose(parse, line, err);
    if (code < 0)
        return code;
    if (fence && !parse->in_mail)
        parse->fence = parse->fence ? 0 : parse->cursor.line;
    size_t files = parse->patch->file_count;
    if (files > 0 && parse->patch->files[files - 1].block == parse->block &&
        patch_span_trim_end(line).length > 0)
        parse->block++;
    if (files > 0 && !parse->in_mail && !parse->choice && patch_prose_offers_choice(line))
        parse->choice = parse->cursor.line;
    if (parse->in_mail)
        patch_mail_read_trailer(line, parse->patch);
    patch_cursor_next(&parse->cursor);
    return 0;
}

static int parse_read_text(struct parse *parse, struct err *err);

/* The part of the text that is indented as a whole, as a text of its own; in it nothing is indented again. */
static int parse_read_indented(struct parse *parse, const struct patch_cursor *part, struct err *err)
{
    struct patch_cursor outer = parse->cursor;
    parse->cursor = *part;
    int code = parse_read_text(parse, err);
    outer.at = part->length;
    outer.line = parse->cursor.line;
    parse->cursor = outer;
    return code;
}

static int parse_read_text(struct parse *parse, struct err *err)
{
    struct patch_span line;
    struct patch_cursor part;
    bool at_top = parse->cursor.at == 0;
    int code = 0;
    while (code == 0 && patch_cursor_line(&parse->cursor, &line)) {
        if (patch_mail_starts(&parse->cursor, at_top))
            code = parse_read_mail(parse, err);
        else if (patch_span_starts(line, "diff --git "))
            code = parse_read_file(parse, true, err);
        else if (patch_hunk_file_follows(&parse->cursor))
            code = parse_read_file(parse, false, err);
        else if (!parse->in_mail && patch_header_starts_bare(&parse->cursor))
            code = parse_read_file(parse, true, err);
        else if (!parse->in_mail && patch_cursor_enter_indented(&parse->cursor, &part))
            code = parse_read_indented(parse, &part, err);
        else
            code = parse_read_prose(parse, line, err);
        at_top = at_top && patch_span_trim_end(line).length == 0;
    }
    return code;
}

static const struct patch_hunk *parse_last_hunk(const struct patch *patch)
{
    const struct patch_file *file = patch->file_count ? &patch->files[patch->file_count - 1] : NULL;
    return file && file->hunk_count ? &file->hunks[file->hunk_count - 1] : NULL;
}

/* A fence that is never closed: the answer may have been cut off where it ends. */
static int parse_check_fence(struct parse *parse, struct err *err)
{
    const struct patch_hunk *hunk = parse_last_hunk(parse->patch);
    if (!parse->fence || parse->patch->file_count == 0)
        return 0;
    if (hunk && hunk->source > parse->fence) {
        const struct patch_line *last = &hunk->lines[hunk->line_count - 1];
        if (last->length >= 3 && memcmp(last->bytes + last->length - 3, "```", 3) == 0)
            return err_set(err, ERR_INVALID,
                           "%s:%u: the fence's end stands on a line of the diff; give it its own",
                           parse->name, last->source);
        if (hunk->repaired)
            return err_set(err, ERR_INVALID,
                           "%s:%u: this fence is never closed, and the counts of the last hunk are wrong or "
                           "missing: the text may have been cut off; close the fence or correct the counts",
                           parse->name, parse->fence);
    }
    patch_add_note(parse->patch, "patch line %u: this fence is never closed; the text may have been cut off",
                   parse->fence);
    return 0;
}

/* A change on a last line without its end is taken as whole, which it need not be. */
static void parse_note_end(struct patch *patch)
{
    const struct patch_hunk *hunk = parse_last_hunk(patch);
    const struct patch_line *last = hunk ? &hunk->lines[hunk->line_count - 1] : NULL;
    if (last && last->kind != ' ' && last->bytes + last->length == patch->text + patch->length)
        patch_add_note(patch,
                       "patch line %u: the text ends here without a newline; its last line is taken as whole",
                       last->source);
}

static bool parse_is_blank(const struct patch *patch)
{
    return strspn(patch->text, " \t\r\n") == patch->length;
}

static int parse_refuse_empty(const struct patch *patch, const char *name, struct err *err)
{
    if (parse_is_blank(patch))
        return err_set(err, ERR_INVALID, "%s: the patch is empty", name);
    for (size_t i = 0; i < patch->note_count; i++)
        if (strstr(patch->notes[i], "; skipped"))
            return err_set(err, ERR_INVALID, "%s: the patch changes nothing: %s", name, patch->notes[i]);
    if (!memchr(patch->text, '\n', patch->length) && strstr(patch->text, "\\n"))
        return err_set(
            err, ERR_INVALID,
            "%s: this is one line that has `\\n` where lines should end: the patch was escaped twice", name);
    return err_set(err, ERR_INVALID,
                   "%s: this is no patch: found neither `diff --git` nor `---`, `+++` and `@@` lines", name);
}

int patch_parse(struct patch *patch, const char *name, const char *bytes, size_t length, struct err *err)
{
    *patch = (struct patch){0};
    if (length > PATCH_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%s: the patch has %zu bytes; at most %zu are taken", name, length,
                       PATCH_MAX_BYTES);
    patch->text = memory_copy_bytes(bytes, length);
    patch->length = length;
    parse_strip_byte_order_mark(patch);
    parse_strip_returns(patch);
    struct parse parse = {
        .patch = patch, .name = name, .cursor = {.text = patch->text, .length = patch->length, .line = 1}};
    int code = parse_read_text(&parse, err);
    if (code == 0)
        code = parse_check_fence(&parse, err);
    if (code == 0)
        code = patch_blocks_check(patch, name, err);
    if (code == 0)
        parse_note_end(patch);
    if (code == 0 && patch->file_count == 0)
        code = parse_refuse_empty(patch, name, err);
    if (code < 0)
        patch_fini(patch);
    return code;
}
