/* A stored report of any origin: refused, or shown without a fault and without a control byte. */
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

static void fuzz_check_text(const struct text *out)
{
    for (size_t i = 0; i < out->length; i++)
        fuzz_require(out->data[i] == '\n' || ((unsigned char)out->data[i] >= 0x20 && out->data[i] != 0x7f));
}

static void fuzz_show(const cJSON *document, const struct digest *digest)
{
    struct text out cleanup_text = {0};
    cJSON *view = report_view(document, digest, 1, "awaiting");
    report_format_text(view, false, 80, &out);
    fuzz_check_text(&out);
    text_clear(&out);
    report_format_text(view, true, 40, &out);
    text_clear(&out);
    report_format_markdown(view, &out);
    fuzz_check_text(&out);
    cJSON_Delete(view);
}

/* The same candidate twice, in a batch. */
static void fuzz_show_batch(const cJSON *document, const struct digest *digest)
{
    struct text out cleanup_text = {0};
    const struct ranked_batch batch = {.id = "batch", .submitted = 2, .seconds = 1};
    struct ranked_entry entries[] = {
        {.document = cJSON_Duplicate(document, true), .digest = *digest, .sign_off_state = "awaiting"},
        {.document = cJSON_Duplicate(document, true), .digest = *digest, .sign_off_state = "awaiting"}};
    cJSON *view = report_view_batch(entries, 2, &batch);
    report_format_text(view, false, 80, &out);
    fuzz_check_text(&out);
    text_clear(&out);
    report_format_markdown(view, &out);
    fuzz_check_text(&out);
    cJSON_Delete(view);
}

/* What was accepted is canonical: written out and read again it is the same. */
static void fuzz_read_again(const cJSON *document, const struct digest *digest)
{
    struct text out cleanup_text = {0};
    struct err err = {0};
    struct digest again;
    cJSON *copy = NULL;
    fuzz_require(report_canonicalise(document, &out, &err) == 0);
    fuzz_require(report_view_parse(text_string(&out), out.length, &copy, &again, &err) == 0);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        fuzz_require(again.bytes[i] == digest->bytes[i]);
    cJSON_Delete(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct digest digest;
    cJSON *document = NULL;
    if (report_view_parse((const char *)data, size, &document, &digest, &err) < 0)
        return 0;
    fuzz_show(document, &digest);
    fuzz_show_batch(document, &digest);
    fuzz_read_again(document, &digest);
    cJSON_Delete(document);
    return 0;
}
