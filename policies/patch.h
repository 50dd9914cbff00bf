/*
 * A patch as read from text: git diffs, plain unified diffs, one or several format-patch mails, prose around
 * them, Windows line ends, indentation, and what else models do to a diff. It is understood as it was meant,
 * with a note of each repair, or refused with a sentence; nothing of a change is ever left out or merged in
 * silence. Parsed and normalised here, pure; applied by orchestrator/repository.
 */
#ifndef CUPEL_POLICIES_PATCH_H
#define CUPEL_POLICIES_PATCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATCH_MAX_BYTES ((size_t)64 << 20) /* longer patches are ERR_LIMIT */
#define PATCH_MAX_LINES ((size_t)4 << 20)  /* lines in hunks, all files together */
#define PATCH_MAX_NOTES 200                /* further notes are counted, not kept */

enum patch_change { PATCH_MODIFY, PATCH_ADD, PATCH_DELETE, PATCH_RENAME, PATCH_COPY, PATCH_MODE };

struct patch_line {
    char kind;         /* ' ', '+', '-' */
    bool no_newline;   /* followed by "\ No newline at end of file" */
    bool bare;         /* a context line of nothing at all, not even its space */
    const char *bytes; /* borrowed from the patch, without the line end */
    size_t length;     /* of bytes */
    uint32_t source;   /* line number in the patch text, 1-based */
};

struct patch_hunk {
    uint32_t old_start, old_count, new_start, new_count; /* after repair */
    struct patch_line *lines;                            /* owned */
    size_t line_count;                                   /* of lines */
    uint32_t source;                                     /* line of the @@ header in the patch text */
    bool repaired;                                       /* the counts in the header were wrong, or missing */
    bool unnumbered; /* the header had no line numbers: the starts are 0 and mean nothing */
    bool open_end;   /* context at its end is missing, so it need not match the end of the file */
};

struct patch_file {
    enum patch_change change; /* PATCH_MODE: nothing but the mode differs */
    char *old_path;           /* raw, as the patch names it without a/ b/; NULL for an added file */
    char *new_path;           /* NULL for a deleted one */
    uint32_t old_mode;        /* 0: not said */
    uint32_t new_mode;        /* 0: not said */
    bool binary;              /* GIT binary patch or "Binary files differ" */
    bool filled;              /* its header says that its content is not none, or not the old one */
    bool stripped;            /* CR was taken off the lines, headers had it too */
    struct patch_hunk *hunks; /* owned */
    size_t hunk_count;        /* of hunks */
    uint32_t source;          /* line of its first header */
    uint32_t block;           /* which fence, or part between prose, it came in; from 0 */
    uint32_t series;          /* which mail it came in, from 0; mails apply one after the other */
};

struct patch {
    char *text;               /* the input; lines borrow from it */
    size_t length;            /* of text */
    struct patch_file *files; /* in the order of the text; a path may come more than once */
    size_t file_count;        /* of files */
    size_t added, removed;    /* lines */
    char **notes;             /* what was repaired or skipped, sentences; NULL-terminated */
    size_t note_count;        /* of notes, without the NULL */
    size_t notes_dropped;     /* beyond PATCH_MAX_NOTES */
    char *subject;            /* of the first mail, or NULL */
    char *author;             /* "Name <mail>" of the first mail, or NULL */
    char *message;            /* of a commit: what stands below its subject; NULL: nothing known */
    char **authors;           /* every From and Co-authored-by of the mails, each once; NULL-terminated */
    size_t author_count;      /* of authors, without the NULL */
};

/* Errors name patch line, file and hunk, what was expected and what was found. Takes a copy of `bytes`. */
WARN_UNUSED int patch_parse(struct patch *patch, const char *name, const char *bytes, size_t length,
                            struct err *err);
void patch_fini(struct patch *patch);

/* Adds a sentence to the notes; of those past PATCH_MAX_NOTES only the number is kept. */
void patch_add_note(struct patch *patch, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds "Name <mail>" unless it is there. */
void patch_add_author(struct patch *patch, const char *author, size_t length);

/* What the file is called in messages: the new path, or the old one of a deletion. Borrowed. */
const char *patch_file_name(const struct patch_file *file);

/*
 * Raw path rules that git applies and libgit2 does not: no empty, ".", "..", ".git" in any spelling that a
 * file system may fold, no leading or double slash, no NUL. False with the reason in *why (static).
 */
bool patch_path_is_safe(const char *path, const char **why);

#endif
