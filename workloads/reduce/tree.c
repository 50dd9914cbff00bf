#include "workloads/reduce/tree.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static uint32_t tree_add(struct tree *tree, uint32_t parent, struct tree_node node)
{
    MEMORY_GROW(tree->nodes, tree->count, tree->capacity);
    uint32_t index = (uint32_t)tree->count++;
    node.parent = parent;
    tree->nodes[index] = node;
    struct tree_node *above = &tree->nodes[parent];
    if (parent != TREE_NONE && above->first == TREE_NONE)
        above->first = index;
    else if (parent != TREE_NONE)
        tree->nodes[above->last].next = index;
    if (parent != TREE_NONE)
        above->last = index;
    return index;
}

static enum tree_kind tree_kind_of(const struct json_value *value)
{
    switch (json_type(value)) {
    case JSON_OBJECT:
        return TREE_OBJECT;
    case JSON_ARRAY:
        return TREE_ARRAY;
    case JSON_STRING:
        return TREE_STRING;
    case JSON_NUMBER:
        return TREE_NUMBER;
    default:
        return TREE_WORD;
    }
}

/* Recurses at most TREE_DEPTH deep: the reader takes nothing deeper. */
static uint32_t tree_add_json(struct tree *tree, uint32_t parent, const struct json_document *document,
                              const struct json_value *key, const struct json_value *value)
{
    struct tree_node node = {.kind = tree_kind_of(value)};
    if (key)
        node.key = json_source(document, key, &node.key_length);
    node.text = json_source(document, value, &node.length);
    uint32_t index = tree_add(tree, parent, node);
    for (size_t i = 0; node.kind == TREE_OBJECT && i < json_count(value); i++)
        tree_add_json(tree, index, document, json_key(value, i), json_member(value, i, NULL, NULL));
    for (size_t i = 0; node.kind == TREE_ARRAY && i < json_count(value); i++)
        tree_add_json(tree, index, document, NULL, json_element(value, i));
    return index;
}

static const struct json_document *tree_keep(struct tree *tree, struct json_document *document)
{
    MEMORY_GROW(tree->documents, tree->document_count, tree->document_capacity);
    tree->documents[tree->document_count++] = document;
    return document;
}

static bool tree_begins_json(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && memchr(" \t\r\n", bytes[at], 4))
        at++;
    return at < length && (bytes[at] == '{' || bytes[at] == '[');
}

/* One object or array; NULL: it is none. Kept in the tree. */
static const struct json_document *tree_read(struct tree *tree, const char *bytes, size_t length)
{
    const struct json_options options = {.max_depth = TREE_DEPTH};
    struct json_document *document = NULL;
    struct json_error ignored;
    if (!tree_begins_json(bytes, length) || json_read(bytes, length, &options, &document, &ignored) < 0)
        return NULL;
    return tree_keep(tree, document);
}

/* Objects and arrays, one a line; NULL: something else is among them. */
static const struct json_document *tree_read_lines(struct tree *tree, const char *bytes, size_t length)
{
    const struct json_options options = {.max_depth = TREE_DEPTH};
    cleanup_json struct json_document *document = NULL;
    struct json_error ignored;
    if (!tree_begins_json(bytes, length) || json_read_lines(bytes, length, &options, &document, &ignored) < 0)
        return NULL;
    const struct json_value *root = json_root(document);
    for (size_t i = 0; i < json_count(root); i++) {
        enum json_type type = json_type(json_element(root, i));
        if (type != JSON_OBJECT && type != JSON_ARRAY)
            return NULL;
    }
    return tree_keep(tree, STEAL(document));
}

static void tree_add_arguments(struct tree *tree, const struct sample *sample, bool plain)
{
    tree->arguments = tree_add(tree, TREE_NONE, (struct tree_node){.kind = TREE_LIST});
    for (char *const *argument = sample->args; *argument; argument++) {
        size_t length = strlen(*argument);
        const struct json_document *document = plain ? NULL : tree_read(tree, *argument, length);
        if (document)
            tree_add_json(tree, tree->arguments, document, NULL, json_root(document));
        else
            tree_add(tree, tree->arguments,
                     (struct tree_node){.kind = TREE_TEXT, .text = *argument, .length = length});
    }
}

