#include "policies/screen/token.h"

#include <ctype.h>
#include <string.h>

static bool token_sees(const struct token_reader *reader, const char *what)
{
    size_t length = strlen(what);
    return length > 0 && reader->length - reader->at >= length &&
           memcmp(reader->text + reader->at, what, length) == 0;
}

static bool token_is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static void token_skip(struct token_reader *reader, size_t count)
{
    for (; count > 0 && reader->at < reader->length; count--)
        reader->line += reader->text[reader->at++] == '\n';
}

static void token_skip_to(struct token_reader *reader, const char *end)
{
    const char *here = reader->text + reader->at;
    const char *found = memmem(here, reader->length - reader->at, end, strlen(end));
    token_skip(reader, found ? (size_t)(found - here) : reader->length - reader->at);
}

/* White space but line ends, comments, and lines that a backslash continues. */
static void token_skip_space(struct token_reader *reader)
{
    while (reader->at < reader->length) {
        char byte = reader->text[reader->at];
        if (token_sees(reader, reader->rules->line_comment)) {
            token_skip_to(reader, "\n");
        } else if (reader->rules->block_comments && token_sees(reader, "/*")) {
            token_skip(reader, 2);
            token_skip_to(reader, "*/");
            token_skip(reader, 2);
        } else if (token_sees(reader, "\\\n")) {
            token_skip(reader, 2);
        } else if (token_sees(reader, "\\\r\n")) {
            token_skip(reader, 3);
        } else if (byte != '\n' && isspace((unsigned char)byte)) {
            token_skip(reader, 1);
        } else {
            return;
        }
    }
}

static void token_take_string(struct token_reader *reader, struct token *token)
{
    char quote = reader->text[reader->at];
    bool is_long = token_is_one_of(quote, reader->rules->long_quotes);
    const char triple[4] = {quote, quote, quote, '\0'};
    bool is_triple = reader->rules->triple_quotes && token_sees(reader, triple);
    size_t width = is_triple ? 3 : 1;
    token_skip(reader, width);
    size_t start = reader->at;
    while (reader->at < reader->length) {
        char byte = reader->text[reader->at];
        if (is_triple ? token_sees(reader, triple) : byte == quote)
            break;
        if (byte == '\n' && !is_long && !is_triple)
            break;
        token_skip(reader, byte == '\\' ? 2 : 1);
    }
    *token = (struct token){TOKEN_STRING, reader->text + start, reader->at - start, token->line};
    if (reader->at < reader->length && reader->text[reader->at] != '\n')
        token_skip(reader, width);
}

static size_t token_char_literal_length(const struct token_reader *reader)
{
    const char *here = reader->text + reader->at;
    size_t left = reader->length - reader->at;
    if (left >= 3 && here[1] != '\\' && here[2] == '\'')
        return 3;
    if (left < 4 || here[1] != '\\')
        return 1;
    const char *end = memchr(here + 3, '\'', left - 3 < 12 ? left - 3 : 12);
    return end ? (size_t)(end - here) + 1 : 1;
}

static bool token_is_word_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

bool token_next(struct token_reader *reader, struct token *token)
{
    token_skip_space(reader);
    if (reader->at >= reader->length)
        return false;
    const char *here = reader->text + reader->at;
    *token = (struct token){*here == '\n' ? TOKEN_LINE_END : TOKEN_MARK, here, 1, reader->line};
    if (token_is_one_of(*here, reader->rules->quotes) || token_is_one_of(*here, reader->rules->long_quotes)) {
        token_take_string(reader, token);
        return true;
    }
    if (*here == '\'' && reader->rules->char_literals)
        token->length = token_char_literal_length(reader);
    if (token_is_word_byte(*here)) {
        token->kind = TOKEN_WORD;
        while (reader->at + token->length < reader->length && token_is_word_byte(here[token->length]))
            token->length++;
    }
    token_skip(reader, token->length);
    return true;
}

bool token_is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strlen(word) == token->length &&
           memcmp(token->bytes, word, token->length) == 0;
}

bool token_is_mark(const struct token *token, char mark)
{
    return token->kind == TOKEN_MARK && token->bytes[0] == mark;
}
