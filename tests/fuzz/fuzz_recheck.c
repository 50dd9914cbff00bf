/*
 * A report of any origin is refused, or read into evidence that writes a document which reads the same.
 * Input that begins like JSON is the report itself; any other one tells how an honest report is bent: a byte
 * chooses the case, then four bytes each choose a value of it (two), and what takes its place (two).
 */
#include "orchestrator/recheck/recheck.h"
#include "orchestrator/recheck/stored.h"
#include "orchestrator/report/member.h"
#include "tests/recheck/honest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

/* What was read, written again. */
static struct text fuzz_write(const struct stored_report *stored)
{
    struct text bytes = {0};
    struct err err = {0};
    cJSON *document = stored_report_build(stored);
    fuzz_require(report_canonicalise(document, &bytes, &err) == 0);
    cJSON_Delete(document);
    return bytes;
}

static void fuzz_read(const char *bytes, size_t length)
{
    struct stored_report stored;
    struct err err = {0};
    if (stored_report_read(&stored, "fuzz", bytes, length, &err) < 0)
        return;
    struct text first = fuzz_write(&stored);
    stored_report_fini(&stored);
    fuzz_require(stored_report_read(&stored, "fuzz", text_string(&first), first.length, &err) == 0);
    struct text second = fuzz_write(&stored);
    fuzz_require(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    stored_report_fini(&stored);
    text_fini(&first);
    text_fini(&second);
}

static void fuzz_try(const char *bytes, size_t length)
{
    struct recheck recheck;
    struct err err = {0};
    fuzz_read(bytes, length);
    if (recheck_report(&recheck, "fuzz", bytes, length, &err) == 0)
        recheck_fini(&recheck);
}

/* The value of that number in the order of the document, and what holds it. */
static cJSON *fuzz_find(cJSON *value, cJSON *parent, unsigned *number, cJSON **holder)
{
    *holder = parent;
    if ((*number)-- == 0)
        return value;
    for (cJSON *child = value->child; child; child = child->next) {
        cJSON *found = fuzz_find(child, value, number, holder);
        if (found)
            return found;
    }
    return NULL;
}

static void fuzz_bend(cJSON *document, unsigned number, unsigned how)
{
    static const char *const values[] = {"null", "-1",       "0",    "1",  "1e300",       "9007199254740993",
                                         "true", "\"base\"", "\"\"", "[]", "{}",          "0.1",
                                         "1e-9", "[{}]",     "[1]",  "20", "\"sha256:\"", "[null]"};
    cJSON *parent = NULL;
    cJSON *value = fuzz_find(document, NULL, &number, &parent);
    size_t choice = how % (sizeof values / sizeof *values + 2);
    if (!value || !parent)
        return;
    if (choice == sizeof values / sizeof *values) {
        cJSON_Delete(cJSON_DetachItemViaPointer(parent, value));
        return;
    }
    cJSON *other = choice > sizeof values / sizeof *values ? cJSON_CreateNumber(how / 100.0)
                                                           : cJSON_Parse(values[choice]);
    if (cJSON_IsArray(parent)) {
        cJSON_ReplaceItemViaPointer(parent, value, other);
        return;
    }
    char *key = strdup(value->string);
    cJSON_ReplaceItemInObjectCaseSensitive(parent, key, other);
    free(key);
}

/* Each case is made once. */
static cJSON *fuzz_honest(size_t index)
{
    static cJSON *made[64];
    fuzz_require(honest_case_count <= sizeof made / sizeof *made);
    if (!made[index])
        made[index] = honest_report(&honest_cases[index]);
    return cJSON_Duplicate(made[index], true);
}

static void fuzz_bent(const uint8_t *data, size_t size)
{
    cJSON *document = fuzz_honest(data[0] % honest_case_count);
    for (size_t at = 1; at + 4 <= size; at += 4)
        fuzz_bend(document, data[at] | (unsigned)data[at + 1] << 8,
                  data[at + 2] | (unsigned)data[at + 3] << 8);
    struct text bytes = honest_bytes(document);
    fuzz_try(text_string(&bytes), bytes.length);
    text_fini(&bytes);
    cJSON_Delete(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] != '{')
        fuzz_bent(data, size);
    else
        fuzz_try((const char *)data, size);
    return 0;
}
