#include "orchestrator/signoff/envelope.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <string.h>

static const char *const envelope_keys[] = {"cupel_decision", "signature", "statement", NULL};

/* Keys in canonical order, so the statement's canonical bytes can stand as they are. */
static int envelope_compose(const struct text *statement, const char *signature, struct text *out,
                            struct err *err)
{
    cJSON *string = cJSON_CreateString(signature);
    text_append_string(out, "{\"cupel_decision\":1,\"signature\":");
    int code = report_canonicalise(string, out, err);
    text_append_string(out, ",\"statement\":");
    text_append(out, text_string(statement), statement->length);
    text_append_char(out, '}');
    cJSON_Delete(string);
    return code;
}

int envelope_write(const struct statement *statement, const char *signature, struct text *out,
                   struct err *err)
{
    cleanup_text struct text bytes = {0};
    if (statement_write(statement, &bytes, err) < 0)
        return err->code;
    return envelope_compose(&bytes, signature, out, err);
}

static int envelope_read_root(struct envelope *envelope, const struct json_file *file, struct err *err)
{
    const struct json_value *root = json_root(file->document);
    const char *signature;
    int64_t version;
    if (json_want_object(file, root, err) < 0 || json_check_keys(file, root, envelope_keys, err) < 0)
        return err->code;
    for (size_t i = 0; envelope_keys[i]; i++)
        if (!json_find(root, envelope_keys[i]))
            return json_complain(file, root, err, "has no \"%s\"; is it a decision of cupel sign?",
                                 envelope_keys[i]);
    if (json_want_integer(file, json_find(root, "cupel_decision"), 1, 1, &version, err) < 0 ||
        json_want_string(file, json_find(root, "signature"), &signature, err) < 0)
        return err->code;
    envelope->signature = memory_copy_string(signature);
    if (sshsig_read(&envelope->sshsig, signature, strlen(signature), err) < 0)
        return err_wrap(err, "%s", file->name);
    size_t length;
    const char *statement = json_source(file->document, json_find(root, "statement"), &length);
    if (statement_read(&envelope->statement, file->name, statement, length, err) < 0)
        return err->code;
    text_append(&envelope->signed_bytes, statement, length);
    return 0;
}

int envelope_read(struct envelope *envelope, const char *name, const char *bytes, size_t length,
                  struct err *err)
{
    const struct json_options options = {.max_depth = 10, .max_bytes = ENVELOPE_BYTES_MAX};
    struct json_file file = {0};
    *envelope = (struct envelope){0};
    int code = json_file_read(&file, name, bytes, length, &options, err);
    if (code == 0)
        code = envelope_read_root(envelope, &file, err);
    json_file_fini(&file);
    if (code == 0)
        code = envelope_compose(&envelope->signed_bytes, envelope->signature, &envelope->bytes, err);
    if (code < 0)
        envelope_fini(envelope);
    return code;
}

void envelope_fini(struct envelope *envelope)
{
    statement_fini(&envelope->statement);
    text_fini(&envelope->signed_bytes);
    text_fini(&envelope->bytes);
    sshsig_fini(&envelope->sshsig);
    free(envelope->signature);
    *envelope = (struct envelope){0};
}
