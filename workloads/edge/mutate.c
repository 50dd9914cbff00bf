#include "workloads/edge/mutate.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/unicode.h"

#include <ctype.h>
#include <string.h>

/* Bytes that take the place of others. */
struct edit {
    size_t start, end; /* in the text */
    struct text text;
};

static void edit_put(struct edit *edit, size_t start, size_t end, const char *bytes, size_t length)
{
    edit->start = start;
    edit->end = end;
    text_append(&edit->text, bytes, length);
}

/* As a raw query string can hold it. "%" and "+" stay: that they are taken otherwise is what is asked. */
static void mutate_append_query(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte <= ' ' || byte >= 0x7f || strchr("\"#&<>\\^`{|}", byte))
            text_printf(out, "%%%02X", byte);
        else
            text_append_char(out, (char)byte);
    }
}

static bool mutate_set(const struct edge_place *place, const struct edge_value *value, struct edit *edit)
{
    edit_put(edit, place->start, place->end, "", 0);
    if (!place->query) {
        text_append(&edit->text, value->text, value->length);
        return !place->flag;
    }
    if (place->start == place->name_end) /* there was no "=" */
        text_append_char(&edit->text, '=');
    mutate_append_query(&edit->text, value->text, value->length);
    return true;
}

static bool mutate_absent(const struct edge_place *place, struct edit *edit)
{
    edit_put(edit, place->cut_start, place->cut_end, "", 0);
    return place->cut_end > place->cut_start;
}

static bool mutate_bare(const struct edge_place *place, const char *text, struct edit *edit)
{
    bool inside = place->start > 0 && text[place->start - 1] == '=';
    edit_put(edit, place->start - inside, place->end, "", 0);
    return inside && !place->json && !place->apart && place->carrier != EDGE_VARIABLE;
}

static bool mutate_twice(const struct edge_place *place, const char *text, struct edit *edit)
{
    edit_put(edit, place->end, place->end, "&", 1);
    text_append(&edit->text, text + place->name_start, place->name_end - place->name_start);
    text_append_string(&edit->text, "=0");
    return place->query;
}

static bool mutate_brackets(const struct edge_place *place, struct edit *edit)
{
    edit_put(edit, place->name_end, place->name_end, "[]", 2);
    return place->query;
}

static bool mutate_in_array(const struct edge_place *place, const char *text, struct edit *edit)
{
    edit_put(edit, place->start, place->end, "[", 1);
    text_append(&edit->text, text + place->start, place->end - place->start);
    text_append_char(&edit->text, ']');
    return place->json && place->type != JSON_ARRAY;
}

static bool mutate_first_item(const struct edge_place *place, const char *text, struct edit *edit)
{
    edit_put(edit, place->start, place->end, text + place->first_start,
             place->first_end - place->first_start);
    return place->json && place->first_end > place->first_start;
}

static bool mutate_one_item(const struct edge_place *place, struct edit *edit)
{
    edit_put(edit, place->first_end, place->end, "]", 1);
    return place->json && place->type == JSON_ARRAY && place->count > 1;
}

static bool mutate_items_twice(const struct edge_place *place, const char *text, struct edit *edit)
{
    if (place->first_end <= place->first_start)
        return false;
    size_t from = place->start + 1;
    size_t length = place->end - 1 - from;
    edit_put(edit, place->end - 1, place->end - 1, ",", 1);
    text_append(&edit->text, text + from, length);
    return place->json;
}

static bool mutate_duplicate_key(const struct edge_place *place, const char *text, struct edit *edit)
{
    edit_put(edit, place->end, place->end, ",", 1);
    text_append(&edit->text, text + place->name_start, place->name_end - place->name_start);
    text_append_string(&edit->text, ":null");
    return place->json && place->name_end > place->name_start;
}

static bool mutate_extra_key(const struct edge_place *place, struct edit *edit)
{
    static const char key[] = "\"unexpected\":0";
    edit_put(edit, place->end - 1, place->end - 1, ",", place->count > 0);
    text_append(&edit->text, key, sizeof key - 1);
    return place->json && place->type == JSON_OBJECT;
}

/* Behind 0xc3: U+00C0 to U+00DE are U+00E0 to U+00FE in the other case, but for the signs among them. */
static bool mutate_is_latin(unsigned char byte)
{
    return byte >= 0x80 && byte <= 0xbe && byte != 0x97 && byte != 0x9f && byte != 0xb7;
}