static void tree_add_environment(struct tree *tree, const struct sample *sample)
{
    tree->environment = tree_add(tree, TREE_NONE, (struct tree_node){.kind = TREE_LIST});
    for (char *const *variable = sample->environment; *variable; variable++) {
        const char *value = strchr(*variable, '=') + 1;
        tree_add(tree, tree->environment,
                 (struct tree_node){.kind = TREE_TEXT,
                                    .key = *variable,
                                    .key_length = (size_t)(value - *variable),
                                    .text = value,
                                    .length = strlen(value)});
    }
}

static void tree_add_text_lines(struct tree *tree, const char *bytes, size_t length)
{
    tree->input = tree_add(tree, TREE_NONE, (struct tree_node){.kind = TREE_LIST});
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(bytes + at, '\n', length - at);
        size_t line = newline ? (size_t)(newline - bytes) + 1 - at : length - at;
        tree_add(tree, tree->input,
                 (struct tree_node){.kind = TREE_TEXT, .text = bytes + at, .length = line});
        at += line;
    }
}

static void tree_add_input(struct tree *tree, const char *bytes, size_t length, bool plain)
{
    const struct json_document *whole = plain ? NULL : tree_read(tree, bytes, length);
    const struct json_document *lines = plain || whole ? NULL : tree_read_lines(tree, bytes, length);
    if (whole) {
        tree->input = tree_add_json(tree, TREE_NONE, whole, NULL, json_root(whole));
        tree->input_newline = bytes[length - 1] == '\n';
    } else if (lines) {
        const struct json_value *root = json_root(lines);
        tree->input = tree_add(tree, TREE_NONE, (struct tree_node){.kind = TREE_LIST});
        for (size_t i = 0; i < json_count(root); i++)
            tree_add_json(tree, tree->input, lines, NULL, json_element(root, i));
    } else {
        tree_add_text_lines(tree, bytes, length);
    }
}

/* The id stays: the answer to another one would be out of order. */
static void tree_add_request(struct tree *tree, const struct sample *sample)
{
    const struct json_options options = {.max_depth = TREE_DEPTH};
    struct json_document *document = NULL;
    struct json_error ignored;
    if (json_read(sample->request, sample->request_length, &options, &document, &ignored) < 0) {
        tree->request =
            tree_add(tree, TREE_NONE,
                     (struct tree_node){
                         .kind = TREE_WORD, .text = sample->request, .length = sample->request_length - 1});
        return;
    }
    tree_keep(tree, document);
    const struct json_value *root = json_root(document);
    tree->request = tree_add_json(tree, TREE_NONE, document, NULL, root);
    uint32_t child = tree->nodes[tree->request].first;
    for (size_t i = 0; json_type(root) == JSON_OBJECT && i < json_count(root); i++) {
        size_t length;
        const char *key;
        json_member(root, i, &key, &length);
        tree->nodes[child].pinned = length == 2 && memcmp(key, "id", 2) == 0;
        child = tree->nodes[child].next;
    }
}

void tree_init(struct tree *tree, const struct sample *sample, bool plain)
{
    *tree = (struct tree){0};
    tree_add(tree, TREE_NONE, (struct tree_node){.kind = TREE_LIST}); /* TREE_NONE */
    tree_add_arguments(tree, sample, plain);
    tree_add_environment(tree, sample);
    if (sample->stdin_bytes)
        tree_add_input(tree, sample->stdin_bytes, sample->stdin_length, plain);
    if (sample->request)
        tree_add_request(tree, sample);
}

void tree_fini(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        free(tree->nodes[i].changed);
    for (size_t i = 0; i < tree->document_count; i++)
        json_free(tree->documents[i]);
    free(tree->documents);
    free(tree->nodes);
    *tree = (struct tree){0};
}

