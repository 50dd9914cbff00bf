#include "policies/screen/imports.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/screen/token.h"

#include <ctype.h>
#include <string.h>

/* One file being scanned: a little state machine over tokens, each language its own. */
struct scan {
    imports_cb each;
    void *data;
    int state;            /* of the language's machine; 0: at rest */
    int depth;            /* of brackets inside an import */
    struct text name;     /* a dotted name being collected */
    struct token last[3]; /* the tokens before, latest first */
    const char *open;     /* behind the "<" of an include */
    uint32_t line;        /* where the import began */
};

static void scan_emit(struct scan *scan, const char *bytes, size_t length, bool declared, bool local)
{
    cleanup_free char *module = memory_copy_bytes(bytes, length);
    const struct import import = {module, scan->line, declared, local};
    if (*module)
        scan->each(&import, scan->data);
}

static void scan_emit_name(struct scan *scan)
{
    if (scan->name.length > 0)
        scan_emit(scan, scan->name.data, scan->name.length, false, false);
    text_clear(&scan->name);
}

/* #include <x>, "x", or a macro; #import and #embed too; "%:" is a spelling of "#". */
static void scan_c(struct scan *scan, const struct token *token)
{
    enum { C_REST, C_HASH, C_INCLUDE, C_ANGLE };
    static const char *const words[] = {"include", "include_next", "import", "embed"};
    if (token->kind == TOKEN_LINE_END) {
        scan->state = C_REST;
    } else if (scan->state == C_REST && (token_is_mark(token, '#') ||
                                         (token_is_mark(token, ':') && token_is_mark(&scan->last[0], '%')))) {
        bool at_start = scan->last[0].kind == TOKEN_LINE_END || token_is_mark(&scan->last[0], '%');
        scan->state = at_start ? C_HASH : C_REST;
    } else if (scan->state == C_HASH) {
        scan->state = C_REST;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (token_is_word(token, words[i]))
                scan->state = C_INCLUDE;
        scan->line = token->line;
    } else if (scan->state == C_INCLUDE) {
        scan->state = token_is_mark(token, '<') ? C_ANGLE : C_REST;
        scan->open = token->bytes + 1;
        if (token->kind == TOKEN_STRING || token->kind == TOKEN_WORD)
            scan_emit(scan, token->bytes, token->length, false, token->kind == TOKEN_STRING);
    } else if (scan->state == C_ANGLE && token_is_mark(token, '>')) {
        scan_emit(scan, scan->open, (size_t)(token->bytes - scan->open), false, false);
        scan->state = C_REST;
    }
}

/* Python's packages whose parts have very different powers. */
static bool scan_is_split(const char *name)
{
    static const char *const split[] = {"urllib", "concurrent", "xml", "os", "importlib", "multiprocessing"};
    for (size_t i = 0; i < sizeof split / sizeof *split; i++)
        if (strcmp(name, split[i]) == 0)
            return true;
    return false;
}

enum { PY_REST, PY_IMPORT, PY_ALIAS, PY_FROM, PY_MEMBERS, PY_MEMBER_ALIAS };

static void scan_python_member(struct scan *scan, const struct token *token)
{
    if (token_is_word(token, "as")) {
        scan->state = PY_MEMBER_ALIAS;
    } else if (token->kind == TOKEN_WORD) {
        cleanup_free char *member =
            memory_format("%s.%.*s", text_string(&scan->name), (int)token->length, token->bytes);
        scan_emit(scan, member, strlen(member), false, false);
    }
}

static void scan_python_from(struct scan *scan, const struct token *token)
{
    if (!token_is_word(token, "import")) {
        if (token->kind == TOKEN_WORD || token_is_mark(token, '.'))
            text_append(&scan->name, token->bytes, token->length);
        return;
    }
    bool relative = scan->name.length == 0 || scan->name.data[0] == '.';
    scan->state = !relative && scan_is_split(scan->name.data) ? PY_MEMBERS : PY_REST;
    if (!relative && scan->state == PY_REST)
        scan_emit_name(scan);
}

