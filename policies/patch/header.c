#include "policies/patch/header.h"

#include "base/cleanup.h"
#include "policies/patch/hunk_header.h"
#include "policies/patch/name.h"
#include "policies/patch/said.h"

#include <stdlib.h>
#include <string.h>

static int header_refuse(const char *name, uint32_t line, const char *why, struct patch_span found,
                         struct err *err)
{
    found = patch_span_trim_end(found);
    int shown = found.length > 200 ? 200 : (int)found.length;
    return err_set(err, ERR_INVALID, "%s:%u: %s: `%.*s`", name, line, why, shown, found.bytes);
}

/* Six octal digits of a kind of entry that git knows. */
static bool header_read_mode(struct patch_span span, uint32_t *mode)
{
    uint32_t value = 0;
    span = patch_span_trim_end(span);
    if (span.length != 6)
        return false;
    for (size_t i = 0; i < 6; i++) {
        if (span.bytes[i] < '0' || span.bytes[i] > '7')
            return false;
        value = value * 8 + (uint32_t)(span.bytes[i] - '0');
    }
    uint32_t kind = value & 0170000;
    if (kind == 0100000) /* git keeps one bit of a regular file's mode (read-cache.c, create_ce_mode) */
        value = value & 0100 ? 0100755 : 0100644;
    else if (value != 0120000 && value != 0160000)
        return false;
    *mode = value;
    return true;
}

/* Is this id, perhaps shortened, that of an empty blob (SHA-1 or SHA-256)? */
static bool header_is_empty_blob(struct patch_span id)
{
    static const char *const ids[] = {"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
                                      "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"};
    for (size_t i = 0; i < 2; i++)
        if (id.length > 0 && id.length <= strlen(ids[i]) && memcmp(id.bytes, ids[i], id.length) == 0)
            return true;
    return false;
}

/* "index 0123..4567 100644": the mode says what the old side was, the second id whether there is content. */
static int header_read_index(struct patch_span rest, const char *name, uint32_t line, struct patch_file *file,
                             struct err *err)
{
    rest = patch_span_trim_end(rest);
    const char *space = memchr(rest.bytes, ' ', rest.length);
    const char *dots = memmem(rest.bytes, rest.length, "..", 2);
    const char *end = space ? space : rest.bytes + rest.length;
    if (!dots || dots + 2 > end)
        return header_refuse(name, line, "two ids with `..` between them were expected here", rest, err);
    struct patch_span old = {rest.bytes, (size_t)(dots - rest.bytes)};
    struct patch_span new = {dots + 2, (size_t)(end - dots) - 2};
    bool same = old.length == new.length &&memcmp(old.bytes, new.bytes, old.length) == 0;
    file->filled |= !same && !header_is_empty_blob(new);
    if (!space)
        return 0;
    struct patch_span mode = {space + 1, rest.length - (size_t)(space + 1 - rest.bytes)};
    if (!header_read_mode(mode, &file->old_mode))
        return header_refuse(name, line, "this mode is none that git knows", mode, err);
    return 0;
}

enum header_word {
    WORD_OLD_MODE,
    WORD_NEW_MODE,
    WORD_ADDED,
    WORD_DELETED,
    WORD_RENAME_FROM,
    WORD_RENAME_TO,
    WORD_COPY_FROM,
    WORD_COPY_TO,
    WORD_INDEX,
    WORD_SIMILARITY,
    WORD_DISSIMILARITY,
    WORD_BINARY_FILES,
    WORD_BINARY_PATCH,
    WORD_COUNT
};

static const char *const header_words[WORD_COUNT] = {
    [WORD_OLD_MODE] = "old mode ",
    [WORD_NEW_MODE] = "new mode ",
    [WORD_ADDED] = "new file mode ",
    [WORD_DELETED] = "deleted file mode ",
    [WORD_RENAME_FROM] = "rename from ",
    [WORD_RENAME_TO] = "rename to ",
    [WORD_COPY_FROM] = "copy from ",
    [WORD_COPY_TO] = "copy to ",
    [WORD_INDEX] = "index ",
    [WORD_SIMILARITY] = "similarity index ",
    [WORD_DISSIMILARITY] = "dissimilarity index ",
    [WORD_BINARY_FILES] = "Binary files ",
    [WORD_BINARY_PATCH] = "GIT binary patch",
};

