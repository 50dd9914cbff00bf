/* What a worker may say and when: the pure half of a conversation. */
#include "workloads/worker/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The id of a document, or of none. */
static void id_of(struct request_id *id, const char *text)
{
    struct json_document *document = NULL;
    struct json_error error;
    assert_int_equal(json_read(text, strlen(text), NULL, &document, &error), 0);
    request_read_id(id, json_root(document));
    json_free(document);
}

static void test_a_request_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *source, *line;
    } rows[] = {
        {"1", "1\n"},
        {" { \"a\" :\t[ 1 , 2.50 ] } ", "{\"a\":[1,2.50]}\n"},
        {"\"a b\\\" c\"", "\"a b\\\" c\"\n"},
        {"[\"\\\\\" , \" \"]", "[\"\\\\\",\" \"]\n"},
        {"{\"k\":1,\"k\":1E+2}", "{\"k\":1,\"k\":1E+2}\n"},
        {"\"\\n\"", "\"\\n\"\n"},
        {"null", "null\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = 0;
        char *line = request_make_line(rows[i].source, strlen(rows[i].source), &length);
        assert_string_equal(line, rows[i].line);
        assert_int_equal(length, strlen(rows[i].line));
        free(line);
    }
}

static void test_ids(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *answered;
        bool agree;
        const char *shown; /* of the answer */
    } rows[] = {
        {"{\"id\":1}", "{\"id\":1}", true, "1"},
        {"{\"id\":1}", "{\"id\":1.0e0}", true, "1.0e0"},
        {"{\"id\":1}", "{\"id\":2}", false, "2"},
        {"{\"id\":1}", "{\"id\":\"1\"}", false, "\"1\""},
        {"{\"id\":\"a\"}", "{\"id\":\"\\u0061\"}", true, "\"a\""},
        {"{\"id\":\"a\"}", "{\"id\":\"a\\u0000\"}", false, "another"},
        {"{\"id\":\"a\"}", "{\"id\":\"abcdefghijklm\"}", false, "another"},
        {"{\"id\":\"a\"}", "{\"id\":\"\\u00e4\"}", false, "another"},
        {"{\"id\":1}", "{}", true, "another"},
        {"{\"id\":1}", "[1]", true, "another"},
        {"{\"id\":null}", "{\"id\":2}", true, "2"},
        {"7", "{\"id\":2}", true, "2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request_id asked;
        struct request_id answered;
        char shown[20];
        id_of(&asked, rows[i].asked);
        id_of(&answered, rows[i].answered);
        assert_int_equal(request_ids_agree(&asked, &answered), rows[i].agree);
        request_id_describe(&answered, shown);
        assert_string_equal(shown, rows[i].shown);
        request_id_fini(&asked);
        request_id_fini(&answered);
    }
}

static bool settle(struct exchange *exchange, char **line, size_t *length)
{
    struct exchange_reading reading;
    exchange_read(exchange, false, &reading);
    return exchange_settle(exchange, &reading, line, length);
}

/*
 * Steps: "?" asks {"id":7}, "." settles, anything else is what the worker writes. `lines`: what was settled,
 * joined by '|'.
 */
static void test_conversations(void **state)
{
    (void)state;
    static const struct {
        const char *steps[8];
        const char *lines;
        enum exchange_state end;
        const char *fault;
    } rows[] = {
        {{"?", "{}\n", "."}, "{}", EXCHANGE_QUIET, ""},
        {{"?", "{", "}", "\n", ".", "?", "[]\n", "."}, "{}|[]", EXCHANGE_QUIET, ""},
        {{"?", "{"}, "", EXCHANGE_ASKED, ""},
        {{"?", "\n", "."}, "", EXCHANGE_QUIET, ""},
        {{"?", "not JSON\n", "."}, "not JSON", EXCHANGE_QUIET, ""},
        {{"?", "{\"id\":7}\n", "."}, "{\"id\":7}", EXCHANGE_QUIET, ""},
        {{"x"}, "", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{}\n{}\n"}, "", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{}\n "}, "", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{}\n", "{}\n"}, "", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{}\n", ".", "\n"}, "{}", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{}\n", ".", "{", "?"}, "{}", EXCHANGE_FAULTY, "answered twice"},
        {{"?", "{\"id\":8}\n", "."}, "", EXCHANGE_FAULTY, "answered out of order, id 8 for 7"},
        {{"?", "{\"id\":\"x\"}\n", ".", "{}\n"},
         "",
         EXCHANGE_FAULTY,
         "answered out of order, id \"x\" for 7"},
    };
    struct request_id id;
    id_of(&id, "{\"id\":7}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange exchange;
        struct text lines = {0};
        exchange_init(&exchange);
        for (size_t k = 0; k < 8 && rows[i].steps[k]; k++) {
            const char *step = rows[i].steps[k];
            char *line = NULL;
            size_t length = 0;
            if (strcmp(step, "?") == 0 && exchange.state == EXCHANGE_QUIET)
                exchange_ask(&exchange, &id);
            else if (strcmp(step, ".") == 0 && settle(&exchange, &line, &length))
                text_printf(&lines, "%s%.*s", lines.length ? "|" : "", (int)length, line);
            else if (strcmp(step, ".") != 0 && strcmp(step, "?") != 0)
                exchange_take(&exchange, step, strlen(step));
            free(line);
        }
        assert_string_equal(text_string(&lines), rows[i].lines);
        assert_int_equal(exchange.state, rows[i].end);
        assert_string_equal(exchange.fault, rows[i].fault);
        text_fini(&lines);
        exchange_fini(&exchange);
    }
    request_id_fini(&id);
}

static void test_an_answer_has_an_end(void **state)
{
    (void)state;
    struct exchange exchange;
    const struct request_id none = {.type = JSON_NULL};
    static char piece[1 << 20];
    memset(piece, 'x', sizeof piece);
    exchange_init(&exchange);
    exchange_ask(&exchange, &none);
    for (size_t i = 0; i < ANSWER_PART_MOST / sizeof piece; i++)
        exchange_take(&exchange, piece, sizeof piece);
    assert_int_equal(exchange.state, EXCHANGE_ASKED);
    exchange_take(&exchange, piece, 1);
    assert_int_equal(exchange.state, EXCHANGE_FAULTY);
    assert_string_equal(exchange.fault, "an answer of more than 128 MiB");
    exchange_fini(&exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_one_line),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_an_answer_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
