#include "tests/base/random_json.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* xorshift64* (Vigna 2014). */
size_t random_below(struct random *random, size_t below)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (size_t)((random->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static const char *random_piece(struct random *random)
{
    static const char *const pieces[] = {"a",
                                         "Z9",
                                         " ",
                                         "\\n",
                                         "\\\"",
                                         "\\u0041",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "\\u00e9",
                                         "\\/",
                                         "\xf0\x9f\x98\x80",
                                         "\\ud83d\\ude00",
                                         "~",
                                         "/",
                                         "0",
                                         "longer text",
                                         "\\u0000",
                                         "\\udc00"};
    size_t wild = sizeof pieces / sizeof *pieces;
    return pieces[random_below(random, random->tame ? wild - 2 : wild)];
}

static void random_write_string(struct random *random, struct text *out)
{
    text_append_char(out, '"');
    for (size_t pieces = random_below(random, 6); pieces; pieces--)
        text_append_string(out, random_piece(random));
    text_append_char(out, '"');
}

static char *random_scalar(struct random *random)
{
    static const char *const words[] = {"null", "true",  "false", "0",
                                        "-0",   "1e400", "0.1",   "12345678901234567890"};
    struct text out = {0};
    switch (random_below(random, 4)) {
    case 0:
        text_append_string(&out, words[random_below(random, sizeof words / sizeof *words)]);
        break;
    case 1:
        text_printf(&out, "%s%zu", random_below(random, 4) ? "" : "-", random_below(random, 1000));
        break;
    case 2:
        text_printf(&out, "%zu.%zue%s%zu", random_below(random, 10), random_below(random, 1000),
                    random_below(random, 2) ? "-" : "", random_below(random, 5));
        break;
    default:
        random_write_string(random, &out);
    }
    return text_take(&out);
}

/* Now and then one that holds what pointers escape; its number keeps it apart from its sisters. */
static char *random_key(struct random *random, size_t number)
{
    switch (random_below(random, 5)) {
    case 0:
        return memory_format("\"a/%zu\"", number);
    case 1:
        return memory_format("\"~%zu\"", number);
    case 2:
        return memory_format("\"a rather long name, number %zu\"", number);
    default:
        return memory_format("\"k%zu\"", number);
    }
}

void node_make(struct random *random, int depth, struct node *out)
{
    *out = (struct node){.type = (enum node_type)(1 + random_below(random, 2))};
    if (depth == 0 || random_below(random, 3) == 0) {
        *out = (struct node){.type = NODE_SCALAR, .text = random_scalar(random)};
        return;
    }
    out->count = random_below(random, random_below(random, 8) ? 6 : 40);
    out->items = memory_zeroed((out->count + 1) * sizeof *out->items);
    for (size_t i = 0; i < out->count; i++) {
        node_make(random, depth - 1, &out->items[i]);
        if (out->type == NODE_OBJECT)
            out->items[i].key = random_key(random, i);
    }
}

void node_copy(const struct node *node, struct node *out)
{
    *out = (struct node){.type = node->type, .count = node->count};
    out->key = node->key ? memory_copy_string(node->key) : NULL;
    out->text = node->text ? memory_copy_string(node->text) : NULL;
    out->items = node->items ? memory_zeroed((node->count + 1) * sizeof *node->items) : NULL;
    for (size_t i = 0; i < node->count; i++)
        node_copy(&node->items[i], &out->items[i]);
}

void node_fini(struct node *node)
{
    for (size_t i = 0; i < node->count; i++)
        node_fini(&node->items[i]);
    free(node->items);
    free(node->key);
    free(node->text);
    *node = (struct node){0};
}

void node_shuffle(struct random *random, struct node *node)
{
    for (size_t i = node->type == NODE_OBJECT ? node->count : 0; i > 1; i--) {
        size_t j = random_below(random, i);
        struct node kept = node->items[i - 1];
        node->items[i - 1] = node->items[j];
        node->items[j] = kept;
    }
    for (size_t i = 0; i < node->count; i++)
        node_shuffle(random, &node->items[i]);
}

/* Another value of the type, or another type. */
static void node_change_scalar(struct random *random, struct node *node)
{
    char *old = node->text;
    if (*old == '"')
        node->text = random_below(random, 3) ? memory_format("\"%zu%s", random_below(random, 9), old + 1)
                                             : memory_copy_string("17.25");
    else if (*old == '-' || (*old >= '0' && *old <= '9'))
        node->text =
            random_below(random, 3) ? memory_copy_string("-98765.4321") : memory_copy_string("\"17\"");
    else
        node->text = memory_copy_string(*old == 't'   ? "false"
                                        : *old == 'f' ? "true"
                                        : *old == 'n' ? "[]"
                                                      : "null");
    free(old);
}

static void node_remove(struct node *node, size_t index)
{
    node_fini(&node->items[index]);
    memmove(&node->items[index], &node->items[index + 1], (--node->count - index) * sizeof *node->items);
}

static void node_insert(struct node *node, size_t index, char *key)
{
    node->items = memory_resize(node->items, node->count + 2, sizeof *node->items);
    memmove(&node->items[index + 1], &node->items[index], (node->count++ - index) * sizeof *node->items);
    node->items[index] = (struct node){.type = NODE_SCALAR, .key = key, .text = memory_copy_string("4711")};
}

void node_change(struct random *random, struct node *root)
{
    struct node *node = root;
    while (node->count > 0 && random_below(random, 5))
        node = &node->items[random_below(random, node->count)];
    if (node->type == NODE_SCALAR) {
        node_change_scalar(random, node);
        return;
    }
    if (node->count > 0 && random_below(random, 2))
        node_remove(node, random_below(random, node->count));
    else
        node_insert(node, random_below(random, node->count + 1),
                    node->type == NODE_OBJECT ? memory_format("\"new %zu\"", random_below(random, 1000000))
                                              : NULL);
}

static void node_write_space(struct random *spaces, struct text *out)
{
    static const char *const kinds[] = {"", "", "", " ", "\n", "\t", "\r\n", "\n                    "};
    if (spaces)
        text_append_string(out, kinds[random_below(spaces, sizeof kinds / sizeof *kinds)]);
}

void node_write(const struct node *node, struct random *spaces, struct text *out)
{
    node_write_space(spaces, out);
    if (node->key) {
        text_append_string(out, node->key);
        node_write_space(spaces, out);
        text_append_char(out, ':');
        node_write_space(spaces, out);
    }
    if (node->type == NODE_SCALAR) {
        text_append_string(out, node->text);
    } else {
        text_append_char(out, node->type == NODE_ARRAY ? '[' : '{');
        for (size_t i = 0; i < node->count; i++) {
            if (i)
                text_append_char(out, ',');
            node_write(&node->items[i], spaces, out);
        }
        node_write_space(spaces, out);
        text_append_char(out, node->type == NODE_ARRAY ? ']' : '}');
    }
    node_write_space(spaces, out);
}
