/*
 * The lossless JSON reader (RFC 8259): numbers stay text, duplicate keys stay, strings keep NULs, invalid
 * UTF-8 and lone surrogates are not repaired. One reader serves configuration and contract alike.
 *
 * A document owns every value in one arena; values are borrowed from it and immutable.
 */
#ifndef CUPEL_BASE_JSON_H
#define CUPEL_BASE_JSON_H

#include "base/error.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/*
 * Memory for many documents one after the other: faulting fresh pages in costs more than parsing. Not for two
 * threads at once; outlives its documents.
 */
struct json_pool;
struct json_pool *json_pool_new(void);
void json_pool_free(struct json_pool *pool);

struct json_options {
    bool comments; /* configuration: accepts // and block comments, and a comma before ] or } */
    /*
     * For comparing: the text is kept once, and strings and numbers are views of it without a NUL behind
     * them. With `borrow` it isn't even copied: `bytes` outlive the document, and JSON_PADDING NUL bytes
     * follow.
     */
    bool views;
    bool borrow;
    /*
     * With views: of arrays of more bytes than this the reader keeps the text and where each window of so
     * many bytes begins, and reads a window again when an element is asked for. They need json_item(). 0:
     * none.
     */
    size_t window;
    bool trailing;      /* what follows the value is no failure: 0, and error->problem says TRAILING */
    uint32_t max_depth; /* 0: JSON_DEFAULT_DEPTH */
    size_t max_bytes;   /* 0: JSON_DEFAULT_BYTES */
    struct json_pool
        *pool; /* NULL: fresh memory; else blocks of earlier documents are used again; borrowed */
};

#define JSON_DEFAULT_DEPTH 1024
#define JSON_DEFAULT_BYTES ((size_t)1 << 30)
#define JSON_PADDING       16 /* bytes behind a text, so that sixteen can always be loaded at once */

enum json_problem {
    JSON_PROBLEM_NONE,
    JSON_PROBLEM_SYNTAX,   /* not JSON */
    JSON_PROBLEM_TRAILING, /* a complete value, then something that is no white space */
    JSON_PROBLEM_EMPTY,    /* no value at all */
    JSON_PROBLEM_DEPTH,    /* deeper than max_depth */
    JSON_PROBLEM_SIZE,     /* longer than max_bytes */
};

struct json_error {
    enum json_problem problem;
    size_t offset;     /* byte where it was noticed */
    uint32_t line;     /* 1-based */
    uint32_t column;   /* 1-based, in bytes */
    char message[160]; /* what was expected and found, without the place */
};

/* Where something stands in the source: byte offsets. */
struct json_extent {
    uint32_t start;
    uint32_t end;
};

/*
 * One value. Its fields belong to the accessors below, which are inline because comparing lives on them. What
 * a person may ask for, where it stands, is found from `bytes`, or kept before an escaped string's bytes and
 * before a container's items: memory is what reading takes most of.
 */
struct json_value {
    uint32_t meta;  /* enum json_type in JSON_META_TYPE, flags, and for keys a hash in the upper 24 bits */
    uint32_t count; /* bytes of a string (decoded) or number; elements of an array; members of an object */
    union {
        const char *bytes;              /* string, number */
        const struct json_value *items; /* array: elements; object: key, value, key, value, … */
        struct json_extent extent;      /* null, booleans; items[-1] of a container */
    };
};
#define JSON_META_TYPE    7u
#define JSON_META_ESCAPED 8u  /* a string that was spelled with at least one escape */
#define JSON_META_LINE    16u /* a line of a text: no quotes around it */
#define JSON_META_FOLDED  32u /* an array whose elements are read when they are asked for */
#define JSON_META_HASH    0xffffff00u

struct json_document; /* arena, source text, and the root */

/* Reads one value that fills `bytes` (copied). 0, or ERR_INVALID / ERR_LIMIT with *error filled. */
WARN_UNUSED int json_read(const char *bytes, size_t length, const struct json_options *options,
                          struct json_document **out, struct json_error *error);
/*
 * Reads JSON lines (a value a line, blank lines skipped) as one array of records; offsets, lines and columns
 * are those of the whole text.
 */
WARN_UNUSED int json_read_lines(const char *bytes, size_t length, const struct json_options *options,
                                struct json_document **out, struct json_error *error);
