#include "orchestrator/compare/command_line.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* A line being split. */
struct command_line_split {
    const char *at;      /* next byte */
    struct text word;    /* so far */
    bool open;           /* a word has begun, be it an empty one in quotes */
    char **words;        /* NULL-terminated */
    size_t count;        /* of words */
    size_t capacity;     /* of words */
    bool shell;          /* see command_line.h */
    const char *trouble; /* why it can't be split; NULL: it can */
};

static const char *const command_line_builtins[] = {
    "!",        ".",      ":",      "alias", "bg",    "case", "cd",   "command", "eval",
    "exec",     "exit",   "export", "fg",    "for",   "if",   "jobs", "local",   "read",
    "readonly", "return", "set",    "shift", "times", "trap", "type", "ulimit",  "umask",
    "unalias",  "unset",  "until",  "wait",  "while", "{",    NULL};

static void command_line_end_word(struct command_line_split *split)
{
    if (!split->open)
        return;
    split->words = memory_resize(split->words, split->count + 2, sizeof *split->words);
    split->words[split->count++] = text_take(&split->word);
    split->words[split->count] = NULL;
    split->open = false;
}

static void command_line_take_single(struct command_line_split *split)
{
    const char *end = strchr(split->at, '\'');
    if (!end) {
        split->trouble = "a ' has no end";
        return;
    }
    text_append(&split->word, split->at, (size_t)(end - split->at));
    split->at = end + 1;
}

/* Within double quotes a backslash keeps its meaning before these only. */
static void command_line_take_double(struct command_line_split *split)
{
    while (*split->at && *split->at != '"') {
        if (*split->at == '$' || *split->at == '`')
            split->shell = true;
        if (*split->at == '\\' && split->at[1] && strchr("$`\"\\\n", split->at[1])) {
            split->at++;
            if (*split->at == '\n') {
                split->at++;
                continue;
            }
        }
        text_append_char(&split->word, *split->at++);
    }
    if (*split->at == '"')
        split->at++;
    else
        split->trouble = "a \" has no end";
}

/* A line's last backslash stands for itself; before a line's end both are dropped. */
static void command_line_take_escaped(struct command_line_split *split)
{
    if (*split->at == '\n')
        split->at++;
    else if (*split->at)
        text_append_char(&split->word, *split->at++);
    else
        text_append_char(&split->word, '\\');
}

static void command_line_take_plain(struct command_line_split *split, char byte)
{
    bool first = split->word.length == 0;
    if (strchr("|&;<>()$`*?[\n", byte) || (first && (byte == '#' || byte == '~')))
        split->shell = true;
    /* NAME=value before a command sets a variable. */
    if (byte == '=' && split->count == 0 && !strchr(text_string(&split->word), '/'))
        split->shell = true;
    text_append_char(&split->word, byte);
}

static void command_line_take(struct command_line_split *split)
{
    char byte = *split->at++;
    if (byte == ' ' || byte == '\t') {
        command_line_end_word(split);
        return;
    }
    /* For the rough idea only: operators end words too. */
    if (strchr("|&;<>()\n", byte)) {
        command_line_end_word(split);
        split->shell = true;
        return;
    }
    bool opened = split->open;
    split->open = true;
    if (byte == '\'')
        command_line_take_single(split);
    else if (byte == '"')
        command_line_take_double(split);
    else if (byte == '\\' && *split->at == '\n' && !opened)
        split->open = false, split->at++;
    else if (byte == '\\')
        command_line_take_escaped(split);
    else
        command_line_take_plain(split, byte);
}

static bool command_line_is_builtin(const char *word)
{
    size_t i = 0;
    while (command_line_builtins[i] && strcmp(command_line_builtins[i], word) != 0)
        i++;
    return command_line_builtins[i] != NULL;
}

int command_line_read(struct command_line *command, const char *line, struct err *err)
{
    struct command_line_split split = {.at = line};
    while (*split.at && !split.trouble)
        command_line_take(&split);
    command_line_end_word(&split);
    text_fini(&split.word);
    *command = (struct command_line){.line = line, .words = split.words, .shell = split.shell};
    if (split.trouble)
        return err_set(err, ERR_INVALID, "%s", split.trouble);
    if (split.count == 0)
        return err_set(err, ERR_INVALID, "is no command");
    command->shell = split.shell || command_line_is_builtin(split.words[0]);
    return 0;
}

static char **command_line_copy(char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **copies = memory_zeroed((count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = memory_copy_string(words[i]);
    return copies;
}

void command_line_settle(struct command_line *a, struct command_line *b)
{
    struct command_line *const both[] = {a, b};
    bool shell = a->shell || b->shell;
    for (size_t i = 0; i < 2; i++) {
        char by[] = "/bin/sh";
        char option[] = "-c";
        cleanup_text struct text line = {0};
        text_append_string(&line, both[i]->line);
        char *const words[] = {by, option, line.data, NULL};
        both[i]->shell = shell;
        both[i]->argv = command_line_copy(shell ? words : both[i]->words);
    }
}

void command_line_fini(struct command_line *command)
{
    json_free_strings(command->words);
    json_free_strings(command->argv);
    *command = (struct command_line){0};
}