/* Letters of what is spelled without escapes: those of "\n" are no letters. */
static bool mutate_other_case(const struct edge_place *place, const char *text, struct edit *edit)
{
    size_t length = place->end - place->start;
    if ((place->json && (place->type != JSON_STRING || memchr(text + place->start, '\\', length))) ||
        (place->query && memchr(text + place->start, '%', length)))
        return false;
    edit_put(edit, place->start, place->end, "", 0);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[place->start + i];
        unsigned char before = i > 0 ? (unsigned char)text[place->start + i - 1] : 0;
        if (before == 0xc3 && byte == 0x9f) { /* sharp s */
            edit->text.length--;
            text_append_string(&edit->text, "SS");
        } else {
            bool letter = byte < 0x80 ? isalpha(byte) : before == 0xc3 && mutate_is_latin(byte);
            text_append_char(&edit->text, (char)(letter ? byte ^ 0x20 : byte));
        }
    }
    return !place->flag;
}

/* An accent of its own instead of one in a character. */
static bool mutate_other_form(const struct edge_place *place, const char *text, struct edit *edit)
{
    size_t length = 0;
    cleanup_free char *form = unicode_form_d(text + place->start, place->end - place->start, &length);
    edit_put(edit, place->start, place->end, "", 0);
    if (place->query)
        mutate_append_query(&edit->text, form, length);
    else
        text_append(&edit->text, form, length);
    return !place->flag && (!place->json || place->type == JSON_STRING);
}

static bool mutate_space(const struct edge_place *place, bool trailing, struct edit *edit)
{
    if (place->flag || (place->json && place->type != JSON_STRING))
        return false;
    size_t at = trailing ? place->end - place->json : place->start + place->json;
    bool bare = place->query && place->start == place->name_end;
    const char *space = bare ? "=%20" : place->query ? "%20" : " ";
    edit_put(edit, at, at, space, strlen(space));
    return true;
}

static bool mutate_edit(const struct edge_place *place, const struct edge_value *value, const char *text,
                        struct edit *edit)
{
    switch (value->act) {
    case EDGE_SET:
        return mutate_set(place, value, edit);
    case EDGE_ABSENT:
        return mutate_absent(place, edit);
    case EDGE_BARE:
        return mutate_bare(place, text, edit);
    case EDGE_TWICE:
        return mutate_twice(place, text, edit);
    case EDGE_BRACKETS:
        return mutate_brackets(place, edit);
    case EDGE_IN_ARRAY:
        return mutate_in_array(place, text, edit);
    case EDGE_FIRST_ITEM:
        return mutate_first_item(place, text, edit);
    case EDGE_ONE_ITEM:
        return mutate_one_item(place, edit);
    case EDGE_ITEMS_TWICE:
        return mutate_items_twice(place, text, edit);
    case EDGE_DUPLICATE_KEY:
        return mutate_duplicate_key(place, text, edit);
    case EDGE_EXTRA_KEY:
        return mutate_extra_key(place, edit);
    case EDGE_OTHER_CASE:
        return mutate_other_case(place, text, edit);
    case EDGE_OTHER_FORM:
        return mutate_other_form(place, text, edit);
    case EDGE_LEADING_SPACE:
        return mutate_space(place, false, edit);
    case EDGE_TRAILING_SPACE:
        return mutate_space(place, true, edit);
    default:
        return false;
    }
}

bool edge_mutate_text(const struct edge_place *place, const struct edge_value *value, const char *text,
                      size_t length, struct text *out)
{
    struct edit edit = {0};
    bool fits = mutate_edit(place, value, text, &edit);
    size_t gone = edit.end - edit.start;
    if (fits && (gone != edit.text.length || memcmp(text + edit.start, text_string(&edit.text), gone) != 0)) {
        text_reserve(out, length + edit.text.length);
        text_append(out, text, edit.start);
        text_append(out, text_string(&edit.text), edit.text.length);
        text_append(out, text + edit.end, length - edit.end);
    } else {
        fits = false;
    }
    text_fini(&edit.text);
    return fits;
}

char *edge_mutate_words(const struct edge_place *place, const struct edge_value *value)
{
    switch (value->act) {
    case EDGE_SET:
        return memory_format("with %s=%s", place->name, value->label);
    case EDGE_ABSENT:
        return memory_format("without %s", place->name);
    default:
        return memory_format("with %s %s", place->name, edge_act_name(value->act));
    }
}