uint32_t tree_resolve(const struct tree *tree, uint32_t node)
{
    while (tree->nodes[node].hoisted != TREE_NONE)
        node = tree->nodes[node].hoisted;
    return node;
}

uint32_t tree_next_child(const struct tree *tree, uint32_t node, uint32_t after)
{
    uint32_t at = after == TREE_NONE ? tree->nodes[node].first : tree->nodes[after].next;
    while (at != TREE_NONE && tree->nodes[at].dropped)
        at = tree->nodes[at].next;
    return at;
}

bool tree_is_container(const struct tree *tree, uint32_t node)
{
    return tree->nodes[node].kind <= TREE_ARRAY;
}

const char *tree_text(const struct tree *tree, uint32_t node, size_t *length)
{
    const struct tree_node *leaf = &tree->nodes[node];
    *length = leaf->changed ? leaf->changed_length : leaf->length;
    return leaf->changed ? leaf->changed : leaf->text;
}

void tree_change(struct tree *tree, uint32_t node, const char *bytes, size_t length)
{
    struct tree_node *leaf = &tree->nodes[node];
    char *fresh = bytes ? memory_copy_bytes(bytes, length) : NULL; /* may be what is freed */
    free(leaf->changed);
    leaf->changed = fresh;
    leaf->changed_length = length;
}

/* A value without its key. As deep as tree_add_json(). */
static void tree_write(const struct tree *tree, uint32_t node, struct text *out)
{
    uint32_t at = tree_resolve(tree, node);
    enum tree_kind kind = tree->nodes[at].kind;
    if (!tree_is_container(tree, at)) {
        size_t length;
        const char *bytes = tree_text(tree, at, &length);
        text_append(out, bytes, length);
        return;
    }
    bool first = true;
    if (kind != TREE_LIST)
        text_append_char(out, kind == TREE_OBJECT ? '{' : '[');
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, at, child)) != TREE_NONE; first = false) {
        if (!first && kind != TREE_LIST)
            text_append_char(out, ',');
        if (kind == TREE_OBJECT) {
            text_append(out, tree->nodes[child].key, tree->nodes[child].key_length);
            text_append_char(out, ':');
        }
        tree_write(tree, child, out);
        if (kind == TREE_LIST && tree->nodes[child].kind != TREE_TEXT)
            text_append_char(out, '\n');
    }
    if (kind != TREE_LIST)
        text_append_char(out, kind == TREE_OBJECT ? '}' : ']');
}

/* Each child on its own, behind its key: arguments, or variables. */
static char **tree_write_strings(const struct tree *tree, uint32_t list)
{
    size_t count = 0;
    char **strings = memory_zeroed(sizeof *strings);
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, list, child)) != TREE_NONE;) {
        struct text text = {0};
        text_append(&text, tree->nodes[child].key, tree->nodes[child].key_length);
        tree_write(tree, child, &text);
        strings = memory_resize(strings, count + 2, sizeof *strings);
        strings[count++] = text_take(&text);
        strings[count] = NULL;
    }
    return strings;
}

void tree_make_sample(const struct tree *tree, const struct sample *like, struct sample *out)
{
    *out = (struct sample){.id = memory_copy_string(like->id),
                           .args = tree_write_strings(tree, tree->arguments),
                           .environment = tree_write_strings(tree, tree->environment),
                           .stratum = memory_copy_string("all"),
                           .weight = 1};
    struct text text = {0};
    if (tree->input != TREE_NONE) {
        tree_write(tree, tree->input, &text);
        if (tree->input_newline)
            text_append_char(&text, '\n');
        out->stdin_length = text.length;
        out->stdin_bytes = text_take(&text);
    } else if (like->stdin_file) {
        out->stdin_file = memory_copy_string(like->stdin_file);
    }
    if (tree->request == TREE_NONE)
        return;
    tree_write(tree, tree->request, &text);
    text_append_char(&text, '\n');
    out->request_length = text.length;
    out->request = text_take(&text);
    out->request_id = like->request_id;
    if (like->request_id.bytes)
        out->request_id.bytes = memory_copy_bytes(like->request_id.bytes, like->request_id.length);
}
