#include "policies/screen/finding.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "policies/screen/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* How a kind of file names what it depends on. */
enum manifest_kind {
    MANIFEST_LOCK,     /* any change is a change of dependencies */
    MANIFEST_LINES,    /* each line is one, but for comments */
    MANIFEST_SECTIONS, /* lines of some [sections], and of some `key = [ … ]` lists */
    MANIFEST_CALLS,    /* what stands behind some words: find_package(X */
    MANIFEST_JSON,     /* members of some top-level objects */
};

struct manifest {
    const char *globs; /* space behind each */
    enum manifest_kind kind;
    const char *words; /* sections, keys, calls or members; '|' behind each. LINES: beginnings to leave out */
};

static const struct manifest manifests[] = {
    {"**/package-lock.json **/npm-shrinkwrap.json **/yarn.lock **/pnpm-lock.yaml **/bun.lock **/bun.lockb "
     "**/Cargo.lock **/poetry.lock **/uv.lock **/pdm.lock **/Pipfile.lock **/go.sum **/Gemfile.lock "
     "**/composer.lock **/gradle.lockfile **/conan.lock **/vcpkg.json **/flake.lock ",
     MANIFEST_LOCK, ""},
    {"**/package.json ", MANIFEST_JSON,
     "dependencies|devDependencies|peerDependencies|optionalDependencies|bundledDependencies|"
     "bundleDependencies|"
     "overrides|resolutions|"},
    {"**/composer.json ", MANIFEST_JSON, "require|require-dev|"},
    {"**/requirements*.txt **/requirements/*.txt **/requirements*.in **/constraints*.txt **/conanfile.txt ",
     MANIFEST_LINES, "#|"},
    {"**/go.mod **/go.work ", MANIFEST_LINES,
     "//|module |go |toolchain |)|require (|replace (|exclude (|use (|"},
    {"**/pyproject.toml **/Pipfile ", MANIFEST_SECTIONS,
     "dependencies|optional-dependencies|requires|dependency-groups|dev-dependencies|packages|dev-packages|"},
    {"**/Cargo.toml ", MANIFEST_SECTIONS, "dependencies|dev-dependencies|build-dependencies|patch|replace|"},
    {"**/setup.cfg **/setup.py ", MANIFEST_SECTIONS,
     "install_requires|setup_requires|tests_require|extras_require|options.extras_require|"},
    {"**/CMakeLists.txt **/*.cmake ", MANIFEST_CALLS,
     "find_package(|pkg_check_modules(|pkg_search_module(|FetchContent_Declare(|ExternalProject_Add(|"
     "CPMAddPackage(|find_library(|-l|"},
    {"**/meson.build ", MANIFEST_CALLS, "dependency(|subproject(|find_library(|-l|"},
    {"**/configure.ac **/configure.in ", MANIFEST_CALLS,
     "PKG_CHECK_MODULES(|AC_CHECK_LIB(|AC_SEARCH_LIBS(|-l|"},
    {"**/Makefile **/makefile **/GNUmakefile **/*.mk **/Makefile.am **/Makefile.in ", MANIFEST_CALLS,
     "pkg-config |$(PKG_CONFIG) |${PKG_CONFIG} |-l|"},
    {"**/Gemfile **/*.gemspec ", MANIFEST_CALLS, "gem |add_dependency |add_runtime_dependency |"},
    {"**/build.gradle **/build.gradle.kts ", MANIFEST_CALLS,
     "implementation |implementation(|api |api(|compileOnly |compileOnly(|runtimeOnly |runtimeOnly(|"
     "classpath |classpath(|"},
    {"**/pom.xml ", MANIFEST_CALLS, "<artifactId>|"},
};

/* A text whose dependencies are collected into `found`. */
struct manifest_reader {
    const struct manifest *manifest;
    struct name_set found;
    bool readable; /* false: the file is broken, so nothing can be said */
};

static const struct manifest *manifest_of(const char *path)
{
    for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++)
        for (const char *glob = manifests[i].globs; *glob; glob += strcspn(glob, " ") + 1) {
            cleanup_free char *one = memory_copy_bytes(glob, strcspn(glob, " "));
            if (policy_glob_matches(one, path))
                return &manifests[i];
        }
    return NULL;
}

/* Is `text` exactly one of the manifest's words? */
static bool manifest_has_word(const struct manifest *manifest, const char *text, size_t length)
{
    for (const char *word = manifest->words; *word; word += strcspn(word, "|") + 1)
        if (strcspn(word, "|") == length && strncmp(word, text, length) == 0)
            return true;
    return false;
}

static void manifest_trim(const char **line, size_t *length)
{
    while (*length > 0 && isspace((unsigned char)(*line)[*length - 1]))
        --*length;
    while (*length > 0 && isspace((unsigned char)**line)) {
        ++*line;
        --*length;
    }
}

