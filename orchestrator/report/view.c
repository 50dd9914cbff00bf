#include "base/json.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <stdlib.h>
#include <string.h>

#define VIEW_BYTES ((size_t)256 << 20) /* a report of ours is some KiB; a batch of thousands fits too */
#define VIEW_DEPTH 64

/* What views add to a candidate, those of a batch too. */
static const char *const view_keys[] = {"digest",   "rank",       "sign_off",  "attribution",
                                        "estimate", "evaluation", "duplicates"};

cJSON *report_view(const cJSON *document, const struct digest *digest, int rank, const char *sign_off_state)
{
    char hexadecimal[DIGEST_HEX];
    cJSON *view = cJSON_Duplicate(document, true);
    cJSON *candidates = cJSON_GetObjectItemCaseSensitive(view, "candidates");
    cJSON *candidate = cJSON_IsArray(candidates) ? candidates->child : NULL;
    if (!cJSON_IsObject(candidate))
        return view;
    digest_to_hex(digest, hexadecimal);
    member_add_digest(candidate, "digest", hexadecimal);
    member_add_number(candidate, "rank", rank);
    member_add_string(member_add_object(candidate, "sign_off"), "state", sign_off_state);
    return view;
}

void report_view_attribute(cJSON *view, cJSON *attribution)
{
    cJSON *candidates = cJSON_GetObjectItemCaseSensitive(view, "candidates");
    cJSON *candidate = cJSON_IsArray(candidates) ? candidates->child : NULL;
    if (attribution && cJSON_IsObject(candidate))
        cJSON_AddItemToObject(candidate, "attribution", attribution);
    else
        cJSON_Delete(attribution);
}

bool report_is_view_key(const char *key)
{
    for (size_t i = 0; i < sizeof view_keys / sizeof *view_keys; i++)
        if (strcmp(view_keys[i], key) == 0)
            return true;
    return false;
}

static int view_check_string(const char *bytes, size_t length, struct err *err)
{
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += foreign_decode(bytes + at, length - at, &code);
        if (code == FOREIGN_INVALID || code == 0)
            return err_set(err, ERR_INVALID, "report: a string is not valid UTF-8 without NULs");
    }
    return 0;
}

static int view_compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* cJSON would keep two members of one key, and every reader would choose another. */
static int view_check_keys(const struct json_value *object, struct err *err)
{
    size_t count = json_count(object);
    const char **keys = calloc(count + 1, sizeof *keys);
    if (!keys)
        abort();
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        size_t length;
        json_member(object, i, &keys[i], &length);
        status = view_check_string(keys[i], length, err);
    }
    if (status == 0)
        qsort(keys, count, sizeof *keys, view_compare_keys);
    for (size_t i = 1; i < count && status == 0; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            status = err_set(err, ERR_INVALID, "report: the key \"%.60s\" occurs twice", keys[i]);
    free(keys);
    return status;
}

/* The lossless reader limits the depth, and with it this recursion. */
int report_check_value(const struct json_value *value, struct err *err)
{
    size_t length;
    enum json_type type = json_type(value);
    if (type == JSON_STRING) {
        const char *bytes = json_bytes(value, &length);
        return view_check_string(bytes, length, err);
    }
    if (type != JSON_ARRAY && type != JSON_OBJECT)
        return 0;
    int status = type == JSON_OBJECT ? view_check_keys(value, err) : 0;
    for (size_t i = 0; i < json_count(value) && status == 0; i++)
        status = report_check_value(
            type == JSON_OBJECT ? json_member(value, i, NULL, NULL) : json_element(value, i), err);
    return status;
}

static int view_check_bytes(const char *bytes, size_t length, struct err *err)
{
    const struct json_options options = {.max_depth = VIEW_DEPTH, .max_bytes = VIEW_BYTES};
    struct json_document *document cleanup_json = NULL;
    struct json_error error = {0};
    int status = json_read(bytes, length, &options, &document, &error);
    if (status < 0)
        return err_set(err, status, "report: line %u, column %u: %s", (unsigned)error.line,
                       (unsigned)error.column, error.message);
    return report_check_value(json_root(document), err);
}

static int view_check_shape(const cJSON *document, struct err *err)
{
    double version = member_number(document, "cupel_report");
    if (version > 1)
        return err_set(err, ERR_INVALID, "report: version %.0f, made by a newer cupel", version);
    if (version != 1)
        return err_set(err, ERR_INVALID, "report: not a cupel report (\"cupel_report\" is not 1)");
    if (!cJSON_IsArray(member_get(document, "candidates")) || member_count(document, "candidates") == 0)
        return err_set(err, ERR_INVALID, "report: there is no candidate in it");
    for (const cJSON *each = member_first(document, "candidates"); each; each = each->next)
        if (!cJSON_IsObject(each))
            return err_set(err, ERR_INVALID, "report: a candidate is no object");
    return 0;
}

/* Strips what the view added, digests the rest, and holds it against the digest that the view names. */
static int view_to_document(cJSON *document, struct digest *digest, struct err *err)
{
    struct text canonical cleanup_text = {0};
    char claimed[DIGEST_HEX + sizeof "sha256:"] = "";
    char hexadecimal[DIGEST_HEX];
    cJSON *candidate = cJSON_GetObjectItemCaseSensitive(document, "candidates")->child;
    strncat(claimed, member_string(candidate, "digest"), sizeof claimed - 1);
    for (size_t i = 0; i < sizeof view_keys / sizeof *view_keys; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(candidate, view_keys[i]);
    int status = report_canonicalise(document, &canonical, err);
    if (status < 0)
        return status;
    *digest = digest_of(text_string(&canonical), canonical.length);
    digest_to_hex(digest, hexadecimal);
    if (*claimed && (strncmp(claimed, "sha256:", 7) != 0 || strcmp(claimed + 7, hexadecimal) != 0))
        return err_set(err, ERR_INVALID,
                       "report: it was changed after it was made: it names %.19s…, its content "
                       "is sha256:%.12s…",
                       claimed, hexadecimal);
    return 0;
}

int report_parse(const char *bytes, size_t length, cJSON **view, struct err *err)
{
    int status = view_check_bytes(bytes, length, err);
    if (status < 0)
        return status;
    cJSON *parsed = cJSON_ParseWithLength(bytes, length);
    if (!parsed)
        return err_set(err, ERR_INVALID, "report: not a document that cupel could have written");
    status = view_check_shape(parsed, err);
    if (status < 0)
        cJSON_Delete(parsed);
    else
        *view = parsed;
    return status;
}

int report_view_parse(const char *bytes, size_t length, cJSON **document, struct digest *digest,
                      struct err *err)
{
    cJSON *parsed = NULL;
    int status = report_parse(bytes, length, &parsed, err);
    if (status < 0)
        return status;
    size_t count = member_count(parsed, "candidates");
    status = count > 1 ? err_set(err, ERR_INVALID, "report: holds %zu candidates; give it one", count)
                       : view_to_document(parsed, digest, err);
    if (status < 0) {
        cJSON_Delete(parsed);
        return status;
    }
    *document = parsed;
    return 0;
}