/* Statements begin behind a line end, ";" or ":"; a name is never `import` or `from`, which are reserved. */
static void scan_python(struct scan *scan, const struct token *token)
{
    bool ends = (token->kind == TOKEN_LINE_END && scan->depth == 0) || token_is_mark(token, ';');
    const struct token *before = &scan->last[0];
    bool starts = before->kind == TOKEN_LINE_END || token_is_mark(before, ';') || token_is_mark(before, ':');
    if (scan->state == PY_MEMBERS || scan->state == PY_MEMBER_ALIAS)
        scan->depth += token_is_mark(token, '(') - token_is_mark(token, ')');
    if (ends) {
        if (scan->state == PY_IMPORT)
            scan_emit_name(scan);
        text_clear(&scan->name);
        scan->state = PY_REST;
        scan->depth = 0;
    } else if (scan->state == PY_FROM) {
        scan_python_from(scan, token);
    } else if (scan->state == PY_MEMBERS) {
        scan_python_member(scan, token);
    } else if (scan->state == PY_REST && starts &&
               (token_is_word(token, "import") || token_is_word(token, "from"))) {
        scan->state = token->length == 4 ? PY_FROM : PY_IMPORT;
        scan->line = token->line;
        text_clear(&scan->name);
    } else if (scan->state == PY_REST && token->kind == TOKEN_STRING && token_is_mark(before, '(') &&
               (token_is_word(&scan->last[1], "__import__") ||
                token_is_word(&scan->last[1], "import_module"))) {
        scan->line = token->line;
        scan_emit(scan, token->bytes, token->length, false, false);
    } else if (token_is_mark(token, ',') && scan->state == PY_MEMBER_ALIAS) {
        scan->state = PY_MEMBERS;
    } else if (token_is_mark(token, ',') && scan->state != PY_REST) {
        if (scan->state == PY_IMPORT)
            scan_emit_name(scan);
        scan->state = PY_IMPORT;
    } else if (scan->state == PY_IMPORT && token_is_word(token, "as")) {
        scan_emit_name(scan);
        scan->state = PY_ALIAS;
    } else if (scan->state == PY_IMPORT && (token->kind == TOKEN_WORD || token_is_mark(token, '.'))) {
        text_append(&scan->name, token->bytes, token->length);
    }
}

/* "@scope/name/deep" → "@scope/name", "name/deep" → "name"; relative paths are one's own files. */
static void scan_emit_package(struct scan *scan, const struct token *token)
{
    const char *bytes = token->bytes;
    size_t length = token->length;
    if (length > 5 && memcmp(bytes, "node:", 5) == 0) {
        bytes += 5;
        length -= 5;
    }
    if (length == 0 || bytes[0] == '.' || bytes[0] == '/' || bytes[0] == '#')
        return;
    const char *slash = memchr(bytes, '/', length);
    if (slash && bytes[0] == '@')
        slash = memchr(slash + 1, '/', length - (size_t)(slash + 1 - bytes));
    scan->line = token->line;
    scan_emit(scan, bytes, slash ? (size_t)(slash - bytes) : length, false, false);
}

static void scan_javascript(struct scan *scan, const struct token *token)
{
    const struct token *before = &scan->last[0], *second = &scan->last[1], *third = &scan->last[2];
    if (token->kind != TOKEN_STRING)
        return;
    bool statement = token_is_word(before, "from") || token_is_word(before, "import");
    bool call =
        token_is_mark(before, '(') && (token_is_word(second, "require") || token_is_word(second, "import") ||
                                       (token_is_word(second, "resolve") && token_is_mark(third, '.')));
    if (statement || call)
        scan_emit_package(scan, token);
}

static void scan_go(struct scan *scan, const struct token *token)
{
    enum { GO_REST, GO_IMPORT, GO_GROUP };
    bool starts = scan->last[0].kind == TOKEN_LINE_END || token_is_mark(&scan->last[0], ';');
    if (scan->state == GO_REST && starts && token_is_word(token, "import"))
        scan->state = GO_IMPORT;
    else if (scan->state == GO_IMPORT && token_is_mark(token, '('))
        scan->state = GO_GROUP;
    else if ((scan->state == GO_GROUP && token_is_mark(token, ')')) ||
             (scan->state == GO_IMPORT && token->kind == TOKEN_LINE_END))
        scan->state = GO_REST;
    if (scan->state != GO_REST && token->kind == TOKEN_STRING) {
        scan->line = token->line;
        scan_emit(scan, token->bytes, token->length, false, false);
    }
}

/* Crates are lower-case; `use Kind::*` takes from a type of one's own. */
static void scan_rust_path(struct scan *scan, const char *first, size_t length)
{
    static const char *const own[] = {"crate", "self", "super", "std", "core", "alloc", "Self"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == length && memcmp(own[i], first, length) == 0)
            return;
    if (islower((unsigned char)*first) || *first == '_')
        scan_emit(scan, first, length, false, false);
}

static bool scan_is_standard_crate(const struct token *token)
{
    return token_is_word(token, "std") || token_is_word(token, "core") || token_is_word(token, "alloc");
}