/* Text as an array of strings, a line each with its '\n'. ERR_LIMIT when it is too long. */
WARN_UNUSED int json_wrap_text(const char *bytes, size_t length, const struct json_options *options,
                               struct json_document **out, struct json_error *error);
void json_free(struct json_document *document);
const struct json_value *json_root(const struct json_document *document);

static inline void json_cleanup_document(struct json_document **document)
{
    json_free(*document);
}
#define cleanup_json __attribute__((cleanup(json_cleanup_document)))

/* Plain access: no errors, wrong types are a bug of the caller. */
static inline enum json_type json_type(const struct json_value *value)
{
    return (enum json_type)(value->meta & JSON_META_TYPE);
}

/* Elements or members, duplicates included. */
static inline size_t json_count(const struct json_value *value)
{
    return value->count;
}

static inline const struct json_value *json_element(const struct json_value *value, size_t index)
{
    return &value->items[index];
}

/*
 * The same in a document that was read with windows. Borrowed only until elements from three other windows of
 * the array have been asked for.
 */
const struct json_value *json_folded_element(const struct json_value *array, size_t index);
static inline const struct json_value *json_item(const struct json_value *array, size_t index)
{
    return array->meta & JSON_META_FOLDED ? json_folded_element(array, index) : &array->items[index];
}

/*
 * Elements from `index` on that are a whole window of the array, with a further one behind, and whose text
 * stands in `other` too, from byte *at on; *at moves to where the next element begins there. 0: nothing is
 * known.
 */
size_t json_same_window(const struct json_value *array, size_t index, const struct json_document *other,
                        uint32_t *at);
/* Whether a window of a folded array begins with that element. */
bool json_is_window(const struct json_value *array, size_t index);

/* The key of member `index`: a string value of its own, so that its spelling can be looked at too. */
static inline const struct json_value *json_key(const struct json_value *value, size_t index)
{
    return &value->items[2 * index];
}

/* Member `index` in source order; key bytes (decoded, may hold NULs) and length out where wanted. */
static inline const struct json_value *json_member(const struct json_value *value, size_t index,
                                                   const char **key, size_t *key_length)
{
    const struct json_value *name = &value->items[2 * index];
    if (key)
        *key = name->bytes;
    if (key_length)
        *key_length = name->count;
    return name + 1;
}

/* Decoded bytes of a string, or the literal text of a number; NUL-terminated besides, but for views. */
static inline const char *json_bytes(const struct json_value *value, size_t *length)
{
    if (length)
        *length = value->count;
    return value->bytes;
}

/* Whether a string was spelled with an escape; where not, equal bytes are equal spellings. */
static inline bool json_is_escaped(const struct json_value *value)
{
    return value->meta & JSON_META_ESCAPED;
}

/* Two strings, two numbers or two keys: the same bytes.
 * Mostly there are few, and a call would take longest. */
static inline bool json_has_same_bytes(const struct json_value *a, const struct json_value *b)
{
    uint64_t left;
    uint64_t right;
    uint32_t count = a->count;
    if (count != b->count)
        return false;
    if (count > 16)
        return memcmp(a->bytes, b->bytes, count) == 0;
    memcpy(&left, a->bytes, 8); /* the padding is there */
    memcpy(&right, b->bytes, 8);
    if (count < 8)
        return ((le64toh(left) ^ le64toh(right)) & ((UINT64_C(1) << (8 * count)) - 1)) == 0;
    uint64_t differ = left ^ right;
    memcpy(&left, a->bytes + count - 8, 8);
    memcpy(&right, b->bytes + count - 8, 8);
    return (differ | (left ^ right)) == 0;
}

/* The last member of that NUL-terminated key, or NULL. Linear: meant for configuration-sized objects. */
const struct json_value *json_find(const struct json_value *value, const char *key);
/* Scalars and empty containers in the whole document; lines of a text. */
size_t json_count_leaves(const struct json_document *document);
/* Where the value stands in the document's text, and the text there. */
struct json_extent json_extent(const struct json_document *document, const struct json_value *value);
const char *json_source(const struct json_document *document, const struct json_value *value, size_t *length);
/* The document's whole text, and its bytes. */
const char *json_text(const struct json_document *document);
size_t json_length(const struct json_document *document);
/* "null", "a boolean", "a number", "a string", "an array", "an object" */
const char *json_type_name(enum json_type type);

#endif
