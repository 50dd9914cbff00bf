/*
 * The reader beside cJSON and Python's json, on documents of a seeded generator and on broken ones made of
 * them.
 *
 * Where they differ by intent: cJSON cuts strings at NULs, refuses lone surrogates, rounds numbers, and takes
 * some text that is not JSON. Python is given what is UTF-8, and told to keep numbers as text, members as
 * pairs, and to refuse NaN and Infinity.
 */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "tests/base/random_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PEERS_DOCUMENTS 1200
#define PEERS_DEPTH     4

/* A document, and in every second case a few bytes of it changed. */
static void peers_make(struct random *random, bool broken, struct text *out)
{
    static const char bytes[] = "\"\\{}[]:,0-9.eE+tfn\n \x01u/*a";
    struct node node;
    node_make(random, PEERS_DEPTH, &node);
    node_write(&node, random, out);
    node_fini(&node);
    for (size_t changes = broken ? 1 + random_below(random, 3) : 0; changes && out->length; changes--) {
        size_t at = random_below(random, out->length);
        if (random_below(random, 2))
            out->data[at] = bytes[random_below(random, sizeof bytes - 1)];
        else
            out->length = random_below(random, 8) ? out->length : at;
    }
    out->data[out->length] = '\0';
}

static struct json_document *peers_read(const struct text *text, bool views)
{
    struct json_document *document = NULL;
    struct json_error error;
    struct json_options options = {.views = views};
    return json_read(text_string(text), text->length, &options, &document, &error) == 0 ? document : NULL;
}

static void peers_write_hex(const struct json_value *string, struct text *out)
{
    text_append_char(out, '"');
    for (size_t i = 0; i < json_count(string); i++)
        text_printf(out, "%02x", (unsigned char)string->bytes[i]);
    text_append_char(out, '"');
}