/* WORD_COUNT: none of them. */
static enum header_word header_find_word(struct patch_span line)
{
    int word = 0;
    while (word < WORD_COUNT && !patch_span_starts(line, header_words[word]))
        word++;
    return (enum header_word)word;
}

bool patch_header_starts_bare(const struct patch_cursor *cursor)
{
    struct patch_cursor ahead = *cursor;
    struct patch_span line;
    bool from = false, to = false;
    for (int words = 0; words < WORD_COUNT && patch_cursor_line(&ahead, &line); words++) {
        enum header_word word = header_find_word(line);
        if (words > 0 && patch_hunk_file_follows(&ahead))
            return true;
        if (word == WORD_COUNT || word == WORD_BINARY_FILES || word == WORD_BINARY_PATCH)
            break;
        from |= word == WORD_RENAME_FROM || word == WORD_COPY_FROM;
        to |= word == WORD_RENAME_TO || word == WORD_COPY_TO;
        patch_cursor_next(&ahead);
    }
    return from && to;
}

static int header_read_move(struct patch_span rest, const char *name, uint32_t line, char **out,
                            struct err *err)
{
    free(*out);
    *out = patch_name_read(rest, NULL);
    if (*out)
        return 0;
    return header_refuse(name, line, "this name can't be read", rest, err);
}

static int header_read_word(enum header_word word, struct patch_span rest, const char *name, uint32_t line,
                            struct patch_said *said, struct patch_file *file, struct err *err)
{
    uint32_t *mode = word == WORD_OLD_MODE || word == WORD_DELETED ? &file->old_mode : &file->new_mode;
    switch (word) {
    case WORD_ADDED:
    case WORD_DELETED:
        said->added |= word == WORD_ADDED;
        said->deleted |= word == WORD_DELETED;
        __attribute__((fallthrough));
    case WORD_OLD_MODE:
    case WORD_NEW_MODE:
        if (header_read_mode(rest, mode))
            return 0;
        return header_refuse(name, line, "this mode is none that git knows", rest, err);
    case WORD_COPY_FROM:
    case WORD_RENAME_FROM:
        said->copied |= word == WORD_COPY_FROM;
        return header_read_move(rest, name, line, &said->moved_from, err);
    case WORD_COPY_TO:
    case WORD_RENAME_TO:
        return header_read_move(rest, name, line, &said->moved_to, err);
    case WORD_INDEX:
        return header_read_index(rest, name, line, file, err);
    case WORD_SIMILARITY:
        file->filled |= !patch_span_starts(rest, "100%");
        return 0;
    case WORD_BINARY_FILES:
    case WORD_BINARY_PATCH:
        file->binary = true;
        return 0;
    default:
        return 0;
    }
}

/* "--- x" or "+++ x"; *out is NULL for /dev/null. */
static int header_read_side(struct patch_span line, const char *name, uint32_t number, struct patch *patch,
                            char **out, bool *epoch, struct err *err)
{
    struct patch_span rest = {line.bytes + 4, line.length - 4}, stamp;
    char *read = patch_name_read(rest, &stamp);
    if (!read || *read == '\0') {
        free(read);
        return header_refuse(name, number, "this name can't be read", rest, err);
    }
    const char *blanks = NULL;
    if (stamp.length == 0 && patch_name_cut_stamp(read, &blanks))
        patch_add_note(patch,
                       "patch line %u: the time stamp behind the name is set off by blanks, not by a tab; "
                       "left out",
                       number);
    /* GNU diff -N names an absent file with the time stamp of the epoch, within a day of time zones. */
    *epoch = patch_span_starts(stamp, "\t1970-01-01 ") || patch_span_starts(stamp, "\t1969-12-31 ") ||
             (blanks && (strncmp(blanks, "1970-01-01 ", 11) == 0 || strncmp(blanks, "1969-12-31 ", 11) == 0));
    free(*out);
    *out = read;
    if (strcmp(read, "/dev/null") == 0) {
        free(read);
        *out = NULL;
    }
    return 0;
}

static int header_read_sides(struct patch_cursor *cursor, const char *name, struct patch *patch,
                             struct patch_said *said, bool epoch[2], struct err *err)
{
    struct patch_span line;
    patch_cursor_line(cursor, &line);
    int code = header_read_side(line, name, cursor->line, patch, &said->pair_old, &epoch[0], err);
    if (code < 0)
        return code;
    patch_cursor_next(cursor);
    patch_cursor_line(cursor, &line);
    code = header_read_side(line, name, cursor->line, patch, &said->pair_new, &epoch[1], err);
    patch_cursor_next(cursor);
    said->has_pair = true;
    return code;
}