static void manifest_read_line(struct manifest_reader *reader, const char *line, size_t length,
                               uint32_t number)
{
    for (const char *word = reader->manifest->words; *word; word += strcspn(word, "|") + 1) {
        size_t size = strcspn(word, "|");
        if (length >= size && strncmp(line, word, size) == 0)
            return;
    }
    if (length > 0)
        names_add(&reader->found, line, length, number);
}

/* "[tool.poetry.dependencies]", "[target.'x'.dependencies.serde]": one part of the name says it. */
static bool manifest_opens_section(const struct manifest *manifest, const char *line, size_t length)
{
    size_t end = 1;
    while (end < length && line[end] != ']')
        end++;
    if (manifest_has_word(manifest, line + 1, end - 1))
        return true;
    for (size_t start = 1; start < end;) {
        size_t stop = start;
        while (stop < end && line[stop] != '.' && line[stop] != '[')
            stop++;
        if (manifest_has_word(manifest, line + start, stop - start))
            return true;
        start = stop + 1;
    }
    return false;
}

/* What a line of a section does: opens or closes lists, counted without strings' content. */
static int manifest_list_change(const char *line, size_t length)
{
    int change = 0;
    char quote = 0;
    for (size_t i = 0; i < length; i++) {
        if (quote)
            quote = line[i] == quote ? 0 : quote;
        else if (line[i] == '"' || line[i] == '\'')
            quote = line[i];
        else if (line[i] == '#')
            break;
        else
            change += (line[i] == '[' || line[i] == '{') - (line[i] == ']' || line[i] == '}');
    }
    return change;
}

struct manifest_state {
    bool in_section; /* under a heading of the table */
    int list;        /* depth of the list of a key of the table; 0: in none */
    bool indented;   /* setup.cfg: the value goes on while lines are indented */
};

static void manifest_read_section_line(struct manifest_reader *reader, struct manifest_state *state,
                                       const char *line, size_t length, uint32_t number)
{
    bool continues = length > 0 && isspace((unsigned char)line[0]);
    manifest_trim(&line, &length);
    if (length == 0 || line[0] == '#')
        return;
    if (state->list > 0) {
        names_add(&reader->found, line, length, number);
        state->list += manifest_list_change(line, length);
        return;
    }
    if (state->indented && continues) {
        names_add(&reader->found, line, length, number);
        return;
    }
    state->indented = false;
    if (line[0] == '[') {
        state->in_section = manifest_opens_section(reader->manifest, line, length);
        if (state->in_section)
            names_add(&reader->found, line, length, number);
        return;
    }
    size_t key = 0;
    while (key < length && (isalnum((unsigned char)line[key]) || strchr("-_.", line[key])))
        key++;
    bool listed = manifest_has_word(reader->manifest, line, key);
    if (state->in_section || listed)
        names_add(&reader->found, line, length, number);
    if (listed) {
        int change = manifest_list_change(line, length);
        state->list = change > 0 ? change : 0;
        state->indented = length > 0 && line[length - 1] == '=';
    }
}

/* Length of the word at `text`, up to what ends one. */
static size_t manifest_word_length(const char *text, size_t left)
{
    size_t length = 0;
    while (length < left && !isspace((unsigned char)text[length]) && !strchr("\"'(),<>", text[length]))
        length++;
    return length;
}

/*
 * The word behind a call, quotes left out. Behind options (`pkg-config --cflags a b`) all words of the line
 * are names: the option alone would be the same for every package.
 */
static void manifest_read_call(struct manifest_reader *reader, const char *text, size_t left, uint32_t number)
{
    size_t start = 0, length;
    bool options = false;
    while (start < left && (isspace((unsigned char)text[start]) || strchr("\"'([", text[start])) &&
           text[start])
        number += text[start++] == '\n';
    do {
        length = manifest_word_length(text + start, left - start);
        bool option = length > 1 && text[start] == '-';
        if (length > 0 && !option)
            names_add(&reader->found, text + start, length, number);
        options |= option;
        start += length;
        while (start < left && (text[start] == ' ' || text[start] == '\t' || text[start] == '"'))
            start++;
    } while (options && length > 0 && start < left);
}

static bool manifest_is_bounded(const char *text, size_t at)
{
    return at == 0 || !(isalnum((unsigned char)text[at - 1]) || strchr("_-$", text[at - 1]));
}