/* `use a::b`, `extern crate a`, `mod a`, and std::x anywhere, also as `use std::{x, y::z}`. */
static void scan_rust(struct scan *scan, const struct token *token)
{
    enum { RUST_REST, RUST_STANDARD_GROUP };
    const struct token *before = &scan->last[0];
    bool after_path = token_is_mark(before, ':') && token_is_mark(&scan->last[1], ':');
    if (scan->state == RUST_STANDARD_GROUP) {
        bool heads = scan->depth == 1 && (token_is_mark(before, '{') || token_is_mark(before, ','));
        scan->depth += token_is_mark(token, '{') - token_is_mark(token, '}');
        if (token->kind == TOKEN_WORD && heads) {
            cleanup_free char *module = memory_format("std::%.*s", (int)token->length, token->bytes);
            scan_emit(scan, module, strlen(module), false, false);
        }
        if (scan->depth <= 0 || token_is_mark(token, ';'))
            scan->state = RUST_REST;
        return;
    }
    scan->line = token->line;
    if (token_is_mark(token, '{') && after_path && scan_is_standard_crate(&scan->last[2])) {
        scan->state = RUST_STANDARD_GROUP;
        scan->depth = 1;
    } else if (token->kind == TOKEN_WORD && after_path && scan_is_standard_crate(&scan->last[2])) {
        cleanup_free char *module = memory_format("std::%.*s", (int)token->length, token->bytes);
        scan_emit(scan, module, strlen(module), false, false);
    } else if (token->kind == TOKEN_WORD && token_is_word(before, "mod")) {
        scan_emit(scan, token->bytes, token->length, true, false);
    } else if (token->kind == TOKEN_WORD &&
               (token_is_word(before, "use") || token_is_word(before, "crate"))) {
        scan_rust_path(scan, token->bytes, token->length);
    }
}

/* Packages are lower-case by convention (JLS 6.1), types are not. */
static void scan_java_end(struct scan *scan)
{
    size_t length = 0;
    for (const char *part = text_string(&scan->name);
         *part && !isupper((unsigned char)*part) && *part != '*';) {
        size_t size = strcspn(part, ".");
        length = (size_t)(part - scan->name.data) + size;
        part += size + (part[size] == '.');
    }
    if (length > 0)
        scan_emit(scan, scan->name.data, length, false, false);
    text_clear(&scan->name);
    scan->state = 0;
}

static void scan_java(struct scan *scan, const struct token *token)
{
    if (scan->state == 0 && token_is_word(token, "import")) {
        scan->state = 1;
        scan->line = token->line;
    } else if (scan->state == 1 && (token_is_mark(token, ';') || token_is_mark(token, '{'))) {
        scan_java_end(scan);
    } else if (scan->state == 1 && token->kind != TOKEN_LINE_END && !token_is_word(token, "static")) {
        text_append(&scan->name, token->bytes, token->length);
    }
}

struct imports_row {
    const char *language;
    const char *suffixes; /* each followed by a space */
    struct token_rules rules;
    void (*token)(struct scan *scan, const struct token *token);
};

static const struct imports_row imports_rows[] = {
    {"c",
     ".c .h .cc .cpp .cxx .hh .hpp .hxx .inl .ipp .tcc .m .mm .cu ",
     {"//", true, "\"'", "", false, false},
     scan_c},
    {"python", ".py .pyi .pyx ", {"#", false, "\"'", "", true, false}, scan_python},
    {"javascript",
     ".js .mjs .cjs .jsx .ts .mts .cts .tsx ",
     {"//", true, "\"'", "`", false, false},
     scan_javascript},
    {"go", ".go ", {"//", true, "\"'", "`", false, false}, scan_go},
    {"rust", ".rs ", {"//", true, "", "\"", false, true}, scan_rust},
    {"java", ".java ", {"//", true, "\"'", "", true, false}, scan_java},
};

#define IMPORTS_COUNT (sizeof imports_rows / sizeof *imports_rows)

const char *imports_language(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    size_t length = dot ? strlen(dot) : 0;
    for (size_t i = 0; length > 1 && i < IMPORTS_COUNT; i++)
        for (const char *suffix = imports_rows[i].suffixes; *suffix; suffix += strcspn(suffix, " ") + 1)
            if (strncmp(suffix, dot, length) == 0 && suffix[length] == ' ')
                return imports_rows[i].language;
    return NULL;
}

void imports_scan(const char *language, const char *bytes, size_t length, imports_cb each, void *data)
{
    for (size_t i = 0; i < IMPORTS_COUNT; i++) {
        const struct imports_row *row = &imports_rows[i];
        if (strcmp(row->language, language) != 0)
            continue;
        struct scan scan = {.each = each, .data = data};
        for (size_t j = 0; j < 3; j++)
            scan.last[j] = (struct token){TOKEN_LINE_END, "\n", 1, 0};
        struct token_reader reader = {.rules = &row->rules, .text = bytes, .length = length, .line = 1};
        struct token token;
        while (token_next(&reader, &token)) {
            row->token(&scan, &token);
            memmove(&scan.last[1], &scan.last[0], 2 * sizeof *scan.last);
            scan.last[0] = token;
        }
        const struct token end = {TOKEN_LINE_END, "\n", 1, reader.line};
        row->token(&scan, &end);
        text_fini(&scan.name);
    }
}

char *imports_supplier(const char *language, const char *module)
{
    const char *dot = strchr(module, '.');
    if (strcmp(language, "python") != 0 || !dot)
        return NULL;
    char *top = memory_copy_bytes(module, (size_t)(dot - module));
    if (!scan_is_split(top))
        return top;
    free(top);
    return NULL;
}