/* As json_peer.py writes it. */
static void peers_write(const struct json_value *value, struct text *out)
{
    static const char *const words[] = {[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
    enum json_type type = json_type(value);
    if (type == JSON_STRING) {
        peers_write_hex(value, out);
    } else if (type == JSON_NUMBER) {
        text_append_char(out, '#');
        text_append(out, value->bytes, json_count(value));
    } else if (type == JSON_ARRAY || type == JSON_OBJECT) {
        text_append_char(out, type == JSON_ARRAY ? '[' : '{');
        for (size_t i = 0; i < json_count(value); i++) {
            text_append_string(out, i ? "," : "");
            if (type == JSON_OBJECT) {
                peers_write_hex(json_key(value, i), out);
                text_append_char(out, ':');
            }
            peers_write(type == JSON_ARRAY ? json_element(value, i) : json_member(value, i, NULL, NULL), out);
        }
        text_append_char(out, type == JSON_ARRAY ? ']' : '}');
    } else {
        text_append_string(out, words[type]);
    }
}

static bool peers_is_same(const struct json_value *value, const cJSON *peer);

static bool peers_is_same_container(const struct json_value *value, const cJSON *peer)
{
    bool is_object = json_type(value) == JSON_OBJECT;
    const cJSON *child = peer->child;
    for (size_t i = 0; i < json_count(value); i++, child = child->next) {
        if (!child || (is_object && strcmp(json_bytes(json_key(value, i), NULL), child->string) != 0))
            return false;
        if (!peers_is_same(is_object ? json_member(value, i, NULL, NULL) : json_element(value, i), child))
            return false;
    }
    return !child && (is_object ? cJSON_IsObject(peer) : cJSON_IsArray(peer));
}

static bool peers_is_same(const struct json_value *value, const cJSON *peer)
{
    switch (json_type(value)) {
    case JSON_NULL:
        return cJSON_IsNull(peer);
    case JSON_FALSE:
        return cJSON_IsFalse(peer);
    case JSON_TRUE:
        return cJSON_IsTrue(peer);
    case JSON_NUMBER:
        return cJSON_IsNumber(peer) && strtod(json_bytes(value, NULL), NULL) == peer->valuedouble;
    case JSON_STRING:
        return cJSON_IsString(peer) && strcmp(json_bytes(value, NULL), peer->valuestring) == 0;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return peers_is_same_container(value, peer);
}

static void test_peers_cjson_reads_the_same(void **state)
{
    (void)state;
    struct random random = {.state = 31, .tame = true};
    size_t taken = 0;
    for (int i = 0; i < PEERS_DOCUMENTS; i++) {
        struct text text cleanup_text = {0};
        peers_make(&random, i % 2, &text);
        /* A change can make an escape of another one. */
        bool tame = strlen(text_string(&text)) == text.length && !strstr(text.data, "\\u0000") &&
                    !(i % 2 && strstr(text.data, "\\u"));
        cleanup_json struct json_document *document = peers_read(&text, false);
        if (!document || !tame)
            continue;
        cJSON *peer = cJSON_ParseWithOpts(text_string(&text), NULL, true);
        if (!peer || !peers_is_same(json_root(document), peer))
            fail_msg("cJSON %s: %s", peer ? "reads another value" : "refuses", text_string(&text));
        cJSON_Delete(peer);
        taken++;
    }
    assert_true(taken > PEERS_DOCUMENTS / 3);
}

/* Views hold what copies do. */
static void test_peers_views_are_the_same(void **state)
{
    (void)state;
    struct random random = {.state = 77};
    for (int i = 0; i < PEERS_DOCUMENTS; i++) {
        struct text text cleanup_text = {0};
        struct text plain cleanup_text = {0};
        struct text viewed cleanup_text = {0};
        peers_make(&random, i % 2, &text);
        cleanup_json struct json_document *copied = peers_read(&text, false);
        cleanup_json struct json_document *views = peers_read(&text, true);
        assert_int_equal(copied != NULL, views != NULL);
        if (!copied)
            continue;
        peers_write(json_root(copied), &plain);
        peers_write(json_root(views), &viewed);
        assert_string_equal(text_string(&plain), text_string(&viewed));
    }
}

static FILE *peers_ask_python(const char *path)
{
    cleanup_free char *command =
        memory_format("python3 '%s/tests/base/json_peer.py' '%s'", CUPEL_SOURCE, path);
    return popen(command, "r");
}

/* Our line for the case; "?" where Python is not asked, since it could not hold the bytes. */
static void peers_check_line(const struct text *text, char *line)
{
    struct text ours cleanup_text = {0};
    cleanup_json struct json_document *document = peers_read(text, true);
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "?") == 0)
        return;
    if (document)
        peers_write(json_root(document), &ours);
    else
        text_append_char(&ours, '-');
    if (strcmp(text_string(&ours), line) != 0)
        fail_msg("%.*s\nours:   %s\npython: %s", (int)text->length, text->data, text_string(&ours), line);
}

static void test_peers_python_reads_the_same(void **state)
{
    (void)state;
    if (system("python3 -c '' 2>/dev/null") != 0) {
        print_message("python3 is not there: skipped\n");
        skip();
    }
    char path[] = "/tmp/cupel-json-cases-XXXXXX";
    cleanup_fd int fd = mkstemp(path);
    assert_true(fd >= 0);
    cleanup_file FILE *cases = fdopen(dup(fd), "w");
    struct random random = {.state = 1234};
    for (int i = 0; i < PEERS_DOCUMENTS; i++) {
        struct text text cleanup_text = {0};
        peers_make(&random, i % 2, &text);
        uint32_t length = htole32((uint32_t)text.length);
        fwrite(&length, sizeof length, 1, cases);
        fwrite(text.data, 1, text.length, cases);
    }
    assert_int_equal(fflush(cases), 0);
    FILE *answers = peers_ask_python(path);
    assert_non_null(answers);
    char *line = NULL;
    size_t size = 0;
    random = (struct random){.state = 1234};
    for (int i = 0; i < PEERS_DOCUMENTS; i++) {
        struct text text cleanup_text = {0};
        peers_make(&random, i % 2, &text);
        assert_true(getline(&line, &size, answers) > 0);
        peers_check_line(&text, line);
    }
    free(line);
    assert_int_equal(pclose(answers), 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peers_cjson_reads_the_same),
        cmocka_unit_test(test_peers_views_are_the_same),
        cmocka_unit_test(test_peers_python_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
