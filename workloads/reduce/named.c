#include "workloads/reduce/named.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/reduce/leaf.h"

#include <stdlib.h>
#include <string.h>

struct named {
    const struct tree *tree;
    bool (*visit)(uint32_t node, const char *name, void *data);
    void *data;
    bool over; /* nothing more is told of */
};

/* Adds "/key" or "/3" to a place's name; a key's source is unquoted as it stands. */
static void named_append_child(const struct tree *tree, uint32_t node, uint32_t child, size_t index,
                               struct text *name)
{
    const struct tree_node *member = &tree->nodes[child];
    if (tree->nodes[node].kind == TREE_OBJECT)
        json_pointer_append(name, member->key + 1, member->key_length - 2);
    else
        text_printf(name, "/%zu", index);
}

/* Leaves below a JSON value, which are never deeper than TREE_DEPTH. */
static void named_walk_value(struct named *named, uint32_t node, struct text *name)
{
    const struct tree *tree = named->tree;
    size_t index = 0;
    size_t length = name->length;
    uint32_t at = tree_resolve(tree, node);
    if (named->over || tree->nodes[at].pinned)
        return;
    if (!tree_is_container(tree, at)) {
        named->over = !named->visit(at, text_string(name), named->data);
        return;
    }
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, at, child)) != TREE_NONE; index++) {
        named_append_child(tree, at, child, index, name);
        named_walk_value(named, child, name);
        name->length = length;
        name->data[length] = '\0';
    }
}

/* A separator, where a pointer follows the name of what it points into. */
static void named_walk_under(struct named *named, uint32_t node, struct text *name)
{
    if (tree_is_container(named->tree, tree_resolve(named->tree, node)))
        text_append_char(name, ' ');
    named_walk_value(named, node, name);
}

static void named_walk_arguments(struct named *named)
{
    const struct tree *tree = named->tree;
    size_t number = 0;
    cleanup_free char *option = NULL;
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, tree->arguments, child)) != TREE_NONE;) {
        cleanup_text struct text name = {0};
        size_t length;
        const char *bytes = tree_text(tree, child, &length);
        bool is_option = tree->nodes[child].kind == TREE_TEXT && leaf_is_option(bytes, length);
        number++;
        if (is_option)
            text_printf(&name, "argument %.*s", NAMED_OPTION, bytes);
        else if (option)
            text_printf(&name, "argument %s", option);
        else
            text_printf(&name, "argument %zu", number);
        named_walk_under(named, child, &name);
        free(option);
        option = is_option && !memchr(bytes, '=', length) ? memory_format("%.*s", NAMED_OPTION, bytes) : NULL;
    }
}

static void named_walk_environment(struct named *named)
{
    const struct tree *tree = named->tree;
    for (uint32_t child = TREE_NONE;
         (child = tree_next_child(tree, tree->environment, child)) != TREE_NONE;) {
        cleanup_text struct text name = {0};
        text_printf(&name, "variable %.*s", (int)tree->nodes[child].key_length - 1, tree->nodes[child].key);
        named_walk_value(named, child, &name);
    }
}

static void named_walk_input(struct named *named)
{
    const struct tree *tree = named->tree;
    size_t number = 0;
    cleanup_text struct text name = {0};
    if (tree->input == TREE_NONE)
        return;
    if (tree->nodes[tree->input].kind != TREE_LIST) {
        text_append_string(&name, "stdin");
        named_walk_under(named, tree->input, &name);
        return;
    }
    for (uint32_t child = TREE_NONE; (child = tree_next_child(tree, tree->input, child)) != TREE_NONE;) {
        text_clear(&name);
        text_printf(&name, "line %zu of stdin", ++number);
        named_walk_under(named, child, &name);
    }
}

void named_walk(const struct tree *tree, bool (*visit)(uint32_t node, const char *name, void *data),
                void *data)
{
    struct named named = {.tree = tree, .visit = visit, .data = data};
    named_walk_arguments(&named);
    named_walk_environment(&named);
    named_walk_input(&named);
    if (tree->request == TREE_NONE)
        return;
    cleanup_text struct text name = {0};
    text_append_string(&name, "request");
    named_walk_under(&named, tree->request, &name);
}
