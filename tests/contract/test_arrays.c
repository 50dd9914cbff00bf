/*
 * Arrays whose elements moved, came, went, changed and were spelled otherwise: whatever is done to compare
 * them in less time, the findings are those of the straightforward way, which looks at each element in whole.
 * That way is taken where rules can bind, so a rule that binds nothing tells what it finds.
 */
#include "base/cleanup.h"
#include "tests/base/random_json.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define ARRAYS_CASES 1500
#define ARRAYS_MOST  80 /* elements */

static const char arrays_rules[] =
    "[{\"path\":\"/*/none\",\"noisy\":true},{\"path\":\"/*/*/none\",\"noisy\":true},"
    "{\"path\":\"/*/*/*/none\",\"noisy\":true},{\"path\":\"/*/*/*/*/none\",\"noisy\":true}]";

/* What an element says, however it is spelled. */
struct row {
    size_t id;
    size_t price;
    size_t deep; /* a value further down */
};

struct rows {
    struct row items[2 * ARRAYS_MOST];
    size_t count;
    bool scalars; /* only prices */
};

static const char *rows_pick(struct random *random, const char *const *choices, size_t count)
{
    return choices[random_below(random, count)];
}

static void rows_write_number(struct random *random, size_t number, bool odd, struct text *out)
{
    static const char *const tails[] = {"", "", ".0", ".000", "e0", "0e-1", "00E-2"};
    text_printf(out, "%zu%s", number, rows_pick(random, tails, odd ? sizeof tails / sizeof *tails : 1));
}

static void rows_write_row(struct random *random, const struct row *row, bool odd, struct text *out)
{
    static const char *const cities[] = {"Berlin", "B\\u0065rlin", "\\u0042erlin"};
    static const char *const longer[] = {"a name of more than sixteen bytes",
                                         "a name of more th\\u0061n sixteen bytes"};
    size_t first = odd ? random_below(random, 4) : 0;
    for (size_t k = 0; k < 4; k++) {
        text_append_string(out, k ? "," : "{");
        switch ((first + k) % 4) {
        case 0:
            text_append_string(out, "\"id\":");
            rows_write_number(random, row->id, odd, out);
            break;
        case 1:
            text_append_string(out, odd && random_below(random, 2) ? "\"pric\\u0065\":" : "\"price\":");
            rows_write_number(random, row->price, odd, out);
            break;
        case 2:
            text_printf(out, "\"city\":\"%s\",\"name\":\"%s\"", rows_pick(random, cities, odd ? 3 : 1),
                        rows_pick(random, longer, odd ? 2 : 1));
            break;
        default:
            text_append_string(out, "\"more\":{\"list\":[1,");
            rows_write_number(random, row->deep, odd, out);
            text_append_string(out, "]}");
        }
    }
    text_append_char(out, '}');
}

/* `odd`: one element in so many is spelled otherwise; 0: none. */
static void rows_write(struct random *random, const struct rows *rows, size_t odd, struct text *out)
{
    text_append_string(out, "{\"items\":[");
    for (size_t i = 0; i < rows->count; i++) {
        bool now = odd && !random_below(random, odd);
        text_append_string(out, i ? "," : "");
        if (rows->scalars)
            rows_write_number(random, rows->items[i].price, now, out);
        else
            rows_write_row(random, &rows->items[i], now, out);
    }
    text_append_string(out, "]}");
}

/* Of few values there are many duplicates. */
static void rows_make(struct random *random, struct rows *rows)
{
    size_t values = random_below(random, 3) ? 1000 : 4;
    rows->count = random_below(random, ARRAYS_MOST);
    rows->scalars = !random_below(random, 4);
    for (size_t i = 0; i < rows->count; i++)
        rows->items[i] = (struct row){.id = values > 4 ? i : random_below(random, 2),
                                      .price = random_below(random, values),
                                      .deep = random_below(random, 3)};
}

static void rows_change_all(struct random *random, struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (random_below(random, 8))
            rows->items[i].price++;
    }
}

