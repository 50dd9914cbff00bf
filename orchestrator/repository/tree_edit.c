#include "orchestrator/repository/tree_edit.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct tree_row {
    const char *name; /* borrowed from a tree or an edit */
    size_t length;    /* of name */
    uint32_t mode;    /* 0: not there */
    git_oid oid;
};

/* One folder being rewritten. */
struct tree_folder {
    struct repository *repository;
    git_tree *base;        /* owned; NULL for a folder that is new */
    struct tree_row *rows; /* owned */
    size_t count, capacity;
    size_t skip; /* bytes of the edits' paths that name this folder, its slash included */
};

/* All edits at or below one name of a folder. */
struct tree_group {
    struct tree_edit *edits; /* borrowed; [0] is the name itself where `exact` */
    size_t count;
    const char *name; /* the component */
    size_t length;    /* of name */
    bool exact;       /* the first edit is about the name itself */
};

/* A slash sorts before all other bytes, so that a name and all below it are neighbours. */
static int tree_compare_edits(const void *left, const void *right)
{
    const unsigned char *a = (const unsigned char *)((const struct tree_edit *)left)->path;
    const unsigned char *b = (const unsigned char *)((const struct tree_edit *)right)->path;
    while (*a && *a == *b) {
        a++;
        b++;
    }
    int first = *a == '/' ? 1 : *a ? *a + 1 : 0, second = *b == '/' ? 1 : *b ? *b + 1 : 0;
    return first - second;
}

/* Git orders a folder as if its name ended in a slash (git tree.c, base_name_compare). */
static int tree_compare_rows(const void *left, const void *right)
{
    const struct tree_row *a = left, *b = right;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->name, b->name, shorter);
    if (order != 0)
        return order;
    int first = a->length > shorter            ? (unsigned char)a->name[shorter]
                : a->mode == GIT_FILEMODE_TREE ? '/'
                                               : 0;
    int second = b->length > shorter            ? (unsigned char)b->name[shorter]
                 : b->mode == GIT_FILEMODE_TREE ? '/'
                                                : 0;
    return first - second;
}

static void tree_load_rows(struct tree_folder *folder)
{
    size_t count = folder->base ? git_tree_entrycount(folder->base) : 0;
    for (size_t i = 0; i < count; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(folder->base, i);
        const char *name = git_tree_entry_name(entry);
        MEMORY_GROW(folder->rows, folder->count, folder->capacity);
        folder->rows[folder->count++] = (struct tree_row){
            name, strlen(name), (uint32_t)git_tree_entry_filemode_raw(entry), *git_tree_entry_id(entry)};
    }
}

/* Index of the row of that name among the first `count`, or `count`. */
static size_t tree_find_row(const struct tree_folder *folder, size_t count, const struct tree_group *group)
{
    for (size_t i = 0; i < count; i++)
        if (folder->rows[i].length == group->length &&
            memcmp(folder->rows[i].name, group->name, group->length) == 0)
            return i;
    return count;
}

static struct tree_group tree_next_group(struct tree_edit *edits, size_t count, size_t skip)
{
    const char *name = edits[0].path + skip;
    struct tree_group group = {.edits = edits, .name = name, .length = strcspn(name, "/"), .count = 1};
    group.exact = name[group.length] == '\0';
    while (group.count < count) {
        const char *next = edits[group.count].path + skip;
        if (strncmp(next, name, group.length) != 0 ||
            (next[group.length] != '/' && next[group.length] != '\0'))
            break;
        group.count++;
    }
    return group;
}

static int tree_write(struct tree_folder *folder, git_oid *out, bool *empty, struct err *err)
{
    cleanup_text struct text bytes = {0};
    *empty = true;
    if (folder->count > 0)
        qsort(folder->rows, folder->count, sizeof *folder->rows, tree_compare_rows);
    for (size_t i = 0; i < folder->count; i++) {
        const struct tree_row *row = &folder->rows[i];
        if (row->mode == 0)
            continue;
        *empty = false;
        text_printf(&bytes, "%o ", (unsigned)row->mode);
        text_append(&bytes, row->name, row->length);
        text_append_char(&bytes, '\0');
        text_append(&bytes, row->oid.id, GIT_OID_RAWSZ);
    }
    return store_add(folder->repository, GIT_OBJECT_TREE, text_string(&bytes), bytes.length, out, err);
}

static int tree_rewrite(struct repository *repository, const git_oid *base, struct tree_edit *edits,
                        size_t count, size_t skip, git_oid *out, bool *empty, char **failure,
                        struct err *err);

/* What becomes of one name: a file, a folder with something in it,
 * or nothing. Depth is bounded by safe paths. */
static int tree_settle_group(struct tree_folder *folder, const struct tree_group *group, struct tree_row *row,
                             char **failure, struct err *err)
{
    bool was_folder = row->mode == GIT_FILEMODE_TREE, empty = !was_folder;
    const struct tree_edit *self = group->exact ? &group->edits[0] : NULL;
    size_t below = group->count - group->exact;
    git_oid inside = row->oid;
    if (below > 0) {
        const char *first = group->edits[group->exact].path;
        int code =
            tree_rewrite(folder->repository, was_folder ? &row->oid : NULL, group->edits + group->exact,
                         below, folder->skip + group->length + 1, &inside, &empty, failure, err);
        if (code < 0 || *failure)
            return code;
        bool file_stays = self ? self->mode != 0 : row->mode != 0 && !was_folder;
        if (!empty && file_stays) {
            *failure = memory_format("%s can't be there: %.*s is a file", first,
                                     (int)(folder->skip + group->length), first);
            return 0;
        }
    }
    if (self && self->mode != 0 && !empty) {
        *failure = memory_format("%s can't be a file: there is a folder of that name", self->path);
        return 0;
    }
    if (!empty)
        *row = (struct tree_row){group->name, group->length, GIT_FILEMODE_TREE, inside};
    else if (self)
        *row = (struct tree_row){group->name, group->length, self->mode, self->blob};
    else if (was_folder)
        row->mode = 0;
    return 0;
}

static int tree_rewrite(struct repository *repository, const git_oid *base, struct tree_edit *edits,
                        size_t count, size_t skip, git_oid *out, bool *empty, char **failure, struct err *err)
{
    struct tree_folder folder = {.repository = repository, .skip = skip};
    int code = base ? git_tree_lookup(&folder.base, repository->git, base) : 0;
    if (code < 0)
        return store_fail(repository, code, err, "read a tree to change");
    tree_load_rows(&folder);
    size_t known = folder.count;
    for (size_t i = 0; code == 0 && !*failure && i < count;) {
        struct tree_group group = tree_next_group(edits + i, count - i, skip);
        size_t at = tree_find_row(&folder, known, &group);
        if (at == known) {
            MEMORY_GROW(folder.rows, folder.count, folder.capacity);
            at = folder.count++;
            folder.rows[at] = (struct tree_row){.name = group.name, .length = group.length};
        }
        code = tree_settle_group(&folder, &group, &folder.rows[at], failure, err);
        i += group.count;
    }
    if (code == 0 && !*failure)
        code = tree_write(&folder, out, empty, err);
    git_tree_free(folder.base);
    free(folder.rows);
    return code;
}

int tree_edit_apply(struct repository *repository, const git_oid *base, struct tree_edit *edits, size_t count,
                    git_oid *out, char **failure, struct err *err)
{
    bool empty;
    *failure = NULL;
    if (count > 0)
        qsort(edits, count, sizeof *edits, tree_compare_edits);
    return tree_rewrite(repository, base, edits, count, 0, out, &empty, failure, err);
}
