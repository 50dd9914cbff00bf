/* A comparison's document of any origin is refused,
 * or read into what writes a document that reads the same. */
#include "orchestrator/contest/transcript.h"
#include "orchestrator/report/report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

static char *fuzz_write(const struct contest *contest)
{
    struct text bytes = {0};
    struct err err = {0};
    cJSON *document = transcript_build(contest);
    fuzz_require(report_canonicalise(document, &bytes, &err) == 0);
    cJSON_Delete(document);
    return text_take(&bytes);
}

/* The caller's; NULL: refused. */
static char *fuzz_pass(const char *bytes, size_t length)
{
    const struct json_options options = {.max_depth = 16, .max_bytes = (size_t)1 << 20};
    struct json_file file = {0};
    struct contest contest;
    struct err err = {0};
    char *written = NULL;
    if (json_file_read(&file, "fuzz", bytes, length, &options, &err) < 0)
        return NULL;
    if (transcript_read(&contest, &file, &err) == 0) {
        contest_conclude(&contest);
        written = fuzz_write(&contest);
        contest_fini(&contest);
    }
    json_file_fini(&file);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct differences differences = {0};
    struct err err = {0};
    char *first = fuzz_pass((const char *)data, size);
    char *second = first ? fuzz_pass(first, strlen(first)) : NULL;
    fuzz_require(!first || (second && strcmp(first, second) == 0));
    free(first);
    free(second);
    (void)transcript_is((const char *)data, size);
    if (transcript_recheck("fuzz", (const char *)data, size, &differences, &err) == 0)
        differences_fini(&differences);
    return 0;
}