/* CMake's commands have no case, and may have spaces before their parenthesis. */
static size_t manifest_match_call(const char *text, size_t left, const char *word, size_t size)
{
    bool call = word[size - 1] == '(';
    size_t name = call ? size - 1 : size, at = name;
    if (left < name || strncasecmp(text, word, name) != 0)
        return 0;
    if (!call)
        return name;
    while (at < left && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at < left && text[at] == '(' ? at + 1 : 0;
}

static void manifest_read_calls(struct manifest_reader *reader, const char *bytes, size_t length)
{
    uint32_t line = 1;
    for (size_t at = 0; at < length; at++) {
        line += at > 0 && bytes[at - 1] == '\n';
        if (bytes[at] == '#' && reader->manifest->words[0] != '<') {
            while (at + 1 < length && bytes[at + 1] != '\n')
                at++;
            continue;
        }
        if (!manifest_is_bounded(bytes, at))
            continue;
        for (const char *word = reader->manifest->words; *word; word += strcspn(word, "|") + 1) {
            size_t used = manifest_match_call(bytes + at, length - at, word, strcspn(word, "|"));
            if (used > 0)
                manifest_read_call(reader, bytes + at + used, length - at - used, line);
        }
    }
}

static uint32_t manifest_line_at(const char *bytes, const char *place)
{
    uint32_t line = 1;
    for (; bytes < place; bytes++)
        line += *bytes == '\n';
    return line;
}

static void manifest_read_members(struct manifest_reader *reader, const struct json_document *document,
                                  const struct json_value *object, const char *section)
{
    size_t ignored;
    const char *text = json_source(document, json_root(document), &ignored);
    for (size_t i = 0; i < json_count(object); i++) {
        size_t length, source_length;
        const char *key = NULL;
        const struct json_value *value = json_type(object) == JSON_OBJECT
                                             ? json_member(object, i, &key, &length)
                                             : json_element(object, i);
        const char *source = json_source(document, value, &source_length);
        int shown = source_length > 200 ? 200 : (int)source_length;
        cleanup_free char *name = key ? memory_format("%s %s %.*s", section, key, shown, source)
                                      : memory_format("%s %.*s", section, shown, source);
        names_add(&reader->found, name, strlen(name), manifest_line_at(text, source));
    }
}

static void manifest_read_json(struct manifest_reader *reader, const char *bytes, size_t length)
{
    cleanup_json struct json_document *document = NULL;
    struct json_error error;
    const struct json_options options = {.max_depth = 64};
    reader->readable = json_read(bytes, length, &options, &document, &error) == 0 &&
                       json_type(json_root(document)) == JSON_OBJECT;
    for (const char *word = reader->manifest->words; reader->readable && *word;
         word += strcspn(word, "|") + 1) {
        cleanup_free char *section = memory_copy_bytes(word, strcspn(word, "|"));
        const struct json_value *value = json_find(json_root(document), section);
        if (value && (json_type(value) == JSON_OBJECT || json_type(value) == JSON_ARRAY))
            manifest_read_members(reader, document, value, section);
    }
}

static void manifest_read(struct manifest_reader *reader, const char *bytes, size_t length)
{
    struct manifest_state state = {0};
    reader->readable = true;
    if (reader->manifest->kind == MANIFEST_JSON)
        manifest_read_json(reader, bytes, length);
    if (reader->manifest->kind == MANIFEST_CALLS)
        manifest_read_calls(reader, bytes, length);
    bool lines = reader->manifest->kind == MANIFEST_LINES;
    if (!lines && reader->manifest->kind != MANIFEST_SECTIONS)
        return;
    uint32_t number = 1;
    for (size_t at = 0; at < length; number++) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t size = end ? (size_t)(end - bytes) - at : length - at;
        const char *line = bytes + at;
        at += size + 1;
        if (!lines) {
            manifest_read_section_line(reader, &state, line, size, number);
            continue;
        }
        manifest_trim(&line, &size);
        manifest_read_line(reader, line, size, number);
    }
}

static void dependencies_report(struct screen *screen, const struct screen_file *file,
                                const struct manifest_reader *old, const struct manifest_reader *new)
{
    for (size_t i = 0; i < new->found.capacity; i++) {
        const struct name_slot *slot = &new->found.slots[i];
        if (slot->name && !names_have(&old->found, slot->name, strlen(slot->name)))
            screen_find(screen, file->new_path, slot->line, false, "touch.allow_new_dependencies",
                        "adds or changes the dependency `%.200s`; the policy takes none", slot->name);
    }
}

void screen_check_dependencies(struct screen *screen, const struct screen_file *file)
{
    const struct manifest *manifest = file->new_path ? manifest_of(file->new_path) : NULL;
    if (screen->policy->touch.allow_new_dependencies || !manifest || !file->new_bytes)
        return;
    bool same = file->old_bytes && file->old_length == file->new_length &&
                memcmp(file->old_bytes, file->new_bytes, file->new_length) == 0;
    if (manifest->kind == MANIFEST_LOCK) {
        if (!same)
            screen_find(screen, file->new_path, 0, false, "touch.allow_new_dependencies",
                        "the locked versions of dependencies change; the policy takes none");
        return;
    }
    struct manifest_reader old = {.manifest = manifest}, new = {.manifest = manifest};
    if (file->old_bytes)
        manifest_read(&old, file->old_bytes, file->old_length);
    manifest_read(&new, file->new_bytes, file->new_length);
    if (new.readable)
        dependencies_report(screen, file, &old, &new);
    else
        screen_find(screen, file->new_path, 0, false, "touch.allow_new_dependencies",
                    "the file can't be read, so its dependencies can't be told");
    names_fini(&old.found);
    names_fini(&new.found);
}