/* Skips the base85 lines of a binary patch, which are never applied:
 * a line of nothing ends each of its parts. */
static void header_skip_binary(struct patch_cursor *cursor)
{
    struct patch_span line;
    while (patch_cursor_line(cursor, &line)) {
        bool literal = patch_span_starts(line, "literal ") || patch_span_starts(line, "delta ");
        if (!literal && patch_span_trim_end(line).length > 0)
            return;
        patch_cursor_next(cursor);
        while (literal && patch_cursor_line(cursor, &line) && patch_span_trim_end(line).length > 0)
            patch_cursor_next(cursor);
    }
}

/* Whether the pair at the cursor is that of the rename, or of a file that follows one without changes. */
static bool header_pair_is_of_move(struct patch_cursor at, const struct patch_said *said)
{
    struct patch_span line;
    const char *unusual;
    if (!said->moved_from || !said->moved_to)
        return true;
    patch_cursor_line(&at, &line);
    cleanup_free char *old = patch_name_read((struct patch_span){line.bytes + 4, line.length - 4}, NULL);
    patch_cursor_next(&at);
    patch_cursor_line(&at, &line);
    cleanup_free char *new = patch_name_read((struct patch_span){line.bytes + 4, line.length - 4}, NULL);
    if (!old || !new)
        return true; /* which the reader of the pair will say */
    patch_name_strip_pair(old, new, &unusual);
    return strcmp(old, said->moved_from) == 0 && strcmp(new, said->moved_to) == 0;
}

int patch_header_read_git(struct patch_cursor *cursor, const char *name, struct patch *patch,
                          struct patch_file *file, struct err *err)
{
    cleanup_said struct patch_said said = {0};
    struct patch_span line, first;
    bool epoch[2];
    int code = 0;
    file->source = cursor->line;
    patch_cursor_line(cursor, &first);
    if (patch_span_starts(first, "diff --git ")) {
        struct patch_span pair = {first.bytes + strlen("diff --git "), first.length - strlen("diff --git ")};
        said.has_pair = patch_name_read_pair(pair, &said.pair_old, &said.pair_new);
        patch_cursor_next(cursor);
    } else {
        patch_add_note(patch, "patch line %u: the header has no `diff --git` line; read without",
                       cursor->line);
    }
    while (code == 0 && patch_cursor_line(cursor, &line)) {
        if (patch_hunk_file_follows(cursor)) {
            if (!header_pair_is_of_move(*cursor, &said))
                break;
            said.git_old = STEAL(said.pair_old);
            said.git_new = STEAL(said.pair_new);
            code = header_read_sides(cursor, name, patch, &said, epoch, err);
            break;
        }
        enum header_word word = header_find_word(line);
        if (word == WORD_COUNT)
            break;
        size_t skip = strlen(header_words[word]);
        struct patch_span rest = {line.bytes + skip, line.length - skip};
        code = header_read_word(word, rest, name, cursor->line, &said, file, err);
        patch_cursor_next(cursor);
        if (word == WORD_BINARY_PATCH)
            header_skip_binary(cursor);
    }
    if (code < 0)
        return code;
    if (!said.has_pair && !(said.moved_from && said.moved_to))
        return header_refuse(name, file->source, "can't tell the two names of this header apart", first, err);
    return patch_said_settle(name, patch, file, &said, err);
}

int patch_header_read_plain(struct patch_cursor *cursor, const char *name, struct patch *patch,
                            struct patch_file *file, struct err *err)
{
    cleanup_said struct patch_said said = {0};
    bool epoch[2] = {false, false};
    file->source = cursor->line;
    int code = header_read_sides(cursor, name, patch, &said, epoch, err);
    if (code < 0)
        return code;
    struct patch_span line;
    struct patch_hunk hunk = {0};
    if (patch_cursor_line(cursor, &line) && patch_hunk_read_header(line, &hunk)) {
        said.added = epoch[0] && hunk.old_start == 0 && hunk.old_count == 0;
        said.deleted = epoch[1] && hunk.new_start == 0 && hunk.new_count == 0;
    }
    return patch_said_settle(name, patch, file, &said, err);
}
