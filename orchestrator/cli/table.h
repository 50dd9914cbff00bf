/* The rows behind cli.h: every word that a person can type, with the sentence that explains it. */
#ifndef CUPEL_ORCHESTRATOR_CLI_TABLE_H
#define CUPEL_ORCHESTRATOR_CLI_TABLE_H

#include "orchestrator/cli/cli.h"

#include <stdint.h>

enum cli_kind {
    CLI_KIND_FLAG,     /* no value */
    CLI_KIND_TEXT,     /* any value that is not empty */
    CLI_KIND_FILE,     /* a path: completed as one */
    CLI_KIND_FOLDER,   /* likewise, folders only */
    CLI_KIND_SECONDS,  /* a number above 0 */
    CLI_KIND_DAYS,     /* likewise */
    CLI_KIND_PERCENT,  /* a number above 0 and at most 90 */
    CLI_KIND_CHOICE,   /* one of `choices` */
    CLI_KIND_VERDICTS, /* names of verdicts, separated by commas */
};

#define CLI_PERCENT_MOST 90 /* nothing can be shown to be 100 % faster */

#define CLI_IN(command) (UINT32_C(1) << (command))

/* What an option means to some commands, where that is not what it means to the others. */
struct cli_wording {
    uint32_t commands;    /* bit set by CLI_IN(); 0: the end of a list */
    const char *sentence; /* as in a row */
};

struct cli_option_row {
    const char *name; /* without the dashes */
    char letter;      /* short form, or 0 */
    enum cli_kind kind;
    const char *value;          /* what help calls its value; NULL: a flag */
    const char *const *choices; /* CLI_KIND_CHOICE: NULL-terminated */
    bool repeatable;
    uint32_t commands;                  /* bit set by CLI_IN() */
    uint64_t excludes;                  /* bit set of options that may not stand beside it */
    const char *sentence;               /* for help; no period */
    const struct cli_wording *wordings; /* sentences of some commands in its place, or NULL */
};

struct cli_command_row {
    const char *name;
    const char *positional;     /* as help shows it; "" for none */
    const char *const *choices; /* of the positional: NULL-terminated, or NULL */
    size_t least, most;         /* positional arguments */
    const char *sentence;       /* for help; no period */
    const char *description;    /* paragraphs for the command's own help and the man page */
};

struct cli_status_row {
    int status;           /* exit status */
    const char *sentence; /* what it means */
};

extern const struct cli_option_row cli_option_rows[CLI_OPTION_COUNT];
extern const struct cli_command_row cli_command_rows[CLI_COMMAND_COUNT];
extern const struct cli_status_row cli_status_rows[];
extern const size_t cli_status_count;

/* Is that option one of that command? */
bool cli_takes(enum cli_command command, enum cli_option option);

/* What that option means to that command. */
const char *cli_sentence(enum cli_command command, enum cli_option option);

#endif