static void rows_change_one(struct random *random, struct rows *rows)
{
    size_t i = random_below(random, rows->count);
    size_t j = random_below(random, rows->count);
    struct row row = rows->items[i];
    switch (random_below(random, 6)) {
    case 0: /* goes */
        memmove(&rows->items[i], &rows->items[i + 1], (--rows->count - i) * sizeof row);
        break;
    case 1: /* comes once more */
        if (rows->count < 2 * ARRAYS_MOST)
            rows->items[rows->count++] = row;
        break;
    case 2: /* two change places */
        rows->items[i] = rows->items[j];
        rows->items[j] = row;
        break;
    case 3: /* all behind it move on by one */
        memmove(&rows->items[i], &rows->items[i + 1], (rows->count - 1 - i) * sizeof row);
        rows->items[rows->count - 1] = row;
        break;
    case 4:
        rows->items[i].deep++;
        break;
    default:
        rows->items[i].price += 1 + random_below(random, 3);
    }
}

static void rows_change(struct random *random, struct rows *rows)
{
    if (!random_below(random, 6))
        rows_change_all(random, rows);
    for (size_t changes = random_below(random, random_below(random, 2) ? 4 : 40); changes && rows->count;
         changes--)
        rows_change_one(random, rows);
}

static struct rules *arrays_read_rules(void)
{
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(json_file_read(&file, "rules", arrays_rules, strlen(arrays_rules), NULL, &err), 0);
    assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), 0);
    json_file_fini(&file);
    return rules;
}

/* Everything that was found, as text. */
static void arrays_tell(const struct text *before, const struct text *after, const struct rules *rules,
                        size_t *seen, struct text *told)
{
    struct contract_summary summary;
    enum contract_outcome outcome = contract_compare_json(text_string(before), before->length,
                                                          text_string(after), after->length, rules, &summary);
    text_printf(told, "outcome %d, %zu fields\n", (int)outcome, summary.fields);
    for (size_t i = 0; i < summary.finding_count; i++) {
        const struct finding *finding = &summary.findings[i];
        seen[finding->class]++;
        text_printf(told, "%s %s %zu %s %s>%s\n", finding_class_name(finding->class), finding->pattern,
                    finding->count, finding->pointer, finding->before ? finding->before : "-",
                    finding->after ? finding->after : "-");
    }
    contract_summary_fini(&summary);
}

static void test_arrays_are_compared_as_in_the_straightforward_way(void **state)
{
    (void)state;
    static const enum finding_class wanted[] = {CLASS_LENGTH, CLASS_VALUE,           CLASS_ORDER,
                                                CLASS_ESCAPE, CLASS_NUMBER_SPELLING, CLASS_KEY_ORDER};
    struct random random = {.state = 20260202};
    struct rules *rules = arrays_read_rules();
    size_t seen[CLASS_COUNT] = {0};
    size_t ignored[CLASS_COUNT] = {0};
    for (int i = 0; i < ARRAYS_CASES; i++) {
        struct rows rows;
        struct text before cleanup_text = {0};
        struct text after cleanup_text = {0};
        struct text quick cleanup_text = {0};
        struct text straight cleanup_text = {0};
        size_t odd = random_below(&random, 4);
        rows_make(&random, &rows);
        rows_write(&random, &rows, random_below(&random, 2) ? odd : 0, &before);
        rows_change(&random, &rows);
        rows_write(&random, &rows, odd, &after);
        arrays_tell(&before, &after, NULL, seen, &quick);
        arrays_tell(&before, &after, rules, ignored, &straight);
        if (strcmp(text_string(&quick), text_string(&straight)) != 0) { /* cmocka cuts its messages */
            fprintf(stderr, "case %d\n%s\n%s\n%s\nbut straight:\n%s", i, text_string(&before),
                    text_string(&after), text_string(&quick), text_string(&straight));
            fail();
        }
    }
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_true(seen[wanted[i]] > ARRAYS_CASES / 20);
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays_are_compared_as_in_the_straightforward_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
