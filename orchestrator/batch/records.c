#include "orchestrator/batch/records.h"

#include <string.h>

void records_init(struct records *records, FILE *file, size_t limit)
{
    *records = (struct records){.file = file, .limit = limit, .next_line = 1};
}

void records_fini(struct records *records)
{
    text_fini(&records->record);
}

static int records_get(struct records *records)
{
    int byte = getc_unlocked(records->file);
    records->next_line += byte == '\n';
    return byte;
}

static void records_unget(struct records *records, int byte)
{
    records->next_line -= byte == '\n';
    ungetc(byte, records->file);
}

/* JSON's white space (RFC 8259, section 2). Returns the first other byte, left in the file, or EOF. */
static int records_skip_blanks(struct records *records)
{
    int byte;
    do
        byte = records_get(records);
    while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r');
    if (byte != EOF)
        records_unget(records, byte);
    return byte;
}

static void records_skip_byte_order_mark(struct records *records)
{
    static const unsigned char mark[3] = {0xef, 0xbb, 0xbf};
    int byte = records_get(records);
    if (byte == mark[0]) {
        /* Nothing else that starts so is JSON, so the two behind need no second look. */
        records_get(records);
        records_get(records);
    } else if (byte != EOF) {
        records_unget(records, byte);
    }
}

static void records_begin(struct records *records)
{
    text_clear(&records->record);
    text_reserve(&records->record, 0);
    records->line = records->next_line;
    records->cut = false;
}

static void records_keep(struct records *records, int byte)
{
    if (records->record.length < records->limit)
        text_append_char(&records->record, (char)byte);
    else
        records->cut = true;
}

static int records_read_line(struct records *records)
{
    int byte;
    records_begin(records);
    while ((byte = records_get(records)) != EOF && byte != '\n')
        records_keep(records, byte);
    return 1;
}

static int records_read_rest(struct records *records)
{
    int byte;
    records_begin(records);
    while ((byte = records_get(records)) != EOF)
        records_keep(records, byte);
    return 1;
}

/* Up to the comma or bracket that ends the element, which is taken too. */
static int records_read_element(struct records *records)
{
    size_t depth = 0;
    bool in_string = false, escaped = false;
    records_begin(records);
    for (;;) {
        int byte = records_get(records);
        if (byte == EOF)
            return 1; /* an array without an end: what there is of the element is no JSON */
        if (!in_string && depth == 0 && (byte == ',' || byte == ']')) {
            records->place = byte == ']' ? RECORDS_BEHIND : RECORDS_ELEMENTS;
            return 1;
        }
        if (byte == '"' && !escaped)
            in_string = !in_string;
        escaped = in_string && byte == '\\' && !escaped;
        if (!in_string && (byte == '{' || byte == '['))
            depth++;
        if (!in_string && (byte == '}' || byte == ']') && depth > 0)
            depth--;
        records_keep(records, byte);
    }
}

/* Tells lines from an array by the first byte, and an empty array from one with elements. */
static void records_start(struct records *records)
{
    records_skip_byte_order_mark(records);
    records->place = RECORDS_LINES;
    if (records_skip_blanks(records) != '[')
        return;
    records_get(records);
    records->place = RECORDS_ELEMENTS;
    if (records_skip_blanks(records) == ']') {
        records_get(records);
        records->place = RECORDS_BEHIND;
    }
}

int records_next(struct records *records)
{
    int found = 0;
    if (records->place == RECORDS_START)
        records_start(records);
    int byte = records->place == RECORDS_END ? EOF : records_skip_blanks(records);
    if (records->place == RECORDS_ELEMENTS) {
        found = records_read_element(records);
        records->place = feof(records->file) ? RECORDS_END : records->place;
    } else if (byte != EOF) {
        found = records->place == RECORDS_LINES ? records_read_line(records) : records_read_rest(records);
    }
    return ferror(records->file) ? -1 : found;
}
