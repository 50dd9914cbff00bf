#include "workloads/reduce/explain.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/reduce/leaf.h"

#include <stdlib.h>
#include <string.h>

#define EXPLAIN_VALUE 60 /* bytes shown of one */

static void explain_add(struct explain *explain, uint32_t node, const char *name)
{
    explain->many = explain->count == EXPLAIN_PLACES;
    if (!explain->many)
        explain->places[explain->count++] =
            (struct explain_place){.node = node, .name = memory_copy_string(name)};
}

/* Adds "/key" or "/3" to a place's name; a key's source is unquoted as it stands. */
static void explain_name_child(const struct tree *tree, uint32_t node, uint32_t child, size_t index,
                               struct text *name)
{
    const struct tree_node *member = &tree->nodes[child];
    if (tree->nodes[node].kind == TREE_OBJECT)
        json_pointer_append(name, member->key + 1, member->key_length - 2);
    else
        text_printf(name, "/%zu", index);
}

/* Leaves below a JSON value, which are never deeper than TREE_DEPTH. */
static void explain_walk(struct explain *explain, const struct tree *tree, uint32_t node, struct text *name)
{
    size_t index = 0;
    size_t length = name->length;
    uint32_t at = tree_resolve(tree, node);
    if (explain->many || tree->nodes[at].pinned)
        return;
    if (!tree_is_container(tree, at)) {
        explain_add(explain, at, text_string(name));
        return;
    }
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, at, child)) != TREE_NONE; index++) {
        explain_name_child(tree, at, child, index, name);
        explain_walk(explain, tree, child, name);
        name->length = length;
        name->data[length] = '\0';
    }
}

/* A separator, where a pointer follows the name of what it points into. */
static void explain_walk_named(struct explain *explain, const struct tree *tree, uint32_t node,
                               struct text *name)
{
    if (tree_is_container(tree, tree_resolve(tree, node)))
        text_append_char(name, ' ');
    explain_walk(explain, tree, node, name);
}

static void explain_walk_arguments(struct explain *explain, const struct tree *tree)
{
    size_t number = 0;
    cleanup_free char *option = NULL;
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, tree->arguments, child)) != TREE_NONE;) {
        cleanup_text struct text name = {0};
        size_t length;
        const char *bytes = tree_text(tree, child, &length);
        bool is_option = tree->nodes[child].kind == TREE_TEXT && leaf_is_option(bytes, length);
        number++;
        if (is_option)
            text_printf(&name, "argument %.*s", EXPLAIN_VALUE, bytes);
        else if (option)
            text_printf(&name, "argument %s", option);
        else
            text_printf(&name, "argument %zu", number);
        explain_walk_named(explain, tree, child, &name);
        free(option);
        option =
            is_option && !memchr(bytes, '=', length) ? memory_format("%.*s", EXPLAIN_VALUE, bytes) : NULL;
    }
}

static void explain_walk_input(struct explain *explain, const struct tree *tree)
{
    size_t number = 0;
    cleanup_text struct text name = {0};
    if (tree->input == TREE_NONE)
        return;
    if (tree->nodes[tree->input].kind != TREE_LIST) {
        text_append_string(&name, "stdin");
        explain_walk_named(explain, tree, tree->input, &name);
        return;
    }
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, tree->input, child)) != TREE_NONE;) {
        text_clear(&name);
        text_printf(&name, "line %zu of stdin", ++number);
        explain_walk_named(explain, tree, child, &name);
    }
}

void explain_begin(struct explain *explain, const struct tree *tree)
{
    *explain = (struct explain){0};
    explain_walk_arguments(explain, tree);
    for (uint32_t child = TREE_NONE;
         (child = tree_next_child(tree, tree->environment, child)) != TREE_NONE;) {
        cleanup_text struct text name = {0};
        text_printf(&name, "variable %.*s", (int)tree->nodes[child].key_length - 1, tree->nodes[child].key);
        explain_walk(explain, tree, child, &name);
    }
    explain_walk_input(explain, tree);
    if (tree->request != TREE_NONE) {
        cleanup_text struct text name = {0};
        text_append_string(&name, "request");
        explain_walk_named(explain, tree, tree->request, &name);
    }
}

bool explain_next(struct explain *explain, struct tree *tree)
{
    for (; !explain->many && explain->place < explain->count; explain->place++, explain->which = 0) {
        const struct explain_place *place = &explain->places[explain->place];
        cleanup_text struct text beside = {0};
        size_t length;
        const char *bytes = tree_text(tree, place->node, &length);
        if (!leaf_neighbour(tree->nodes[place->node].kind, bytes, length, explain->which, &beside))
            continue;
        explain->bytes = memory_copy_bytes(bytes, length);
        explain->length = length;
        tree_change(tree, place->node, text_string(&beside), beside.length);
        return true;
    }
    return false;
}

void explain_tell(struct explain *explain, struct tree *tree, bool shows)
{
    struct explain_place *place = &explain->places[explain->place];
    place->asked++;
    place->showing += shows;
    explain->which++;
    tree_change(tree, place->node, explain->bytes, explain->length);
    free(STEAL(explain->bytes));
}

static void explain_append(const struct explain_place *place, const struct tree *tree, struct text *words)
{
    size_t length;
    const char *bytes = tree_text(tree, place->node, &length);
    bool text = tree->nodes[place->node].kind == TREE_TEXT;
    while (text && length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    size_t shown = length < EXPLAIN_VALUE ? length : EXPLAIN_VALUE;
    while (shown < length && shown > 0 && ((unsigned char)bytes[shown] & 0xc0) == 0x80)
        shown--;
    text_printf(words, "%s%s is ", words->length > 0 ? " and " : "", place->name);
    text_append(words, bytes, shown);
    text_append_string(words, shown < length ? "…" : length == 0 ? "empty" : "");
}

char *explain_words(const struct explain *explain, const struct tree *tree)
{
    cleanup_text struct text words = {0};
    size_t named = 0;
    for (size_t i = 0; i < explain->count; i++) {
        const struct explain_place *place = &explain->places[i];
        if (place->asked == 0 || place->showing > 0)
            continue;
        if (++named <= EXPLAIN_NAMED)
            explain_append(place, tree, &words);
    }
    if (explain->many || named > EXPLAIN_NAMED)
        return NULL;
    if (named == 0 && explain->count == 1)
        text_printf(&words, "%s is there", explain->places[0].name);
    return words.length > 0 ? text_take(&words) : NULL;
}

void explain_fini(struct explain *explain)
{
    for (size_t i = 0; i < explain->count; i++)
        free(explain->places[i].name);
    free(explain->bytes);
    *explain = (struct explain){0};
}
